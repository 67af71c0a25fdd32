#include "engine/parse/yaml_problem.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/parse/template.h"

namespace domicile {
namespace {

std::string Shortened(std::string_view text) {
  constexpr size_t kLong = 40;
  if (text.size() <= kLong) return std::string(text);
  size_t end = kLong;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

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
      *problem = {marker, end, fmt::format("this is a template, not YAML: `{}`", scan_.text().substr(marker, end - marker)),
                  std::string(HowToRender(scan_.text().substr(marker))), true};
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
    if (open >= at) return domicile::UnclosedQuote(at, std::min(at + 1, scan_.size()), '\0');
    return domicile::UnclosedQuote(open, open + 1, scan_.at(open));
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
      return {at, end, fmt::format("this is a template, not YAML: `{}`", line), std::string(HowToRender(line)), true};
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

}  // namespace

Problem WithoutColon(size_t begin, size_t end, std::string_view text) {
  return {begin, end, fmt::format("`{}` has no `: ` behind it, as the other keys of this map have", Shortened(text)),
          "write `key: value`, or indent the line if it belongs to the value above"};
}

Problem UnclosedQuote(size_t begin, size_t end, char quote) {
  return {begin, end, quote == '\0' ? "a quote is not closed" : fmt::format("`{}` is not closed", quote), "close it, or write the text without quotes"};
}

Problem Explain(const Scan& scan, const Builder& builder, size_t start, size_t cursor, const std::string& theirs, size_t at) {
  return Explainer(scan, builder, start, cursor).Explain(theirs, at);
}

}  // namespace domicile
