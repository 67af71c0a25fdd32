#include "engine/formats/terms.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "engine/parse/fields.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

// What one fact is read into.
class Reader {
 public:
  Reader(FactId id, const Vocabulary& vocabulary, TermOptions options, Diagnostics& diagnostics)
      : definition_(vocabulary.at(id)), id_(id), vocabulary_(vocabulary), options_(options), diagnostics_(diagnostics) {
    fact.id = id;
  }

  bool Read(Value value) {
    fact.span = value.span();
    const bool list = definition_.type == FactType::kTexts || definition_.type == FactType::kNames ||
                      definition_.type == FactType::kPlaces || definition_.type == FactType::kEvidence ||
                      definition_.type == FactType::kOwners;
    if (value.is_sequence()) {
      if (!list && value.size() != 1)
        return Refuse(value.span(), fmt::format("a list here, where `{}` is one {}", definition_.name, FactTypeName(definition_.type)));
      for (size_t i = 0; i < value.size(); ++i)
        if (!ReadItem(value.item(i))) return false;
      return Finish();
    }
    if (value.is_map() && definition_.type == FactType::kEvidence && !value["type"]) {
      // `{scc: 2026-01-01}`: names as keys, references as values.
      for (size_t i = 0; i < value.size(); ++i) {
        if (!ReadText(value.key(i).text(), value.key(i).span())) return false;
        if (value.value(i).is_scalar()) fact.terms.back().id = std::string(value.value(i).text());
      }
      return Finish();
    }
    return ReadItem(value) && Finish();
  }

  bool ReadAll(std::string_view written, Span span) {
    fact.span = span;
    Filled filled = Fill(written, options_.assumed);
    const std::string_view text = filled.text;
    if (options_.split && HiddenReason(text).empty() &&
        (definition_.type == FactType::kTexts || definition_.type == FactType::kNames || definition_.type == FactType::kPlaces ||
         definition_.type == FactType::kEvidence)) {
      size_t begin = 0;
      for (size_t i = 0; i <= text.size(); ++i) {
        // Label values may hold no commas or spaces, so `.` separates too, and `_` between places.
        if (i < text.size() && text[i] != ',' && text[i] != ' ' && text[i] != ';' && text[i] != '.' && !(text[i] == '_' && definition_.type == FactType::kPlaces)) continue;
        const std::string_view part = text.substr(begin, i - begin);
        const Span where{span.source, span.begin + static_cast<uint32_t>(begin), span.begin + static_cast<uint32_t>(i)};
        const bool exact = filled.because.empty() && span.end - span.begin == text.size();
        if (!Trim(part).empty() && !ReadLiteral(Trim(part), exact ? where : span)) return false;
        begin = i + 1;
      }
      Tell(std::move(filled.because));
      return Finish();
    }
    return ReadText(written, span) && Finish();
  }

  Fact fact;

 private:
  bool Refuse(Span span, std::string message, std::string help = "") {
    if (options_.strict) {
      diagnostics_.Error(span, std::move(message)).help = std::move(help);
      return false;
    }
    fact.hidden = true;
    fact.reason = std::move(message);
    if (!help.empty()) fact.reason += "; " + help;
    return true;
  }

  bool ReadItem(Value value) {
    if (!options_.strict && !value.tag().empty() && value.tag()[0] == '!' && !value.tag().starts_with("!!")) return Hide(value, fmt::format("`{} {}` fills this in", value.tag(), value.text()));
    if (!options_.strict && value.is_map() && definition_.type != FactType::kEvidence && definition_.type != FactType::kOwners) return Hide(value, "an expression fills this in");
    if (value.is_scalar()) return ReadText(value.text(), value.span());
    if (value.is_map() && (definition_.type == FactType::kEvidence || definition_.type == FactType::kOwners)) return ReadObject(value);
    if (value.is_null() && value) return true;   // `region:` with nothing behind it: not declared.
    return Refuse(value.span(), fmt::format("{} here, where `{}` is {}", KindName(value), definition_.name, FactTypeName(definition_.type)));
  }

  bool Hide(Value value, std::string reason) {
    fact.terms.push_back(Term{.text = std::string(value.text()), .span = value.span(), .hidden = true});
    fact.reason = std::move(reason);
    return true;
  }

  bool ReadObject(Value value) {
    Term term;
    Diagnostics local;
    Fields fields(value, definition_.type == FactType::kEvidence ? "evidence" : "an owner", local);
    if (definition_.type == FactType::kEvidence) {
      if (!ReadText(fields.Need("type"), value["type"].span())) return false;
      Term& added = fact.terms.back();
      added.id = fields.Text("id");
      added.valid_until = fields.Day("valid_until");
      added.issued = fields.Day("issued");
      fields.Get("note");
    } else {
      if (!ReadText(fields.Need("country"), value["country"].span())) return false;
      Term& added = fact.terms.back();
      if (const Value share = fields.Get("share")) added.share = NumberOf(share, "share", local).value_or(-1);
      if (const Value pct = fields.Get("pct")) added.share = NumberOf(pct, "pct", local).value_or(-1);
      fields.Get("name");
    }
    fields.Done();
    const bool good = local.error_count() == 0;
    if (options_.strict) diagnostics_.Append(std::move(local));
    return good || !options_.strict;
  }

  void Tell(std::vector<Because> because) {
    for (Because& step : because)
      if (std::none_of(fact.because.begin(), fact.because.end(), [&](const Because& known) { return known.text == step.text; }))
        fact.because.Add(std::move(step));
  }

  bool ReadText(std::string_view written, Span span) {
    Filled filled = Fill(Trim(written), options_.assumed);
    if (std::string reason = HiddenReason(DecidingPart(id_, filled.text, vocabulary_)); !reason.empty()) {
      fact.terms.push_back(Term{.text = std::string(Trim(written)), .span = span, .hidden = true});
      fact.reason = std::move(reason);
      return true;
    }
    Tell(std::move(filled.because));
    return ReadLiteral(Trim(filled.text), span);
  }

  bool ReadLiteral(std::string_view text, Span span) {
    Term term;
    term.text = std::string(text);
    term.span = span;
    switch (definition_.type) {
      case FactType::kFlag:
        if (text == "true" || text == "True" || text == "TRUE" || text == "yes" || text == "1") {
          fact.number = 1;
        } else if (text == "false" || text == "False" || text == "FALSE" || text == "no" || text == "0") {
          fact.number = 0;
        } else {
          return Refuse(span, fmt::format("`{}` where `{}` is true or false", text, definition_.name));
        }
        term.text = fact.number != 0 ? "true" : "false";
        break;
      case FactType::kNumber:
      case FactType::kPercent: {
        std::string digits(text);
        std::erase(digits, '_');
        std::erase(digits, ',');
        if (digits.ends_with('%')) digits.pop_back();
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), fact.number);
        if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || !(fact.number >= 0))
          return Refuse(span, fmt::format("`{}` where `{}` is a number", text, definition_.name));
        break;
      }
      case FactType::kDuration: {
        const auto hours = ParseDuration(text);
        if (!hours)
          return Refuse(span, fmt::format("`{}` where `{}` is a duration", text, definition_.name), "write it with its unit: 24h, 60d, 6mo, 3y");
        fact.number = *hours;
        break;
      }
      case FactType::kDate: {
        const auto date = ParseDate(text);
        if (!date) return Refuse(span, fmt::format("`{}` where `{}` is a date", text, definition_.name), "write it as 2026-11-25");
        fact.number = date->days;
        break;
      }
      case FactType::kName:
      case FactType::kNames: {
        if (definition_.values.empty()) {
          term.text = NameKey(text);
          break;
        }
        const NameValue* value = vocabulary_.Canonical(id_, text);
        if (!value) {
          std::vector<std::string_view> names;
          for (const NameValue& known : definition_.values) names.push_back(known.name);
          std::string help = options_.suggest ? DidYouMean(NameKey(text), names) : "";
          if (help.empty()) help = fmt::format("`domicile list facts` shows the values of `{}`", definition_.name);
          return Refuse(span, fmt::format("`{}` is not a value of `{}`", text, definition_.name), std::move(help));
        }
        term.text = value->name;
        fact.terms.push_back(term);
        for (const std::string& implied : value->implies) {
          term.text = implied;
          fact.terms.push_back(term);
        }
        return true;
      }
      case FactType::kEvidence: {
        const EvidenceDefinition* evidence = vocabulary_.FindEvidence(text);
        if (evidence) {
          term.text = evidence->name;
        } else {
          term.text = NameKey(text);
          std::vector<std::string_view> names;
          for (const EvidenceDefinition& known : vocabulary_.evidence()) names.push_back(known.name);
          diagnostics_.Warning(span, fmt::format("no policy asks for evidence called `{}`", text)).help = DidYouMean(term.text, names);
        }
        break;
      }
      case FactType::kText:
      case FactType::kTexts:
      case FactType::kPlace:
      case FactType::kPlaces:
      case FactType::kOwners: break;
    }
    fact.terms.push_back(std::move(term));
    return true;
  }

  bool Finish() {
    fact.stated = true;
    // Implied names may come twice; the written one comes first and keeps its span.
    if (definition_.type == FactType::kNames) {
      std::vector<Term> unique;
      for (Term& term : fact.terms)
        if (std::none_of(unique.begin(), unique.end(), [&](const Term& t) { return t.text == term.text; })) unique.push_back(std::move(term));
      fact.terms = std::move(unique);
    }
    const bool all_hidden = !fact.terms.empty() && std::all_of(fact.terms.begin(), fact.terms.end(), [](const Term& t) { return t.hidden; });
    if (all_hidden) fact.hidden = true;
    if (!fact.terms.empty() && fact.terms.size() == 1 && fact.terms[0].span.known()) fact.span = fact.terms[0].span;
    return true;
  }

  const FactDefinition& definition_;
  FactId id_;
  const Vocabulary& vocabulary_;
  TermOptions options_;
  Diagnostics& diagnostics_;
};

// The assumption that a variable names, written as `NAME`, `NAME:-default`, `NAME?message` or `.Values.x | quote`.
const Assumption* FindAssumption(std::string_view variable, const Assumptions& assumed) {
  const auto named = [&](std::string_view name) -> const Assumption* {
    for (const Assumption& assumption : assumed)
      if (assumption.name == name) {
        assumption.used->store(true, std::memory_order_relaxed);
        return &assumption;
      }
    return nullptr;
  };
  variable = Trim(variable);
  if (const Assumption* whole = named(variable)) return whole;
  if (const size_t pipe = variable.find('|'); pipe != std::string_view::npos) {
    // Only what leaves a given value as it is.
    for (std::string_view rest = variable.substr(pipe); !rest.empty();) {
      const size_t end = rest.find('|', 1);
      const std::string_view function = Trim(rest.substr(1, end == std::string_view::npos ? end : end - 1));
      if (function != "quote" && function != "squote" && !function.starts_with("default ")) return nullptr;
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
    }
    return named(Trim(variable.substr(0, pipe)));
  }
  const size_t end = static_cast<size_t>(
      std::find_if_not(variable.begin(), variable.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; }) - variable.begin());
  const std::string_view tail = variable.substr(end);
  // `+` puts something else in the place of a given value.
  const bool falls_back = tail.starts_with('-') || tail.starts_with('?') || tail.starts_with(":-") || tail.starts_with(":?") || tail.starts_with(":=");
  return end > 0 && falls_back ? named(variable.substr(0, end)) : nullptr;
}

// The variable that starts at the front of the text: its bytes and what stands between its brackets. Nothing when there is none.
struct VariableText {
  size_t bytes = 0;
  std::string_view inner;
};
VariableText VariableAt(std::string_view text) {
  if (text.starts_with("{{")) {
    const size_t close = text.find("}}");
    if (close == std::string_view::npos) return {};
    std::string_view inner = text.substr(2, close - 2);
    if (inner.starts_with('-')) inner.remove_prefix(1);
    if (inner.ends_with('-')) inner.remove_suffix(1);
    return {close + 2, inner};
  }
  if (text.starts_with("${") || text.starts_with("$(")) {
    size_t depth = 0;
    for (size_t i = 1; i < text.size(); ++i) {
      if (text[i] == '{' || text[i] == '(') ++depth;
      if ((text[i] == '}' || text[i] == ')') && --depth == 0) return {i + 1, text.substr(2, i - 2)};
    }
    return {};
  }
  if (!text.starts_with('$')) return {};
  size_t end = 1;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
  return {end == 1 ? 0 : end, text.substr(1, end - 1)};
}

void Put(const Assumption& assumption, std::string_view written, Filled& filled) {
  filled.text += assumption.value;
  filled.because.push_back(Because{.text = fmt::format("`{}` is assumed to be `{}` by {}", written, assumption.value, assumption.by), .span = assumption.span});
}

}  // namespace

Filled Fill(std::string_view text, const Assumptions* assumed) {
  Filled filled;
  if (!assumed || assumed->empty()) {
    filled.text = std::string(text);
    return filled;
  }
  constexpr std::string_view kEnvironment = "os.environ/";
  if (text.starts_with(kEnvironment))
    if (const Assumption* assumption = FindAssumption(text.substr(kEnvironment.size()), *assumed)) {
      Put(*assumption, text, filled);
      return filled;
    }
  for (size_t at = 0; at < text.size();) {
    const VariableText variable = VariableAt(text.substr(at));
    // `$$` is a dollar sign, not the start of a variable.
    const bool escaped = text.substr(at).starts_with("$$");
    const Assumption* assumption = variable.bytes > 0 && !escaped ? FindAssumption(variable.inner, *assumed) : nullptr;
    if (assumption) {
      Put(*assumption, text.substr(at, variable.bytes), filled);
      at += variable.bytes;
      continue;
    }
    const size_t step = escaped ? 2 : 1;
    filled.text += text.substr(at, step);
    at += step;
  }
  return filled;
}

Filled FillName(std::string_view name, const Assumptions* assumed) {
  Filled filled;
  const Assumption* assumption = assumed && !name.empty() ? FindAssumption(name, *assumed) : nullptr;
  if (assumption) Put(*assumption, name, filled);
  else filled.text = std::string(name);
  return filled;
}

size_t PlaceholderEnd(std::string_view text, size_t at) {
  if (at >= text.size() || (text[at] != '<' && text[at] != '{')) return at;
  const bool angle = text[at] == '<';
  const size_t end = text.find(angle ? '>' : '}', at);
  if (end == std::string_view::npos || end == at + 1 || !std::isalpha(static_cast<unsigned char>(text[at + 1]))) return at;
  const std::string_view name = text.substr(at + 1, end - at - 1);
  const bool word = std::all_of(name.begin(), name.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || (c == ' ' && angle);
  });
  return word ? end + 1 : at;
}

std::string HiddenReason(std::string_view text) {
  // From one mark to the next: what stands between them, to be named.
  const auto between = [&](std::string_view open, std::string_view close) -> std::string_view {
    const size_t begin = text.find(open);
    if (begin == std::string_view::npos) return {};
    const size_t end = text.find(close, begin + open.size());
    return text.substr(begin, end == std::string_view::npos ? end : end + close.size() - begin);
  };
  for (const auto& [open, close] : {std::pair{"{{", "}}"}, std::pair{"{%", "%}"}, std::pair{"<%", "%>"}})
    if (const std::string_view found = between(open, close); !found.empty()) return fmt::format("the template `{}` fills this in", found);
  for (const auto& [open, close] : {std::pair{"${", "}"}, std::pair{"$(", ")"}, std::pair{"%{", "}"}})
    if (const std::string_view found = between(open, close); !found.empty()) {
      std::string_view name = found.substr(2);
      name = name.substr(0, std::min(name.find(close), name.find(":-")));
      name = name.substr(0, name.find(":?"));
      return fmt::format("the variable `{}` fills this in", Trim(name).empty() ? found : Trim(name));
    }
  if (text.starts_with("os.environ/")) return fmt::format("the environment variable `{}` fills this in", text.substr(11));
  if (const size_t dollar = text.find('$'); dollar + 1 < text.size() && dollar != std::string_view::npos) {
    size_t end = dollar + 1;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
    if (end > dollar + 1 && !std::isdigit(static_cast<unsigned char>(text[dollar + 1])) && (dollar == 0 || text.find_first_of(" \n") == std::string_view::npos))
      return fmt::format("the variable `{}` fills this in", text.substr(dollar + 1, end - dollar - 1));
  }
  if (text.size() > 2 && text.front() == '%' && text.back() == '%') return fmt::format("the variable `{}` fills this in", text.substr(1, text.size() - 2));
  // `<account>.dkr.ecr...`, `{name}/image`, `YOUR_REGION`, `BUCKET_HERE`.
  for (size_t i = 0; i < text.size(); ++i)
    if (const size_t end = PlaceholderEnd(text, i); end > i) return fmt::format("the placeholder `{}` stands here", text.substr(i, end - i));
  // Written out loud, as documents do where a reader is to put a value: `YOUR_REGION`, `GCP_REGION`, `BUCKET_NAME`.
  const bool shouted = text.size() > 5 && !text.starts_with("ANY_") && text.find('_') != std::string_view::npos &&
                       std::all_of(text.begin(), text.end(), [](char c) { return std::isupper(static_cast<unsigned char>(c)) || c == '_' || c == '-'; });
  const auto ends = [&](std::initializer_list<std::string_view> words) { return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.ends_with(word); }); };
  if (shouted && (text.starts_with("YOUR") || text.starts_with("REPLACE") || text.starts_with("CHANGE") ||
                  ends({"_HERE", "_REGION", "_LOCATION", "_ZONE", "_NAME", "_ID", "_KEY", "_TOKEN", "_URL", "_URI", "_HOST", "_ENDPOINT", "_BUCKET", "_PROJECT", "_MODEL", "_IMAGE"})))
    return fmt::format("the placeholder `{}` stands here", text);
  return "";
}

std::string_view DecidingPart(FactId id, std::string_view text, const Vocabulary& vocabulary) {
  const KnownFacts& known = vocabulary.known();
  if (id == known.endpoint || id == known.bucket) {
    const size_t scheme = text.find("://");
    if (scheme == std::string_view::npos || scheme == 0) return text;
    return text.substr(0, text.find_first_of("/?#", scheme + 3));
  }
  if (id == known.image) {
    const size_t slash = text.find('/'), last = text.rfind('/');
    const std::string_view registry = text.substr(0, slash == std::string_view::npos ? 0 : slash);
    if (registry.find_first_of(".:") != std::string_view::npos) return registry;
    return text.substr(0, text.find_first_of(":@", last == std::string_view::npos ? 0 : last));
  }
  return text;
}

bool ReadFact(FactId id, Value value, const Vocabulary& vocabulary, TermOptions options, Diagnostics& diagnostics, Facts& facts) {
  if (!value || value.is_null()) return true;
  Reader reader(id, vocabulary, options, diagnostics);
  if (value.is_scalar() && value.tag().empty() ? !reader.ReadAll(value.text(), value.span()) : !reader.Read(value)) return false;
  // An empty text says nothing.
  if (!reader.fact.hidden && reader.fact.terms.size() == 1 && reader.fact.terms[0].text.empty()) return true;
  facts.Set(id) = std::move(reader.fact);
  return true;
}

bool ReadFactText(FactId id, std::string_view text, Span span, const Vocabulary& vocabulary, TermOptions options,
                  Diagnostics& diagnostics, Facts& facts) {
  if (Trim(text).empty()) return true;
  Reader reader(id, vocabulary, options, diagnostics);
  if (!reader.ReadAll(text, span)) return false;
  facts.Set(id) = std::move(reader.fact);
  return true;
}

}  // namespace domicile
