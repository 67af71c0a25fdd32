#include "engine/places/addresses.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/text/escape.h"
#include "engine/text/host.h"

namespace domicile {
namespace {

// `{region}` of a template, filled from captures.
std::string Fill(std::string text, const std::vector<std::pair<std::string, std::string>>& groups) {
  for (const auto& [name, value] : groups) {
    const std::string key = "{" + name + "}";
    for (size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + value.size())) text.replace(at, key.size(), value);
  }
  return text.find('{') == std::string::npos ? text : "";
}

// The region that a host names: by its id, however the host abbreviates it. Behind a name of somebody's choice (`acme-cn-beijing`), and
// where the row names no service, only a region that the provider has counts.
std::string RegionNamed(const Provider& provider, std::string_view name, const Endpoint& endpoint) {
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

class AddressReader {
 public:
  explicit AddressReader(Derivation& derivation)
      : derivation_(derivation), facts_(derivation.facts), known_(derivation.known), catalogue_(derivation.catalogue) {}

  Addresses Run() {
    ReadEndpoint();
    ReadBucket();
    ReadImage();
    ReadModel();
    return std::move(found_);
  }

 private:
  // A host that is called or pulled from: what it says about provider, service, region and deployment.
  void ReadHost(std::string_view host, Span span, bool sets_place) {
    found_.host = std::string(host);
    if (const OwnHost* own = catalogue_.FindOwnHost(host)) {
      ReadOwnHost(*own, span);
      return;
    }
    if (IsPrivateHost(host)) {
      found_.closed = true;
      derivation_.Say(fmt::format("`{}` is a private name or address", host), span);
      return;
    }
    const auto match = catalogue_.MatchHost(host);
    if (!match) {
      found_.unknown_host = true;
      return;
    }
    const Endpoint& endpoint = *match->endpoint;
    found_.closed = endpoint.closed;
    found_.matched = true;
    const Provider& provider = *match->provider;
    derivation_.Say(fmt::format("`{}` belongs to {}{}", host, provider.title, endpoint.note.empty() ? "" : ": " + endpoint.note), span, provider, endpoint.source, endpoint.unverified);
    std::string region;
    for (const auto& [name, value] : match->captures)
      if (name == "region" && region.empty()) region = RegionNamed(provider, value, endpoint);
    if (region.empty()) region = endpoint.region;
    if (sets_place) Contradict(provider, fmt::format("`{}`", host), region, span);
    derivation_.SetText(known_.provider, provider.id, span);
    derivation_.SetText(known_.service, endpoint.service, span);
    if (!endpoint.activity.empty()) derivation_.SetText(known_.activity, endpoint.activity, span);
    if (!sets_place) return;
    derivation_.SetText(known_.region, region, span);
    derivation_.SetText(known_.deployment, Fill(endpoint.deployment, match->captures), span);
  }

  const Provider* RootOf(const Provider* provider) const {
    const Provider* cloud = provider && !provider->cloud.empty() ? catalogue_.FindProvider(provider->cloud) : nullptr;
    return cloud ? cloud : provider;
  }

  // An address says who answers and where, whatever else is written: what is said beside it must not hide that.
  void Contradict(const Provider& at, const std::string& address, const std::string& region, Span span) {
    const std::string_view written = derivation_.Written(known_.provider), said = derivation_.Written(known_.region);
    const Provider* named = RootOf(catalogue_.FindProvider(written));
    const Provider* root = RootOf(&at);
    if (named && named != root) {
      // A part of a cloud that somebody else runs is in both files.
      for (const std::string_view id : {said, std::string_view(region)})
        if (const Region* known = id.empty() ? nullptr : named->FindRegion(id); known && known->run_by == root->id) return;
      found_.other = root;
      found_.other_reason = fmt::format("{} belongs to {}, and the provider that is declared is `{}`", address, at.title, written);
    } else if (named && !region.empty() && !said.empty()) {
      found_.regions.push_back({address, region, span});
    }
  }

  void ReadOwnHost(const OwnHost& own, Span span) {
    derivation_.Say(fmt::format("`{}` is known from {}", found_.host, own.by), own.span);
    found_.closed = own.closed.value_or(false);
    found_.matched = !found_.closed && (own.closed || own.facts.Has(known_.provider));
    found_.unknown_host = !found_.closed && !found_.matched;
    for (const Fact& said : own.facts.all()) {
      if (facts_.Has(said.id)) continue;
      Fact& fact = facts_.Set(said.id);
      fact = said;
      fact.stated = false;   // By the manifest: it follows from the host.
      fact.span = span;
      fact.because = derivation_.chain;
      for (Term& term : fact.terms) term.span = span;
    }
    std::vector<std::pair<std::string, std::string>> captures;
    if (!own.host.Match(found_.host, &captures)) return;
    for (const auto& [name, value] : captures)
      if (name == "region") derivation_.SetText(known_.region, value, span);
  }

  void ReadEndpoint() {
    const std::string_view written = derivation_.Written(known_.endpoint);
    if (written.empty()) return;
    const Url url = ParseUrl(written);
    const std::optional<StandIn>& stand_in = derivation_.placement.stand_in;
    if (!stand_in || catalogue_.FindOwnHost(url.host)) {
      if (url.has_host()) ReadHost(url.host, derivation_.SpanOf(known_.endpoint), true);
    } else if (stand_in->host.empty()) {
      derivation_.Say(fmt::format("{} a host that is hidden: {}", stand_in->says, stand_in->reason), stand_in->span);
      found_.host = url.host;
      found_.unknown_host = true;
    } else {
      derivation_.Say(fmt::format("{} `{}`", stand_in->says, stand_in->host), stand_in->span);
      ReadHost(ParseUrl(stand_in->host).host, derivation_.SpanOf(known_.endpoint), true);
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
      derivation_.Say(fmt::format("`{}:` is storage of {}", scheme, provider->title), span);
      // Of those with a scheme of their own, nobody answers to another's, unless an address says so.
      if (const Provider* named = RootOf(catalogue_.FindProvider(derivation_.Written(known_.provider))); named && !named->schemes.empty() && !facts_.Has(known_.endpoint))
        if (std::none_of(named->schemes.begin(), named->schemes.end(), [&](const auto& own) { return own.first == url.scheme; }))
          Contradict(*provider, fmt::format("`{}:`", scheme), "", span);
      derivation_.SetText(known_.provider, provider->id, span);
      derivation_.SetText(known_.service, service, span);
      derivation_.SetText(known_.region, region, span);
    }
    // Some write the host behind the bucket: `oss://bucket.oss-cn-hangzhou.aliyuncs.com/x`.
    if (hidden) return;
    if (const auto match = catalogue_.MatchHost(url.host); match && match->provider->id == provider->id) ReadHost(url.host, span, true);
  }

  void ReadImage() {
    const std::string_view written = derivation_.Written(known_.image);
    if (written.empty() || facts_.Has(known_.endpoint) || facts_.Has(known_.bucket)) return;
    derivation_.SetText(known_.activity, "image-pull", derivation_.SpanOf(known_.image));
    if (derivation_.Written(known_.activity) != "image-pull") return;
    const size_t slash = written.find('/');
    std::string_view host = slash == std::string_view::npos ? "" : written.substr(0, slash);
    if (host.find_first_of(".:") == std::string_view::npos && host != "localhost") host = "docker.io";
    const Url url = ParseUrl(host);
    // Where an image comes from says nothing about where data go, except that the registry is asked.
    ReadHost(url.host, derivation_.SpanOf(known_.image), true);
  }

  // A service of a cloud is the cloud, with the service named.
  void SetProvider(const Provider& provider, Span span) {
    if (facts_.Has(known_.provider)) return;
    derivation_.SetText(known_.provider, provider.cloud.empty() ? provider.id : provider.cloud, span);
    if (!provider.cloud.empty()) derivation_.SetText(known_.service, provider.service.empty() ? provider.id : provider.service, span);
  }

  void ReadModel() {
    std::string_view model = derivation_.Written(known_.model);
    if (model.empty()) return;
    const Span span = derivation_.SpanOf(known_.model);
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
    } else if (slash != std::string_view::npos && derivation_.workload.prefixed_models) {
      const std::string_view prefix = model.substr(0, slash);
      if (const Provider* provider = catalogue_.FindProvider(prefix)) {
        rest = std::string(model.substr(slash + 1));
        // `openai/` in front of somebody else's address names the protocol and not who answers.
        const Fact* endpoint = facts_.Find(known_.endpoint);
        const bool elsewhere = found_.closed || found_.unknown_host || (endpoint && endpoint->hidden && provider->category != "hyperscaler" && provider->cloud.empty());
        if (!elsewhere) {
          derivation_.Say(fmt::format("the prefix `{}/` names {}", prefix, provider->title), span);
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
      const Provider* declared = catalogue_.FindProvider(derivation_.Written(known_.provider));
      if (named && declared && (named == declared || named->cloud == declared->id)) rest = std::string(model.substr(slash + 1));
    }
    const Provider* provider = catalogue_.FindProvider(derivation_.Written(known_.provider));
    if (!provider) return;
    if (!provider->cloud.empty()) {
      derivation_.SetText(known_.service, provider->service.empty() ? provider->id : provider->service, span);
      provider = catalogue_.FindProvider(provider->cloud);
      if (!provider) return;
    }
    for (const ModelPattern& pattern : provider->models) {
      std::vector<std::pair<std::string, std::string>> groups;
      const std::string_view service = derivation_.Written(known_.service);
      if (!service.empty() && !pattern.service.empty() && service != pattern.service) continue;
      if (!pattern.match.Capture(rest, &groups) && !pattern.match.Capture(Lower(rest), &groups)) continue;
      const std::string deployment = Fill(pattern.deployment, groups);
      if (!deployment.empty() && !groups.empty()) derivation_.Say(fmt::format("the model id says `{}`", deployment), span, *provider, pattern.source, pattern.unverified);
      derivation_.SetText(known_.service, pattern.service, span);
      derivation_.SetText(known_.deployment, deployment, span);
      std::string region = Fill(pattern.region, groups);
      for (const auto& [name, value] : groups)
        if (name == "region" && region.empty()) region = value;
      if (!region.empty()) Contradict(*provider, "the model id", region, span);
      derivation_.SetText(known_.region, region, span);
      return;
    }
  }

  Derivation& derivation_;
  Facts& facts_;
  const KnownFacts& known_;
  const Catalogue& catalogue_;
  Addresses found_;
};

}  // namespace

Addresses ReadAddresses(Derivation& derivation) { return AddressReader(derivation).Run(); }

}  // namespace domicile
