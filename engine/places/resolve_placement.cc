#include "engine/places/resolve_placement.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/places/host.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

// Works out one placement. Facts that were written stay; what follows from them is added with its reasons.
class PlacementResolver {
 public:
  PlacementResolver(Workload& workload, Placement& placement, const Catalogue& catalogue, const Vocabulary& vocabulary)
      : workload_(workload), facts_(placement.facts), placement_(placement), catalogue_(catalogue), vocabulary_(vocabulary),
        known_(vocabulary.known()) {}

  void Run() {
    // What was assumed, or stated by the project file, is where the chain of reasons starts.
    for (const FactId id : {known_.provider, known_.service, known_.region, known_.country, known_.deployment, known_.model, known_.endpoint, known_.bucket, known_.image})
      if (const Fact* fact = facts_.Find(id); fact && fact->stated)
        for (const Because& step : fact->because)
          if (std::none_of(chain_.begin(), chain_.end(), [&](const Because& known) { return known.text == step.text; })) chain_.Add(step);
    ReadEndpoint();
    ReadBucket();
    ReadImage();
    ReadModel();
    FindProvider();
    FindRegion();
    if (!facts_.Has(known_.activity)) SetText(known_.activity, DefaultActivity(), {});
    Route();
    SetOperator();
    SetModelOrigin();
    SetPublic();
  }

 private:
  std::string_view Written(FactId id) const {
    const Fact* fact = facts_.Find(id);
    return fact && !fact->hidden && !fact->terms.empty() ? std::string_view(fact->terms[0].text) : std::string_view();
  }
  Span SpanOf(FactId id) const {
    const Fact* fact = facts_.Find(id);
    return fact ? fact->span : Span{};
  }
  // A derived text: only where nothing was written.
  void SetText(FactId id, std::string text, Span span) {
    if (text.empty() || facts_.Has(id)) return;
    Fact& fact = facts_.Set(id);
    fact.terms.push_back(Term{.text = std::move(text), .span = span});
    fact.span = span;
    fact.because = chain_;
  }
  void Say(std::string text, Span span) {
    Because because;
    because.text = std::move(text);
    because.span = span;
    chain_.Add(std::move(because));
  }
  void Say(std::string text, Span span, const Provider& provider, const std::string& source, bool unverified = false) {
    Because because;
    because.text = std::move(text);
    because.span = span;
    because.unverified = unverified;
    if (const auto found = provider.sources.find(source); found != provider.sources.end()) {
      because.source = found->second.title;
      because.read = found->second.read;
    }
    chain_.Add(std::move(because));
  }

  // `{region}` of a template, filled from captures.
  static std::string Fill(std::string text, const std::vector<std::pair<std::string, std::string>>& groups) {
    for (const auto& [name, value] : groups) {
      const std::string key = "{" + name + "}";
      for (size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + value.size())) text.replace(at, key.size(), value);
    }
    return text.find('{') == std::string::npos ? text : "";
  }

  // The region that a host names: by its id, however the host abbreviates it. Behind a name of somebody's choice (`acme-cn-beijing`), and
  // where the row names no service, only a region that the provider has counts.
  static std::string RegionNamed(const Provider& provider, std::string_view name, const Endpoint& endpoint) {
    const bool behind = endpoint.host.text().find("*-{region}") != std::string::npos;
    for (size_t begin = 0; begin < name.size();) {
      const std::string_view rest = name.substr(begin);
      if (const Region* region = provider.FindRegion(rest)) return region->id;
      const size_t dash = rest.find('-');
      if (!behind || dash == std::string_view::npos) break;
      begin += dash + 1;
    }
    return behind || endpoint.service.empty() ? "" : std::string(name);
  }

  // A host that is called or pulled from: what it says about provider, service, region and deployment.
  void ReadHost(std::string_view host, Span span, bool sets_place) {
    host_ = std::string(host);
    if (const OwnHost* own = catalogue_.FindOwnHost(host)) {
      ReadOwnHost(*own, span);
      return;
    }
    if (IsPrivateHost(host)) {
      closed_ = true;
      Say(fmt::format("`{}` is a private name or address", host), span);
      return;
    }
    const auto match = catalogue_.MatchHost(host);
    if (!match) {
      unknown_host_ = true;
      return;
    }
    const Endpoint& endpoint = *match->endpoint;
    closed_ = endpoint.closed;
    matched_ = true;
    const Provider& provider = *match->provider;
    Say(fmt::format("`{}` belongs to {}{}", host, provider.title, endpoint.note.empty() ? "" : ": " + endpoint.note), span, provider, endpoint.source, endpoint.unverified);
    std::string region;
    for (const auto& [name, value] : match->captures)
      if (name == "region" && region.empty()) region = RegionNamed(provider, value, endpoint);
    if (region.empty()) region = endpoint.region;
    if (sets_place) Contradict(provider, fmt::format("`{}`", host), region, span);
    SetText(known_.provider, provider.id, span);
    SetText(known_.service, endpoint.service, span);
    if (!endpoint.activity.empty()) SetText(known_.activity, endpoint.activity, span);
    if (!sets_place) return;
    SetText(known_.region, region, span);
    SetText(known_.deployment, Fill(endpoint.deployment, match->captures), span);
  }

  const Provider* RootOf(const Provider* provider) const {
    const Provider* cloud = provider && !provider->cloud.empty() ? catalogue_.FindProvider(provider->cloud) : nullptr;
    return cloud ? cloud : provider;
  }

  // An address says who answers and where, whatever else is written: what is said beside it must not hide that.
  void Contradict(const Provider& at, const std::string& address, const std::string& region, Span span) {
    const std::string_view written = Written(known_.provider), said = Written(known_.region);
    const Provider* named = RootOf(catalogue_.FindProvider(written));
    const Provider* root = RootOf(&at);
    if (named && named != root) {
      // A part of a cloud that somebody else runs is in both files.
      for (const std::string_view id : {said, std::string_view(region)})
        if (const Region* known = id.empty() ? nullptr : named->FindRegion(id); known && known->run_by == root->id) return;
      other_ = root;
      other_reason_ = fmt::format("{} belongs to {}, and the provider that is declared is `{}`", address, at.title, written);
    } else if (named && !region.empty() && !said.empty()) {
      addressed_.push_back({address, region, span});
    }
  }

  void ReadOwnHost(const OwnHost& own, Span span) {
    Say(fmt::format("`{}` is known from {}", host_, own.by), own.span);
    closed_ = own.closed.value_or(false);
    matched_ = !closed_ && (own.closed || own.facts.Has(known_.provider));
    unknown_host_ = !closed_ && !matched_;
    for (const Fact& said : own.facts.all()) {
      if (facts_.Has(said.id)) continue;
      Fact& fact = facts_.Set(said.id);
      fact = said;
      fact.stated = false;   // By the manifest: it follows from the host.
      fact.span = span;
      fact.because = chain_;
      for (Term& term : fact.terms) term.span = span;
    }
    std::vector<std::pair<std::string, std::string>> captures;
    if (!own.host.Match(host_, &captures)) return;
    for (const auto& [name, value] : captures)
      if (name == "region") SetText(known_.region, value, span);
  }

  void ReadEndpoint() {
    const std::string_view written = Written(known_.endpoint);
    if (written.empty()) return;
    const Url url = ParseUrl(written);
    const std::optional<StandIn>& stand_in = placement_.stand_in;
    if (!stand_in || catalogue_.FindOwnHost(url.host)) {
      if (url.has_host()) ReadHost(url.host, SpanOf(known_.endpoint), true);
    } else if (stand_in->host.empty()) {
      Say(fmt::format("{} a host that is hidden: {}", stand_in->says, stand_in->reason), stand_in->span);
      host_ = url.host;
      unknown_host_ = true;
    } else {
      Say(fmt::format("{} `{}`", stand_in->says, stand_in->host), stand_in->span);
      ReadHost(ParseUrl(stand_in->host).host, SpanOf(known_.endpoint), true);
    }
  }

  void ReadBucket() {
    const Fact* bucket = facts_.Find(known_.bucket);
    if (!bucket || bucket->terms.empty()) return;
    // Of a hidden one the scheme may be written out.
    const bool hidden = bucket->hidden;
    const std::string written = hidden ? bucket->terms[0].masked : bucket->terms[0].text;
    if (written.empty()) return;
    const Span span = bucket->span;
    Url url = ParseUrl(written);
    if (hidden && (url.scheme.empty() || url.scheme == "http" || url.scheme == "https")) return;
    // `arn:aws:s3:eu-west-1:1:x`: three parts are the scheme, the fourth is the region.
    std::string region;
    if (!hidden && written.starts_with("arn:")) {
      std::vector<size_t> colons;
      for (size_t i = 0; i < written.size() && colons.size() < 4; ++i)
        if (written[i] == ':') colons.push_back(i);
      if (colons.size() < 4) return;
      url = {.scheme = written.substr(0, colons[2]), .host = "", .path = ""};
      region = written.substr(colons[2] + 1, colons[3] - colons[2] - 1);
    }
    if (url.scheme == "http" || url.scheme == "https") {
      ReadHost(url.host, span, true);
      return;
    }
    const Provider* provider = catalogue_.FindScheme(url.scheme);
    if (!provider) return;
    for (const auto& [scheme, service] : provider->schemes) {
      if (scheme != url.scheme) continue;
      Say(fmt::format("`{}:` is storage of {}", scheme, provider->title), span);
      // Of those with a scheme of their own, nobody answers to another's, unless an address says so.
      if (const Provider* named = RootOf(catalogue_.FindProvider(Written(known_.provider))); named && !named->schemes.empty() && !facts_.Has(known_.endpoint))
        if (std::none_of(named->schemes.begin(), named->schemes.end(), [&](const auto& own) { return own.first == url.scheme; }))
          Contradict(*provider, fmt::format("`{}:`", scheme), "", span);
      SetText(known_.provider, provider->id, span);
      SetText(known_.service, service, span);
      SetText(known_.region, region, span);
    }
    // Some write the host behind the bucket: `oss://bucket.oss-cn-hangzhou.aliyuncs.com/x`.
    if (hidden) return;
    if (const auto match = catalogue_.MatchHost(url.host); match && match->provider->id == provider->id) ReadHost(url.host, span, true);
  }

  void ReadImage() {
    const std::string_view written = Written(known_.image);
    if (written.empty() || facts_.Has(known_.endpoint) || facts_.Has(known_.bucket)) return;
    SetText(known_.activity, "image-pull", SpanOf(known_.image));
    if (Written(known_.activity) != "image-pull") return;
    const size_t slash = written.find('/');
    std::string_view host = slash == std::string_view::npos ? "" : written.substr(0, slash);
    if (host.find_first_of(".:") == std::string_view::npos && host != "localhost") host = "docker.io";
    const Url url = ParseUrl(host);
    // Where an image comes from says nothing about where data go, except that the registry is asked.
    ReadHost(url.host, SpanOf(known_.image), true);
  }

  // A service of a cloud is the cloud, with the service named.
  void SetProvider(const Provider& provider, Span span) {
    if (facts_.Has(known_.provider)) return;
    SetText(known_.provider, provider.cloud.empty() ? provider.id : provider.cloud, span);
    if (!provider.cloud.empty()) SetText(known_.service, provider.service.empty() ? provider.id : provider.service, span);
  }

  void ReadModel() {
    std::string_view model = Written(known_.model);
    if (model.empty()) return;
    const Span span = SpanOf(known_.model);
    // `bedrock/us.anthropic...` names its provider in front (LiteLLM and others); `openai/gpt-oss-20b` on a hub names a maker, so a
    // prefix is believed only where no provider is known and the format says that prefixes are providers.
    std::string rest(model);
    const size_t slash = model.find('/');
    if (model.starts_with("arn:") && !facts_.Has(known_.provider)) {
      // Three parts say whose it is: `arn:aws:bedrock`.
      size_t end = 3;
      for (int i = 0; i < 2 && end != std::string_view::npos; ++i) end = model.find(':', end + 1);
      const Provider* provider = end == std::string_view::npos ? nullptr : catalogue_.FindScheme(model.substr(0, end));
      if (provider) SetProvider(*provider, span);
    } else if (slash != std::string_view::npos && workload_.prefixed_models) {
      const std::string_view prefix = model.substr(0, slash);
      if (const Provider* provider = catalogue_.FindProvider(prefix)) {
        rest = std::string(model.substr(slash + 1));
        // `openai/` in front of somebody else's address names the protocol and not who answers.
        const Fact* endpoint = facts_.Find(known_.endpoint);
        const bool elsewhere = closed_ || unknown_host_ || (endpoint && endpoint->hidden && provider->category != "hyperscaler" && provider->cloud.empty());
        if (!elsewhere) {
          Say(fmt::format("the prefix `{}/` names {}", prefix, provider->title), span);
          SetProvider(*provider, span);
        }
      }
    } else if (slash != std::string_view::npos && !facts_.Has(known_.provider)) {
      const Provider* provider = catalogue_.FindProvider(model.substr(0, slash));
      if (provider && !provider->cloud.empty()) {
        SetProvider(*provider, span);
        rest = std::string(model.substr(slash + 1));
      }
    } else if (slash != std::string_view::npos) {
      const Provider* named = catalogue_.FindProvider(model.substr(0, slash));
      const Provider* declared = catalogue_.FindProvider(Written(known_.provider));
      if (named && declared && (named == declared || named->cloud == declared->id)) rest = std::string(model.substr(slash + 1));
    }
    const Provider* provider = catalogue_.FindProvider(Written(known_.provider));
    if (!provider) return;
    if (!provider->cloud.empty()) {
      SetText(known_.service, provider->service.empty() ? provider->id : provider->service, span);
      provider = catalogue_.FindProvider(provider->cloud);
      if (!provider) return;
    }
    for (const ModelPattern& pattern : provider->models) {
      std::vector<std::pair<std::string, std::string>> groups;
      const std::string_view service = Written(known_.service);
      if (!service.empty() && !pattern.service.empty() && service != pattern.service) continue;
      if (!pattern.match.Capture(rest, &groups) && !pattern.match.Capture(Lower(rest), &groups)) continue;
      const std::string deployment = Fill(pattern.deployment, groups);
      if (!deployment.empty() && !groups.empty()) Say(fmt::format("the model id says `{}`", deployment), span, *provider, pattern.source, pattern.unverified);
      SetText(known_.service, pattern.service, span);
      SetText(known_.deployment, deployment, span);
      std::string region = Fill(pattern.region, groups);
      for (const auto& [name, value] : groups)
        if (name == "region" && region.empty()) region = value;
      if (!region.empty()) Contradict(*provider, "the model id", region, span);
      SetText(known_.region, region, span);
      return;
    }
  }

  void FindProvider() {
    const std::string_view written = Written(known_.provider);
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
      SetText(known_.service, provider_->service.empty() ? provider_->id : provider_->service, SpanOf(known_.provider));
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
    const std::string_view written = Written(known_.region);
    if (fact && fact->hidden) {
      home_reason_ = fmt::format("the region is `{}`: {}", fact->terms.empty() ? "" : fact->terms[0].text, fact->reason);
    } else if (!written.empty() && provider_) {
      region_ = provider_->FindRegion(written);
      if (region_) {
        home_ = region_->places;
        Say(home_.anywhere ? fmt::format("`{}` of {} may be anywhere", written, provider_->title)
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
        Say(fmt::format("every provider with a region `{}` has it in {}", written, catalogue_.Text(home_)), fact->span);
      } else if (agreed) {
        home_reason_ = fmt::format("`{}` means different places at {}; say the provider", written, who);
      } else {
        home_reason_ = provider_reason_.empty() ? fmt::format("no provider is declared and none has a region `{}`", written) : provider_reason_;
      }
    } else if (provider_) {
      for (const DefaultRow& row : provider_->defaults) {
        const bool fits = (row.service.empty() || row.service == Written(known_.service)) &&
                          (row.formats.empty() || std::find(row.formats.begin(), row.formats.end(), workload_.format) != row.formats.end());
        if (!fits || row.region.empty() || facts_.Has(known_.endpoint)) continue;
        region_ = provider_->FindRegion(row.region);
        if (!region_) continue;
        home_ = region_->places;
        Say(row.because, placement_.span, *provider_, row.source, row.unverified);
        return;
      }
    }
    for (const Addressed& one : addressed_) {
      const Region* region = provider_ && region_ ? provider_->FindRegion(one.region) : nullptr;
      if (!region || region == region_) continue;
      home_.AddAll(region->places);
      elsewhere_.AddAll(region->places);
      Say(fmt::format("{} says the region is `{}`, which is not the one declared: either may be meant", one.address, one.region), one.span);
    }
    if (const Fact* country = facts_.Find(known_.country); country) {
      if (country->places.empty() && country->places.open) {
        home_reason_ = country->reason.empty() ? "the country is hidden" : country->reason;
        home_.open = true;
      } else {
        home_.AddAll(country->places);
        home_reason_.clear();
      }
      home_.every = false;
      // Of what the manifest does not say, the chain already tells who did.
      if (country->because.empty()) Say(fmt::format("the manifest says that it is in {}", catalogue_.Text(country->places)), country->span);
      return;
    }
    if (home_.empty() && !home_.open && home_reason_.empty()) {
      if (!provider_reason_.empty()) {
        home_reason_ = provider_reason_;
        home_cause_ = known_.provider;
      } else if (unknown_host_) {
        home_reason_ = fmt::format("nothing is known about the host `{}`", host_);
        home_cause_ = known_.country;
      } else if (closed_) {
        home_reason_ = fmt::format("`{}` is a private name; say where it runs", host_);
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
      if (name == "none" ? !fact : fact && SameName(name, Written(known_.deployment))) return true;
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
    Span span = facts_.Has(known_.region) ? SpanOf(known_.region) : facts_.Has(known_.country) ? SpanOf(known_.country) : SpanOf(known_.endpoint);
    std::optional<bool> bounded;
    const RoutingRow* chosen = nullptr;
    const Fact* deployment = facts_.Find(known_.deployment);
    const std::string_view activity = Written(known_.activity);
    if (provider_ && activity != "image-pull" && activity != "access") {
      const std::string_view service = Written(known_.service);
      std::vector<std::string_view> types;
      const auto fits = [&](const RoutingRow& row) {
        if (!row.regions.empty() &&
            std::none_of(row.regions.begin(), row.regions.end(), [&](const std::string& id) { return region_ && provider_->FindRegion(id) == region_; }))
          return false;
        if (!row.partitions.empty() && (!region_ || std::find(row.partitions.begin(), row.partitions.end(), region_->partition) == row.partitions.end()))
          return false;
        if (!row.activities.empty() && std::find(row.activities.begin(), row.activities.end(), Written(known_.activity)) == row.activities.end()) return false;
        if (row.region_in && !Meets(home_, *row.region_in)) return false;
        if (row.model && !row.model->Search(Lower(Written(known_.model)))) return false;
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
        processing_reason = fmt::format("`{}` is not a known deployment type of {}", Written(known_.deployment), provider_->id);
        if (const std::string help = DidYouMean(Written(known_.deployment), types); !help.empty()) processing_reason += "; " + help;
        processing = Unknown();
        cause = known_.deployment;
        span = deployment->span;
      }
      if (chosen) {
        const Fact* settles = chosen->settled_by == kNoFact ? nullptr : facts_.Find(chosen->settled_by);
        const Span origin = settles && settles->hidden && settles->span.known() ? settles->span
                           : deployment && !chosen->deployments.empty() && chosen->deployments[0] != "none" ? deployment->span
                           : facts_.Has(known_.endpoint) ? SpanOf(known_.endpoint)
                                                         : span;
        if (!chosen->because.empty()) Say(chosen->because, origin, *provider_, chosen->source, chosen->unverified);
        storage_reason.clear();
        processing_reason.clear();
        storage = Take(chosen->storage, &storage_reason, chosen->because);
        processing = Take(chosen->processing, &processing_reason, chosen->because);
        if (chosen->processing.kind == Target::Kind::kUnknown) cause = chosen->settled_by == kNoFact ? known_.deployment : chosen->settled_by;
        if (chosen->processing.kind != Target::Kind::kRegion || !span.known()) span = origin;
        bounded = chosen->bounded;
        if (service.empty() && !chosen->service.empty()) SetText(known_.service, chosen->service, origin);
      }
    }
    if (!span.known()) span = placement_.span;
    // Whatever the deployment type does with the region that is declared.
    if (!elsewhere_.empty() || elsewhere_.anywhere || elsewhere_.open) {
      storage.AddAll(elsewhere_);
      processing.AddAll(elsewhere_);
    }
    if (other_) {
      // Who is called is not who is named: where they are is not known from the name.
      home_.open = storage.open = processing.open = true;
      home_reason_ = storage_reason = processing_reason = other_reason_;
      home_cause_ = cause = known_.provider;
      bounded = false;
    }
    SetPlaces(known_.home, home_, home_reason_, SpanOf(known_.region), home_cause_);
    SetPlaces(known_.storage, storage, storage_reason, facts_.Has(known_.region) ? SpanOf(known_.region) : span, storage_reason == home_reason_ ? home_cause_ : cause);
    SetPlaces(known_.processing, processing, processing_reason, span, cause);
    PlaceSet places = storage;
    places.AddAll(processing);
    SetPlaces(known_.places, places, processing_reason.empty() ? storage_reason : processing_reason, span, cause);
    if (!facts_.Has(known_.bounded)) {
      Fact& fact = facts_.Set(known_.bounded);
      fact.span = span;
      fact.because = chain_;
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
    fact.because = chain_;
    fact.reason = reason;
    fact.hidden = places.open && places.empty();
    if (places.open) fact.cause = cause;
    if (!fact.hidden) fact.terms.push_back(Term{.text = catalogue_.Text(places), .span = span});
  }

  void SetOperator() {
    const Provider* runs = named_ && named_->cloud.empty() ? named_ : provider_;
    if (region_ && !region_->run_by.empty())
      if (const Provider* other = catalogue_.FindProvider(region_->run_by)) runs = other;
    const bool declared = facts_.Has(known_.operator_name) || facts_.Has(known_.operator_country) || facts_.Has(known_.operator_owners);
    const bool own = Written(known_.tenancy) == "on-premises" || (runs && runs->run_by.own);
    if (own && !declared) {
      SetText(known_.operator_name, "the controller", {});
      SetText(known_.operator_kind, "own", {});
      Copy(known_.controller_country, known_.operator_country);
      Copy(known_.controller_parent, known_.operator_parent);
      if (!facts_.Has(known_.operator_parent)) Copy(known_.controller_country, known_.operator_parent);
      SetText(known_.tenancy, "on-premises", SpanOf(known_.provider));
    } else if (runs && !declared) {
      const Operator& op = runs->run_by;
      const Span span = facts_.Has(known_.provider) ? SpanOf(known_.provider) : SpanOf(known_.endpoint);
      const Chain before = chain_;
      Say(fmt::format("{} is run by {}{}", runs->title, op.name.empty() ? runs->title : op.name,
                      op.parent_name.empty() ? "" : ", a company of " + op.parent_name),
          span, *runs, op.source, op.unverified);
      SetText(known_.operator_name, op.name.empty() ? runs->title : op.name, span);
      SetPlace(known_.operator_country, op.country, span);
      SetPlace(known_.operator_parent, op.parent, span);
      // Whoever is called answers to the law as well.
      if (other_) {
        AddOther(known_.operator_country, other_->run_by.country);
        AddOther(known_.operator_parent, other_->run_by.parent);
      }
      if (!facts_.Has(known_.operator_kind)) {
        SetText(known_.operator_kind, runs->category == "model-api" || runs->category == "router" ? "model-api" : "cloud", span);
      }
      if (runs->category != "self-hosted") SetText(known_.tenancy, "public-cloud", span);
      if (!facts_.Has(known_.operator_compelled_by) && (!op.compelled_by.empty() || op.country != kNoPlace)) {
        Fact& fact = facts_.Set(known_.operator_compelled_by);
        for (const std::string& law : op.compelled_by) fact.terms.push_back(Term{.text = law, .span = span});
        if (other_)
          for (const std::string& law : other_->run_by.compelled_by) fact.terms.push_back(Term{.text = law, .span = span});
        fact.span = span;
        fact.because = chain_;
      }
      chain_ = before;
    }
    if (!facts_.Has(known_.operator_compelled_by)) {
      // Whoever sits somewhere, or whose parent does, answers to that country's law.
      std::vector<std::string> laws;
      bool seen = false;
      for (const FactId id : {known_.operator_country, known_.operator_parent}) {
        const Fact* fact = facts_.Find(id);
        if (!fact || fact->hidden) continue;
        seen = true;
        fact->places.ForEach([&](PlaceId place) {
          for (const std::string& law : catalogue_.place(catalogue_.CountryOf(place)).compels)
            if (std::find(laws.begin(), laws.end(), law) == laws.end()) laws.push_back(law);
        });
      }
      if (seen) {
        Fact& fact = facts_.Set(known_.operator_compelled_by);
        for (std::string& law : laws) fact.terms.push_back(Term{.text = std::move(law), .span = {}});
      }
    }
  }

  void SetPlace(FactId id, PlaceId place, Span span) {
    if (place == kNoPlace || facts_.Has(id)) return;
    Fact& fact = facts_.Set(id);
    fact.places.Add(place);
    fact.terms.push_back(Term{.text = catalogue_.place(place).code, .span = span});
    fact.span = span;
    fact.because = chain_;
  }

  void AddOther(FactId id, PlaceId place) {
    if (place == kNoPlace) return;
    if (Fact* fact = facts_.Find(id)) fact->places.Add(place);
    else SetPlace(id, place, placement_.span);
  }

  void Copy(FactId from, FactId to) {
    if (facts_.Has(to)) return;
    const Fact* fact = vocabulary_.at(from).scope == Scope::kWorkload ? workload_.facts.Find(from) : facts_.Find(from);
    if (!fact) return;
    Fact copy = *fact;
    copy.id = to;
    facts_.Set(to) = std::move(copy);
  }

  void SetPublic() {
    if (facts_.Has(known_.is_public)) return;
    Fact fact;
    fact.id = known_.is_public;
    fact.because = chain_;
    for (const FactId id : {known_.endpoint, known_.bucket, known_.image, known_.provider, known_.region})
      if (!fact.span.known()) fact.span = SpanOf(id);
    const std::string_view isolated = Written(known_.network_isolation);
    const Fact* endpoint = facts_.Find(known_.endpoint);
    const Fact* image = facts_.Find(known_.image);
    const Fact* bucket = facts_.Find(known_.bucket);
    const bool own = Written(known_.tenancy) == "on-premises" || Written(known_.operator_kind) == "own";
    if ((endpoint && endpoint->hidden) || (image && image->hidden) || (bucket && bucket->hidden)) {
      fact.hidden = true;
      fact.reason = endpoint && endpoint->hidden ? "the endpoint is hidden: " + endpoint->reason
                    : image && image->hidden     ? "the image is hidden: " + image->reason
                                                 : "the bucket is hidden: " + bucket->reason;
    } else if (closed_ || own || isolated == "true") {
      fact.number = 0;
    } else if (unknown_host_) {
      // A public address is public; of a name nobody knows we cannot say whether it resolves inside the gap only.
      if (IsAddress(host_)) {
        fact.number = 1;
      } else {
        fact.hidden = true;
        fact.reason = fmt::format("nothing says whether `{}` is inside the gap", host_);
      }
    } else if (matched_ || facts_.Has(known_.service)) {
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
      fact.reason = fmt::format("the weights of `{}` are not published, so somebody else may run it", Written(known_.model));
    } else {
      fact.number = 0;   // Nothing is called and nobody else runs it.
    }
    if (!fact.hidden) fact.terms.push_back(Term{.text = fact.number != 0 ? "true" : "false", .span = fact.span});
    facts_.Set(fact.id) = std::move(fact);
  }

  void SetModelOrigin() {
    const std::string_view model = Written(known_.model);
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
    const Span span = SpanOf(known_.model);
    SetText(known_.model_maker, maker->id, span);
    SetPlace(known_.model_origin, maker->country, span);
    const std::string lower = Lower(model);
    const bool open = std::any_of(maker->open_weights.begin(), maker->open_weights.end(), [&](const Pattern& p) {
      return p.Search(lower) || p.Search(std::string_view(lower).substr(lower.rfind('/') == std::string::npos ? 0 : lower.rfind('/') + 1));
    });
    if (!facts_.Has(known_.model_open_weights)) {
      Fact& fact = facts_.Set(known_.model_open_weights);
      fact.number = open;
      fact.terms.push_back(Term{.text = open ? "true" : "false", .span = span});
      fact.span = span;
    }
  }

  Workload& workload_;
  Facts& facts_;
  Placement& placement_;
  const Catalogue& catalogue_;
  const Vocabulary& vocabulary_;
  const KnownFacts& known_;
  Chain chain_;
  const Provider* provider_ = nullptr;   // Whose regions and routing count.
  const Provider* named_ = nullptr;      // As named: a service of the cloud, or the cloud itself.
  const Region* region_ = nullptr;
  PlaceSet home_;
  FactId home_cause_ = kNoFact;
  std::string home_reason_, provider_reason_, host_;
  // A region that an address names, where another is declared.
  struct Addressed {
    std::string address, region;
    Span span;
  };
  std::vector<Addressed> addressed_;
  PlaceSet elsewhere_;                   // Of these regions.
  const Provider* other_ = nullptr;      // Who is called, when that is not who is named.
  std::string other_reason_;
  bool closed_ = false, unknown_host_ = false, matched_ = false;
};

}  // namespace

void ResolvePlacement(Workload& workload, Placement& placement, const Catalogue& catalogue, const Vocabulary& vocabulary) {
  PlacementResolver(workload, placement, catalogue, vocabulary).Run();
}

}  // namespace domicile
