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
#include "engine/parse/template.h"
#include "engine/parse/yaml_problem.h"
#include "engine/parse/yaml_text.h"

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

// What the handler throws when a template was read as if it were none.
constexpr std::string_view kTemplate = "this is a template";

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

  // The template that the text to be read was made of; nullptr when it is no template.
  void set_template(const ReadableTemplate* filled) {
    template_ = filled;
    unseen_key_.reset();
  }
  // The first key that an action gives.
  std::optional<size_t> unseen_key() const { return unseen_key_; }

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
    action_ = scan_.size();
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
    // `a: {{ .x }}` reads as a map in a map.
    if (action_ < scan_.size()) {
      YAML::Mark mark;
      mark.pos = static_cast<int>(action_ - base_);
      throw YAML::ParserException(mark, std::string(kTemplate));
    }
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
    if (FilledIn(Plain(cursor_, cursor_), {}, anchor)) return;
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
        const Problem problem = UnclosedQuote(content, content + 1, first);
        builder_.Fail({source_, Offset(content), Offset(content + 1)}, problem.message, problem.help);
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
      // Branches of one value: `{{ if .x }}`, a line, `{{ else }}` and another line.
      if (template_ && template_->IsCut(begin, end)) return builder_.Scalar(extent, template_->Written(begin, end), false, short_tag, anchor);
      return builder_.Scalar(extent, AsWritten(value, begin), tag == "!" || short_tag == "!!str", short_tag, anchor);
    }
    if (value.empty() && FilledIn(extent, short_tag, anchor)) return;
    extent.outer_begin = Offset(outer);
    builder_.Scalar(extent, AsWritten(value, content), !plain, short_tag, anchor);
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

  // Whether a value stands on a line of its own that an action of a template puts in. One that indents what it puts in gives a map or a
  // list, and what that holds is not even hidden.
  bool FilledIn(Extent extent, std::string_view tag, YAML::anchor_t anchor) {
    const ReadableTemplate::Action* action = template_ ? template_->UnseenBehind(cursor_) : nullptr;
    if (!action || template_->Indents(*action)) return false;
    extent.begin = Offset(action->begin);
    extent.end = extent.outer_end = Offset(action->end);
    builder_.Scalar(extent, template_->TextOf(*action), false, tag, anchor);
    return true;
  }
  // A text with the actions of a template in it, as they stand in the source.
  std::string_view AsWritten(const std::string& value, size_t from) {
    if (!template_) return value;
    restored_ = template_->Restored(value, from);
    // A key that an action gives may be any.
    if (builder_.expects_key() && !unseen_key_ && IsTemplateMarker(restored_, 0) && EndOfAction(restored_, 0) == restored_.size()) unseen_key_ = from;
    return restored_;
  }

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
      if (bracket == '{' && action_ == scan_.size() && IsTemplateMarker(scan_.text(), content)) action_ = content;
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
  size_t action_ = 0;             // The first action of a template in this document that was taken for a map.
  const ReadableTemplate* template_ = nullptr;
  std::string restored_;
  std::optional<size_t> unseen_key_;
};

class YamlReader {
 public:
  YamlReader(const Sources& sources, uint32_t source, const ParseLimits& limits, ParsedFile& file, Diagnostics& diagnostics)
      : scan_(sources.text(source)), source_(source), file_(file), diagnostics_(diagnostics), builder_(sources, source, limits, diagnostics), handler_(scan_, source, builder_, file) {}

  void Read() {
    CheckLineBreaks();
    size_t base = 0;
    while (base < scan_.size()) {
      if (broken_ == kBrokenDocuments) {
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

  // A lone carriage return, U+0085, U+2028 and U+2029 end a line to some readers of YAML and are characters to others: what is a comment to
  // us may be a setting to them. Within quotes they are text to all.
  void CheckLineBreaks() {
    const std::string_view text = scan_.text();
    for (size_t at = text.find_first_of("\r\xc2\xe2"); at != std::string_view::npos; at = text.find_first_of("\r\xc2\xe2", at + 1)) {
      const std::string_view here = text.substr(at, 3);
      const bool lone = here[0] == '\r' && !here.starts_with("\r\n") && here.size() > 1;
      const bool next_line = here.starts_with("\xc2\x85"), separator = here == "\xe2\x80\xa8" || here == "\xe2\x80\xa9";
      if (!lone && !next_line && !separator) continue;
      const std::string_view before = text.substr(scan_.LineStart(at), at - scan_.LineStart(at));
      if (std::count(before.begin(), before.end(), '"') % 2 == 1 || std::count(before.begin(), before.end(), '\'') % 2 == 1) continue;
      const char* name = lone ? "a carriage return without a line feed" : next_line ? "U+0085" : here.back() == '\xa8' ? "U+2028" : "U+2029";
      diagnostics_.Error(SpanAt(at, at + (lone ? 1 : next_line ? 2 : 3)), fmt::format("{}: a line ends here for some readers of YAML, and not for others", name)).help =
          "end lines with a line feed, or put the text in double quotes";
      return;
    }
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

  // Reads documents up to and with the first broken one or template. Returns where to go on.
  size_t ReadFrom(size_t base) {
    const std::optional<Failure> failure = Run(base, scan_.text().substr(base));
    if (!failure) return scan_.size();
    if (handler_.stray()) {
      const size_t start = handler_.previous_start();
      Problem problem = Explain(scan_, builder_, start, failure->at, "", failure->at);
      if (problem.templated) {
        if (const std::optional<size_t> end = ReadTemplate(start)) return *end;
      }
      Report(std::move(problem));
      return After(failure->at);
    }
    const bool between = handler_.between_documents();
    const size_t start = between ? scan_.SkipBlank(handler_.cursor()) : handler_.document_start();
    // To be made now: a second reading changes what the explainer looks at.
    Problem problem = Explain(scan_, builder_, start, handler_.cursor(), failure->theirs, failure->at);
    const size_t next = After(start);
    if (between) builder_.PassOnReports();
    if (problem.templated) {
      if (const std::optional<size_t> end = ReadTemplate(start)) return *end;
    }
    // When the builder refused the document, that is the cause, and it was reported.
    if (!between && builder_.failed() && !problem.templated) return next;
    if (!between && ReadWithHiddenProperties(start, next, &problem)) return next;
    Report(std::move(problem));
    return next;
  }

  // Reads the document as a template: what it writes out itself is known, what it puts into values is hidden. What stands on lines of
  // its own may be anything, so that is an error, told once. Returns where the document ends; nothing when it cannot be read like that either.
  std::optional<size_t> ReadTemplate(size_t start) {
    if (!template_) template_.emplace(scan_.text());
    const Scan as_written = scan_;
    scan_ = Scan(template_->text());
    const size_t end = After(start);   // A `---` in a comment of the template ends nothing.
    handler_.set_template(&*template_);
    builder_.ForgetReports();
    const size_t documents = file_.documents.size();
    const bool good = !Run(start, scan_.text().substr(start, end - start)) && !builder_.failed();
    builder_.ForgetReports();   // Keys that several branches write.
    const std::optional<size_t> key = handler_.unseen_key();
    handler_.set_template(nullptr);
    scan_ = as_written;
    if (!good) {
      file_.documents.resize(documents);
      file_.storage.resize(documents);
      return std::nullopt;
    }
    file_.templated = true;
    // Once for a file: the rest of it has to be rendered for the same reason.
    const ReadableTemplate::Action* unseen = template_->FirstUnseen(start, end);
    if (const size_t first = std::min(unseen ? unseen->begin : end, key.value_or(end)); first < end) {
      const std::string_view action = scan_.text().substr(first, EndOfAction(scan_.text(), first) - first);
      if (file_.unseen.empty()) file_.unseen = action;
      if (!std::exchange(told_of_template_, true)) ReportUnseen(action, SpanAt(first, std::min(first + action.size(), scan_.LineEnd(first))), diagnostics_);
    }
    for (size_t i = documents; i < file_.documents.size(); ++i) {
      const uint32_t twice = file_.documents[i].equal_key;
      if (twice >= end || std::exchange(told_of_template_, true)) continue;
      diagnostics_.Error(SpanAt(twice, scan_.text().find(':', twice)), "several branches of this template write this key, and only the last one was looked at").help =
          HowToRender(scan_.text().substr(template_->FirstMarker()));
    }
    return end;
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
    ++broken_;
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

  Scan scan_;
  const uint32_t source_;
  ParsedFile& file_;
  Diagnostics& diagnostics_;
  Builder builder_;
  Handler handler_;
  std::optional<ReadableTemplate> template_;   // Of the whole text, once a document of it turned out to be one.
  bool told_of_template_ = false;
  int broken_ = 0;                             // Documents.
};

}  // namespace

void ReadYaml(const Sources& sources, uint32_t source, const ParseLimits& limits, ParsedFile& file, Diagnostics& diagnostics) {
  YamlReader(sources, source, limits, file, diagnostics).Read();
}

}  // namespace domicile
