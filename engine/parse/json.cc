// Reads JSON with simdjson's On-Demand interface, which keeps where each token stands. Nothing else includes simdjson.
//
// On-Demand checks only what is asked for: stage 1 has checked UTF-8, quotes and control characters in strings; commas, colons and
// brackets are checked because every value is visited; numbers and words are checked here.

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "engine/parse/builder.h"
#include "engine/parse/readers.h"
#include "engine/parse/template.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

namespace ondemand = simdjson::ondemand;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The grammar of RFC 8259; the value does not matter here, so neither does its size.
bool IsNumber(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t start = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    return i > start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool zero = i < text.size() && text[i] == '0';
  if (!digits() || (zero && i > 1 && IsDigit(text[i - 1]) && text[i - 1] != '0')) return false;
  if (zero && i != (text[0] == '-' ? 2u : 1u)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

struct Problem {
  size_t begin = 0;
  size_t end = 0;
  std::string message;
  std::string help;
  bool templated = false;   // It is text that a template engine fills in.
};

// Comments as Azure's and Visual Studio's JSON allow them become spaces. Empty when there are none.
std::string WithoutComments(std::string_view text) {
  if (text.find("//") == std::string_view::npos && text.find("/*") == std::string_view::npos) return {};
  std::string copy(text);
  bool any = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
      continue;
    }
    const std::string_view two = text.substr(i, 2);
    if (two != "//" && two != "/*") continue;
    size_t end = text.find(two == "//" ? "\n" : "*/", i + 2);
    if (two == "/*" && end == std::string_view::npos) return {};
    end = end == std::string_view::npos ? text.size() : two == "//" ? end : end + 2;
    for (size_t j = i; j < end; ++j) {
      if (!IsBlank(text[j])) copy[j] = ' ';
    }
    any = true;
    i = end - 1;
  }
  return any ? copy : std::string();
}

class JsonReader {
 public:
  // `text` is that of the source, or another one of the same length.
  JsonReader(std::string_view text, bool padded, const Sources& sources, uint32_t source, const ParseLimits& limits, ParsedFile& file,
             Diagnostics& diagnostics)
      : text_(text), padded_(padded), file_(file), builder_(sources, source, limits, diagnostics) {}

  // False when the text is not JSON; then problem() says why. A document that the limits refuse is reported and is not such a case.
  bool Read() {
    const simdjson::padded_string copy = padded_ ? simdjson::padded_string() : simdjson::padded_string(text_);
    if (!padded_) text_ = std::string_view(copy.data(), copy.size());
    ondemand::parser parser;
    bool read = ReadOne(parser);
    if (!read) {
      // Several values in one file fail as one, mostly at their very start.
      const Problem first = std::move(problem_);
      read = ReadMany(parser);
      if (!read && file_.documents.empty()) problem_ = first;
    }
    builder_.PassOnReports();
    return read;
  }

  const Problem& problem() const { return problem_; }

 private:
  bool ReadOne(ondemand::parser& parser) {
    static_assert(Sources::kPadding >= simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    return Good(parser.iterate(simdjson::padded_string_view(text_, text_.size() + simdjson::SIMDJSON_PADDING)).get(document), nullptr) &&
           ReadDocument(document, text_.size()) && AtEnd();
  }

  // One batch of the whole text: a value is never cut in two.
  bool ReadMany(ondemand::parser& parser) {
    file_ = ParsedFile();
    builder_.ForgetReports();
    ondemand::document_stream stream;
    if (!Good(parser.iterate_many(text_.data(), text_.size(), std::max<size_t>(text_.size(), 64)).get(stream), nullptr)) return false;
    for (auto it = stream.begin(); it != stream.end(); ++it) {
      ondemand::document_reference document;
      cursor_ = it.current_index();
      if (!Good((*it).get(document), nullptr) || !ReadDocument(document, 0)) return false;
    }
    return AtEnd();
  }

  bool AtEnd() {
    cursor_ = SkipBlank(cursor_);
    if (builder_.failed() || cursor_ == text_.size()) return true;
    return Wrong(cursor_, "text behind the end of the JSON value");
  }

  template <typename AnyDocument>
  bool ReadDocument(AnyDocument& document, size_t size) {
    builder_.StartDocument();
    constexpr size_t kLarge = 1 << 20, kBytesOfNode = 8;   // Rarely less.
    if (size >= kLarge) builder_.Reserve(size / kBytesOfNode);
    cursor_ = SkipBlank(cursor_);
    const char first = cursor_ < text_.size() ? text_[cursor_] : '\0';
    if (first == '{') {
      ondemand::object object;
      if (!Good(document.get_object().get(object), nullptr) || !ReadObject(object)) return false;
    } else if (first == '[') {
      ondemand::array array;
      if (!Good(document.get_array().get(array), nullptr) || !ReadArray(array)) return false;
    } else {
      return Wrong(cursor_, "text behind the end of the JSON value");
    }
    builder_.FinishDocument(file_);
    return true;
  }

  bool ReadObject(ondemand::object& object) {
    const size_t begin = cursor_++;
    builder_.Open(NodeKind::kMap, Offset(begin), Offset(begin), {}, 0);
    for (simdjson::simdjson_result<ondemand::field> result : object) {
      if (builder_.failed()) return true;
      ondemand::field field;
      if (!Good(std::move(result).get(field), nullptr)) return false;
      const Extent extent = StringAt(field.key().raw() - text_.data());
      if (HasEscape(extent)) {
        std::string_view decoded;
        if (!Good(field.unescaped_key().get(decoded), &extent)) return false;
        AddString(extent, decoded);
      } else {
        AddString(extent, text_.substr(extent.begin, extent.end - extent.begin));
      }
      if (!ReadValue(field.value())) return false;
    }
    return Close('}');
  }

  bool ReadArray(ondemand::array& array) {
    const size_t begin = cursor_++;
    builder_.Open(NodeKind::kSequence, Offset(begin), Offset(begin), {}, 0);
    for (simdjson::simdjson_result<ondemand::value> result : array) {
      if (builder_.failed()) return true;
      ondemand::value value;
      if (!Good(std::move(result).get(value), nullptr) || !ReadValue(value)) return false;
    }
    return Close(']');
  }

  bool ReadValue(ondemand::value value) {
    const std::string_view token = value.raw_json_token();
    if (token.empty()) return Wrong(cursor_, "a value is missing");
    cursor_ = static_cast<size_t>(token.data() - text_.data());
    switch (token.front()) {
      case '{': {
        ondemand::object object;
        return Good(value.get_object().get(object), nullptr) && ReadObject(object);
      }
      case '[': {
        ondemand::array array;
        return Good(value.get_array().get(array), nullptr) && ReadArray(array);
      }
      case '"': {
        const Extent extent = StringAt(static_cast<ptrdiff_t>(cursor_ + 1));
        if (!HasEscape(extent)) {
          AddString(extent, text_.substr(extent.begin, extent.end - extent.begin));
          return true;
        }
        std::string_view decoded;
        if (!Good(value.get_string().get(decoded), &extent)) return false;
        AddString(extent, decoded);
        return true;
      }
      default:
        return ReadWord(Trim(token));
    }
  }

  // A number, true, false or null.
  bool ReadWord(std::string_view word) {
    const size_t begin = cursor_;
    const size_t end = begin + word.size();
    const Extent extent{Offset(begin), Offset(end), Offset(begin), Offset(end)};
    if (word == "null") {
      builder_.Null(extent, 0);
    } else if (word == "true" || word == "false" || IsNumber(word)) {
      builder_.Scalar(extent, word, false, {}, 0);
    } else {
      return Wrong(begin, "");
    }
    cursor_ = end;
    return true;
  }

  bool Close(char bracket) {
    cursor_ = SkipBlank(cursor_);
    if (builder_.failed()) return true;
    if (cursor_ >= text_.size() || text_[cursor_] != bracket) return Wrong(cursor_, "");
    builder_.Close(Offset(++cursor_));
    return true;
  }

  void AddString(const Extent& extent, std::string_view text) {
    builder_.Scalar(extent, text, true, {}, 0);
    cursor_ = extent.outer_end;
  }

  // The string whose text starts at `begin`, behind the quote. Stage 1 has seen that every string is closed.
  Extent StringAt(ptrdiff_t begin) const {
    const size_t start = static_cast<size_t>(begin);
    size_t end = start;
    for (;;) {
      end = std::min(text_.find('"', end), text_.size());
      size_t slashes = 0;
      while (end - slashes > start && text_[end - slashes - 1] == '\\') ++slashes;
      if (slashes % 2 == 0 || end == text_.size()) break;
      ++end;
    }
    return {Offset(start), Offset(end), Offset(start - 1), Offset(std::min(end + 1, text_.size()))};
  }

  bool HasEscape(const Extent& extent) const {
    return std::memchr(text_.data() + extent.begin, '\\', extent.end - extent.begin) != nullptr;
  }

  size_t SkipBlank(size_t i) const {
    while (i < text_.size() && IsBlank(text_[i])) ++i;
    return i;
  }

  static uint32_t Offset(size_t position) { return static_cast<uint32_t>(position); }

  // Turns an error code into a problem; `where` narrows it to a string.
  bool Good(simdjson::error_code code, const Extent* where) {
    if (code == simdjson::SUCCESS) return true;
    if (where != nullptr) return BadEscape(*where);
    if (code == simdjson::UTF8_ERROR) {
      size_t bad = 0;
      IsValidUtf8(text_, &bad);
      return Set({bad, bad + 1, "a byte that is not UTF-8", "save the file as UTF-8"});
    }
    if (code == simdjson::UNCLOSED_STRING || code == simdjson::UNESCAPED_CHARS) return BadString();
    if (code == simdjson::CAPACITY || code == simdjson::MEMALLOC) return Set({0, 0, "the file is too large for the JSON reader", "split it"});
    return Wrong(SkipBlank(cursor_), "");
  }

  bool BadEscape(const Extent& extent) {
    for (size_t i = text_.find('\\', extent.begin); i < extent.end; i = text_.find('\\', i + 2)) {
      const std::string_view rest = text_.substr(i, extent.end - i);
      if (rest.size() < 2 || std::string_view("\"\\/bfnrt").find(rest[1]) != std::string_view::npos) continue;
      if (rest[1] != 'u') {
        return Set({i, std::min<size_t>(i + 2, extent.end), fmt::format("`{}` is no escape of JSON", rest.substr(0, 2)), "write `\\\\` for a backslash"});
      }
      const bool hex = rest.size() >= 6 && rest.substr(2, 4).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
      if (!hex) return Set({i, i + 2, "`\\u` is followed by less than four hexadecimal digits", ""});
      const std::string unit = Lower(rest.substr(2, 4));
      const bool high = unit >= "d800" && unit <= "dbff";
      const bool low = unit >= "dc00" && unit <= "dfff";
      const std::string next = rest.size() >= 12 && rest.substr(6, 2) == "\\u" ? Lower(rest.substr(8, 4)) : std::string();
      if (low || (high && !(next >= "dc00" && next <= "dfff"))) {
        return Set({i, i + 6, fmt::format("`{}` is half of a surrogate pair", rest.substr(0, 6)), "write both halves, or the character itself"});
      }
      if (high) i += 6;
    }
    return Set({extent.begin, extent.end, "an escape that is no character", ""});
  }

  // The first string that runs over the end of its line, or holds a control character.
  bool BadString() {
    for (size_t i = text_.find('"'); i != std::string_view::npos; i = text_.find('"', i)) {
      const size_t open = i++;
      while (i < text_.size() && text_[i] != '"' && static_cast<unsigned char>(text_[i]) >= 0x20) i += text_[i] == '\\' ? 2 : 1;
      if (i < text_.size() && text_[i] == '"') {
        ++i;
        continue;
      }
      const bool control = i < text_.size() && text_[i] != '\n' && text_[i] != '\r';
      if (control) return Set({i, i + 1, "a control character in a string", "write it as an escape, such as `\\t`"});
      return Set({open, open + 1, "`\"` is not closed on its line", "close it, and write a line break in a string as `\\n`"});
    }
    return Set({0, 1, "a quote is not closed", ""});
  }

  bool Set(Problem problem) {
    problem_ = std::move(problem);
    return false;
  }

  // Finds out what stands where the reader stopped. `message` is used when nothing more exact is seen.
  bool Wrong(size_t at, std::string message) {
    at = std::min(at, text_.size());
    const size_t line = at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
    const size_t line_end = std::min(text_.find('\n', at), text_.size());
    constexpr int kMarkers = 16;  // A template has one that is closed among the first ones.
    MarkerWalk walk(text_, line, line_end);
    for (int i = 0; i < kMarkers && walk.Next(); ++i) {
      if (walk.double_quoted()) continue;
      const size_t marker = walk.marker();
      // `{{` can also be an object without its first key; then no closing marker follows.
      const std::string_view rest = text_.substr(marker, line_end - marker);
      const std::string_view close = rest[0] == '<' ? "%>" : rest[1] == '%' ? "%}" : "}}";
      const size_t end = rest.find(close);
      if (end == std::string_view::npos) continue;
      return Set({marker, marker + end + 2, fmt::format("this is a template, not JSON: `{}`", rest.substr(0, end + 2)),
                  "render it first with the tool that it is written for", true});
    }
    if (at == text_.size()) {
      uint32_t open = 0;
      if (!builder_.innermost_begin(&open)) return Set({at, at, message.empty() ? "the file ends too early" : std::move(message), ""});
      return Set({open, open + 1, fmt::format("`{}` is not closed", text_[open]), ""});
    }
    // On-Demand stops at the comma in front of what is wrong, and at the key in front of a missing colon.
    if (text_[at] == ',' && EndsValue(LastBefore(at)) && SkipBlank(at + 1) < text_.size()) at = SkipBlank(at + 1);
    if ((text_[at] == '}' || text_[at] == ']') && LastBefore(at) == ',') {
      at = text_.rfind(',', at);
      return Set({at, at + 1, "a comma before the closing bracket", "remove the comma"});
    }
    if (text_[at] == '"' && builder_.expects_key()) {
      const size_t next = SkipBlank(StringAt(static_cast<ptrdiff_t>(at + 1)).outer_end);
      if (next < text_.size() && text_[next] != ':') return Set({next, next + 1, "a colon is missing before this", ""});
    }
    const char c = text_[at];
    const char before = LastBefore(at);
    uint32_t open = 0;
    if (!builder_.innermost_begin(&open) && (c == '{' || c == '[')) return Unbalanced(at);
    if ((c == '}' || c == ']') && builder_.innermost_begin(&open) && c != (text_[open] == '{' ? '}' : ']')) {
      return Set({open, open + 1, fmt::format("`{}` is closed by `{}`", text_[open], c), ""});
    }
    if (text_.substr(at, 2) == "//" || text_.substr(at, 2) == "/*" || c == '#') {
      return Set({at, at + 1, "a comment that JSON does not know", "remove it"});
    }
    if (c == ',') return Set({at, at + 1, "a comma where a value should be", ""});
    if (c == '\'') return Set({at, at + 1, "`'` is no quote in JSON", "use `\"`"});
    if (EndsValue(before) && (builder_.expects_key() || builder_.expects_item())) {
      return Set({at, at + 1, "a comma is missing before this", ""});
    }
    size_t end = at;
    while (end < text_.size() && !IsBlank(text_[end]) && std::string_view(",:{}[]\"").find(text_[end]) == std::string_view::npos) ++end;
    end = std::max(end, at + 1);
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) ++end;
    constexpr size_t kLong = 40;
    if (!message.empty()) return Set({at, end, std::move(message), ""});
    if (builder_.expects_key()) {
      return Set({at, end, fmt::format("`{}` where a key in double quotes should be", text_.substr(at, std::min(end - at, kLong))), ""});
    }
    return Set({at, end, fmt::format("`{}` is no value of JSON", text_.substr(at, std::min(end - at, kLong))), "put text in double quotes"});
  }

  // On-Demand looks at the last bracket of a value before it reads the first.
  bool Unbalanced(size_t at) {
    std::vector<size_t> open;
    for (size_t i = at; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '"') {
        i = StringAt(static_cast<ptrdiff_t>(i + 1)).end;
      } else if (c == '{' || c == '[') {
        open.push_back(i);
      } else if (c == '}' || c == ']') {
        if (open.empty()) return Set({i, i + 1, fmt::format("`{}` closes nothing", c), ""});
        if (c != (text_[open.back()] == '{' ? '}' : ']')) {
          return Set({open.back(), open.back() + 1, fmt::format("`{}` is closed by `{}`", text_[open.back()], c), ""});
        }
        open.pop_back();
      } else if (open.empty() && !IsBlank(c)) {
        return Set({i, i + 1, "text behind the end of the JSON value", ""});
      }
    }
    if (open.empty()) return Set({at, at + 1, "this value is not well formed", ""});
    return Set({open.back(), open.back() + 1, fmt::format("`{}` is not closed", text_[open.back()]), ""});
  }

  static bool EndsValue(char c) { return c == '"' || c == '}' || c == ']' || IsDigit(c) || (c >= 'a' && c <= 'z'); }

  // The last character before `at` that is not white space.
  char LastBefore(size_t at) const {
    while (at > 0 && IsBlank(text_[at - 1])) --at;
    return at == 0 ? '\0' : text_[at - 1];
  }

  std::string_view text_;
  const bool padded_;
  ParsedFile& file_;
  Builder builder_;
  size_t cursor_ = 0;     // Past what was read.
  Problem problem_;
};

void Take(ParsedFile&& from, ParsedFile& to) {
  for (auto& storage : from.storage) to.storage.push_back(std::move(storage));
  to.documents.insert(to.documents.end(), from.documents.begin(), from.documents.end());
}

}  // namespace

bool ReadJson(const Sources& sources, uint32_t source, const ParseLimits& limits, bool certain, ParsedFile& file,
              Diagnostics& diagnostics) {
  const std::string_view text = sources.text(source);
  ParsedFile read;
  Diagnostics seen;
  JsonReader reader(text, sources.padded(source), sources, source, limits, read, seen);
  if (reader.Read()) {
    Take(std::move(read), file);
    diagnostics.Append(std::move(seen));
    return true;
  }
  const std::string bare = WithoutComments(text);
  if (!bare.empty()) {
    ParsedFile read_bare;
    Diagnostics seen_bare;
    if (JsonReader(bare, false, sources, source, limits, read_bare, seen_bare).Read()) {
      Take(std::move(read_bare), file);
      diagnostics.Append(std::move(seen_bare));
      return true;
    }
  }
  if (!certain) return false;
  Take(std::move(read), file);
  diagnostics.Append(std::move(seen));
  const Problem& problem = reader.problem();
  file.templated = file.templated || problem.templated;
  const auto offset = [&](size_t at) { return static_cast<uint32_t>(std::min(at, text.size())); };
  diagnostics.Error({source, offset(problem.begin), offset(problem.end)}, problem.message).help = problem.help;
  return true;
}

}  // namespace domicile
