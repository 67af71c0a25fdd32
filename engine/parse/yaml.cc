// Reads YAML with yaml-cpp's events. Nothing else includes yaml-cpp, and its exceptions end here.
//
// What yaml-cpp 0.7 leaves to be done here: where nodes end (marks are the byte where a node starts, and that of a node with an
// anchor or a tag is the `&` or `!`; that of an omitted value is wherever the next token starts), merge keys, equal keys, a limit on
// nesting and on aliases, text behind the end of a document (it silently starts another one), U+0004 (it silently ends the file), and
// going on after a broken document.

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstring>
#include <istream>
#include <optional>
#include <streambuf>
#include <utility>

#include "engine/parse/builder.h"
#include "engine/parse/readers.h"

namespace domicile {
namespace {

// After so many broken documents the file is hardly YAML, and the rest of it is left.
constexpr int kBrokenDocuments = 20;

// Lets yaml-cpp read the text where it is.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // A get area is never written to.
    setg(begin, begin, begin + text.size());
  }
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsFlowIndicator(char c) { return c == '[' || c == ']' || c == '{' || c == '}' || c == ','; }

// Looks at the text around the marks.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  size_t size() const { return text_.size(); }
  std::string_view text() const { return text_; }

  // Past white space and comments.
  size_t SkipBlank(size_t i) const {
    while (i < text_.size()) {
      if (IsBlank(text_[i])) {
        ++i;
      } else if (text_[i] == '#') {
        i = std::min(text_.find('\n', i), text_.size());
      } else {
        break;
      }
    }
    return i;
  }

  // Past anchors and tags. `*end` is where the last of them ends.
  size_t SkipProperties(size_t i, size_t* end) const {
    *end = i;
    while (at(i) == '&' || at(i) == '!') {
      if (at(i) == '!' && at(i + 1) == '<') {
        while (i < text_.size() && text_[i] != '>') ++i;
      }
      while (i < text_.size() && !IsBlank(text_[i]) && !IsFlowIndicator(text_[i])) ++i;
      *end = i;
      i = SkipBlank(i);
    }
    return i;
  }

  // Where the closing quote of the quoted text at `i` stands.
  size_t ClosingQuote(size_t i) const {
    const char quote = text_[i];
    for (++i; i < text_.size(); ++i) {
      if (quote == '"' && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        if (quote == '"' || at(i + 1) != '\'') return i;
        ++i;
      }
    }
    return text_.size();
  }

  // Past the last character of `value`, which is written from `i` on with other white space between its words.
  size_t EndOfWords(size_t i, std::string_view value) const {
    size_t end = i;
    for (char c : value) {
      if (IsBlank(c)) continue;
      while (i < text_.size() && IsBlank(text_[i])) ++i;
      if (at(i) != c) return end;
      end = ++i;
    }
    return end;
  }

  // The start of the next line.
  size_t NextLine(size_t i) const {
    const size_t line_end = text_.find('\n', i);
    return line_end == std::string_view::npos ? text_.size() : line_end + 1;
  }
  size_t LineStart(size_t i) const {
    if (i == 0) return 0;
    const size_t before = text_.rfind('\n', i - 1);
    return before == std::string_view::npos ? 0 : before + 1;
  }
  size_t LineEnd(size_t i) const {
    size_t end = std::min(text_.find('\n', i), text_.size());
    if (end > i && text_[end - 1] == '\r') --end;
    return end;
  }

  // The next line from `i` on, which starts a line, that begins a document.
  size_t NextDocument(size_t i) const {
    while (i < text_.size() && !IsDocumentStart(i)) i = NextLine(i);
    return i;
  }
  bool IsDocumentStart(size_t i) const {
    return text_.substr(i, 3) == "---" && (i + 3 == text_.size() || IsBlank(text_[i + 3]));
  }

 private:
  std::string_view text_;
};

struct Problem {
  size_t begin = 0;
  size_t end = 0;
  std::string message;
  std::string help;
  bool templated = false;   // It is text that a template engine fills in.
};

std::string Shortened(std::string_view text) {
  constexpr size_t kLong = 40;
  if (text.size() <= kLong) return std::string(text);
  size_t end = kLong;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

Problem WithoutColon(size_t begin, size_t end, std::string_view text) {
  return {begin, end, fmt::format("`{}` has no `: ` behind it, as the other keys of this map have", Shortened(text)),
          "write `key: value`, or indent the line if it belongs to the value above"};
}

std::string UnclosedQuoteMessage(char quote) { return fmt::format("`{}` is not closed", quote); }
constexpr std::string_view kUnclosedQuoteHelp = "close it, or write the text without quotes";

bool IsNullWord(std::string_view text) { return text == "~" || text == "null" || text == "Null" || text == "NULL"; }

// `!Ref` stays as it is, the tags of YAML's own types get their short form.
std::string_view ShortTag(const std::string& tag, std::string& buffer) {
  constexpr std::string_view kCore = "tag:yaml.org,2002:";
  if (tag == "?" || tag == "!") return {};
  if (tag.compare(0, kCore.size(), kCore) != 0) return tag;
  buffer = "!!" + tag.substr(kCore.size());
  return buffer;
}

// Turns yaml-cpp's events into the builder's.
class Handler : public YAML::EventHandler {
 public:
  Handler(const Scan& scan, uint32_t source, Builder& builder, ParsedFile& file)
      : scan_(scan), source_(source), builder_(builder), file_(file) {}

  // Where the text that the parser reads starts in the source.
  void StartAt(size_t base) {
    base_ = base;
    cursor_ = base;
    document_start_ = base;
    documents_in_file_ = file_.documents.size();
    first_ = true;
    stray_ = false;
    between_ = true;
    in_flow_.clear();
  }
  size_t document_start() const { return document_start_; }
  // Of the document before a stray one.
  size_t previous_start() const { return previous_start_; }
  size_t cursor() const { return cursor_; }
  // Between the end of a document and the start of the next.
  bool between_documents() const { return between_; }
  // Whether nothing separates the document from the one before.
  bool stray() const { return stray_; }

  // A block text whose tag and anchor the parser does not see.
  struct Hidden {
    size_t block = 0;        // Where `|` or `>` stands.
    size_t properties = 0;   // Where the tag or anchor stands.
    std::string_view tag;    // Empty when there is only an anchor.
    bool used = false;
  };
  // In order of the text.
  void set_hidden(std::vector<Hidden> hidden) { hidden_ = std::move(hidden); }
  const std::vector<Hidden>& hidden() const { return hidden_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    previous_start_ = document_start_;
    document_start_ = Position(mark);
    stray_ = !first_ && !scan_.IsDocumentStart(document_start_) && !EndedBefore(document_start_);
    CheckDirectives(document_start_);
    // Then the document before is broken as well.
    if (stray_ && documents_in_file_ < file_.documents.size()) {
      file_.documents.pop_back();
      file_.storage.pop_back();
    }
    documents_in_file_ = file_.documents.size();
    first_ = false;
    between_ = false;
    cursor_ = std::max(cursor_, document_start_ + (scan_.IsDocumentStart(document_start_) ? 3 : 0));
    builder_.StartDocument();
  }

  // yaml-cpp passes over lines with `%` that it does not know, and over those with no document behind them.
  void CheckDirectives(size_t end) {
    const bool document_follows = scan_.IsDocumentStart(end);
    for (size_t i = scan_.SkipBlank(cursor_); i < end; i = scan_.SkipBlank(scan_.NextLine(i))) {
      const bool known = scan_.text().substr(i, 6) == "%YAML " || scan_.text().substr(i, 5) == "%TAG ";
      if (scan_.at(i) != '%' || (known && document_follows)) continue;
      stray_ = true;
      document_start_ = i;
      return;
    }
  }

  void OnDocumentEnd() override {
    between_ = true;
    if (!stray_) builder_.FinishDocument(file_);
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    size_t properties_end = 0;
    const size_t position = Position(mark);
    const size_t content = scan_.SkipProperties(position, &properties_end);
    const size_t word = NullWordAt(content);
    if (word > 0) {
      cursor_ = content + word;
      return builder_.Null(Plain(content, cursor_), anchor);
    }
    CheckColon();
    cursor_ = properties_end > position ? properties_end : Omitted(position);
    builder_.Null(Plain(cursor_, cursor_), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const size_t begin = Position(mark);
    NoteKey(begin);
    size_t end = begin + 1;
    while (end < scan_.size() && !IsBlank(scan_.at(end)) && !IsFlowIndicator(scan_.at(end))) ++end;
    cursor_ = end;
    builder_.Alias(Offset(begin), Offset(end), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    const size_t position = Position(mark);
    NoteKey(position);
    size_t properties_end = position;
    const size_t content = scan_.SkipProperties(position, &properties_end);
    const char first = scan_.at(content);
    std::string buffer;
    std::string_view short_tag = ShortTag(tag, buffer);
    size_t outer = position;
    const auto hidden = std::lower_bound(hidden_.begin(), hidden_.end(), position, [](const Hidden& h, size_t at) { return h.block < at; });
    if (hidden != hidden_.end() && hidden->block == position) {
      hidden->used = true;
      short_tag = hidden->tag;
      outer = hidden->properties;
    }
    const bool plain = tag == "?" || (value.empty() && !WritesNothing(content));
    Extent extent;
    if (plain && value.empty()) {
      // A tag with nothing behind it.
      cursor_ = std::max(properties_end, position);
      extent = Plain(cursor_, cursor_);
    } else if (!plain && (first == '"' || first == '\'')) {
      const size_t closing = scan_.ClosingQuote(content);
      // At the end of a file yaml-cpp takes an open quote for a closed one.
      if (closing >= scan_.size() && !builder_.failed()) {
        builder_.Fail({source_, Offset(content), Offset(content + 1)}, UnclosedQuoteMessage(first), std::string(kUnclosedQuoteHelp));
      }
      cursor_ = std::min(closing + 1, scan_.size());
      extent = {Offset(content + 1), Offset(closing), Offset(content), Offset(cursor_)};
    } else if (!plain && (first == '|' || first == '>')) {
      extent = Block(content, value);
    } else {
      size_t begin = content;
      size_t end = scan_.text().compare(content, value.size(), value) == 0 ? content + value.size() : scan_.EndOfWords(content, value);
      // A tag may end without a space, in front of a character that no tag can hold.
      if (end == begin && scan_.text().find(value, position) < scan_.LineEnd(position)) {
        begin = scan_.text().find(value, position);
        end = begin + value.size();
      }
      cursor_ = end;
      extent = Plain(begin, end);
      extent.outer_begin = Offset(outer);
      if (FindTemplateMarker(value, 0) != std::string_view::npos) file_.templated = true;
      return builder_.Scalar(extent, value, tag == "!" || short_tag == "!!str", short_tag, anchor);
    }
    extent.outer_begin = Offset(outer);
    builder_.Scalar(extent, value, !plain, short_tag, anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value style) override {
    Start(NodeKind::kSequence, mark, tag, anchor, style == YAML::EmitterStyle::Flow, '[');
  }
  void OnSequenceEnd() override { End(']'); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value style) override {
    Start(NodeKind::kMap, mark, tag, anchor, style == YAML::EmitterStyle::Flow, '{');
  }
  void OnMapEnd() override { End('}'); }

 private:
  size_t Position(const YAML::Mark& mark) const { return std::min(base_ + static_cast<size_t>(std::max(mark.pos, 0)), scan_.size()); }
  static uint32_t Offset(size_t position) { return static_cast<uint32_t>(position); }
  static Extent Plain(size_t begin, size_t end) { return {Offset(begin), Offset(end), Offset(begin), Offset(end)}; }

  // Whether `...` ended the document before.
  bool EndedBefore(size_t position) const {
    for (size_t i = scan_.SkipBlank(cursor_); i < position; i = scan_.SkipBlank(scan_.NextLine(i))) {
      if (scan_.text().substr(i, 3) == "...") return true;
    }
    return false;
  }

  // Length of the word for null at `i`, or 0 when the value is omitted and what stands there is the next token.
  size_t NullWordAt(size_t i) const {
    size_t end = i;
    while (end < scan_.size() && !IsBlank(scan_.at(end)) && !IsFlowIndicator(scan_.at(end)) && scan_.at(end) != ':') ++end;
    if (!IsNullWord(scan_.text().substr(i, end - i))) return 0;
    if (builder_.expects_key()) return end - i;
    size_t next = end;
    while (scan_.at(next) == ' ' || scan_.at(next) == '\t') ++next;
    return scan_.at(next) == ':' ? 0 : end - i;
  }

  // The place of a value that was left out: behind its colon or dash. `next` is where the next token starts.
  size_t Omitted(size_t next) const {
    size_t place = cursor_;
    size_t i = scan_.SkipBlank(place);
    if (builder_.expects_item()) {
      while (i < next && scan_.at(i) == '-') {
        place = i + 1;
        i = scan_.SkipBlank(place);
      }
    } else if (i < next && scan_.at(i) == ':') {
      place = i + 1;
    }
    return place;
  }

  // Whether an empty scalar is written out, as quotes or a block.
  bool WritesNothing(size_t content) const {
    const char first = scan_.at(content);
    if (first == '"' || first == '\'') return scan_.SkipBlank(content + 1) == scan_.ClosingQuote(content);
    return first == '|' || first == '>';
  }

  Extent Block(size_t header, std::string_view value) {
    size_t begin = scan_.NextLine(header);
    while (begin < scan_.size() && IsBlank(scan_.at(begin))) ++begin;
    size_t end = scan_.EndOfWords(begin, value);
    if (end == begin) begin = end = scan_.LineEnd(header);
    cursor_ = end;
    return {Offset(begin), Offset(end), Offset(header), Offset(end)};
  }

  void NoteKey(size_t position) {
    if (builder_.expects_key()) key_ = position;
  }

  // At the end of a file yaml-cpp takes a lone word below the keys of a map for one more key.
  void CheckColon() {
    if (builder_.failed() || in_flow_.empty() || in_flow_.back() || builder_.expects_key() || builder_.expects_item()) return;
    if (scan_.at(scan_.SkipBlank(cursor_)) == ':' || key_ >= cursor_) return;
    const size_t before = key_ == 0 ? std::string_view::npos : scan_.text().find_last_not_of(" \t\r\n", key_ - 1);
    if (before != std::string_view::npos && scan_.at(before) == '?') return;
    const Problem problem = WithoutColon(key_, cursor_, scan_.text().substr(key_, cursor_ - key_));
    builder_.Fail({source_, Offset(problem.begin), Offset(problem.end)}, problem.message, problem.help);
  }

  void Start(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool flow, char bracket) {
    key_ = scan_.size();
    size_t properties_end = 0;
    const size_t content = scan_.SkipProperties(Position(mark), &properties_end);
    std::string buffer;
    uint32_t begin = Builder::kFromChildren;
    if (flow && scan_.at(content) == bracket) {
      begin = Offset(content);
      if (bracket == '{' && IsTemplateMarker(scan_.text(), content)) file_.templated = true;
      cursor_ = content + 1;
    } else {
      cursor_ = std::max(cursor_, properties_end);
    }
    in_flow_.push_back(begin != Builder::kFromChildren);
    builder_.Open(kind, begin, Offset(content), ShortTag(tag, buffer), anchor);
  }

  void End(char bracket) {
    if (in_flow_.back()) {
      size_t i = scan_.SkipBlank(cursor_);
      while (scan_.at(i) == ',' || scan_.at(i) == ':' || scan_.at(i) == '?') i = scan_.SkipBlank(i + 1);
      if (scan_.at(i) == bracket) cursor_ = i + 1;
    }
    in_flow_.pop_back();
    builder_.Close(Offset(cursor_));
  }

  const Scan& scan_;
  const uint32_t source_;
  Builder& builder_;
  ParsedFile& file_;
  size_t base_ = 0;
  size_t key_ = 0;              // Where the last key starts, if it is no collection.
  size_t cursor_ = 0;           // Past what was read of the source.
  size_t document_start_ = 0;
  size_t previous_start_ = 0;
  size_t documents_in_file_ = 0;  // Before the document that is being read, or was read last.
  bool first_ = true;
  bool between_ = true;
  bool stray_ = false;
  std::vector<bool> in_flow_;
  std::vector<Hidden> hidden_;
};

// What yaml-cpp says, and how it is said here. The first row whose text is found counts.
struct Wording {
  std::string_view theirs;
  std::string_view ours;
  std::string_view help;
};
constexpr std::string_view kQuoteHelp = "put the text in quotes";
constexpr Wording kWordings[] = {
    {"end of sequence not found", "this line belongs to no item of the list above it", "start it with `- `, or line it up with the key that it belongs to"},
    {"end of map flow not found", "`{` is not closed", "close it with `}`"},
    {"end of sequence flow not found", "`[` is not closed", "close it with `]`"},
    {"illegal flow end", "this bracket closes nothing", kQuoteHelp},
    {"illegal block entry", "a list item cannot start here", "start it on a line of its own, lined up with the other items"},
    {"illegal map key", "a key cannot start here", "put it on a line of its own"},
    {"illegal document indicator in scalar", "a quote is not closed", "close it before the document ends"},
    {"illegal EOF in scalar", "a quote is not closed", "close it on the same line"},
    {"illegal tab when looking for indentation", "a tab is used as indentation", "indent with spaces"},
    {"the referenced anchor is not defined", "this alias refers to no anchor above it", "write `&name` in front of the value that is meant"},
    {"cannot assign multiple tags", "two tags in front of one value", "keep one of them"},
    {"cannot assign multiple anchors", "two anchors in front of one value", "keep one of them"},
    {"cannot assign multiple aliases", "two aliases in one place", "keep one of them"},
    {"aliases can't have any content", "an alias with an anchor or a tag", "keep the alias alone"},
    {"bad character found while scanning hex number", "an escape with a character that is not a hexadecimal digit", "write `\\\\` for a backslash, or use single quotes"},
    {"invalid unicode", "an escape that is no character", "write the character itself"},
    {"unknown escape character", "an unknown escape in double quotes", "write `\\\\` for a backslash, or use single quotes"},
    {"alias not found after *", "`*` is not followed by a name", kQuoteHelp},
    {"anchor not found after &", "`&` is not followed by a name", kQuoteHelp},
    {"illegal character found while scanning alias", "an alias with a character that cannot be in a name", kQuoteHelp},
    {"illegal character found while scanning anchor", "an anchor with a character that cannot be in a name", kQuoteHelp},
    {"cannot set zero indentation", "a block text with an indentation of 0", "write a number from 1 to 9, or none"},
    {"unexpected character in block scalar", "text behind `|` or `>`", "start the text on the next line"},
    {"tag handle with no suffix", "a tag without a name", ""},
    {"illegal character found while scanning tag handle", "a tag with a character that cannot be in a name", ""},
    {"end of verbatim tag not found", "`!<` is not closed", "close it with `>`"},
    {"YAML directives must have exactly one argument", "`%YAML` takes one version", "write `%YAML 1.2`"},
    {"bad YAML version", "`%YAML` with something that is no version", "write `%YAML 1.2`"},
    {"YAML major version too large", "a version of YAML above 1", "write `%YAML 1.2`"},
    {"repeated YAML directive", "`%YAML` is written twice", "keep one of them"},
    {"TAG directives must have exactly two arguments", "`%TAG` takes a handle and a prefix", ""},
    {"repeated TAG directive", "`%TAG` is written twice for one handle", "keep one of them"},
    {"bad file", "nested more than 500 levels deep", ""},
};

// Finds the cause behind what yaml-cpp says about a document.
class Explainer {
 public:
  Explainer(const Scan& scan, const Builder& builder, size_t start, size_t cursor)
      : scan_(scan), builder_(builder), start_(start), cursor_(cursor) {}

  Problem Explain(const std::string& theirs, size_t at) const {
    at = std::min(at, scan_.size());
    Problem problem;
    if (Template(at, &problem) || Tab(at, &problem)) return problem;
    const bool quote = theirs.find("illegal EOF in scalar") == 0 || theirs.find("illegal document indicator in scalar") == 0;
    if (quote) return UnclosedQuote(at);
    if (theirs == "unknown token") return UnknownToken(at);
    if (theirs.empty() && scan_.at(at) == '%') return Directive(at);
    if (theirs == "end of map not found") return NoColon(at);
    if (theirs == "illegal map value") return StrayColon(at);
    uint32_t open = 0;
    const bool unclosed = theirs.find("flow not found") != std::string::npos && builder_.innermost_begin(&open);
    if (unclosed) {
      at = open;
      const char bracket = scan_.at(at);
      return {at, at + 1, fmt::format("`{}` is not closed, or a comma is missing in it", bracket),
              fmt::format("close it with `{}`", bracket == '[' ? ']' : '}')};
    }
    for (const Wording& wording : kWordings) {
      if (theirs.find(wording.theirs) != 0) continue;
      return {at, WordEnd(at), std::string(wording.ours), std::string(wording.help)};
    }
    return {at, WordEnd(at), theirs, ""};
  }

 private:
  size_t WordEnd(size_t at) const {
    size_t end = at;
    while (end < scan_.size() && !IsBlank(scan_.at(end))) ++end;
    return std::min(std::max(end, at + 1), scan_.size());
  }

  // A marker outside of comments and quotes, up to the line where the parser gave up.
  bool Template(size_t at, Problem* problem) const {
    MarkerWalk walk(scan_.text(), start_, scan_.LineEnd(at));
    const size_t line = scan_.LineStart(at);
    while (walk.Next()) {
      const size_t marker = walk.marker();
      if (walk.quoted() && marker < line) continue;
      const char closing = scan_.at(marker) == '<' || scan_.at(marker + 1) == '%' ? '%' : '}';
      const std::string_view close = closing == '}' ? "}}" : scan_.at(marker) == '<' ? "%>" : "%}";
      const size_t line_end = scan_.LineEnd(marker);
      const size_t found = scan_.text().find(close, marker + 2);
      const size_t end = found != std::string_view::npos && found + 2 <= line_end ? found + 2 : line_end;
      const bool helm = closing == '}';
      *problem = {marker, end, fmt::format("this is a template, not YAML: `{}`", scan_.text().substr(marker, end - marker)),
                  helm ? "render it first, for example with `helm template`" : "render it first with the tool that it is written for", true};
      return true;
    }
    return false;
  }

  bool Tab(size_t at, Problem* problem) const {
    const size_t line = scan_.LineStart(at);
    const size_t content = std::min(scan_.text().find_first_not_of(" \t", line), scan_.size());
    const size_t tab = scan_.text().find('\t', line);
    if (tab >= content) return false;
    *problem = {tab, content, "a tab is used as indentation", "indent with spaces"};
    return true;
  }

  Problem UnclosedQuote(size_t at) const {
    size_t open = scan_.SkipBlank(cursor_);
    while (open < at && scan_.at(open) != '"' && scan_.at(open) != '\'') ++open;
    const std::string help(kUnclosedQuoteHelp);
    if (open >= at) return {at, std::min(at + 1, scan_.size()), "a quote is not closed", help};
    return {open, open + 1, UnclosedQuoteMessage(scan_.at(open)), help};
  }

  Problem UnknownToken(size_t at) const {
    const char c = scan_.at(at);
    if (at >= scan_.size()) return {at, at, "the file ends in the middle of a value", ""};
    if (c == '\t') return {at, at + 1, "a tab where a value or key should start", "indent with spaces"};
    return {at, at + 1, fmt::format("a value cannot start with `{}`", c), std::string(kQuoteHelp)};
  }

  Problem Directive(size_t at) const {
    const size_t end = scan_.LineEnd(at);
    const std::string_view line = scan_.text().substr(at, end - at);
    if (scan_.at(at + 1) == '{') {
      return {at, end, fmt::format("this is a template, not YAML: `{}`", line), "render it first with the tool that it is written for", true};
    }
    return {at, end, fmt::format("`{}` is no directive in front of a document", Shortened(line)),
            "only `%YAML` and `%TAG` can start with `%`, and a `---` follows them"};
  }

  Problem StrayColon(size_t colon) const {
    const size_t line = scan_.text().find_first_not_of(" \t", scan_.LineStart(colon));
    if (line >= colon) return {colon, std::min(colon + 1, scan_.size()), "a `:` with no key in front of it", std::string(kQuoteHelp)};
    const size_t first = scan_.text().find(": ", line);
    if (first < colon) {
      return {colon, colon + 1, "a second `: ` on one line", "put the value in quotes, or the second key on a line of its own"};
    }
    Problem above;
    if (WordAbove(line, &above)) return above;
    const bool item = scan_.text().substr(line, 2) == "- ";
    const std::string_view key = scan_.text().substr(line, colon - line);
    return {line, colon, fmt::format("`{}` is not lined up with what stands above it", Shortened(key)),
            item ? "line it up with the other items" : "use the same indentation for all keys of a map"};
  }

  // Whether the line above the one whose text starts at `text` is a word at the same indentation: then the parser takes the two lines
  // for one text, and stumbles over the colon behind the second.
  bool WordAbove(size_t text, Problem* problem) const {
    const size_t line = scan_.LineStart(text);
    if (line <= start_) return false;
    const size_t begin = scan_.text().find_first_not_of(" \t", scan_.LineStart(line - 1));
    const size_t end = scan_.LineEnd(begin);
    if (begin - scan_.LineStart(line - 1) != text - line) return false;
    const std::string_view word = scan_.text().substr(begin, end - begin);
    if (word.empty() || word.find(": ") != std::string_view::npos || word.ends_with(':') || word.starts_with("- ")) return false;
    *problem = WithoutColon(begin, end, word);
    return true;
  }

  Problem NoColon(size_t at) const {
    const size_t end = scan_.LineEnd(at);
    const std::string_view rest = scan_.text().substr(at, end - at);
    const size_t line = scan_.text().find_first_not_of(" \t", scan_.LineStart(at));
    if (line < at) {
      const char before = scan_.at(scan_.text().find_last_not_of(" \t", at - 1));
      if (before == '"' || before == '\'' || before == '}' || before == ']') {
        return {at, end, fmt::format("text behind the closing `{}`", before), "put the whole value in quotes"};
      }
    }
    if (rest.find(": ") == std::string_view::npos && !rest.ends_with(':') && !rest.empty()) {
      if (rest.substr(0, 2) == "- " || rest == "-") {
        return {at, at + 1, "a list item among the keys of a map", "indent it under the key that it belongs to"};
      }
      return WithoutColon(at, end, rest);
    }
    return {at, WordEnd(at), "this is not lined up with the keys above it", "use the same indentation for all keys of a map"};
  }

  const Scan& scan_;
  const Builder& builder_;
  size_t start_;
  size_t cursor_;
};

class YamlReader {
 public:
  YamlReader(std::string_view text, uint32_t source, const ParseLimits& limits, ParsedFile& file, Diagnostics& diagnostics)
      : scan_(text), source_(source), file_(file), diagnostics_(diagnostics), builder_(source, limits, diagnostics), handler_(scan_, source, builder_, file) {}

  void Read() {
    size_t base = 0;
    for (int broken = 0; base < scan_.size(); ++broken) {
      if (broken == kBrokenDocuments) {
        builder_.PassOnReports();
        diagnostics_.Error(SpanAt(base, base + 3), "too many broken documents: the rest of the file was not read");
        return;
      }
      base = ReadFrom(base);
    }
    builder_.PassOnReports();
  }

 private:
  Span SpanAt(size_t begin, size_t end) const {
    return {source_, static_cast<uint32_t>(begin), static_cast<uint32_t>(std::clamp(end, begin, std::max(begin, scan_.size())))};
  }

  // What yaml-cpp threw, or the document that nothing separates from the one before.
  struct Failure {
    std::string theirs;
    size_t at = 0;
  };

  // Reads documents from `base` on, up to the first broken one. `text` is what yaml-cpp gets to see from there on.
  std::optional<Failure> Run(size_t base, std::string_view text) {
    handler_.StartAt(base);
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    try {
      YAML::Parser parser(stream);
      while (parser.HandleNextDocument(handler_)) {
        if (handler_.stray()) return Failure{"", handler_.document_start()};
      }
      handler_.CheckDirectives(base + text.size());
      if (handler_.stray()) return Failure{"", handler_.document_start()};
      return std::nullopt;
    } catch (const YAML::Exception& exception) {
      if (handler_.stray()) return Failure{"", handler_.document_start()};
      const size_t at = exception.mark.is_null() ? scan_.size() : base + static_cast<size_t>(std::max(exception.mark.pos, 0));
      return Failure{exception.msg, std::min(at, scan_.size())};
    }
  }

  // Reads documents up to and with the first broken one. Returns where to go on.
  size_t ReadFrom(size_t base) {
    const std::optional<Failure> failure = Run(base, scan_.text().substr(base));
    if (!failure) return scan_.size();
    if (handler_.stray()) {
      Report(Explainer(scan_, builder_, handler_.previous_start(), failure->at).Explain("", failure->at));
      return After(failure->at);
    }
    const bool between = handler_.between_documents();
    const size_t start = between ? scan_.SkipBlank(handler_.cursor()) : handler_.document_start();
    // When the builder refused the document, that is the cause, and it was reported.
    if (!between && builder_.failed()) return After(start);
    // To be made now: a second reading changes what the explainer looks at.
    Problem problem = Explainer(scan_, builder_, start, handler_.cursor()).Explain(failure->theirs, failure->at);
    const size_t next = After(start);
    if (!between && ReadWithHiddenProperties(start, next, &problem)) return next;
    Report(std::move(problem));
    return next;
  }

  // yaml-cpp 0.7 takes the tag in `- !Sub >-` for the possible start of a map, and then wants the lines of the block text to be
  // indented deeper than the tag. Where they are not, the document is read again with the tag hidden.
  bool ReadWithHiddenProperties(size_t start, size_t end, Problem* problem) {
    std::vector<Handler::Hidden> hidden = ShallowBlocks(start, end);
    if (hidden.empty()) return false;
    std::string copy(scan_.text().substr(start, end - start));
    for (const Handler::Hidden& h : hidden) {
      std::fill(copy.begin() + static_cast<ptrdiff_t>(h.properties - start), copy.begin() + static_cast<ptrdiff_t>(h.block - start), ' ');
    }
    handler_.set_hidden(std::move(hidden));
    builder_.ForgetReports();
    const size_t documents = file_.documents.size();
    const std::optional<Failure> failure = Run(start, copy);
    hidden = handler_.hidden();
    handler_.set_hidden({});
    // One that was not used stood in some other text, which is not to be changed.
    const bool all_used = std::all_of(hidden.begin(), hidden.end(), [](const Handler::Hidden& h) { return h.used; });
    if (!failure && all_used) return true;
    file_.documents.resize(documents);
    file_.storage.resize(documents);
    builder_.ForgetReports();
    if (!failure || failure->theirs != "the referenced anchor is not defined") return false;
    for (const Handler::Hidden& h : hidden) {
      if (scan_.text().substr(h.properties, h.block - h.properties).find('&') == std::string_view::npos) continue;
      *problem = {h.properties, h.block, "the lines of a block text behind an anchor are not indented deeper than the anchor",
                  "indent them deeper than the `&`, or write the text in quotes"};
      return false;
    }
    return false;
  }

  // Lines with a tag or an anchor in front of a block text that is not indented deeper than those.
  std::vector<Handler::Hidden> ShallowBlocks(size_t start, size_t end) const {
    std::vector<Handler::Hidden> blocks;
    for (size_t line = start; line < end; line = scan_.NextLine(line)) {
      size_t i = line;
      while (scan_.at(i) == ' ' || (scan_.at(i) == '-' && scan_.at(i + 1) == ' ')) ++i;
      if (scan_.at(i) != '!' && scan_.at(i) != '&') continue;
      size_t unused = 0;
      const size_t block = scan_.SkipProperties(i, &unused);
      if ((scan_.at(block) != '|' && scan_.at(block) != '>') || block >= scan_.LineEnd(i)) continue;
      size_t text = scan_.NextLine(block);
      while (text < end && IsBlank(scan_.at(text))) ++text;
      if (text >= end || text - scan_.LineStart(text) > i - line) continue;
      const size_t tag = scan_.text().find('!', i);
      const size_t tag_end = std::min(scan_.text().find_first_of(" \t", tag), block);
      blocks.push_back({block, i, tag < block ? scan_.text().substr(tag, tag_end - tag) : std::string_view()});
    }
    return blocks;
  }

  void Report(Problem problem) {
    builder_.PassOnReports();
    // Once for a file: the other documents have to be rendered for the same reason.
    if (problem.templated) {
      file_.templated = true;
      if (std::exchange(told_of_template_, true)) return;
    }
    if (problem.message.empty()) {
      problem.end = scan_.LineEnd(problem.begin);
      problem.message = "text behind the end of the document";
      problem.help = "separate documents with `---`, or indent it under what it belongs to";
    }
    diagnostics_.Error(SpanAt(problem.begin, problem.end), std::move(problem.message)).help = std::move(problem.help);
  }

  // The document after the one that starts at `start`.
  size_t After(size_t start) const { return scan_.NextDocument(scan_.NextLine(start)); }

  const Scan scan_;
  const uint32_t source_;
  ParsedFile& file_;
  Diagnostics& diagnostics_;
  Builder builder_;
  Handler handler_;
  bool told_of_template_ = false;
};

}  // namespace

bool IsTemplateMarker(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return false;
  if (text[at] == '<') return text[at + 1] == '%';
  if (text[at] != '{' || (text[at + 1] != '{' && text[at + 1] != '%')) return false;
  return at == 0 || text[at - 1] != '$';
}

size_t FindTemplateMarker(std::string_view text, size_t from) {
  for (size_t at = text.find_first_of("{<", from); at != std::string_view::npos; at = text.find_first_of("{<", at + 1)) {
    if (IsTemplateMarker(text, at)) return at;
    // The second brace of `${{` starts no marker of its own, nor does a third one.
    if (text[at] == '{') {
      while (at + 1 < text.size() && text[at + 1] == '{') ++at;
    }
  }
  return std::string_view::npos;
}

bool MarkerWalk::Next() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') {
      single_ = double_ = 0;
      line_has_text_ = false;
    } else if (c == '#' && !line_has_text_) {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (c == '\'') {
      ++single_;
    } else if (c == '"') {
      ++double_;
    } else if (IsTemplateMarker(text_, at_)) {
      marker_ = at_;
      at_ += 2;
      line_has_text_ = true;
      return true;
    }
    line_has_text_ = line_has_text_ || !IsBlank(c);
  }
  return false;
}

void ReadYaml(const Sources& sources, uint32_t source, const ParseLimits& limits, ParsedFile& file, Diagnostics& diagnostics) {
  YamlReader(sources.text(source), source, limits, file, diagnostics).Read();
}

}  // namespace domicile
