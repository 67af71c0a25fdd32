#include "engine/formats/vocabulary.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/parse/fields.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

struct TypeName {
  FactType type;
  std::string_view name;
};
constexpr TypeName kTypes[] = {
    {FactType::kFlag, "flag"},   {FactType::kNumber, "number"}, {FactType::kPercent, "percent"},   {FactType::kDuration, "duration"},
    {FactType::kDate, "date"},   {FactType::kText, "text"},     {FactType::kTexts, "texts"},       {FactType::kName, "name"},
    {FactType::kNames, "names"}, {FactType::kPlace, "place"},   {FactType::kPlaces, "places"},     {FactType::kEvidence, "evidence"},
    {FactType::kOwners, "owners"}};

std::optional<Scope> ScopeOf(std::string_view prefix) {
  if (prefix == "workload" || prefix == "controller") return Scope::kWorkload;
  if (prefix == "data") return Scope::kData;
  if (prefix == "placement" || prefix == "operator" || prefix == "model") return Scope::kPlacement;
  return std::nullopt;
}

std::string KeyIn(std::string_view prefix, std::string_view key) { return fmt::format("{}.{}", prefix, key); }

// Tag keys are spelled in many ways: `DataClassification`, `data_classification`, `acme.com/data-classification`.
std::string SpellingKey(std::string_view key) {
  if (const size_t slash = key.rfind('/'); slash != std::string_view::npos) key.remove_prefix(slash + 1);
  std::string out;
  for (char c : Lower(key))
    if (c != '-' && c != '_' && c != '.' && c != ' ') out += c;
  return out;
}

}  // namespace

std::string NameKey(std::string_view written) {
  std::string key = Lower(Trim(written));
  for (char& c : key)
    if (c == '_' || c == ' ') c = '-';
  return key;
}

std::string_view FactTypeName(FactType type) {
  for (const TypeName& row : kTypes)
    if (row.type == type) return row.name;
  return "";
}

void Vocabulary::IndexNames(FactDefinition& fact, Value values, Diagnostics& diagnostics) {
  for (size_t i = 0; i < values.size() && values.is_map(); ++i) {
    NameValue name;
    name.name = NameKey(values.key(i).text());
    const Value entry = values.value(i);
    if (entry.is_map()) {
      Fields fields(entry, "a value", diagnostics);
      name.means = fields.Text("means");
      for (const std::string& alias : fields.Texts("aliases")) name.aliases.push_back(NameKey(alias));
      for (const std::string& implied : fields.Texts("implies")) name.implies.push_back(NameKey(implied));
      fields.Done();
    }
    fact.values.push_back(std::move(name));
  }
}

void Vocabulary::Read(Value facts, Value evidence, Diagnostics& diagnostics) {
  if (facts && !facts.is_sequence())
    diagnostics.Error(facts.span(), fmt::format("{} here, where `facts` expects a list", KindName(facts)));
  for (size_t i = 0; i < facts.size() && facts.is_sequence(); ++i) {
    const Value entry = facts.item(i);
    Fields fields(entry, "a fact", diagnostics);
    FactDefinition fact;
    fact.name = fields.Need("fact");
    const std::string type = fields.Need("type");
    fact.means = fields.Text("means");
    fact.short_key = fields.Text("short");
    fact.note = fields.Text("note");
    if (entry["absent"]) fact.absent = fields.Text("absent");
    fact.derived = fields.Flag("derived", false);
    fact.spelled = fields.Texts("spelled");
    fact.question = fields.Text("question");
    fact.span = entry["fact"].span();
    IndexNames(fact, fields.Get("values"), diagnostics);
    fields.Done();
    const size_t dot = fact.name.find('.');
    const auto scope = dot == std::string::npos ? std::nullopt : ScopeOf(std::string_view(fact.name).substr(0, dot));
    if (!scope) {
      diagnostics.Error(fact.span, fmt::format("`{}` is not the name of a fact", fact.name)).help =
          "write it as scope.name; scopes are workload, controller, data, placement, operator, model";
      continue;
    }
    fact.scope = *scope;
    fact.prefix = fact.name.substr(0, dot);
    fact.key = fact.name.substr(dot + 1);
    const auto* row = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeName& t) { return t.name == type; });
    if (row == std::end(kTypes)) {
      std::vector<std::string_view> names;
      for (const TypeName& t : kTypes) names.push_back(t.name);
      diagnostics.Error(entry["type"].span(), fmt::format("`{}` is not a type of facts", type)).help = DidYouMean(type, names);
      continue;
    }
    fact.type = row->type;
    if (const auto known = by_name_.find(fact.name); known != by_name_.end()) {
      FactDefinition& first = facts_[known->second];
      if (first.type != fact.type)
        diagnostics.Error(fact.span, fmt::format("fact `{}` is declared again as {}", fact.name, type)).labels = {
            {first.span, fmt::format("first declared as {}", FactTypeName(first.type))}};
      for (NameValue& value : fact.values)
        if (!Canonical(known->second, value.name)) first.values.push_back(std::move(value));
      continue;
    }
    const FactId id = static_cast<FactId>(facts_.size());
    by_name_[fact.name] = id;
    by_key_[KeyIn(fact.prefix, fact.key)] = id;
    if (!fact.short_key.empty()) by_short_[fact.short_key] = id;
    if (!fact.note.empty()) by_note_[fact.note] = id;
    for (const std::string& key : fact.spelled) by_spelling_[SpellingKey(key)] = id;
    facts_.push_back(std::move(fact));
  }
  for (size_t i = 0; i < evidence.size() && evidence.is_map(); ++i) {
    EvidenceDefinition definition;
    definition.name = NameKey(evidence.key(i).text());
    definition.span = evidence.key(i).span();
    if (const Value entry = evidence.value(i); entry.is_map()) {
      Fields fields(entry, "evidence", diagnostics);
      definition.means = fields.Text("means");
      definition.max_age = fields.Text("max_age");
      definition.aliases = fields.Texts("aliases");
      fields.Done();
      if (!definition.max_age.empty() && !ParseDuration(definition.max_age))
        diagnostics.Error(entry["max_age"].span(), fmt::format("`{}` is not a duration", definition.max_age)).help =
            "write it with its unit: 60d, 6mo, 3y";
    }
    const uint32_t index = static_cast<uint32_t>(evidence_.size());
    const auto [known, added] = evidence_by_name_.emplace(definition.name, index);
    if (!added) {
      EvidenceDefinition& first = evidence_[known->second];
      if (first.max_age.empty()) first.max_age = definition.max_age;
      for (const std::string& alias : definition.aliases) evidence_by_name_.emplace(NameKey(alias), known->second);
      continue;
    }
    for (const std::string& alias : definition.aliases) evidence_by_name_.emplace(NameKey(alias), index);
    evidence_.push_back(std::move(definition));
  }
}

bool Vocabulary::Finish(Diagnostics& diagnostics) {
  const std::pair<std::string_view, FactId*> needed[] = {
      {"workload.name", &known_.workload_name}, {"workload.air_gapped", &known_.air_gapped}, {"workload.switches", &known_.switches},
      {"workload.egress", &known_.egress}, {"workload.settings_read", &known_.settings_read},
      {"controller.country", &known_.controller_country}, {"controller.parent", &known_.controller_parent},
      {"data.name", &known_.data_name}, {"data.class", &known_.data_class}, {"data.subjects", &known_.data_subjects},
      {"data.safeguards", &known_.data_safeguards}, {"placement.name", &known_.name}, {"placement.activity", &known_.activity},
      {"placement.provider", &known_.provider}, {"placement.service", &known_.service}, {"placement.region", &known_.region},
      {"placement.country", &known_.country}, {"placement.deployment", &known_.deployment}, {"placement.model", &known_.model},
      {"placement.endpoint", &known_.endpoint}, {"placement.image", &known_.image}, {"placement.bucket", &known_.bucket},
      {"placement.access_from", &known_.access_from}, {"placement.data", &known_.data}, {"placement.safeguards", &known_.safeguards},
      {"placement.tenancy", &known_.tenancy}, {"placement.network_isolation", &known_.network_isolation},
      {"placement.storage", &known_.storage}, {"placement.processing", &known_.processing}, {"placement.places", &known_.places},
      {"placement.home", &known_.home}, {"placement.public", &known_.is_public}, {"placement.bounded", &known_.bounded},
      {"operator.name", &known_.operator_name}, {"operator.country", &known_.operator_country},
      {"operator.parent", &known_.operator_parent}, {"operator.owners", &known_.operator_owners},
      {"operator.kind", &known_.operator_kind}, {"operator.certified", &known_.operator_certified},
      {"operator.compelled_by", &known_.operator_compelled_by}, {"model.maker", &known_.model_maker},
      {"model.origin", &known_.model_origin}, {"model.open_weights", &known_.model_open_weights}};
  bool complete = true;
  for (const auto& [name, id] : needed) {
    *id = Find(name);
    if (*id != kNoFact) continue;
    complete = false;
    diagnostics.Error({}, fmt::format("no file declares the fact `{}`, which the engine needs", name));
  }
  return complete;
}

FactId Vocabulary::Find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? kNoFact : found->second;
}

const EvidenceDefinition* Vocabulary::FindEvidence(std::string_view written) const {
  const auto found = evidence_by_name_.find(NameKey(written));
  return found == evidence_by_name_.end() ? nullptr : &evidence_[found->second];
}

FactId Vocabulary::ByKey(std::string_view prefix, std::string_view key) const {
  const auto found = by_key_.find(KeyIn(prefix, key));
  return found == by_key_.end() ? kNoFact : found->second;
}
FactId Vocabulary::ByShortKey(std::string_view key) const {
  const auto found = by_short_.find(std::string(key));
  return found == by_short_.end() ? kNoFact : found->second;
}
FactId Vocabulary::ByNote(std::string_view key) const {
  const auto found = by_note_.find(std::string(key));
  return found == by_note_.end() ? kNoFact : found->second;
}

FactId Vocabulary::BySpelling(std::string_view key) const {
  const auto found = by_spelling_.find(SpellingKey(key));
  return found == by_spelling_.end() ? kNoFact : found->second;
}

std::string Vocabulary::SuggestNote(std::string_view key) const {
  std::vector<std::string_view> names;
  for (const FactDefinition& fact : facts_)
    if (!fact.note.empty()) names.push_back(fact.note);
  const std::string_view closest = Closest(key, names);
  return closest.empty() ? "`domicile list facts` shows them all" : fmt::format("did you mean `domicile/{}`?", closest);
}

const NameValue* Vocabulary::Canonical(FactId id, std::string_view written) const {
  const std::string key = NameKey(written);
  for (const NameValue& value : facts_[id].values) {
    if (value.name == key) return &value;
    if (std::find(value.aliases.begin(), value.aliases.end(), key) != value.aliases.end()) return &value;
  }
  return nullptr;
}

std::string Vocabulary::WhereToWrite(FactId id) const {
  const FactDefinition& fact = facts_[id];
  std::string where;
  if (fact.derived) return where;
  if (!fact.short_key.empty() && fact.prefix != "workload") where = fmt::format("`{}` (short form), ", fact.short_key);
  const std::string_view list = fact.prefix == "data"        ? "data[]."
                                : fact.prefix == "placement" ? "placements[]."
                                : fact.prefix == "operator"  ? "placements[].operator."
                                : fact.prefix == "controller" ? "controller."
                                                              : "";
  where += fmt::format("`{}{}`", list, fact.key);
  if (!fact.note.empty()) where += fmt::format(", annotation `domicile/{}`", fact.note);
  return where;
}

std::vector<std::string_view> Vocabulary::Names() const {
  std::vector<std::string_view> names;
  for (const FactDefinition& fact : facts_) names.push_back(fact.name);
  return names;
}

}  // namespace domicile
