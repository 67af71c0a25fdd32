#include "engine/parse/parse.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/parse/readers.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

// YAML and JSON allow none of these, and yaml-cpp takes U+0004 for the end of the file and NUL for text.
size_t FindControlCharacter(std::string_view text) {
  const auto bad = [](char c) {
    const unsigned char byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
  };
  return static_cast<size_t>(std::find_if(text.begin(), text.end(), bad) - text.begin());
}

// A byte order mark at the start of a line comes from files put together, and would become part of a key.
size_t FindByteOrderMark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  for (size_t at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at;
  }
  return text.size();
}

// JSON of configuration files may start with comments.
size_t BehindComments(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n";
  size_t at = std::min(text.find_first_not_of(kWhite), text.size());
  while (at + 1 < text.size() && text[at] == '/' && (text[at + 1] == '/' || text[at + 1] == '*')) {
    const bool line = text[at + 1] == '/';
    const size_t end = text.find(line ? std::string_view("\n") : std::string_view("*/"), at + 2);
    if (end == std::string_view::npos) return text.size();
    at = std::min(text.find_first_not_of(kWhite, end + (line ? 1 : 2)), text.size());
  }
  return at;
}

bool SaysJson(std::string_view name) { return Lower(name).ends_with(".json"); }

}  // namespace

ParsedFile Parse(const Sources& sources, uint32_t source, const ParseLimits& limits, Diagnostics& diagnostics) {
  ParsedFile file;
  const std::string_view text = sources.text(source);
  const auto at = [&](size_t begin, size_t length) {
    return Span{source, static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + length)};
  };
  if (const size_t control = FindControlCharacter(text); control < text.size()) {
    const unsigned value = static_cast<unsigned char>(text[control]);
    diagnostics.Error(at(control, 1), fmt::format("control character U+{:04X}", value)).help = "write it as an escape in double quotes";
    return file;
  }
  if (const size_t mark = FindByteOrderMark(text); mark < text.size()) {
    diagnostics.Error(at(mark, 3), "a byte order mark inside of the file").help = "remove it, or save the parts as UTF-8 without one";
    return file;
  }
  size_t bad = 0;
  if (!IsValidUtf8(text, &bad)) {
    diagnostics.Error(at(bad, 1), "a byte that is not UTF-8").help = "save the file as UTF-8";
    return file;
  }
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return file;
  const size_t start = BehindComments(text);
  const bool bracket = start < text.size() && (text[start] == '{' || text[start] == '[');
  if (bracket && ReadJson(sources, source, limits, SaysJson(sources.name(source)), file, diagnostics)) return file;
  ReadYaml(sources, source, limits, file, diagnostics);
  return file;
}

}  // namespace domicile
