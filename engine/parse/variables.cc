// Files of environment variables: `.env`, `env_file` of Compose. They become a map, so that all that reads manifests can read them.
#include <cctype>

#include "engine/parse/builder.h"

namespace domicile {
namespace {

bool NamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-'; }
bool Blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

class VariablesReader {
 public:
  VariablesReader(std::string_view text, uint32_t source, Builder& builder, Diagnostics& diagnostics)
      : text_(text), source_(source), builder_(builder), diagnostics_(diagnostics) {}

  void Read() {
    for (; at_ < text_.size(); ++at_) {
      SkipBlanks();
      if (!AtEnd() && text_[at_] != '#') ReadLine();
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }

 private:
  bool AtEnd() const { return at_ >= text_.size() || text_[at_] == '\n'; }
  void SkipBlanks() {
    while (at_ < text_.size() && Blank(text_[at_])) ++at_;
  }
  static Extent Whole(size_t begin, size_t end, size_t quote = 0) {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end), static_cast<uint32_t>(begin - quote), static_cast<uint32_t>(end + quote)};
  }

  void ReadLine() {
    if (text_.substr(at_).starts_with("export ")) {
      at_ += 7;
      SkipBlanks();
    }
    const size_t begin = at_;
    while (!AtEnd() && NamePart(text_[at_])) ++at_;
    const size_t end = at_;
    SkipBlanks();
    const bool assigns = !AtEnd() && (text_[at_] == '=' || text_[at_] == ':');   // Compose takes `NAME: value`, too.
    if (end == begin || (!assigns && !AtEnd() && text_[at_] != '#')) {
      const size_t stop = std::min(text_.find('\n', begin), text_.size());
      diagnostics_.Warning({source_, static_cast<uint32_t>(begin), static_cast<uint32_t>(stop)}, "a line that is not NAME=value is passed over");
      return;
    }
    builder_.Scalar(Whole(begin, end), text_.substr(begin, end - begin), false, "", 0);
    // A name alone: whoever runs it gives the value.
    if (!assigns) return builder_.Null(Whole(end, end), 0);
    ++at_;
    SkipBlanks();
    if (!AtEnd() && (text_[at_] == '"' || text_[at_] == '\'') && ReadQuoted(text_[at_])) return;
    ReadPlain();
  }

  // Up to the end of the line, or to a comment behind a space.
  void ReadPlain() {
    const size_t begin = at_;
    while (!AtEnd() && !(text_[at_] == '#' && at_ > begin && Blank(text_[at_ - 1]))) ++at_;
    size_t end = at_;
    while (end > begin && Blank(text_[end - 1])) --end;
    builder_.Scalar(Whole(begin, end), text_.substr(begin, end - begin), true, "", 0);
  }

  // It may go over several lines. False when the quote does not close: then it is part of a plain value.
  bool ReadQuoted(char quote) {
    const size_t begin = at_ + 1;
    std::string value;
    for (size_t i = begin; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == quote) {
        builder_.Scalar(Whole(begin, i, 1), value, true, "", 0);
        at_ = i + 1;
        return true;
      }
      if (c == '\\' && i + 1 < text_.size() && (quote == '"' || text_[i + 1] == quote)) {
        const char next = text_[++i];
        value += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
      } else {
        value += c;
      }
    }
    return false;
  }

  const std::string_view text_;
  const uint32_t source_;
  Builder& builder_;
  Diagnostics& diagnostics_;
  size_t at_ = 0;
};

}  // namespace

ParsedFile ParseVariables(const Sources& sources, uint32_t source, Diagnostics& diagnostics) {
  const ParseLimits limits;
  ParsedFile file;
  Builder builder(sources, source, limits, diagnostics);
  builder.StartDocument();
  builder.Open(NodeKind::kMap, 0, 0, "", 0);
  VariablesReader(sources.text(source), source, builder, diagnostics).Read();
  builder.Close(static_cast<uint32_t>(sources.text(source).size()));
  builder.FinishDocument(file);
  builder.PassOnReports();
  return file;
}

}  // namespace domicile
