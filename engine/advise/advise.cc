#include "engine/advise/advise.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace domicile {
namespace {

constexpr size_t kMostFindings = 20;     // Of one workload that are advised on.
constexpr size_t kMostShown = 4;         // Names in one remedy.
constexpr size_t kMostTogether = 32;     // Placements that are tried together.

// A value that could stand in the manifest instead.
struct Change {
  FactId fact = kNoFact;
  std::string text;
};

// What was stated, and nothing that followed from it.
Facts Stated(const Facts& facts) {
  Facts stated;
  for (const Fact& fact : facts.all())
    if (fact.stated) stated.Set(fact.id) = fact;
  return stated;
}

class Advisor {
 public:
  Advisor(const Workload& workload, const Checker& checker, WorkloadResult& result)
      : workload_(workload), checker_(checker), result_(result), vocabulary_(checker.knowledge().vocabulary), known_(vocabulary_.known()) {
    for (const Finding& finding : result.findings) before_.insert(KeyOf(finding));
    for (; home_ < workload.placements.size(); ++home_)
      if (const Fact* activity = workload.placements[home_].facts.Find(known_.activity); activity && !activity->terms.empty() && activity->terms[0].text == "compute") break;
  }

  void Run(size_t& budget) {
    size_t advised = 0;
    for (Finding& finding : result_.findings) {
      if (finding.verdict != Verdict::kViolation && finding.verdict != Verdict::kMissingEvidence) continue;
      if (finding.placement_index >= workload_.placements.size() || budget == 0 || ++advised > kMostFindings) continue;
      const Placement& placement = workload_.placements[finding.placement_index];
      const Fact* provider_fact = placement.facts.Find(known_.provider);
      if (placement.synthetic || !provider_fact || provider_fact->hidden || provider_fact->terms.empty()) continue;
      const Catalogue& catalogue = checker_.knowledge().catalogue;
      const Provider* provider = catalogue.FindProvider(provider_fact->terms[0].text);
      if (provider && !provider->cloud.empty()) provider = catalogue.FindProvider(provider->cloud);
      if (!provider) continue;
      --budget;
      AdviseOn(finding, placement, *provider);
    }
  }

 private:
  using Key = std::tuple<std::string, std::string, Verdict>;
  static Key KeyOf(const Finding& finding) { return {finding.check->id, finding.data, finding.verdict}; }

  // The workload as it would be written with the changes. Of very many placements only the changed one is tried, and where the workload
  // runs: the others stay as they are, and a check that asks for one of them refuses the remedy.
  Workload With(size_t index, const std::vector<Change>& changes) const {
    Workload copy;
    copy.name = workload_.name;
    copy.format = workload_.format;
    copy.source = workload_.source;
    copy.span = workload_.span;
    copy.prefixed_models = workload_.prefixed_models;
    copy.facts = workload_.facts;
    copy.data = workload_.data;
    for (size_t i = 0; i < workload_.placements.size(); ++i) {
      const Placement& placement = workload_.placements[i];
      if (placement.synthetic || (i != index && i != home_ && workload_.placements.size() > kMostTogether)) continue;
      Placement stated;
      stated.name = placement.name;
      stated.span = placement.span;
      stated.facts = Stated(placement.facts);
      if (i == index) {
        for (const Change& change : changes) {
          Fact& fact = stated.facts.Set(change.fact);
          fact.stated = true;
          fact.terms.push_back(Term{.text = change.text, .span = placement.span});
          fact.span = placement.span;
        }
      }
      copy.placements.push_back(std::move(stated));
    }
    Diagnostics ignored;
    Resolve(copy, checker_.knowledge().catalogue, vocabulary_, ignored);
    return copy;
  }

  // Clears the finding, as far as its own policy can tell.
  bool Clears(const Finding& finding, const Workload& changed) const {
    const WorkloadResult result = checker_.CheckAgainst(changed, {finding.policy});
    return std::none_of(result.findings.begin(), result.findings.end(), [&](const Finding& other) {
      return other.check == finding.check && other.data == finding.data && other.placement == finding.placement;
    });
  }

  bool AddsNothing(const Workload& changed) const {
    const WorkloadResult result = checker_.Check(changed);
    return std::all_of(result.findings.begin(), result.findings.end(),
                       [&](const Finding& finding) { return before_.contains(KeyOf(finding)); });
  }

  bool Mends(const Finding& finding, const std::vector<Change>& changes) const {
    const Workload changed = With(finding.placement_index, changes);
    return Clears(finding, changed) && AddsNothing(changed);
  }

  static std::string Names(const std::vector<std::string>& names) {
    std::string text;
    for (size_t i = 0; i < names.size() && i < kMostShown; ++i) text += fmt::format("{}`{}`", i ? ", " : "", names[i]);
    return names.size() == 1 ? text : "one of " + text;
  }

  void AdviseOn(Finding& finding, const Placement& placement, const Provider& provider) {
    const Fact* region = placement.facts.Find(known_.region);
    const Fact* service = placement.facts.Find(known_.service);
    const Fact* deployment = placement.facts.Find(known_.deployment);
    const bool can_move = region && region->stated && !region->hidden;
    std::vector<std::string> types;
    for (const RoutingRow& row : provider.routing) {
      if (!deployment || !deployment->stated) break;
      if (!row.service.empty() && (!service || service->terms.empty() || service->terms[0].text != row.service)) continue;
      for (const std::string& name : row.deployments)
        if (name != "none" && name != "any" && std::find(types.begin(), types.end(), name) == types.end()) types.push_back(name);
    }
    // A profile that stands in the model id: without it, or with another one.
    const Fact* model = placement.facts.Find(known_.model);
    if (deployment && !deployment->stated && !deployment->terms.empty() && model && model->stated && !model->terms.empty()) {
      const std::string& written = model->terms[0].text;
      const size_t at = written.find(deployment->terms[0].text);
      if (at != std::string::npos && (at == 0 || written[at - 1] == '/')) {
        const std::string before = written.substr(0, at), rest = written.substr(at + deployment->terms[0].text.size());
        std::vector<std::string> ids;
        if (Mends(finding, {{known_.model, before + rest}})) ids.push_back(before + rest);
        for (const RoutingRow& row : provider.routing)
          for (const std::string& name : row.deployments)
            if (name.ends_with('.') && ids.size() < kMostShown && std::find(ids.begin(), ids.end(), before + name + rest) == ids.end() &&
                Mends(finding, {{known_.model, before + name + rest}}))
              ids.push_back(before + name + rest);
        if (!ids.empty()) finding.remedies.push_back({fmt::format("set model to {}, where the provider offers it", Names(ids)), true});
      }
    }
    std::vector<std::string> good;
    for (const std::string& type : types)
      if (good.size() < kMostShown && Mends(finding, {{known_.deployment, type}})) good.push_back(type);
    if (!good.empty()) finding.remedies.push_back({fmt::format("set deployment to {}", Names(good)), true});
    if (!can_move) return;
    // Regions of the same partition; those in the places that the check names come out by themselves.
    const Region* now = region->terms.empty() ? nullptr : provider.FindRegion(region->terms[0].text);
    const std::string partition = now ? now->partition : provider.regions.empty() ? "" : provider.regions[0].partition;
    // Where the people live first, then where the controller sits, then the rest.
    std::vector<const Region*> ordered;
    for (const Region& candidate : provider.regions) ordered.push_back(&candidate);
    const auto nearness = [&](const Region* candidate) {
      for (const auto& [facts, id, rank] : {std::tuple{&workload_.data[0].facts, known_.data_subjects, 0}, std::tuple{&workload_.facts, known_.controller_country, 1}}) {
        const Fact* fact = facts->Find(id);
        if (!fact) continue;
        bool near = false;
        candidate->places.ForEach([&](PlaceId place) {
          near = near || fact->places.Has(place) || fact->places.Has(checker_.knowledge().catalogue.CountryOf(place));
        });
        if (near) return rank;
      }
      return 2;
    };
    std::stable_sort(ordered.begin(), ordered.end(), [&](const Region* a, const Region* b) { return nearness(a) < nearness(b); });
    const auto regions_for = [&](const std::string& type) {
      std::vector<std::string> names;
      for (const Region* each : ordered) {
        const Region& candidate = *each;
        if (names.size() == kMostShown) break;
        if (candidate.partition != partition || &candidate == now || !(candidate.kind.empty() || candidate.kind == "region") || candidate.unverified) continue;
        std::vector<Change> changes = {{known_.region, candidate.id}};
        if (!type.empty()) changes.push_back({known_.deployment, type});
        if (Mends(finding, changes)) names.push_back(candidate.id);
      }
      return names;
    };
    if (const auto names = regions_for(""); !names.empty()) {
      finding.remedies.push_back({fmt::format("set region to {}", Names(names)), true});
      return;
    }
    if (!good.empty()) return;
    for (const std::string& type : types) {
      const auto names = regions_for(type);
      if (names.empty()) continue;
      finding.remedies.push_back({fmt::format("set deployment to `{}` and region to {}", type, Names(names)), true});
      return;
    }
  }

  const Workload& workload_;
  const Checker& checker_;
  WorkloadResult& result_;
  const Vocabulary& vocabulary_;
  const KnownFacts& known_;
  std::set<Key> before_;
  size_t home_ = 0;                       // The placement where the workload runs.
};

}  // namespace

void Advise(const Workload& workload, const Checker& checker, WorkloadResult& result, size_t& budget) {
  if (!result.findings.empty() && budget > 0) Advisor(workload, checker, result).Run(budget);
}

}  // namespace domicile
