#include "engine/formats/native.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/formats/terms.h"
#include "engine/parse/fields.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

class NativeReader {
 public:
  NativeReader(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics, const Assumptions* assumed)
      : root_(root), vocabulary_(vocabulary), known_(vocabulary.known()), diagnostics_(diagnostics), assumed_(assumed) {}

  std::optional<Workload> Read() {
    const size_t errors = diagnostics_.error_count();
    if (!root_.is_map()) {
      diagnostics_.Error(root_.span(), fmt::format("{} here, where a workload (a map) is expected", KindName(root_)));
      return std::nullopt;
    }
    Workload workload;
    workload.format = "workload";
    workload.span = root_.span();
    workload.source = root_.span().source;
    workload.prefixed_models = true;
    Facts data_facts, placement_facts;   // Of the short form.
    Value data, placements;
    for (size_t i = 0; i < root_.size(); ++i) {
      const Value key = root_.key(i), value = root_.value(i);
      const std::string_view name = key.text();
      if (name == "apiVersion") {
        if (value.text() != "domicile/v1")
          diagnostics_.Error(value.span(), fmt::format("`{}` is not a version of our manifests", value.text())).help = "write `domicile/v1`";
      } else if (name == "kind") {
        if (value.text() != "Workload")
          diagnostics_.Error(value.span(), fmt::format("`{}` is not a kind of our manifests", value.text())).help = "write `Workload`";
      } else if (name == "metadata" || name == "description" || name == "notes") {
        if (name != "metadata") continue;
        if (value["name"]) ReadInto(known_.workload_name, value["name"], workload.facts);
        workload.space = std::string(value["namespace"].text());
        for (const Value notes : {value["labels"], value["annotations"]})
          for (size_t k = 0; k < notes.size() && notes.is_map(); ++k) workload.notes.emplace_back(notes.key(k), notes.value(k));
      } else if (name == "controller") {
        ReadMap(value, "controller", workload.facts);
      } else if (name == "data" && (value.is_sequence() || value.is_map())) {
        data = value;
      } else if (name == "placements") {
        placements = value;
      } else if (name == "operator") {
        ReadMap(value, "operator", placement_facts);
      } else if (const FactId id = ByRootKey(name); id != kNoFact && !vocabulary_.at(id).derived) {
        const Scope scope = vocabulary_.at(id).scope;
        ReadInto(id, value, scope == Scope::kWorkload ? workload.facts : scope == Scope::kData ? data_facts : placement_facts);
      } else {
        UnknownKey(key, "a workload", RootKeys());
      }
    }
    ReadDataSets(data, data_facts, workload);
    ReadPlacements(placements, placement_facts, workload);
    if (diagnostics_.error_count() != errors) return std::nullopt;
    if (const Fact* name = workload.facts.Find(known_.workload_name); name && !name->terms.empty()) workload.name = name->terms[0].text;
    return workload;
  }

 private:
  FactId ByRootKey(std::string_view key) const {
    if (const FactId id = vocabulary_.ByShortKey(key); id != kNoFact) return id;
    for (std::string_view prefix : {"workload", "data", "placement"})
      if (const FactId id = vocabulary_.ByKey(prefix, key); id != kNoFact) return id;
    return kNoFact;
  }

  std::vector<std::string> RootKeys() const {
    std::vector<std::string> keys = {"apiVersion", "kind", "controller", "data", "placements", "operator", "metadata"};
    for (const FactDefinition& fact : vocabulary_.all())
      if (!fact.derived && !fact.short_key.empty()) keys.push_back(fact.short_key);
    return keys;
  }

  void UnknownKey(Value key, std::string_view where, const std::vector<std::string>& keys) {
    std::vector<std::string_view> views(keys.begin(), keys.end());
    std::string help = DidYouMean(key.text(), views);
    if (help.empty()) help = "`domicile list facts` shows every key";
    diagnostics_.Error(key.span(), fmt::format("unknown key `{}` in {}", key.text(), where)).help = std::move(help);
  }

  void ReadInto(FactId id, Value value, Facts& facts) { ReadFact(id, value, vocabulary_, {.strict = true, .split = false, .assumed = assumed_}, diagnostics_, facts); }

  // Keys of one prefix, such as the facts of `controller:`.
  void ReadMap(Value map, std::string_view prefix, Facts& facts) {
    if (!map.is_map()) {
      diagnostics_.Error(map.span(), fmt::format("{} here, where `{}` is a map", KindName(map), prefix));
      return;
    }
    for (size_t i = 0; i < map.size(); ++i) ReadKey(map.key(i), map.value(i), prefix, facts);
  }

  void ReadKey(Value key, Value value, std::string_view prefix, Facts& facts) {
    const std::string_view name = key.text();
    if (prefix == "placement" && name == "operator") return ReadMap(value, "operator", facts);
    FactId id = vocabulary_.ByKey(prefix, name);
    // `certified` of a placement is the operator's; short keys work in the long form too.
    if (id == kNoFact && prefix == "placement") id = vocabulary_.ByKey("operator", name);
    if (id == kNoFact || vocabulary_.at(id).derived)
      if (const FactId by_short = vocabulary_.ByShortKey(name); by_short != kNoFact && vocabulary_.at(by_short).prefix == prefix) id = by_short;
    if (id != kNoFact && !vocabulary_.at(id).derived) return ReadInto(id, value, facts);
    std::vector<std::string> keys;
    for (const FactDefinition& fact : vocabulary_.all())
      if (!fact.derived && (fact.prefix == prefix || (prefix == "placement" && fact.prefix == "operator"))) keys.push_back(fact.key);
    UnknownKey(key, prefix == "data" ? "a data set" : fmt::format("a {}", prefix), keys);
  }

  void ReadDataSets(Value list, const Facts& shared, Workload& workload) {
    if (list.is_map()) {
      DataSet set;
      set.facts = shared;
      set.span = list.span();
      ReadMap(list, "data", set.facts);
      Add(std::move(set), workload);
    }
    for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
      DataSet set;
      set.facts = shared;
      set.span = list.item(i).span();
      ReadMap(list.item(i), "data", set.facts);
      Add(std::move(set), workload);
    }
    if (workload.data.empty()) {
      DataSet set;
      set.facts = shared;
      set.span = shared.all().empty() ? workload.span : shared.all()[0].span;
      Add(std::move(set), workload);
    }
  }

  void Add(DataSet set, Workload& workload) {
    if (const Fact* name = set.facts.Find(known_.data_name); name && !name->terms.empty()) set.name = name->terms[0].text;
    workload.data.push_back(std::move(set));
  }

  void ReadPlacements(Value list, const Facts& shared, Workload& workload) {
    if (list && !list.is_sequence() && !list.is_null())
      diagnostics_.Error(list.span(), fmt::format("{} here, where `placements` is a list", KindName(list)));
    if (list.is_sequence() && list.size() > 0) {
      for (size_t i = 0; i < list.size(); ++i) {
        Placement placement;
        placement.span = list.item(i).span();
        ReadMap(list.item(i), "placement", placement.facts);
        // What stands at the root holds for every placement that does not say otherwise, except who reads it.
        const Facts own = placement.facts;
        for (const Fact& fact : shared.all())
          if (fact.id != known_.access_from && !own.Has(fact.id) && !About(fact.id, own)) placement.facts.Set(fact.id) = fact;
        AddPlacement(std::move(placement), workload);
      }
      if (const Fact* access = shared.Find(known_.access_from)) {
        Placement readers;
        readers.span = access->span;
        readers.facts.Set(known_.access_from) = *access;
        State(readers.facts, known_.activity, "access");
        readers.synthetic = true;
        workload.placements.push_back(std::move(readers));
      }
      return;
    }
    if (shared.all().empty()) return;
    Placement placement;
    placement.span = shared.all()[0].span;
    placement.facts = shared;
    // The short form without an activity means one system in one place: it stores and it answers.
    const bool model_call = shared.Has(known_.endpoint) || shared.Has(known_.model) || shared.Has(known_.deployment);
    const bool other = shared.Has(known_.bucket) || shared.Has(known_.image);
    if (shared.Has(known_.activity) || model_call || other) {
      AddPlacement(std::move(placement), workload);
      return;
    }
    Placement store = placement;
    State(store.facts, known_.activity, "storage");
    AddPlacement(std::move(store), workload);
    State(placement.facts, known_.activity, "inference");
    placement.twin = true;
    if (const Fact* access = placement.facts.Find(known_.access_from); access) {
      // People read the system once, not once for each of its two placements.
      Facts without;
      for (const Fact& fact : placement.facts.all())
        if (fact.id != known_.access_from) without.Set(fact.id) = fact;
      placement.facts = std::move(without);
    }
    AddPlacement(std::move(placement), workload);
  }

  static void State(Facts& facts, FactId id, std::string text) {
    Fact& fact = facts.Set(id);
    fact.stated = true;
    fact.terms.push_back(Term{.text = std::move(text)});
  }

  // A region at the root belongs to the provider at the root: a placement with another provider does not inherit it.
  bool About(FactId id, const Facts& facts) const {
    const bool placed = facts.Has(known_.provider) || facts.Has(known_.country) || facts.Has(known_.region) || facts.Has(known_.endpoint);
    return placed && (id == known_.region || id == known_.country || id == known_.deployment || id == known_.service || id == known_.endpoint ||
                      id == known_.model || (id == known_.provider && !facts.Has(known_.region)));
  }

  void AddPlacement(Placement placement, Workload& workload) {
    if (const Fact* name = placement.facts.Find(known_.name); name && !name->terms.empty()) placement.name = name->terms[0].text;
    if (placement.name.empty())
      if (const Fact* activity = placement.facts.Find(known_.activity); activity && !activity->terms.empty()) placement.name = activity->terms[0].text;
    workload.placements.push_back(std::move(placement));
  }

  Value root_;
  const Vocabulary& vocabulary_;
  const KnownFacts& known_;
  Diagnostics& diagnostics_;
  const Assumptions* assumed_;
};

}  // namespace

bool LooksNative(Value root) {
  if (!root.is_map()) return false;
  if (const Value version = root["apiVersion"]) return version.text().starts_with("domicile/");
  if (root["kind"] || root["domicile"]) return false;
  if (root["data_class"] || root["air_gapped"]) return true;
  if (root["data"].is_sequence() && root["placements"].is_sequence()) return true;
  size_t ours = 0;
  for (std::string_view key : {"subjects", "records", "safeguards", "controller_country", "controller_parent", "controller_kind", "access_from"})
    ours += static_cast<bool>(root[key]);
  for (std::string_view key : {"provider", "region", "country", "endpoint", "controller", "placements"})
    if (root[key] && ours > 0) return true;
  return ours > 1;
}

std::optional<Workload> ReadNative(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics, const Assumptions* assumed) {
  // Elsewhere the last of two equal keys counts, as other tools have it. Here a second `data_class` could switch every law off.
  if (const Document* document = root.document(); document && document->equal_key != 0xffffffffu && document->root == root.index()) {
    diagnostics.Error({document->source, document->equal_key, document->equal_key + 1}, "a key is written twice, and nothing says which of the two counts").help =
        "remove one of them";
    return std::nullopt;
  }
  return NativeReader(root, vocabulary, diagnostics, assumed).Read();
}

}  // namespace domicile
