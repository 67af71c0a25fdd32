#include "engine/formats/expressions.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "engine/formats/arm.h"
#include "engine/formats/cloudformation.h"
#include "engine/formats/joins.h"
#include "engine/formats/serverless.h"
#include "engine/formats/terms.h"
#include "engine/formats/terraform.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

struct Row {
  std::string_view name;
  MakeExpressions make;
};
Expressions ComposeExpressions(Value root, const Joins* joins);
Expressions SkyPilotExpressions(Value root, const Joins* joins);

constexpr Row kRows[] = {
    {"", PlainExpressions},
    {"arm", ArmExpressions},
    {"cloudformation", CloudFormationExpressions},
    {"compose", ComposeExpressions},
    {"serverless", ServerlessExpressions},
    {"skypilot", SkyPilotExpressions},
    {"terraform-plan", TerraformExpressions},
};

bool NameStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool NamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

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
  if (text[at] == '$' && at + 1 < text.size() && NameStart(text[at + 1])) {
    size_t end = at + 1;
    while (end < text.size() && NamePart(text[end])) ++end;
    return end;
  }
  if (!starts("${") && !starts("$(") && !starts("%{")) return PlaceholderEnd(text, at);
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
  if (holes.empty()) return part;   // Most often; and a text may have very many parts.
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
    const std::string own = HiddenReason(text.substr(i, end - i));
    meaning.Add(Hole{std::string(text.substr(i, end - i)), own.empty() ? reason : own});
    begin = i = end;
  }
  if (meaning.holes.empty()) {
    meaning.Add(Hole{std::string(text), reason});
  } else {
    meaning.Add(text.substr(begin));
  }
  return meaning;
}

Meaning FillHoles(Meaning meaning, const std::function<Meaning(Hole)>& value) {
  if (meaning.holes.empty()) return meaning;
  Meaning filled;
  filled.span = meaning.span;
  filled.because = std::move(meaning.because);
  const bool alone = meaning.text.size() == 1;
  const std::string_view text = meaning.text;
  size_t next = 0;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t at = std::min(text.find(Meaning::kHole, begin), text.size());
    filled.Add(text.substr(begin, at - begin));
    begin = at + 1;
    if (at == text.size()) break;
    Meaning part = value(std::move(meaning.holes[next++]));
    if (alone && part.known() && part.span.known()) filled.span = part.span;
    filled.Add(std::move(part));
  }
  return filled;
}

namespace {

Meaning AsHole(Hole hole) {
  Meaning meaning;
  meaning.Add(std::move(hole));
  return meaning;
}

}  // namespace

Meaning Assume(Meaning meaning, const Assumptions* assumed) {
  if (!assumed) return meaning;
  return FillHoles(std::move(meaning), [&](Hole hole) {
    Filled given = Fill(hole.written, assumed);
    if (given.because.empty()) given = FillName(hole.written, assumed);
    if (given.because.empty() || !HiddenReason(given.text).empty()) return AsHole(std::move(hole));
    Meaning part;
    part.text = std::move(given.text);
    part.because = std::move(given.because);
    std::erase(part.text, Meaning::kHole);
    return part;
  });
}

namespace {

constexpr int kDeepest = 8;   // Defaults within defaults.
constexpr std::string_view kDotEnv = ".env";

// `${NAME:-default}` taken apart.
struct Variable {
  std::string_view name, rest;   // `rest` starts with `:-`, `-`, `:?`, ...
};

std::optional<Variable> ReadVariable(std::string_view written) {
  if (written.size() < 2 || written[0] != '$') return std::nullopt;
  std::string_view inner = written.substr(1);
  const bool braced = inner[0] == '{', bracketed = braced || inner[0] == '(';
  if (bracketed) inner = inner.substr(1, inner.size() - 2);
  size_t end = 0;
  while (end < inner.size() && NamePart(inner[end])) ++end;
  if (end == 0 || !NameStart(inner[0]) || (!braced && end < inner.size())) return std::nullopt;
  return Variable{inner.substr(0, end), inner.substr(end)};
}

std::string Unquoted(const std::string& text) {
  const bool quoted = text.size() > 1 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return quoted ? text.substr(1, text.size() - 2) : text;
}

Meaning Fill(Meaning meaning, const Lookup& lookup, bool defaults, int depth) {
  if (depth > kDeepest) return meaning;
  const Span span = meaning.span;
  return FillHoles(std::move(meaning), [&](Hole hole) {
    const std::optional<Variable> variable = ReadVariable(hole.written);
    const Meaning* value = variable && lookup ? lookup(variable->name) : nullptr;
    const bool colon = variable && variable->rest.starts_with(':');
    const std::string_view rest = variable ? variable->rest.substr(colon ? 1 : 0) : std::string_view();
    if (value && value->known() && !(colon && value->text.empty()) && !rest.starts_with('+')) return *value;
    if (!rest.starts_with('-') || !defaults) return AsHole(std::move(hole));
    Meaning fallback = Fill(ReadLiteral(rest.substr(1), span), lookup, defaults, depth + 1);
    fallback.text = Unquoted(fallback.text);
    if (fallback.known()) fallback.because.push_back(Because{.text = fmt::format("`{}` is the default; the variable `{}` may say otherwise", fallback.text, variable->name), .span = span});
    return fallback;
  });
}

// As shells write it; `values` are what names stand for.
Expressions ShellExpressions(Value root, const Joins* joins, std::map<std::string, Meaning, std::less<>> values) {
  Expressions shell = PlainExpressions(root, joins);
  const auto read = shell.read;
  const auto piece = shell.piece;
  const auto fill = [values = std::move(values)](Meaning meaning) {
    const Lookup lookup = [&](std::string_view name) -> const Meaning* {
      const auto found = values.find(name);
      return found == values.end() ? nullptr : &found->second;
    };
    return FillVariables(std::move(meaning), lookup, true);
  };
  shell.read = [read, fill](Value value) { return fill(read(value)); };
  shell.piece = [piece, fill](std::string_view text, Span span) { return fill(piece(text, span)); };
  return shell;
}

// What a map of variables says of each; `where` is named as its reason, unless it is empty.
std::map<std::string, Meaning, std::less<>> ValuesOf(Value map, std::string_view where) {
  std::map<std::string, Meaning, std::less<>> values;
  for (size_t i = 0; i < map.size() && map.is_map(); ++i) {
    if (!map.value(i).is_scalar()) continue;
    Meaning meaning = ReadLiteral(map.value(i).text(), map.value(i).span());
    if (!where.empty()) meaning.because.push_back(Because{.text = fmt::format("`{}` gives `{}` its value", where, map.key(i).text()), .span = map.key(i).span()});
    values.emplace(std::string(map.key(i).text()), std::move(meaning));
  }
  return values;
}

// Services of Compose with what they extend, and with what the file beside them says that Compose puts over theirs.
class Services {
 public:
  using Read = std::function<Meaning(Value)>;
  Services(Value root, const Joins* joins, Read read) : joins_(joins), read_(std::move(read)) {
    constexpr std::string_view kDefault[] = {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"};
    constexpr std::string_view kOver[] = {"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"};
    const std::string_view file = joins ? joins->FileOf(root) : std::string_view();
    if (std::find(std::begin(kDefault), std::end(kDefault), file.substr(file.rfind('/') + 1)) != std::end(kDefault))
      for (const std::string_view name : kOver)
        if (!over_) over_ = joins->Beside(root, name)["services"];
    const Value services = root["services"];
    for (size_t i = 0; i < services.size() && services.is_map(); ++i) {
      names_.emplace(services.value(i).index(), services.key(i).text());
      alone_ = alone_ && !services.value(i)["extends"];
    }
    alone_ = alone_ && !over_;
  }

  bool alone() const { return alone_; }

  Layers Of(Value place) const {
    Layers layers;
    const auto name = place.is_map() ? names_.find(place.index()) : names_.end();
    if (name == names_.end()) return layers;
    if (asked_ == place) return last_;
    if (const Value over = over_[name->second]; over.is_map()) Add(over, layers);
    Add(place, layers);
    asked_ = place;
    last_ = layers;
    return layers;
  }

 private:
  static constexpr size_t kMost = 16;

  // Files may hold very many services that extend each other.
  Value Named(Value root, std::string_view name) const {
    if (!root) return {};
    const auto [index, added] = index_.try_emplace(root.document());
    const Value services = root["services"];
    for (size_t i = 0; added && i < services.size() && services.is_map(); ++i) index->second.insert_or_assign(services.key(i).text(), services.value(i));
    const auto found = index->second.find(name);
    return found == index->second.end() ? Value() : found->second;
  }

  void Add(Value service, Layers& layers) const {
    if (std::find(layers.all.begin(), layers.all.end(), service) != layers.all.end()) return;   // In a circle: Compose refuses it.
    layers.all.push_back(service);
    const Value extends = service["extends"];
    if (!extends || extends.is_null()) return;
    const Value file = extends["file"], name = extends.is_map() ? extends["service"] : extends;
    const Meaning from = file ? read_(file) : Meaning(), what = read_(name);
    const Value root = !file ? Root(*service.document()) : joins_ && from.known() ? joins_->Beside(file, from.text) : Value();
    const Value base = what.known() ? Named(root, what.text) : Value();
    if (base.is_map() && layers.all.size() < kMost) return Add(base, layers);
    layers.missing.emplace_back(file ? fmt::format("service `{}` of `{}`", what.Written(), from.Written()) : fmt::format("service `{}`", what.Written()),
                                file ? file.span() : name.span());
  }

  const Joins* joins_;
  const Read read_;
  Value over_;
  std::map<uint32_t, std::string_view> names_;
  bool alone_ = true;
  mutable std::map<const Document*, std::map<std::string_view, Value>> index_;
  mutable Value asked_;                  // For the same place it is asked several times in a row.
  mutable Layers last_;
};

// Compose files: what the file of variables beside them says goes before defaults. What the environment says is not among the input.
Expressions ComposeExpressions(Value root, const Joins* joins) {
  std::map<std::string, Meaning, std::less<>> values = ValuesOf(joins ? joins->Beside(root, kDotEnv) : Value(), kDotEnv);
  const Lookup lookup = [&](std::string_view name) -> const Meaning* {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
  };
  for (auto& [name, meaning] : values)
    if (!meaning.known()) meaning = Fill(meaning, lookup, true, 0);
  Expressions compose = ShellExpressions(root, joins, std::move(values));
  const auto services = std::make_shared<const Services>(root, joins, compose.read);
  if (services->alone()) return compose;
  compose.layers = [services](Value place) { return services->Of(place); };
  compose.follow = [services](Value reference, std::string_view, std::vector<Value>* found) {
    for (const Value layer : services->Of(reference).all)
      if (layer != reference) found->push_back(layer);
  };
  return compose;
}

// SkyPilot tasks: `envs` gives variables their values.
Expressions SkyPilotExpressions(Value root, const Joins* joins) { return ShellExpressions(root, joins, ValuesOf(root["envs"], "")); }

}  // namespace

Meaning FillVariables(Meaning meaning, const Lookup& lookup, bool defaults) { return Fill(std::move(meaning), lookup, defaults, 0); }

Expressions PlainExpressions(Value root, const Joins* joins) {
  Expressions plain;
  // Before defaults are looked at: what the user gives goes before them.
  const Assumptions* assumed = joins ? joins->assumed() : nullptr;
  plain.read = [assumed](Value value) {
    if (value.is_scalar() && (value.tag().empty() || value.tag()[0] != '!' || value.tag().starts_with("!!")))
      return Assume(ReadLiteral(value.text(), value.span()), assumed);
    Meaning meaning;
    meaning.span = value.span();
    if (value.is_null()) return meaning;
    if (!value.tag().empty() && !value.tag().starts_with("!!"))
      meaning.Add(Hole{std::string(value.text()), fmt::format("`{}{}{}` fills this in", value.tag(), value.text().empty() ? "" : " ", value.text())});
    else
      meaning.Add(Hole{"", "an expression fills this in"});
    return Assume(std::move(meaning), assumed);
  };
  plain.piece = [assumed](std::string_view text, Span span) { return Assume(ReadLiteral(text, span), assumed); };
  plain.follow = [root, joins](Value reference, std::string_view kind, std::vector<Value>* found) {
    if (!joins) return;
    const size_t before = found->size();
    joins->Follow(reference, kind, root["metadata"]["namespace"].text(), found);
    // A reference may lead into another namespace.
    if (found->size() == before) joins->Follow(reference, kind, "", found);
  };
  return plain;
}

std::string SettledText(const Expressions& expressions, Value scalar) {
  const std::string_view written = scalar.text();
  if (scalar.tag().empty() && written.find_first_of("[${(<%") == std::string_view::npos) return std::string(written);   // Most often.
  Meaning meaning = expressions.read(scalar);
  return meaning.known() ? std::move(meaning.text) : std::string(written);
}

MakeExpressions FindExpressions(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.make;
  return nullptr;
}

}  // namespace domicile
