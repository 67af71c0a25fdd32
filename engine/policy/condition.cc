#include "engine/policy/condition.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/parse/fields.h"
#include "engine/policy/place_list.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

struct OpRow {
  Op op;
  std::string_view name;
};
constexpr OpRow kOps[] = {{Op::kIs, "is"},
                          {Op::kAnyOf, "any_of"},
                          {Op::kNoneOf, "none_of"},
                          {Op::kAllOf, "all_of"},
                          {Op::kWithin, "within"},
                          {Op::kOutside, "outside"},
                          {Op::kAnyIn, "any_in"},
                          {Op::kMatches, "matches"},
                          {Op::kKnown, "known"},
                          {Op::kAtLeast, "at_least"},
                          {Op::kMoreThan, "more_than"},
                          {Op::kAtMost, "at_most"},
                          {Op::kBelow, "below"},
                          {Op::kOnOrAfter, "on_or_after"},
                          {Op::kBefore, "before"},
                          {Op::kAgeAtMost, "age_at_most"},
                          {Op::kAgeMoreThan, "age_more_than"},
                          {Op::kHas, "has"},
                          {Op::kShare, "share"}};

const OpRow* FindOp(std::string_view name) {
  for (const OpRow& row : kOps)
    if (row.name == name) return &row;
  return nullptr;
}

// `scc`, or a list of names and lists of names: alternatives, each of which must be complete.
std::optional<std::vector<std::vector<std::string>>> ReadAlternatives(Value value, const ConditionScope& scope, Diagnostics& diagnostics) {
  std::vector<std::vector<std::string>> alternatives;
  const auto add = [&](Value item, std::vector<std::string>& names) {
    const EvidenceDefinition* evidence = item.is_scalar() ? scope.vocabulary->FindEvidence(item.text()) : nullptr;
    if (!evidence) {
      std::vector<std::string_view> known;
      for (const EvidenceDefinition& definition : scope.vocabulary->evidence()) known.push_back(definition.name);
      diagnostics.Error(item.span(), fmt::format("`{}` is not evidence that any file declares", item.text())).help = DidYouMean(item.text(), known);
      return false;
    }
    names.push_back(evidence->name);
    return true;
  };
  if (!value.is_sequence()) {
    alternatives.emplace_back();
    if (!add(value, alternatives.back())) return std::nullopt;
    return alternatives;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    alternatives.emplace_back();
    const Value item = value.item(i);
    if (!item.is_sequence()) {
      if (!add(item, alternatives.back())) return std::nullopt;
      continue;
    }
    for (size_t k = 0; k < item.size(); ++k)
      if (!add(item.item(k), alternatives.back())) return std::nullopt;
  }
  return alternatives;
}

bool Fits(Op op, FactType type) {
  const auto is = [&](std::initializer_list<FactType> types) { return std::find(types.begin(), types.end(), type) != types.end(); };
  switch (op) {
    case Op::kIs: return is({FactType::kFlag, FactType::kName, FactType::kText, FactType::kNumber, FactType::kNames});
    case Op::kAnyOf:
    case Op::kNoneOf:
    case Op::kAllOf: return is({FactType::kName, FactType::kNames, FactType::kText, FactType::kTexts});
    case Op::kWithin:
    case Op::kOutside:
    case Op::kAnyIn: return is({FactType::kPlace, FactType::kPlaces});
    case Op::kMatches: return is({FactType::kText, FactType::kTexts});
    case Op::kKnown: return true;
    case Op::kAtLeast:
    case Op::kMoreThan:
    case Op::kAtMost:
    case Op::kBelow: return is({FactType::kNumber, FactType::kPercent, FactType::kDuration});
    case Op::kOnOrAfter:
    case Op::kBefore:
    case Op::kAgeAtMost:
    case Op::kAgeMoreThan: return is({FactType::kDate});
    case Op::kHas: return is({FactType::kEvidence});
    case Op::kShare: return is({FactType::kOwners});
  }
  return false;
}

class ConditionReader {
 public:
  ConditionReader(const ConditionScope& scope, Diagnostics& diagnostics) : scope_(scope), diagnostics_(diagnostics) {}

  ReadResult Read(Value value, Condition& condition) {
    if (++depth_ > 50) {
      --depth_;
      diagnostics_.Error(value.span(), "a condition nested more than 50 deep");
      return ReadResult::kError;
    }
    const ReadResult result = ReadInner(value, condition);
    --depth_;
    return result;
  }

  // The argument that stands for `$name`, the value itself otherwise. False when nothing was given.
  bool Argument(Value& value, bool& error) {
    error = false;
    if (!value.is_scalar() || !value.text().starts_with('$') || value.text().size() < 2) return true;
    const std::string_view name = value.text().substr(1);
    if (scope_.arguments) {
      if (const auto found = scope_.arguments->find(name); found != scope_.arguments->end()) {
        if (!found->second) return false;
        value = found->second;
        return true;
      }
    }
    error = true;
    std::vector<std::string_view> names;
    if (scope_.arguments)
      for (const auto& [known, argument] : *scope_.arguments) names.push_back(known);
    diagnostics_.Error(value.span(), fmt::format("`{}` is not a parameter", value.text())).help = DidYouMean(name, names);
    return false;
  }

 private:
  ReadResult ReadInner(Value value, Condition& condition) {
    bool error = false;
    if (!Argument(value, error)) return error ? ReadResult::kError : ReadResult::kDropped;
    condition.span = value.span();
    if (!value.is_map()) {
      diagnostics_.Error(value.span(), fmt::format("{} here, where a condition is expected", KindName(value))).help =
          "write {fact: {operator: operand}}, or all, any, not, some, every, always, declared";
      return ReadResult::kError;
    }
    std::vector<Condition> parts;
    bool failed = false;
    for (size_t i = 0; i < value.size(); ++i) {
      Condition part;
      part.span = value.key(i).span();
      switch (ReadEntry(value.key(i), value.value(i), part)) {
        case ReadResult::kError: failed = true; break;
        case ReadResult::kDropped: break;
        case ReadResult::kRead: parts.push_back(std::move(part)); break;
      }
    }
    if (failed) return ReadResult::kError;
    if (parts.empty()) return value.size() == 0 ? ReadResult::kRead : ReadResult::kDropped;
    if (parts.size() == 1) {
      condition = std::move(parts[0]);
    } else {
      condition.kind = Condition::Kind::kAll;
      condition.children = std::move(parts);
    }
    return ReadResult::kRead;
  }

  ReadResult ReadEntry(Value key, Value value, Condition& out) {
    const std::string_view name = key.text();
    if (name == "all" || name == "any") return ReadList(value, name == "all" ? Condition::Kind::kAll : Condition::Kind::kAny, out);
    if (name == "not") {
      out.kind = Condition::Kind::kNot;
      return ReadChild(value, out);
    }
    if (name == "some" || name == "every") {
      if (!value.is_map() || value.size() != 1 || (value.key(0).text() != "placement" && value.key(0).text() != "data")) {
        diagnostics_.Error(value.span(), fmt::format("`{}` looks at placements or data", name)).help = "write {some: {placement: condition}}";
        return ReadResult::kError;
      }
      const bool placement = value.key(0).text() == "placement";
      out.kind = name == "some" ? (placement ? Condition::Kind::kSomePlacement : Condition::Kind::kSomeData)
                                : (placement ? Condition::Kind::kEveryPlacement : Condition::Kind::kEveryData);
      return ReadChild(value.value(0), out);
    }
    if (name == "always") {
      out.kind = Condition::Kind::kAlways;
      const auto flag = FlagOf(value, "always", diagnostics_);
      if (!flag) return ReadResult::kError;
      out.number = *flag;
      return ReadResult::kRead;
    }
    if (name == "declared") {
      bool error = false;
      if (!Argument(value, error)) return error ? ReadResult::kError : ReadResult::kDropped;
      out.kind = Condition::Kind::kDeclared;
      for (const std::string& fact : TextsOf(value, "declared", diagnostics_)) {
        const FactId id = FindFact(fact, value.span());
        if (id == kNoFact) return ReadResult::kError;
        out.facts.push_back(id);
      }
      return ReadResult::kRead;
    }
    return ReadLeaf(key, value, out);
  }

  ReadResult ReadList(Value value, Condition::Kind kind, Condition& out) {
    out.kind = kind;
    if (!value.is_sequence()) {
      diagnostics_.Error(value.span(), fmt::format("{} here, where a list of conditions is expected", KindName(value)));
      return ReadResult::kError;
    }
    bool failed = false;
    for (size_t i = 0; i < value.size(); ++i) {
      Condition child;
      const ReadResult result = Read(value.item(i), child);
      if (result == ReadResult::kError) failed = true;
      if (result == ReadResult::kRead) out.children.push_back(std::move(child));
    }
    if (failed) return ReadResult::kError;
    return out.children.empty() && value.size() > 0 ? ReadResult::kDropped : ReadResult::kRead;
  }

  ReadResult ReadChild(Value value, Condition& out) {
    Condition child;
    const ReadResult result = Read(value, child);
    if (result == ReadResult::kRead) out.children.push_back(std::move(child));
    return result;
  }

  FactId FindFact(std::string_view name, Span span) {
    if (name == "safeguards") return scope_.vocabulary->known().data_safeguards;
    const FactId id = scope_.vocabulary->Find(name);
    if (id == kNoFact) {
      std::vector<std::string_view> names = scope_.vocabulary->Names();
      for (std::string_view word : {"all", "any", "not", "some", "every", "always", "declared", "safeguards"}) names.push_back(word);
      diagnostics_.Error(span, fmt::format("unknown fact `{}`", name)).help = DidYouMean(name, names);
    }
    return id;
  }

  bool ReadTruth(Value value, std::optional<Truth>& truth) {
    constexpr std::pair<std::string_view, Truth> kTruths[] = {
        {"yes", Truth::kYes}, {"no", Truth::kNo}, {"missing", Truth::kMissing}, {"unknown", Truth::kUnknown}};
    for (const auto& [name, one] : kTruths)
      if (value.text() == name) truth = one;
    if (!truth) diagnostics_.Error(value.span(), fmt::format("`{}` where yes, no, missing or unknown is expected", value.text()));
    return truth.has_value();
  }

  ReadResult ReadLeaf(Value key, Value value, Condition& out) {
    const FactId fact = FindFact(key.text(), key.span());
    if (fact == kNoFact) return ReadResult::kError;
    if (!value.is_map() || value.size() == 0) {
      diagnostics_.Error(value.span(), fmt::format("{} here, where `{}` needs an operator", KindName(value), key.text())).help =
          "write {operator: operand}, such as {is: true}";
      return ReadResult::kError;
    }
    std::optional<Truth> if_absent, if_hidden;
    for (const auto& [name, truth] : {std::pair{"if_absent", &if_absent}, std::pair{"if_hidden", &if_hidden}})
      if (const Value said = value[name]; said && !ReadTruth(said, *truth)) return ReadResult::kError;
    std::vector<Condition> leaves;
    bool failed = false;
    size_t operators = 0;
    for (size_t i = 0; i < value.size(); ++i) {
      if (value.key(i).text() == "if_absent" || value.key(i).text() == "if_hidden") continue;
      ++operators;
      const OpRow* row = FindOp(value.key(i).text());
      if (!row) {
        std::vector<std::string_view> names = {"if_absent", "if_hidden"};
        for (const OpRow& known : kOps) names.push_back(known.name);
        diagnostics_.Error(value.key(i).span(), fmt::format("unknown operator `{}`", value.key(i).text())).help =
            DidYouMean(value.key(i).text(), names);
        failed = true;
        continue;
      }
      const FactDefinition& definition = scope_.vocabulary->at(fact);
      if (!Fits(row->op, definition.type)) {
        std::string others;
        for (const OpRow& known : kOps)
          if (Fits(known.op, definition.type)) others += fmt::format("{}`{}`", others.empty() ? "" : ", ", known.name);
        diagnostics_.Error(value.key(i).span(), fmt::format("`{}` does not go with `{}`, which is {}", row->name, definition.name, FactTypeName(definition.type))).help =
            fmt::format("of {} one asks {}", FactTypeName(definition.type), others);
        failed = true;
        continue;
      }
      Condition leaf;
      leaf.kind = Condition::Kind::kLeaf;
      leaf.span = value.value(i).span();
      leaf.fact = fact;
      leaf.op = row->op;
      leaf.if_absent = if_absent;
      leaf.if_hidden = if_hidden;
      Value operand = value.value(i);
      bool error = false;
      if (!Argument(operand, error)) {
        failed = failed || error;
        continue;
      }
      const ReadResult result = ReadOperand(operand, definition, leaf);
      failed = failed || result == ReadResult::kError;
      if (result == ReadResult::kRead) leaves.push_back(std::move(leaf));
    }
    if (failed) return ReadResult::kError;
    if (leaves.empty()) return operators > 0 ? ReadResult::kDropped : ReadResult::kError;
    if (leaves.size() == 1) {
      out = std::move(leaves[0]);
    } else {
      out.kind = Condition::Kind::kAll;
      out.children = std::move(leaves);
    }
    return ReadResult::kRead;
  }

  bool ReadName(Value value, const FactDefinition& definition, std::string& name) {
    const auto text = TextOf(value, definition.name, diagnostics_);
    if (!text) return false;
    if (definition.type != FactType::kName && definition.type != FactType::kNames) {
      name = *text;
      return true;
    }
    if (definition.values.empty()) {
      name = NameKey(*text);
      return true;
    }
    const NameValue* known = scope_.vocabulary->Canonical(scope_.vocabulary->Find(definition.name), *text);
    if (!known) {
      std::vector<std::string_view> names;
      for (const NameValue& v : definition.values) names.push_back(v.name);
      diagnostics_.Error(value.span(), fmt::format("`{}` is not a value of `{}`", *text, definition.name)).help = DidYouMean(NameKey(*text), names);
      return false;
    }
    name = known->name;
    return true;
  }

  bool ReadBound(Value value, FactType type, double& number) {
    if (type == FactType::kDuration) {
      const auto hours = ParseDuration(value.text());
      if (!hours) {
        diagnostics_.Error(value.span(), fmt::format("`{}` is not a duration", value.text())).help = "write it with its unit: 24h, 60d, 6mo, 3y";
        return false;
      }
      number = *hours;
      return true;
    }
    const auto read = NumberOf(value, "a bound", diagnostics_);
    if (read) number = *read;
    return read.has_value();
  }

  ReadResult ReadOperand(Value value, const FactDefinition& definition, Condition& leaf) {
    const auto done = [](bool good) { return good ? ReadResult::kRead : ReadResult::kError; };
    switch (leaf.op) {
      case Op::kIs:
        if (definition.type == FactType::kFlag) {
          const auto flag = FlagOf(value, definition.name, diagnostics_);
          if (flag) leaf.number = *flag;
          return done(flag.has_value());
        }
        if (definition.type == FactType::kNumber) return done(ReadBound(value, definition.type, leaf.number));
        return done(ReadName(value, definition, leaf.text));
      case Op::kKnown: {
        const auto flag = FlagOf(value, "known", diagnostics_);
        if (flag) leaf.number = *flag;
        return done(flag.has_value());
      }
      case Op::kAnyOf:
      case Op::kNoneOf:
      case Op::kAllOf: {
        const auto add = [&](Value item) {
          std::string name;
          if (!ReadName(item, definition, name)) return false;
          leaf.names.push_back(std::move(name));
          return true;
        };
        if (!value.is_sequence()) return done(add(value));
        bool good = true;
        for (size_t i = 0; i < value.size(); ++i) good = add(value.item(i)) && good;
        return done(good);
      }
      case Op::kWithin:
      case Op::kOutside:
      case Op::kAnyIn:
        leaf.places = ReadPlaceList(value, scope_, diagnostics_);
        return done(leaf.places != nullptr);
      case Op::kMatches: {
        const auto text = TextOf(value, "matches", diagnostics_);
        if (!text) return ReadResult::kError;
        auto pattern = std::make_unique<Pattern>(*text);
        if (const std::string problem = pattern->Problem(); !problem.empty()) {
          diagnostics_.Error(value.span(), fmt::format("`{}` is not a regular expression: {}", *text, problem));
          return ReadResult::kError;
        }
        leaf.pattern = std::move(pattern);
        return ReadResult::kRead;
      }
      case Op::kAtLeast:
      case Op::kMoreThan:
      case Op::kAtMost:
      case Op::kBelow:
        leaf.text = std::string(value.text());
        return done(ReadBound(value, definition.type, leaf.number));
      case Op::kOnOrAfter:
      case Op::kBefore: {
        if (value.text() == "as_of") {
          leaf.as_of = true;
          return ReadResult::kRead;
        }
        const auto date = ParseDate(value.text());
        if (!date) {
          diagnostics_.Error(value.span(), fmt::format("`{}` is not a date", value.text())).help = "write it as 2026-11-25, or as_of";
          return ReadResult::kError;
        }
        leaf.number = date->days;
        return ReadResult::kRead;
      }
      case Op::kAgeAtMost:
      case Op::kAgeMoreThan:
        leaf.text = std::string(value.text());
        return done(ReadBound(value, FactType::kDuration, leaf.number));
      case Op::kHas: {
        auto alternatives = ReadAlternatives(value, scope_, diagnostics_);
        if (!alternatives) return ReadResult::kError;
        leaf.evidence = std::move(*alternatives);
        return ReadResult::kRead;
      }
      case Op::kShare: return ReadShare(value, leaf);
    }
    return ReadResult::kError;
  }

  ReadResult ReadShare(Value value, Condition& leaf) {
    if (!value.is_map()) {
      diagnostics_.Error(value.span(), "`share` needs a map").help = "write {share: {in: [CN], at_least: 50}}";
      return ReadResult::kError;
    }
    bool dropped = false;
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string_view key = value.key(i).text();
      Value operand = value.value(i);
      bool error = false;
      if (!Argument(operand, error)) {
        if (error) return ReadResult::kError;
        dropped = true;
        continue;
      }
      if (key == "in" || key == "outside") {
        leaf.share_outside = key == "outside";
        leaf.places = ReadPlaceList(operand, scope_, diagnostics_);
        if (!leaf.places) return ReadResult::kError;
      } else if (key == "each") {
        const auto flag = FlagOf(operand, "each", diagnostics_);
        if (!flag) return ReadResult::kError;
        leaf.share_each = *flag;
      } else if (const OpRow* row = FindOp(key); row && Fits(row->op, FactType::kPercent) && row->op != Op::kKnown) {
        Condition::Bound bound{row->op, 0};
        if (!ReadBound(operand, FactType::kPercent, bound.number)) return ReadResult::kError;
        leaf.bounds.push_back(bound);
      } else {
        constexpr std::string_view kKeys[] = {"in", "outside", "each", "at_least", "more_than", "at_most", "below"};
        diagnostics_.Error(value.key(i).span(), fmt::format("unknown key `{}` in `share`", key)).help = DidYouMean(key, kKeys);
        return ReadResult::kError;
      }
    }
    if (dropped && (leaf.bounds.empty() || !leaf.places)) return ReadResult::kDropped;
    if (leaf.bounds.empty() || !leaf.places) {
      diagnostics_.Error(value.span(), "`share` needs `in` or `outside`, and a bound");
      return ReadResult::kError;
    }
    return ReadResult::kRead;
  }

  const ConditionScope& scope_;
  Diagnostics& diagnostics_;
  int depth_ = 0;
};

}  // namespace

ReadResult ReadCondition(Value value, const ConditionScope& scope, Diagnostics& diagnostics, Condition& condition) {
  return ConditionReader(scope, diagnostics).Read(value, condition);
}

bool LooksAt(const Condition& condition, Scope scope, const Vocabulary& vocabulary) {
  switch (condition.kind) {
    case Condition::Kind::kLeaf:
      if (vocabulary.at(condition.fact).scope == scope && condition.op != Op::kHas) return true;
      break;
    case Condition::Kind::kDeclared:
      for (const FactId fact : condition.facts)
        if (vocabulary.at(fact).scope == scope) return true;
      break;
    case Condition::Kind::kSomePlacement:
    case Condition::Kind::kEveryPlacement:
    case Condition::Kind::kSomeData:
    case Condition::Kind::kEveryData: return false;
    default: break;
  }
  return std::any_of(condition.children.begin(), condition.children.end(), [&](const Condition& child) { return LooksAt(child, scope, vocabulary); });
}

}  // namespace domicile
