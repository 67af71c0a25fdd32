#include "engine/load/ignore.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace domicile {
namespace {

bool InNamedClass(std::string_view name, unsigned char c) {
  struct Row {
    std::string_view name;
    int (*holds)(int);
  };
  constexpr Row kRows[] = {{"alnum", std::isalnum}, {"alpha", std::isalpha}, {"blank", std::isblank}, {"cntrl", std::iscntrl},
                           {"digit", std::isdigit}, {"graph", std::isgraph}, {"lower", std::islower}, {"print", std::isprint},
                           {"punct", std::ispunct}, {"space", std::isspace}, {"upper", std::isupper}, {"xdigit", std::isxdigit}};
  for (const Row& row : kRows) {
    if (row.name == name) return row.holds(c) != 0;
  }
  return false;
}

// The class at `*at`, which is its `[`; moves behind its `]`. Empty when it is never closed: then nothing matches.
std::optional<bool> MatchClass(std::string_view pattern, size_t* at, unsigned char c) {
  size_t i = *at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    if (pattern.substr(i, 2) == "[:") {
      const size_t close = pattern.find(":]", i + 2);
      if (close == std::string_view::npos) return std::nullopt;
      found = found || InNamedClass(pattern.substr(i + 2, close - i - 2), c);
      i = close + 2;
      continue;
    }
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const unsigned char low = static_cast<unsigned char>(pattern[i++]);
    unsigned char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      high = static_cast<unsigned char>(pattern[i++]);
    }
    found = found || (low <= c && c <= high);
  }
  if (i >= pattern.size()) return std::nullopt;
  *at = i + 1;
  return found != negated;
}

// Whether the single character of the pattern at `*at`, which is no `*`, matches; moves behind it.
bool MatchOne(std::string_view pattern, size_t* at, unsigned char c) {
  switch (pattern[*at]) {
    case '?': ++*at; return true;
    case '[': return MatchClass(pattern, at, c).value_or(false);
    case '\\':
      // A lone backslash at the end matches nothing, as in git.
      if (++*at == pattern.size()) return false;
      [[fallthrough]];
    default: return static_cast<unsigned char>(pattern[(*at)++]) == c;
  }
}

// Only the last `**` needs to be tried again: what an earlier one could take, the last one can as well.
bool MatchesParts(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  constexpr size_t kNone = ~size_t{0};
  size_t p = 0;
  size_t t = 0;
  size_t star = kNone;
  size_t star_path = 0;
  while (t < path.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      // At the end it stands for what is inside, so for one part at least.
      if (p + 1 == pattern.size()) return true;
      star = p++;
      star_path = t;
    } else if (p < pattern.size() && MatchesPart(pattern[p], path[t])) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_path;
    } else {
      return false;
    }
  }
  return p == pattern.size();
}

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Without the line break and without trailing spaces, unless they are escaped.
std::string_view TrimPattern(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  while (line.ends_with(' ')) {
    size_t slashes = 0;
    while (slashes + 1 < line.size() && line[line.size() - 2 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 1) break;
    line.remove_suffix(1);
  }
  return line;
}

}  // namespace

bool MatchesPart(std::string_view pattern, std::string_view text) {
  constexpr size_t kNone = ~size_t{0};
  size_t p = 0;
  size_t t = 0;
  size_t star = kNone;
  size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    size_t next = p;
    if (p < pattern.size() && MatchOne(pattern, &next, static_cast<unsigned char>(text[t]))) {
      p = next;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

IgnoreFile::IgnoreFile(std::string_view text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = TrimPattern(text.substr(begin, end - begin));
    begin = end + 1;
    if (line.empty() || line.front() == '#') continue;
    Pattern pattern;
    if (line.front() == '!') {
      pattern.keeps = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      pattern.folder_only = true;
      line.remove_suffix(1);
    }
    if (line.empty()) continue;
    pattern.anchored = line.find('/') != std::string_view::npos;
    if (line.front() == '/') line.remove_prefix(1);
    for (std::string_view part : Split(line)) pattern.parts.emplace_back(part);
    patterns_.push_back(std::move(pattern));
  }
}

bool IgnoreFile::Covers(std::string_view path, bool is_folder) const {
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1))
    if (Ask(path.substr(0, slash), true) == Answer::kIgnored) return true;
  return Ask(path, is_folder) == Answer::kIgnored;
}

IgnoreFile::Answer IgnoreFile::Ask(std::string_view path, bool is_folder) const {
  if (patterns_.empty()) return Answer::kNothing;
  const std::vector<std::string_view> parts = Split(path);
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->folder_only && !is_folder) continue;
    const bool matches =
        pattern->anchored ? MatchesParts(pattern->parts, parts) : MatchesPart(pattern->parts.front(), parts.back());
    if (matches) return pattern->keeps ? Answer::kKept : Answer::kIgnored;
  }
  return Answer::kNothing;
}

}  // namespace domicile
