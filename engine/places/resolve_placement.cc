#include "engine/places/resolve_placement.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/places/addresses.h"
#include "engine/places/operator.h"
#include "engine/text/escape.h"
#include "engine/text/host.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

// Works out one placement. Facts that were written stay; what follows from them is added with its reasons.
class PlacementResolver {
 public:
  PlacementResolver(Workload& workload, Placement& placement, const Catalogue& catalogue, const Vocabulary& vocabulary)
      : derivation_{workload, placement, catalogue, vocabulary}, facts_(placement.facts), catalogue_(catalogue), known_(vocabulary.known()) {}

  void Run() {
    // What was assumed, or stated by the project file, is where the chain of reasons starts.
    for (const FactId id : {known_.provider, known_.service, known_.region, known_.country, known_.deployment, known_.model, known_.endpoint, known_.bucket, known_.image})
      if (const Fact* fact = facts_.Find(id); fact && fact->stated)
        for (const Because& step : fact->because)
          if (std::none_of(derivation_.chain.begin(), derivation_.chain.end(), [&](const Because& known) { return known.text == step.text; })) derivation_.chain.Add(step);
    addresses_ = ReadAddresses(derivation_);
    FindProvider();
    FindRegion();
    if (!facts_.Has(known_.activity)) derivation_.SetText(known_.activity, DefaultActivity(), {});
    Route();
    SetOperator(derivation_, Runs(), addresses_.other);
    SetModelOrigin();
    SetPublic();
  }

 private:
  void FindProvider() {
    const std::string_view written = derivation_.Written(known_.provider);
    if (written.empty()) {
      const Fact* fact = facts_.Find(known_.provider);
      if (fact && fact->hidden) provider_reason_ = "the provider is hidden: " + fact->reason;
      return;
    }
    provider_ = catalogue_.FindProvider(written);
    if (!provider_) {
      provider_reason_ = fmt::format("`{}` is not a known provider", written);
      if (const std::string help = DidYouMean(written, catalogue_.ProviderNames()); !help.empty()) provider_reason_ += "; " + help;
      return;
    }
    named_ = provider_;
    if (!provider_->cloud.empty()) {
      derivation_.SetText(known_.service, provider_->service.empty() ? provider_->id : provider_->service, derivation_.SpanOf(known_.provider));
      if (const Provider* cloud = catalogue_.FindProvider(provider_->cloud)) provider_ = cloud;
    }
  }

  PlaceSet Unknown() const {
    PlaceSet set;
    set.open = true;
    return set;
  }

  void FindRegion() {
    const Fact* fact = facts_.Find(known_.region);
    const std::string_view written = derivation_.Written(known_.region);
    if (fact && fact->hidden) {
      home_reason_ = fmt::format("the region is `{}`: {}", fact->terms.empty() ? "" : fact->terms[0].text, fact->reason);
    } else if (!written.empty() && provider_) {
      region_ = provider_->FindRegion(written);
      if (region_) {
        home_ = region_->places;
        derivation_.Say(home_.anywhere ? fmt::format("`{}` of {} may be anywhere", written, provider_->title)
                           : fmt::format("region `{}` of {} is in {}", written, provider_->title, home_.open && home_.empty() ? "a place that is not known" : catalogue_.Text(home_)), fact->span, *provider_, region_->source,
            region_->unverified);
        if (home_.open) home_reason_ = fmt::format("the members of `{}` are not published", written);
      } else {
        home_reason_ = fmt::format("`{}` is not a region of {}", written, provider_->id);
        std::vector<std::string_view> names;
        for (const Region& region : provider_->regions) names.push_back(region.id);
        if (const std::string help = DidYouMean(written, names); !help.empty()) home_reason_ += "; " + help;
      }
    } else if (!written.empty() && !provider_reason_.empty()) {
      home_reason_ = provider_reason_;
      home_cause_ = known_.provider;
    } else if (!written.empty()) {
      // Without a provider an id counts only where everybody who has it means the same place.
      std::optional<PlaceSet> agreed;
      bool same = true;
      std::string who;
      for (size_t i = 0; i < catalogue_.provider_count(); ++i) {
        const Provider& provider = catalogue_.provider(i);
        const Region* region = provider.FindRegion(written);
        if (!region) continue;
        if (!who.empty()) who += ", ";
        who += fmt::format("{} ({})", provider.id, catalogue_.Text(region->places));
        if (agreed && !SameCountries(*agreed, region->places)) same = false;
        if (!agreed) agreed = region->places;
      }
      if (agreed && same) {
        home_ = *agreed;
        derivation_.Say(fmt::format("every provider with a region `{}` has it in {}", written, catalogue_.Text(home_)), fact->span);
      } else if (agreed) {
        home_reason_ = fmt::format("`{}` means different places at {}; say the provider", written, who);
      } else {
        home_reason_ = provider_reason_.empty() ? fmt::format("no provider is declared and none has a region `{}`", written) : provider_reason_;
      }
    } else if (provider_) {
      for (const DefaultRow& row : provider_->defaults) {
        const bool fits = (row.service.empty() || row.service == derivation_.Written(known_.service)) &&
                          (row.formats.empty() || std::find(row.formats.begin(), row.formats.end(), derivation_.workload.format) != row.formats.end());
        if (!fits || row.region.empty() || facts_.Has(known_.endpoint)) continue;
        region_ = provider_->FindRegion(row.region);
        if (!region_) continue;
        home_ = region_->places;
        derivation_.Say(row.because, derivation_.placement.span, *provider_, row.source, row.unverified);
        return;
      }
    }
    for (const AddressedRegion& one : addresses_.regions) {
      const Region* region = provider_ && region_ ? provider_->FindRegion(one.region) : nullptr;
      if (!region || region == region_) continue;
      home_.AddAll(region->places);
      elsewhere_.AddAll(region->places);
      derivation_.Say(fmt::format("{} says the region is `{}`, which is not the one declared: either may be meant", one.address, one.region), one.span);
    }
    if (const Fact* country = facts_.Find(known_.country); country) {
      if (country->places.empty() && (country->places.open || country->hidden)) {
        home_reason_ = country->reason.empty() ? "the country is hidden" : country->reason;
        home_.open = true;
      } else {
        home_.AddAll(country->places);
        home_reason_.clear();
      }
      home_.every = false;
      // Of what the manifest does not say, the chain already tells who did.
      if (country->because.empty() && !country->hidden) derivation_.Say(fmt::format("the manifest says that it is in {}", catalogue_.Text(country->places)), country->span);
      return;
    }
    if (home_.empty() && !home_.open && home_reason_.empty()) {
      if (!provider_reason_.empty()) {
        home_reason_ = provider_reason_;
        home_cause_ = known_.provider;
      } else if (addresses_.unknown_host) {
        home_reason_ = fmt::format("nothing is known about the host `{}`", addresses_.host);
        home_cause_ = known_.country;
      } else if (addresses_.closed) {
        home_reason_ = fmt::format("`{}` is a private name; say where it runs", addresses_.host);
        home_cause_ = known_.country;
      } else if (provider_) {
        home_reason_ = "the region is not declared";
      } else if (const Fact* endpoint = facts_.Find(known_.endpoint); endpoint && endpoint->hidden) {
        home_reason_ = fmt::format("the endpoint is `{}`: {}", endpoint->terms.empty() ? "" : endpoint->terms[0].text, endpoint->reason);
      } else {
        home_reason_ = "neither provider nor region is declared";
      }
    }
    if (home_.empty() && !home_.anywhere) home_.open = true;
  }

  bool SameCountries(const PlaceSet& a, const PlaceSet& b) const { return Countries(a) == Countries(b); }
  PlaceSet Countries(const PlaceSet& set) const {
    PlaceSet countries;
    countries.open = set.open;
    countries.anywhere = set.anywhere;
    set.ForEach([&](PlaceId id) { countries.Add(catalogue_.CountryOf(id)); });
    return countries;
  }
  bool Meets(const PlaceSet& set, const PlaceSet& wanted) const {
    bool meets = false;
    set.ForEach([&](PlaceId id) { meets = meets || wanted.Has(id) || wanted.Has(catalogue_.CountryOf(id)); });
    return meets;
  }

  std::string DefaultActivity() const {
    if (facts_.Has(known_.bucket)) return "storage";
    if (facts_.Has(known_.endpoint) || facts_.Has(known_.model) || facts_.Has(known_.deployment)) return "inference";
    return "compute";
  }

  static bool SameName(std::string_view a, std::string_view b) {
    const auto key = [](std::string_view text) {
      std::string out;
      for (char c : Lower(text))
        if (c != '_' && c != '-' && c != ' ') out += c;
      return out;
    };
    return key(a) == key(b);
  }

  bool FitsDeployment(const RoutingRow& row) const {
    if (row.deployments.empty()) return true;
    const Fact* fact = facts_.Find(known_.deployment);
    for (const std::string& name : row.deployments) {
      if (name == "any") return true;
      if (name == "none" ? !fact : fact && SameName(name, derivation_.Written(known_.deployment))) return true;
    }
    return false;
  }

  PlaceSet Take(const Target& target, std::string* reason, const std::string& because) {
    switch (target.kind) {
      case Target::Kind::kRegion:
        *reason = home_reason_;
        return home_;
      case Target::Kind::kGeography:
        *reason = home_reason_;
        return Countries(home_);
      case Target::Kind::kAnywhere: return catalogue_.Anywhere();
      case Target::Kind::kNone: return {};
      case Target::Kind::kPlaces:
        if (target.places.open) *reason = because;
        return target.places;
      case Target::Kind::kProvider: return provider_->Everywhere(region_ ? region_->partition : "");
      case Target::Kind::kUnknown: break;
    }
    *reason = because;
    return Unknown();
  }

  void Route() {
    PlaceSet storage = home_, processing = home_;
    home_cause_ = home_cause_ == kNoFact ? known_.region : home_cause_;
    FactId cause = home_cause_;
    std::string storage_reason = home_reason_, processing_reason = home_reason_;
    Span span = facts_.Has(known_.region) ? derivation_.SpanOf(known_.region) : facts_.Has(known_.country) ? derivation_.SpanOf(known_.country) : derivation_.SpanOf(known_.endpoint);
    std::optional<bool> bounded;
    const RoutingRow* chosen = nullptr;
    const Fact* deployment = facts_.Find(known_.deployment);
    const std::string_view activity = derivation_.Written(known_.activity);
    if (provider_ && activity != "image-pull" && activity != "access") {
      const std::string_view service = derivation_.Written(known_.service);
      std::vector<std::string_view> types;
      const auto fits = [&](const RoutingRow& row) {
        if (!row.regions.empty() &&
            std::none_of(row.regions.begin(), row.regions.end(), [&](const std::string& id) { return region_ && provider_->FindRegion(id) == region_; }))
          return false;
        if (!row.partitions.empty() && (!region_ || std::find(row.partitions.begin(), row.partitions.end(), region_->partition) == row.partitions.end()))
          return false;
        if (!row.activities.empty() && std::find(row.activities.begin(), row.activities.end(), derivation_.Written(known_.activity)) == row.activities.end()) return false;
        if (row.region_in && !Meets(home_, *row.region_in)) return false;
        if (row.model && !row.model->Search(Lower(derivation_.Written(known_.model)))) return false;
        return deployment && deployment->hidden ? row.deployments.empty() || row.deployments[0] == "any" : FitsDeployment(row);
      };
      // Without a service, rows for every service come first; then `deployment: GlobalStandard` alone says which service is meant.
      for (const bool own : {false, true}) {
        for (const RoutingRow& row : provider_->routing) {
          if (service.empty()) {
            if (own != !row.service.empty()) continue;
            if (own && (!deployment || row.deployments.empty() || row.deployments[0] == "none" || row.deployments[0] == "any")) continue;
          } else if (own || !(row.service.empty() || row.service == service)) {
            continue;
          }
          for (const std::string& name : row.deployments)
            if (name != "none" && name != "any") types.push_back(name);
          if (!chosen && fits(row)) chosen = &row;
        }
      }
      if (deployment && deployment->hidden && !types.empty()) {
        chosen = nullptr;
        storage_reason = processing_reason =
            fmt::format("the deployment type is `{}`: {}", deployment->terms.empty() ? "" : deployment->terms[0].text, deployment->reason);
        processing = Unknown();
        cause = known_.deployment;
        span = deployment->span;
      } else if (!chosen && deployment && !types.empty()) {
        // A deployment type that nobody knows must not pass for the region.
        processing_reason = fmt::format("`{}` is not a known deployment type of {}", derivation_.Written(known_.deployment), provider_->id);
        if (const std::string help = DidYouMean(derivation_.Written(known_.deployment), types); !help.empty()) processing_reason += "; " + help;
        processing = Unknown();
        cause = known_.deployment;
        span = deployment->span;
      }
      if (chosen) {
        const Fact* settles = chosen->settled_by == kNoFact ? nullptr : facts_.Find(chosen->settled_by);
        const Span origin = settles && settles->hidden && settles->span.known() ? settles->span
                           : deployment && !chosen->deployments.empty() && chosen->deployments[0] != "none" ? deployment->span
                           : facts_.Has(known_.endpoint) ? derivation_.SpanOf(known_.endpoint)
                                                         : span;
        if (!chosen->because.empty()) derivation_.Say(chosen->because, origin, *provider_, chosen->source, chosen->unverified);
        storage_reason.clear();
        processing_reason.clear();
        storage = Take(chosen->storage, &storage_reason, chosen->because);
        processing = Take(chosen->processing, &processing_reason, chosen->because);
        if (chosen->processing.kind == Target::Kind::kUnknown) cause = chosen->settled_by == kNoFact ? known_.deployment : chosen->settled_by;
        if (chosen->processing.kind != Target::Kind::kRegion || !span.known()) span = origin;
        bounded = chosen->bounded;
        if (service.empty() && !chosen->service.empty()) derivation_.SetText(known_.service, chosen->service, origin);
      }
    }
    if (!span.known()) span = derivation_.placement.span;
    // Whatever the deployment type does with the region that is declared.
    if (!elsewhere_.empty() || elsewhere_.anywhere || elsewhere_.open) {
      storage.AddAll(elsewhere_);
      processing.AddAll(elsewhere_);
    }
    if (addresses_.other) {
      // Who is called is not who is named: where they are is not known from the name.
      home_.open = storage.open = processing.open = true;
      home_reason_ = storage_reason = processing_reason = addresses_.other_reason;
      home_cause_ = cause = known_.provider;
      bounded = false;
    }
    SetPlaces(known_.home, home_, home_reason_, derivation_.SpanOf(known_.region), home_cause_);
    SetPlaces(known_.storage, storage, storage_reason, facts_.Has(known_.region) ? derivation_.SpanOf(known_.region) : span, storage_reason == home_reason_ ? home_cause_ : cause);
    SetPlaces(known_.processing, processing, processing_reason, span, cause);
    PlaceSet places = storage;
    places.AddAll(processing);
    SetPlaces(known_.places, places, processing_reason.empty() ? storage_reason : processing_reason, span, cause);
    if (!facts_.Has(known_.bounded)) {
      Fact& fact = facts_.Set(known_.bounded);
      fact.span = span;
      fact.because = derivation_.chain;
      // Whatever the region is, a service that runs in its region stays there.
      const bool in_region = provider_ && (chosen ? chosen->processing.kind == Target::Kind::kRegion : !(deployment && processing_reason != home_reason_));
      if (processing.open && processing.empty() && in_region) {
        fact.number = bounded.value_or(true);
      } else if (processing.open && (processing.empty() || !bounded)) {
        fact.hidden = true;
        fact.reason = processing_reason;
        fact.cause = cause;
      } else if (processing.anywhere) {
        fact.number = 0;
      } else {
        // Bounded, and not somewhere else than the region field says.
        const bool elsewhere = !home_.open && !home_.empty() && !processing.empty() && !Meets(Countries(processing), Countries(home_));
        fact.number = bounded.value_or(!(chosen && chosen->processing.kind == Target::Kind::kProvider)) && !elsewhere;
      }
      fact.terms.push_back(Term{.text = fact.number != 0 ? "true" : "false", .span = fact.span});
      if (fact.hidden) fact.terms.clear();
    }
  }

  void SetPlaces(FactId id, const PlaceSet& places, const std::string& reason, Span span, FactId cause) {
    if (facts_.Has(id)) return;
    Fact& fact = facts_.Set(id);
    fact.places = places;
    fact.span = span;
    fact.because = derivation_.chain;
    fact.reason = reason;
    fact.hidden = places.open && places.empty();
    if (places.open) fact.cause = cause;
    if (!fact.hidden) fact.terms.push_back(Term{.text = catalogue_.Text(places), .span = span});
  }

  // Whose operator counts.
  const Provider* Runs() const {
    if (region_ && !region_->run_by.empty())
      if (const Provider* other = catalogue_.FindProvider(region_->run_by)) return other;
    return named_ && named_->cloud.empty() ? named_ : provider_;
  }

  void SetPublic() {
    if (facts_.Has(known_.is_public)) return;
    Fact fact;
    fact.id = known_.is_public;
    fact.because = derivation_.chain;
    for (const FactId id : {known_.endpoint, known_.bucket, known_.image, known_.provider, known_.region})
      if (!fact.span.known()) fact.span = derivation_.SpanOf(id);
    const std::string_view isolated = derivation_.Written(known_.network_isolation);
    const Fact* endpoint = facts_.Find(known_.endpoint);
    const Fact* image = facts_.Find(known_.image);
    const Fact* bucket = facts_.Find(known_.bucket);
    const bool own = derivation_.Written(known_.tenancy) == "on-premises" || derivation_.Written(known_.operator_kind) == "own";
    if ((endpoint && endpoint->hidden) || (image && image->hidden) || (bucket && bucket->hidden)) {
      fact.hidden = true;
      fact.reason = endpoint && endpoint->hidden ? "the endpoint is hidden: " + endpoint->reason
                    : image && image->hidden     ? "the image is hidden: " + image->reason
                                                 : "the bucket is hidden: " + bucket->reason;
    } else if (addresses_.closed || own || isolated == "true") {
      fact.number = 0;
    } else if (addresses_.unknown_host) {
      // A public address is public; of a name nobody knows we cannot say whether it resolves inside the gap only.
      if (IsAddress(addresses_.host)) {
        fact.number = 1;
      } else {
        fact.hidden = true;
        fact.reason = fmt::format("nothing says whether `{}` is inside the gap", addresses_.host);
      }
    } else if (addresses_.matched || facts_.Has(known_.service)) {
      fact.number = 1;
    } else if (provider_ && (provider_->category == "hyperscaler" || provider_->category == "regional-cloud" || provider_->category == "gpu-cloud" ||
                             provider_->category == "sovereign-cloud")) {
      fact.hidden = true;
      fact.reason = fmt::format("nothing says that this part of {} is cut off from the internet; `network_isolation: true` would", provider_->id);
    } else if (provider_) {
      fact.number = provider_->category != "self-hosted";
    } else if (const Fact* provider = facts_.Find(known_.provider)) {
      fact.hidden = true;
      fact.reason = provider->hidden || provider->terms.empty() ? "the provider is hidden: " + provider->reason
                                                                : fmt::format("nothing says whether `{}` is inside the gap", provider->terms[0].text);
    } else if (const Fact* open = facts_.Find(known_.model_open_weights); open && open->number == 0) {
      fact.hidden = true;
      fact.reason = fmt::format("the weights of `{}` are not published, so somebody else may run it", derivation_.Written(known_.model));
    } else {
      fact.number = 0;   // Nothing is called and nobody else runs it.
    }
    if (!fact.hidden) fact.terms.push_back(Term{.text = fact.number != 0 ? "true" : "false", .span = fact.span});
    facts_.Set(fact.id) = std::move(fact);
  }

  void SetModelOrigin() {
    const std::string_view model = derivation_.Written(known_.model);
    if (const Fact* fact = facts_.Find(known_.model); fact && fact->hidden) {
      const Fact hidden = *fact;
      for (const FactId id : {known_.model_maker, known_.model_origin}) {
        if (facts_.Has(id)) continue;
        Fact& derived = facts_.Set(id);
        derived.hidden = true;
        derived.places.open = true;
        derived.reason = "the model is hidden: " + hidden.reason;
        derived.span = hidden.span;
      }
    }
    if (model.empty()) return;
    const Maker* maker = catalogue_.FindMaker(model);
    if (!maker) return;
    const Span span = derivation_.SpanOf(known_.model);
    derivation_.SetText(known_.model_maker, maker->id, span);
    derivation_.SetPlace(known_.model_origin, maker->country, span);
    const bool open = Catalogue::HasOpenWeights(*maker, model);
    if (!facts_.Has(known_.model_open_weights)) {
      Fact& fact = facts_.Set(known_.model_open_weights);
      fact.number = open;
      fact.terms.push_back(Term{.text = open ? "true" : "false", .span = span});
      fact.span = span;
    }
  }

  Derivation derivation_;
  Facts& facts_;
  const Catalogue& catalogue_;
  const KnownFacts& known_;
  Addresses addresses_;
  const Provider* provider_ = nullptr;   // Whose regions and routing count.
  const Provider* named_ = nullptr;      // As named: a service of the cloud, or the cloud itself.
  const Region* region_ = nullptr;
  PlaceSet home_;
  FactId home_cause_ = kNoFact;
  std::string home_reason_, provider_reason_;
  PlaceSet elsewhere_;                   // Of the regions that addresses name.
};

}  // namespace

void ResolvePlacement(Workload& workload, Placement& placement, const Catalogue& catalogue, const Vocabulary& vocabulary) {
  PlacementResolver(workload, placement, catalogue, vocabulary).Run();
}

}  // namespace domicile
