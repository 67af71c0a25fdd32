#include "engine/formats/expressions.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/formats/extract.h"
#include "engine/formats/terms.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

struct Row {
  std::string_view name;
  MakeExpressions make;
};
constexpr Row kRows[] = {
    {"", PlainExpressions},
};

// Where the variable that starts at `at` ends: behind its last bracket. `at` itself when none starts there.
size_t EndOfVariable(std::string_view text, size_t at) {
  const auto starts = [&](std::string_view with) { return text.substr(at).starts_with(with); };
  const auto behind = [&](std::string_view close) {
    const size_t end = text.find(close, at + 2);
    return end == std::string_view::npos ? text.size() : end + close.size();
  };
  if (starts("${{")) return behind("}}");
  if (starts("{{")) return behind("}}");
  if (starts("{%")) return behind("%}");
  if (starts("<%")) return behind("%>");
  if (!starts("${") && !starts("$(") && !starts("%{")) return at;
  const char open = text[at + 1], close = open == '{' ? '}' : ')';
  int depth = 0;
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == open) ++depth;
    if (text[i] == close && --depth == 0) return i + 1;
  }
  return text.size();
}

}  // namespace

std::string Meaning::Written() const {
  std::string written;
  size_t hole = 0;
  for (char c : text) {
    if (c == kHole && hole < holes.size()) written += holes[hole++].written;
    else written += c;
  }
  return written;
}

std::string Meaning::Reason() const {
  std::string reasons;
  for (const Hole& hole : holes) {
    if (reasons.find(hole.reason) != std::string::npos) continue;
    if (!reasons.empty()) reasons += ", ";
    reasons += hole.reason;
  }
  return reasons;
}

void Meaning::Add(Hole hole) {
  text += kHole;
  holes.push_back(std::move(hole));
  exact = false;
}

void Meaning::Add(Meaning part) {
  text += part.text;
  exact = false;
  for (Hole& hole : part.holes) holes.push_back(std::move(hole));
  for (Because& step : part.because)
    if (std::none_of(because.begin(), because.end(), [&](const Because& known) { return known.text == step.text; })) because.push_back(std::move(step));
}

Meaning Meaning::Part(size_t begin, size_t end) const {
  Meaning part;
  part.text = text.substr(begin, end - begin);
  part.because = because;
  part.span = span;
  part.exact = exact;
  if (exact) {
    part.span.begin += static_cast<uint32_t>(begin);
    part.span.end = part.span.begin + static_cast<uint32_t>(end - begin);
  }
  const size_t first = static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), kHole));
  const size_t count = static_cast<size_t>(std::count(part.text.begin(), part.text.end(), kHole));
  part.holes.assign(holes.begin() + static_cast<std::ptrdiff_t>(first), holes.begin() + static_cast<std::ptrdiff_t>(first + count));
  return part;
}

Meaning ReadLiteral(std::string_view text, Span span) {
  Meaning meaning;
  meaning.span = span;
  const std::string reason = HiddenReason(text);
  if (reason.empty() || text.find(Meaning::kHole) != std::string_view::npos) {
    meaning.text = std::string(text);
    std::erase(meaning.text, Meaning::kHole);
    meaning.exact = meaning.text.size() == text.size() && span.end - span.begin == text.size();
    return meaning;
  }
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t end = EndOfVariable(text, i);
    if (end == i) {
      ++i;
      continue;
    }
    meaning.Add(text.substr(begin, i - begin));
    meaning.Add(Hole{std::string(text.substr(i, end - i)), reason});
    begin = i = end;
  }
  if (meaning.holes.empty()) {
    meaning.Add(Hole{std::string(text), reason});
  } else {
    meaning.Add(text.substr(begin));
  }
  return meaning;
}

Expressions PlainExpressions(Value root, const Joins* joins) {
  Expressions plain;
  plain.read = [](Value value) {
    if (value.is_scalar() && (value.tag().empty() || value.tag()[0] != '!' || value.tag().starts_with("!!"))) return ReadLiteral(value.text(), value.span());
    Meaning meaning;
    meaning.span = value.span();
    if (value.is_null()) return meaning;
    if (!value.tag().empty() && !value.tag().starts_with("!!"))
      meaning.Add(Hole{std::string(value.text()), fmt::format("`{}{}{}` fills this in", value.tag(), value.text().empty() ? "" : " ", value.text())});
    else
      meaning.Add(Hole{"", "an expression fills this in"});
    return meaning;
  };
  plain.follow = [root, joins](Value reference, std::string_view kind, std::vector<Value>* found) {
    if (joins) joins->Follow(reference, kind, root["metadata"]["namespace"].text(), found);
  };
  return plain;
}

MakeExpressions FindExpressions(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.make;
  return nullptr;
}

}  // namespace domicile
