// A text of YAML, looked at around the marks of its parser.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace domicile {

inline bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
inline bool IsFlowIndicator(char c) { return c == '[' || c == ']' || c == '{' || c == '}' || c == ','; }

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

}  // namespace domicile
