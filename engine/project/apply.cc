#include <algorithm>

#include <fmt/format.h>

#include "engine/project/project.h"

namespace domicile {
namespace {

bool MatchesName(const std::string& glob, std::string_view name) { return glob.empty() || MatchesPart(glob, name); }

// What a manifest says, known or in part. A variable that nobody filled in says nothing yet.
bool Says(const Facts& facts, FactId id) {
  const Fact* fact = facts.Find(id);
  return fact && !fact->hidden;
}

class Stater {
 public:
  Stater(const Sources& sources, const Knowledge& knowledge, Workload& workload)
      : sources_(sources), vocabulary_(knowledge.vocabulary), catalogue_(knowledge.catalogue), known_(knowledge.vocabulary.known()), workload_(workload) {}

  bool stated() const { return stated_; }

  void State(const StatedFacts& entry) {
    entry_ = &entry;
    Put(entry.workload_facts, workload_.facts);
    for (DataSet& data : workload_.data) Put(entry.data_facts, data.facts);
    if (entry.placement_facts.all().empty()) return;
    for (Placement& placement : workload_.placements) {
      if (placement.guessed || !MatchesName(entry.placement, placement.name) || !FitsActivity(placement)) continue;
      PutPlacement(placement);
    }
  }

 private:
  bool FitsActivity(const Placement& placement) const {
    if (!entry_->activities.empty()) {
      const std::string activity = ActivityOf(placement);
      return std::find(entry_->activities.begin(), entry_->activities.end(), activity) != entry_->activities.end();
    }
    return !entry_->placement.empty() || ActivityOf(placement) == "compute";
  }

  // What the host that is called says of provider and activity; empty where it says nothing.
  std::pair<std::string, std::string> HostSays(const Placement& placement) const {
    for (const FactId id : {known_.endpoint, known_.bucket}) {
      const Fact* fact = placement.facts.Find(id);
      if (!fact || fact->hidden || fact->terms.empty()) continue;
      const std::string host = ParseUrl(fact->terms[0].text).host;
      if (const OwnHost* own = catalogue_.FindOwnHost(host)) {
        const Fact* provider = own->facts.Find(known_.provider);
        return {provider ? provider->terms[0].text : "", ""};
      }
      if (const auto match = catalogue_.MatchHost(host)) return {match->provider->id, match->endpoint->activity};
    }
    return {};
  }

  // As the places stage will see it.
  std::string ActivityOf(const Placement& placement) const {
    if (const Fact* fact = placement.facts.Find(known_.activity); fact && !fact->terms.empty()) return fact->terms[0].text;
    if (const std::string activity = HostSays(placement).second; !activity.empty()) return activity;
    if (placement.facts.Has(known_.bucket)) return "storage";
    if (placement.facts.Has(known_.endpoint) || placement.facts.Has(known_.model) || placement.facts.Has(known_.deployment)) return "inference";
    if (placement.facts.Has(known_.image)) return "image-pull";
    return "compute";
  }

  // Whose placement it is, as far as the manifest says: the id of a cloud, or of a provider that is none.
  std::string ProviderOf(const Placement& placement) const {
    if (const Fact* fact = placement.facts.Find(known_.provider); fact && !fact->hidden && !fact->terms.empty()) return CloudOf(fact->terms[0].text);
    if (const std::string provider = HostSays(placement).first; !provider.empty()) return CloudOf(provider);
    if (const Fact* fact = placement.facts.Find(known_.bucket); fact && !fact->hidden && !fact->terms.empty())
      if (const Provider* provider = catalogue_.FindScheme(ParseUrl(fact->terms[0].text).scheme)) return CloudOf(provider->id);
    const Fact* model = placement.facts.Find(known_.model);
    if (model && !model->hidden && !model->terms.empty() && workload_.prefixed_models)
      if (const size_t slash = model->terms[0].text.find('/'); slash != std::string::npos)
        if (catalogue_.FindProvider(model->terms[0].text.substr(0, slash))) return CloudOf(model->terms[0].text.substr(0, slash));
    return "";
  }

  std::string CloudOf(const std::string& written) const {
    const Provider* provider = catalogue_.FindProvider(written);
    if (!provider) return NameKey(written);
    return provider->cloud.empty() ? provider->id : provider->cloud;
  }

  // A region belongs to its provider: an entry that names one says nothing of placements that are somebody else's.
  void PutPlacement(Placement& placement) {
    const Fact* provider = entry_->placement_facts.Find(known_.provider);
    const std::string said = ProviderOf(placement);
    if (provider && !said.empty() && CloudOf(provider->terms[0].text) != said) return;
    Facts facts;
    for (const Fact& fact : entry_->placement_facts.all())
      if (!(fact.id == known_.provider && !said.empty())) facts.Set(fact.id) = fact;
    Put(facts, placement.facts);
  }

  void Put(const Facts& from, Facts& into) {
    for (const Fact& fact : from.all()) {
      if (Says(into, fact.id)) continue;
      const Fact* before = into.Find(fact.id);
      std::string text = fmt::format("{} states {} `{}` for {}", LineText(sources_, fact.span), vocabulary_.at(fact.id).key, FactText(fact, vocabulary_), entry_->matches);
      if (before && !before->terms.empty()) text += fmt::format(", in place of `{}`", before->terms[0].text);
      Fact copy = fact;
      copy.because.AddFirst(Because{.text = std::move(text), .span = fact.span});
      into.Set(fact.id) = std::move(copy);
      stated_ = true;
    }
  }

  const Sources& sources_;
  const Vocabulary& vocabulary_;
  const Catalogue& catalogue_;
  const KnownFacts& known_;
  Workload& workload_;
  const StatedFacts* entry_ = nullptr;
  bool stated_ = false;
};

bool Matches(const StatedFacts& entry, const std::string& path, const Workload& workload) {
  if (entry.path && !entry.path->Matches(path)) return false;
  if (!entry.space.empty() && (workload.space.empty() || !MatchesPart(entry.space, workload.space))) return false;
  if (!MatchesName(entry.workload, workload.name)) return false;
  return std::all_of(entry.labels.begin(), entry.labels.end(), [&](const auto& label) {
    return std::any_of(workload.notes.begin(), workload.notes.end(),
                       [&](const auto& note) { return note.first.text() == label.first && MatchesPart(label.second, note.second.text()); });
  });
}

}  // namespace

bool StateFacts(const Project& project, const Sources& sources, const Knowledge& knowledge, Workload& workload) {
  if (project.facts.empty() || workload.source == kNoSource) return false;
  const std::string path = project.PathOf(sources.name(workload.source));
  Stater stater(sources, knowledge, workload);
  for (const StatedFacts& entry : project.facts)
    if (Matches(entry, path, workload)) stater.State(entry);
  return stater.stated();
}

}  // namespace domicile
