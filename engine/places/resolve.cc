#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "engine/places/catalogue.h"
#include "engine/places/resolve_placement.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {

void ResolvePlaces(Facts& facts, const Catalogue& catalogue, const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  for (const Fact& read : facts.all()) {
    const FactType type = vocabulary.at(read.id).type;
    if (type != FactType::kPlace && type != FactType::kPlaces && type != FactType::kOwners) continue;
    Fact* fact = facts.Find(read.id);
    if (!fact->places.empty()) continue;
    fact->places.every = type == FactType::kPlaces;
    for (Term& term : fact->terms) {
      if (term.hidden) {
        fact->places.open = true;
        continue;
      }
      if (const PlaceId place = catalogue.FindPlaceOrName(term.text); place != kNoPlace) {
        fact->places.Add(place);
        term.text = catalogue.place(place).code;
      } else if (const Group* group = catalogue.FindGroup(term.text); group && type != FactType::kOwners) {
        fact->places.AddAll(catalogue.Members(*group));
        term.text = group->id;
      } else if (Lower(term.text) == "anywhere" || Lower(term.text) == "worldwide" || term.text == "*") {
        fact->places.AddAll(catalogue.Anywhere());
      } else {
        diagnostics.Error(term.span, fmt::format("`{}` is not a place", term.text)).help = [&] {
          const std::string help = DidYouMean(term.text, catalogue.PlaceNames());
          return help.empty() ? std::string("places are ISO 3166 codes such as DE or US-TX, or groups such as eea") : help;
        }();
        fact->places.open = true;
        fact->reason = fmt::format("`{}` is not a place", term.text);
      }
    }
    if (fact->places.empty() && fact->places.open) fact->hidden = true;
  }
}

// A model of which nobody publishes the weights does not run where the workload does, unless the cloud there offers it.
void HideBorrowed(Placement& placement, const Catalogue& catalogue, const KnownFacts& known) {
  const Fact* model = placement.facts.Find(known.model);
  if (!placement.borrowed || !model || model->hidden || model->terms.empty() || placement.facts.Has(known.endpoint)) return;
  const std::string name = model->terms[0].text;
  const Maker* maker = catalogue.FindMaker(name);
  if (!maker || Catalogue::HasOpenWeights(*maker, name)) return;
  const Fact* told = placement.facts.Find(known.provider);
  const Provider* provider = told && !told->hidden && !told->terms.empty() ? catalogue.FindProvider(told->terms[0].text) : nullptr;
  if (provider && std::any_of(provider->models.begin(), provider->models.end(), [&](const ModelPattern& pattern) { return pattern.match.Search(name) || pattern.match.Search(Lower(name)); })) return;
  for (const FactId id : {known.provider, known.region, known.country}) {
    if (id != known.provider && !placement.facts.Has(id)) continue;
    Fact& fact = placement.facts.Set(id);
    fact.stated = fact.hidden = true;
    fact.span = placement.span;
    fact.reason = fmt::format("the weights of `{}` are not published, so somebody else runs it, and nothing says who", name);
  }
}

void Resolve(Workload& workload, const Catalogue& catalogue, const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  const KnownFacts& known = vocabulary.known();
  ResolvePlaces(workload.facts, catalogue, vocabulary, diagnostics);
  for (DataSet& data : workload.data) ResolvePlaces(data.facts, catalogue, vocabulary, diagnostics);
  // What free text named and nobody knows is no placement, unless the workload promised an air gap: then every host counts.
  const Fact* gap = workload.facts.Find(known.air_gapped);
  // A promise is held to what nothing prevents.
  if (gap && !gap->hidden && gap->number != 0 && !workload.reaches_out.empty() && !workload.facts.Has(known.egress)) {
    const Span span = gap->span;
    Fact& egress = workload.facts.Set(known.egress);
    egress.hidden = true;
    egress.span = span;
    egress.reason = workload.reaches_out;
    gap = workload.facts.Find(known.air_gapped);   // Facts may have moved.
  }
  // Nor is what software reports of its use, which holds no data.
  if (!gap || (!gap->hidden && gap->number == 0))
    std::erase_if(workload.placements, [&](const Placement& placement) {
      const Fact* activity = placement.facts.Find(known.activity);
      return activity && !activity->terms.empty() && activity->terms[0].text == "usage-report";
    });
  // Nor is what another placement stands for already.
  std::set<std::pair<uint32_t, uint32_t>> told;
  std::set<std::tuple<uint32_t, uint32_t, std::string>> guessed;   // Several guesses may stand at one place.
  const auto each_address = [&](const Placement& placement, auto visit) {
    for (const FactId id : {known.endpoint, known.bucket})
      if (const Fact* fact = placement.facts.Find(id)) visit(*fact);
  };
  for (const Placement& placement : workload.placements)
    if (!placement.guessed) each_address(placement, [&](const Fact& fact) { told.emplace(fact.span.begin, fact.span.source); });
  const auto wrong = [&](Placement& placement) {
    const Fact* endpoint = placement.facts.Find(known.endpoint);
    const Fact* bucket = placement.facts.Find(known.bucket);
    if (placement.span.known() && told.contains({placement.span.begin, placement.span.source})) return true;
    if (const Fact* model = placement.facts.Find(known.model); model && !model->hidden && catalogue.FindMaker(model->terms[0].text)) return false;
    if (const Fact* image = placement.facts.Find(known.image); image && !image->hidden) return !catalogue.MatchHost(ParseUrl(image->terms[0].text).host);
    if (!endpoint && !bucket) return true;
    if (endpoint && endpoint->hidden) return true;
    // `s3://${BUCKET}/x` says whose it is.
    if (bucket && bucket->hidden) return bucket->terms.empty() || !catalogue.FindScheme(ParseUrl(bucket->terms[0].masked).scheme);
    const Url url = ParseUrl(!endpoint ? bucket->terms[0].text : placement.stand_in ? placement.stand_in->host : endpoint->terms[0].text);
    if (endpoint) {
      if (const OwnHost* own = catalogue.FindOwnHost(url.host)) return own->closed.value_or(false) && own->facts.all().empty();
      if (IsPrivateHost(url.host) || url.host.empty()) return true;
      // In a document of no known format an address of code is a link, as in the list of a site's authors; and a name alone that of an image.
      if (const auto match = catalogue.MatchHost(url.host))
        return (workload.unrecognised || url.scheme.empty()) && (match->endpoint->activity == "download" || match->endpoint->activity == "image-pull");
      if (!gap || gap->hidden || gap->number == 0) return true;
      placement.facts.Set(known.activity).terms.push_back(Term{.text = "download"});
      return false;
    }
    return !catalogue.FindScheme(url.scheme);
  };
  std::erase_if(workload.placements, [&](Placement& placement) {
    if (!placement.guessed) return false;
    if (wrong(placement)) return true;
    bool again = false;
    each_address(placement, [&](const Fact& fact) { again = !guessed.emplace(fact.span.begin, fact.span.source, fact.terms.empty() ? "" : fact.terms[0].text).second && !placement.facts.Has(known.model); });
    return again;
  });
  // A private name is where the workload itself is, when that is said and nothing else is.
  const Placement* own = nullptr;
  for (const Placement& placement : workload.placements) {
    const Fact* activity = placement.facts.Find(known.activity);
    if (!own && activity && !activity->terms.empty() && activity->terms[0].text == "compute" && !placement.facts.Has(known.endpoint)) own = &placement;
  }
  for (Placement& placement : workload.placements) {
    const Fact* endpoint = placement.facts.Find(known.endpoint);
    if (!own || &placement == own || !endpoint || endpoint->hidden || endpoint->terms.empty()) continue;
    const std::string host = ParseUrl(endpoint->terms[0].text).host;
    const OwnHost* described = catalogue.FindOwnHost(host);
    if (placement.stand_in && !described && !IsPrivateHost(ParseUrl(placement.stand_in->host).host)) continue;
    if (described ? !described->closed.value_or(false) || !described->facts.all().empty() : !IsPrivateHost(host)) continue;
    if (placement.facts.Has(known.region) || placement.facts.Has(known.country) || placement.facts.Has(known.provider)) continue;
    for (const FactId id : {known.provider, known.region, known.country})
      if (const Fact* fact = own->facts.Find(id)) placement.facts.Set(id) = *fact;
  }
  for (Placement& placement : workload.placements) HideBorrowed(placement, catalogue, known);
  std::vector<Placement> readers;
  for (Placement& placement : workload.placements) {
    ResolvePlaces(placement.facts, catalogue, vocabulary, diagnostics);
    const Fact* access = placement.facts.Find(known.access_from);
    if (!access) continue;
    // Each country from which people read is a placement of its own, judged apart.
    for (const Term& term : access->terms) {
      Placement reader;
      reader.name = placement.name.empty() ? fmt::format("access from {}", term.text) : fmt::format("{}, access from {}", placement.name, term.text);
      reader.span = term.span;
      reader.synthetic = true;
      for (const Fact& fact : placement.facts.all()) {
        const std::string& name = vocabulary.at(fact.id).name;
        const bool about_place = fact.id == known.activity || fact.id == known.access_from || fact.id == known.provider || fact.id == known.service ||
                                 fact.id == known.region || fact.id == known.country || fact.id == known.deployment || fact.id == known.model ||
                                 fact.id == known.endpoint || fact.id == known.image || fact.id == known.bucket || fact.id == known.name ||
                                 name == "placement.retention" || name == "placement.copy_age" || name == "placement.tenancy";
        if (!about_place) reader.facts.Set(fact.id) = fact;
      }
      Fact& activity = reader.facts.Set(known.activity);
      activity.terms.push_back(Term{.text = "access", .span = term.span});
      activity.span = term.span;
      for (const FactId id : {known.places, known.processing, known.home}) {
        Fact& fact = reader.facts.Set(id);
        fact.span = term.span;
        if (const PlaceId place = catalogue.FindPlace(term.text); place != kNoPlace && !term.hidden) {
          fact.places.Add(place);
          fact.terms.push_back(Term{.text = term.text, .span = term.span});
        } else if (const Group* group = catalogue.FindGroup(term.text); group && !term.hidden) {
          fact.places = catalogue.Members(*group);
          fact.places.every = true;
          fact.terms.push_back(Term{.text = term.text, .span = term.span});
        } else if (!term.hidden && access->places.anywhere) {
          fact.places = catalogue.Anywhere();
          fact.terms.push_back(Term{.text = "anywhere", .span = term.span});
        } else {
          fact.places.open = true;
          fact.hidden = true;
          fact.reason = access->reason.empty() ? fmt::format("`{}` is not a place", term.text) : access->reason;
        }
      }
      Fact& storage = reader.facts.Set(known.storage);
      storage.span = term.span;
      storage.terms.push_back(Term{.text = "nowhere", .span = term.span});
      Fact& name = reader.facts.Set(known.name);
      name.terms.push_back(Term{.text = reader.name, .span = term.span});
      readers.push_back(std::move(reader));
    }
  }
  // A placement that only says who reads has given its readers.
  std::erase_if(workload.placements, [](const Placement& placement) { return placement.synthetic; });
  for (Placement& placement : workload.placements) ResolvePlacement(workload, placement, catalogue, vocabulary);
  for (Placement& reader : readers) workload.placements.push_back(std::move(reader));
}

PlaceId Catalogue::FindPlaceOrName(std::string_view text) const {
  if (const PlaceId place = FindPlace(text); place != kNoPlace) return place;
  const std::string lower = Lower(text);
  for (PlaceId id = 0; id < places_.size(); ++id)
    if (Lower(places_[id].name) == lower) return id;
  return kNoPlace;
}

}  // namespace domicile
