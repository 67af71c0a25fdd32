#include "engine/places/catalogue.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "engine/parse/fields.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

constexpr std::string_view kCategories[] = {"hyperscaler", "sovereign-cloud", "regional-cloud", "gpu-cloud", "model-api", "router",
                                            "data-platform", "observability", "registry", "hub", "edge", "self-hosted"};

}  // namespace

std::string RegionKey(std::string_view written) {
  std::string key;
  key.reserve(written.size());
  for (char c : Trim(written)) {
    if (c == ' ' || c == '_' || c == '(' || c == ')') continue;
    key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return key;
}

const Region* Provider::FindRegion(std::string_view written) const {
  const std::string key = RegionKey(written);
  if (const auto found = by_region.find(key); found != by_region.end()) return &regions[found->second];
  // `EU_CENTRAL_1` of a constant: there the hyphens became underscores.
  if (written.find('_') != std::string_view::npos) {
    std::string hyphens(written);
    std::replace(hyphens.begin(), hyphens.end(), '_', '-');
    if (const auto found = by_region.find(RegionKey(hyphens)); found != by_region.end()) return &regions[found->second];
  }
  if (!zones) return nullptr;
  std::vector<std::pair<std::string, std::string>> groups;
  if (!zones->Capture(key, &groups)) return nullptr;
  for (const auto& [name, text] : groups)
    if (name == "region")
      if (const auto found = by_region.find(text); found != by_region.end()) return &regions[found->second];
  return nullptr;
}

PlaceSet Provider::Everywhere(std::string_view partition) const {
  PlaceSet set;
  if (partition.empty() && !regions.empty()) partition = regions[0].partition;
  for (const Region& region : regions)
    if (region.partition == partition && (region.kind.empty() || region.kind == "region")) set.AddAll(region.places);
  return set;
}

PlaceId Catalogue::AddPlace(std::string code, std::string name, PlaceId country) {
  const PlaceId id = static_cast<PlaceId>(places_.size());
  by_code_[code] = id;
  places_.push_back({std::move(code), std::move(name), country, {}});
  return id;
}

void Catalogue::ReadCountries(Value root, bool builtin, Diagnostics& diagnostics) {
  Fields file(root, "a file of countries", diagnostics);
  const Value countries = file.Get("countries");
  file.Done();
  for (size_t i = 0; i < countries.size() && countries.is_sequence(); ++i) {
    const Value entry = countries.item(i);
    Fields fields(entry, "a country", diagnostics);
    const std::string code = fields.Need("code");
    const std::string name = fields.Need("name");
    const Value subdivisions = fields.Get("subdivisions");
    std::vector<std::string> compels = fields.Texts("compels");
    const std::vector<std::string> aliases = fields.Texts("aliases");
    fields.Get("sources");
    fields.Get("note");
    fields.Done();
    if (!builtin && by_code_.contains(code)) continue;   // A user's copy of our file adds what is new.
    if (code.size() != 2 || Upper(code) != code || by_code_.contains(code)) {
      diagnostics.Error(entry["code"].span(), fmt::format("`{}` is not a new ISO 3166-1 code", code));
      continue;
    }
    if (places_.size() + 1 + subdivisions.size() > kMaxPlaces) {
      diagnostics.Error(entry.span(), fmt::format("more than {} places", kMaxPlaces));
      return;
    }
    const PlaceId country = AddPlace(code, name, kNoPlace);
    places_[country].compels = std::move(compels);
    for (const std::string& alias : aliases) by_code_.emplace(alias, country);
    for (size_t k = 0; k < subdivisions.size() && subdivisions.is_map(); ++k) {
      const std::string sub(subdivisions.key(k).text());
      if (!sub.starts_with(code + "-") || by_code_.contains(sub)) {
        diagnostics.Error(subdivisions.key(k).span(), fmt::format("`{}` is not a new ISO 3166-2 code of {}", sub, code));
        continue;
      }
      AddPlace(sub, std::string(subdivisions.value(k).text()), country);
    }
  }
}

void Catalogue::ReadGroups(Value root, Diagnostics& diagnostics) {
  Fields file(root, "a file of groups", diagnostics);
  const Value groups = file.Get("groups");
  file.Done();
  for (size_t i = 0; i < groups.size() && groups.is_sequence(); ++i) {
    const Value entry = groups.item(i);
    Fields fields(entry, "a group", diagnostics);
    Group group;
    group.id = fields.Need("group");
    group.title = fields.Need("title");
    group.complete = fields.Flag("complete", true);
    group.span = entry["group"].span();
    const Value members = fields.Get("members");
    if (const Value sources = fields.Get("sources"); sources.is_sequence())
      for (size_t k = 0; k < sources.size(); ++k) {
        const Value source = sources.item(k);
        std::string title(source["title"].text());
        if (const Value url = source["url"]) title += (title.empty() ? "" : ", ") + std::string(url.text());
        group.sources.push_back({std::move(title), std::string(source["read"].text())});
      }
    for (std::string_view key : {"read", "note", "notes", "source"}) fields.Get(key);
    fields.Done();
    for (size_t k = 0; k < members.size() && members.is_sequence(); ++k) {
      const Value item = members.item(k);
      GroupMember member;
      member.span = item.span();
      if (item.is_scalar()) {
        member.name = std::string(item.text());
      } else {
        Fields inner(item, "a member", diagnostics);
        const bool is_group = static_cast<bool>(item["group"]);
        member.name = inner.Need(is_group ? "group" : "place");
        member.since = inner.Day("since");
        member.until = inner.Day("until");
        member.when = inner.Get("when");
        member.note = inner.Text("note");
        member.unverified = inner.Flag("unverified", false);
        for (std::string_view key : {"source", "read"}) inner.Get(key);
        inner.Done();
      }
      group.members.push_back(std::move(member));
    }
    const auto [known, added] = by_group_.emplace(group.id, static_cast<uint32_t>(groups_.size()));
    if (!added) {
      groups_[known->second] = std::move(group);   // The user's own file replaces ours.
    } else {
      groups_.push_back(std::move(group));
    }
  }
}

std::optional<PlaceSet> Catalogue::ReadPlaces(Value value, Diagnostics& diagnostics) const {
  PlaceSet set;
  if (value.is_scalar() && value.text() == "anywhere") return Anywhere();
  if (value.is_scalar() && value.text() == "unknown") {
    set.open = true;
    return set;
  }
  const auto add = [&](Value item) {
    const std::string_view text = item.text();
    if (const PlaceId place = FindPlace(text); place != kNoPlace) {
      set.Add(place);
      return true;
    }
    if (const Group* group = FindGroup(text)) {
      set.AddAll(Members(*group));
      if (!group->complete) set.open = true;
      return true;
    }
    diagnostics.Error(item.span(), fmt::format("`{}` is not a place", text)).help = DidYouMean(text, PlaceNames());
    return false;
  };
  if (value.is_scalar()) {
    if (!add(value)) return std::nullopt;
    return set;
  }
  for (size_t i = 0; i < value.size() && value.is_sequence(); ++i)
    if (!add(value.item(i))) return std::nullopt;
  return set;
}

std::optional<Target> Catalogue::ReadTarget(Value value, const Provider& provider, Diagnostics& diagnostics) const {
  Target target;
  if (!value || value.is_null()) return target;
  if (value.is_scalar()) {
    constexpr std::pair<std::string_view, Target::Kind> kinds[] = {
        {"region", Target::Kind::kRegion},     {"geography", Target::Kind::kGeography}, {"anywhere", Target::Kind::kAnywhere},
        {"provider", Target::Kind::kProvider}, {"unknown", Target::Kind::kUnknown},     {"none", Target::Kind::kNone}};
    std::vector<std::string_view> names;
    for (const auto& [name, kind] : kinds) {
      if (name == value.text()) {
        target.kind = kind;
        return target;
      }
      names.push_back(name);
    }
    diagnostics.Error(value.span(), fmt::format("`{}` is not a target of routing", value.text())).help = DidYouMean(value.text(), names);
    return std::nullopt;
  }
  target.kind = Target::Kind::kPlaces;
  Fields fields(value, "a target of routing", diagnostics);
  if (const Value places = fields.Get("places")) {
    const auto set = ReadPlaces(places, diagnostics);
    if (!set) return std::nullopt;
    target.places = *set;
  }
  for (const std::string& id : fields.Texts("regions")) {
    const Region* region = provider.FindRegion(id);
    if (!region) {
      diagnostics.Error(value["regions"].span(), fmt::format("`{}` is not a region of {}", id, provider.id));
      return std::nullopt;
    }
    target.places.AddAll(region->places);
  }
  if (fields.Flag("open", false)) target.places.open = true;
  fields.Done();
  return target;
}

void Catalogue::AddProvider(Value root, bool builtin, Diagnostics& diagnostics) {
  auto slot = std::make_unique<Slot>();
  slot->id = std::string(root["provider"].text());
  slot->root = root;
  slot->builtin = builtin;
  const uint32_t index = static_cast<uint32_t>(slots_.size());
  if (const auto [known, added] = by_provider_.emplace(NameKey(slot->id), index); !added) {
    const Slot& other = *slots_[known->second];
    if (other.id == slot->id && other.builtin == builtin)
      diagnostics.Error(root["provider"].span(), fmt::format("provider `{}` is described twice", slot->id));
    known->second = index;
  }
  if (const Value aliases = root["aliases"]; aliases.is_sequence())
    for (size_t i = 0; i < aliases.size(); ++i) by_provider_.emplace(NameKey(aliases.item(i).text()), index);
  slots_.push_back(std::move(slot));
}

std::unique_ptr<Provider> Catalogue::ReadProvider(const Slot& slot, Diagnostics& diagnostics) const {
  const Value root = slot.root;
  const bool builtin = slot.builtin;
  const Vocabulary& vocabulary = *vocabulary_;
  auto provider = std::make_unique<Provider>();
  Fields fields(root, "a provider", diagnostics);
  provider->id = fields.Need("provider");
  provider->title = fields.Need("title");
  provider->aliases = fields.Texts("aliases");
  provider->category = fields.Text("category");
  provider->builtin = builtin;
  provider->span = root["provider"].span();
  if (std::find(std::begin(kCategories), std::end(kCategories), provider->category) == std::end(kCategories))
    diagnostics.Error(root["category"].span(), fmt::format("`{}` is not a category of providers", provider->category)).help =
        DidYouMean(provider->category, kCategories);
  provider->cloud = fields.Text("cloud");
  provider->service = fields.Text("service");

  if (const Value sources = fields.Get("sources"); sources.is_map()) {
    for (size_t i = 0; i < sources.size(); ++i) {
      Fields source(sources.value(i), "a source", diagnostics);
      SourceNote note;
      note.title = source.Text("title");
      const std::string url = source.Text("url");
      if (note.title.empty()) note.title = url;
      note.read = source.Text("read");
      source.Get("note");
      source.Done();
      provider->sources[std::string(sources.key(i).text())] = std::move(note);
    }
  }
  const auto source_of = [&](Fields& of, Value entry) {
    std::string key = of.Text("source");
    if (!key.empty() && !provider->sources.contains(key))
      diagnostics.Error(entry["source"].span(), fmt::format("`{}` is not a key of `sources`", key));
    return key;
  };
  const auto place_of = [&](Value value) {
    if (!value || value.is_null()) return kNoPlace;
    const PlaceId place = FindPlace(value.text());
    if (place == kNoPlace)
      diagnostics.Error(value.span(), fmt::format("`{}` is not a place", value.text())).help = DidYouMean(value.text(), PlaceNames());
    return place;
  };

  if (const Value entry = fields.Get("operator"); entry.is_map()) {
    Fields run_by(entry, "an operator", diagnostics);
    Operator& op = provider->run_by;
    op.name = run_by.Text("name");
    op.parent_name = run_by.Text("parent_name");
    op.country = place_of(run_by.Get("country"));
    op.parent = place_of(run_by.Get("parent"));
    op.compelled_by = run_by.Texts("compelled_by");
    op.own = run_by.Flag("own", false);
    op.unverified = run_by.Flag("unverified", false);
    op.source = source_of(run_by, entry);
    run_by.Get("note");
    run_by.Done();
    for (const std::string& law : op.compelled_by)
      if (!vocabulary.Canonical(vocabulary.known().operator_compelled_by, law))
        diagnostics.Error(entry["compelled_by"].span(), fmt::format("`{}` is not a value of `operator.compelled_by`", law));
  }

  const Value regions = fields.Get("regions");
  provider->regions.reserve(regions.size());
  for (size_t i = 0; i < regions.size() && regions.is_sequence(); ++i) {
    const Value entry = regions.item(i);
    Fields inner(entry, "a region", diagnostics);
    Region region;
    region.id = inner.Need("id");
    region.title = inner.Text("title");
    region.kind = inner.Text("kind");
    region.partition = inner.Text("partition");
    region.run_by = inner.Text("operator");
    region.unverified = inner.Flag("unverified", false);
    region.note = inner.Text("note");
    region.source = source_of(inner, entry);
    const std::vector<std::string> aliases = inner.Texts("aliases");
    inner.Get("city");
    const Value place = inner.Get("place");
    const Value places = inner.Get("places");
    inner.Done();
    if (!place && !places) diagnostics.Error(entry["id"].span(), fmt::format("region `{}` has no `place`", region.id));
    if (const auto set = ReadPlaces(place ? place : places, diagnostics)) region.places = *set;
    const uint32_t index = static_cast<uint32_t>(provider->regions.size());
    if (!provider->by_region.emplace(RegionKey(region.id), index).second)
      diagnostics.Error(entry["id"].span(), fmt::format("region `{}` is listed twice", region.id));
    for (const std::string& alias : aliases) provider->by_region.emplace(RegionKey(alias), index);
    if (!region.title.empty()) provider->by_region.emplace(RegionKey(region.title), index);
    provider->regions.push_back(std::move(region));
  }
  if (std::string zones = fields.Text("zones"); !zones.empty()) {
    provider->zones.emplace(std::move(zones));
  }
  if (const Value schemes = fields.Get("schemes"); schemes.is_map())
    for (size_t i = 0; i < schemes.size(); ++i)
      provider->schemes.emplace_back(std::string(schemes.key(i).text()), std::string(schemes.value(i).text()));

  const Value endpoints = fields.Get("endpoints");
  for (size_t i = 0; i < endpoints.size() && endpoints.is_sequence(); ++i) {
    const Value entry = endpoints.item(i);
    Fields inner(entry, "an endpoint", diagnostics);
    const std::string host = inner.Need("host");
    Endpoint endpoint;
    endpoint.service = inner.Text("service");
    endpoint.activity = inner.Text("activity");
    endpoint.region = inner.Text("region");
    endpoint.deployment = inner.Text("deployment");
    endpoint.note = inner.Text("note");
    endpoint.closed = inner.Flag("private", false);
    endpoint.source = source_of(inner, entry);
    inner.Flag("unverified", false);
    inner.Done();
    auto pattern = HostPattern::Make(host);
    if (!pattern) {
      diagnostics.Error(entry["host"].span(), fmt::format("`{}` is not a host pattern", host));
      pattern = HostPattern();   // Matches nothing; the others keep their places.
    }
    if (!endpoint.activity.empty() && !vocabulary.Canonical(vocabulary.known().activity, endpoint.activity))
      diagnostics.Error(entry["activity"].span(), fmt::format("`{}` is not an activity", endpoint.activity));
    endpoint.host = std::move(*pattern);
    provider->endpoints.push_back(std::move(endpoint));
  }

  const auto pattern_of = [&](std::string_view text, Value where) {
    Pattern pattern{std::string(text)};
    if (!builtin)
      if (std::string problem = pattern.Problem(); !problem.empty())
        diagnostics.Error(where.span(), fmt::format("`{}` is not a regular expression: {}", text, problem));
    return pattern;
  };
  const Value models = fields.Get("models");
  for (size_t i = 0; i < models.size() && models.is_sequence(); ++i) {
    const Value entry = models.item(i);
    Fields inner(entry, "a model pattern", diagnostics);
    const std::string match = inner.Need("match");
    ModelPattern model{pattern_of(match, entry["match"]), inner.Text("service"), inner.Text("deployment"), inner.Text("region"), ""};
    model.source = source_of(inner, entry);
    inner.Get("note");
    inner.Flag("unverified", false);
    inner.Done();
    provider->models.push_back(std::move(model));
  }
  const Value defaults = fields.Get("defaults");
  for (size_t i = 0; i < defaults.size() && defaults.is_sequence(); ++i) {
    const Value entry = defaults.item(i);
    Fields inner(entry, "a default", diagnostics);
    DefaultRow row;
    row.service = inner.Text("service");
    row.region = inner.Text("region");
    row.endpoint = inner.Text("endpoint");
    row.because = inner.Text("because");
    row.formats = inner.Texts("format");
    row.source = source_of(inner, entry);
    inner.Get("model");
    inner.Get("deployment");
    inner.Flag("unverified", false);
    inner.Done();
    provider->defaults.push_back(std::move(row));
  }
  const Value routing = fields.Get("routing");
  for (size_t i = 0; i < routing.size() && routing.is_sequence(); ++i) {
    const Value entry = routing.item(i);
    Fields inner(entry, "a routing row", diagnostics);
    RoutingRow row;
    row.service = inner.Text("service");
    row.deployments = inner.Texts("deployment");
    row.regions = inner.Texts("region");
    row.partitions = inner.Texts("partition");
    if (const Value in = inner.Get("region_in")) row.region_in = ReadPlaces(in, diagnostics);
    if (std::string model = inner.Text("model"); !model.empty()) row.model = pattern_of(model, entry["model"]);
    if (const auto target = ReadTarget(inner.Get("processing"), *provider, diagnostics)) row.processing = *target;
    if (const auto target = ReadTarget(inner.Get("storage"), *provider, diagnostics)) row.storage = *target;
    if (inner.Get("bounded")) row.bounded = inner.Flag("bounded", true);
    row.because = inner.Text("because");
    row.unverified = inner.Flag("unverified", false);
    row.source = source_of(inner, entry);
    inner.Text("note");
    inner.Done();
    for (const std::string& id : row.regions)
      if (!provider->FindRegion(id))
        diagnostics.Error(entry["region"].span(), fmt::format("`{}` is not a region of {}", id, provider->id));
    provider->routing.push_back(std::move(row));
  }
  provider->examples = fields.Get("examples");
  fields.Get("notes");
  fields.Get("note");
  fields.Done();

  return provider;
}

void Catalogue::ReadMakers(Value root, Diagnostics& diagnostics) {
  Fields file(root, "a file of makers", diagnostics);
  const Value makers = file.Get("makers");
  maker_examples_ = file.Get("examples");
  file.Get("sources");
  file.Done();
  for (size_t i = 0; i < makers.size() && makers.is_sequence(); ++i) {
    const Value entry = makers.item(i);
    Fields fields(entry, "a maker", diagnostics);
    Maker maker;
    maker.id = fields.Need("maker");
    maker.title = fields.Text("title");
    const std::string country = fields.Text("country");
    maker.country = FindPlace(country);
    if (maker.country == kNoPlace && !country.empty())
      diagnostics.Error(entry["country"].span(), fmt::format("`{}` is not a place", country));
    for (std::string& match : fields.Texts("match")) maker.match.emplace_back(std::move(match));
    for (std::string& match : fields.Texts("open_weights")) maker.open_weights.emplace_back(std::move(match));
    maker.source = fields.Text("source");
    for (std::string_view key : {"read", "note", "unverified", "aliases", "sources"}) fields.Get(key);
    fields.Done();
    makers_.push_back(std::move(maker));
  }
}

void Catalogue::Finish(const Vocabulary& vocabulary, bool everything, Diagnostics& diagnostics) {
  vocabulary_ = &vocabulary;
  // A provider id wins over another provider's alias.
  for (uint32_t i = 0; i < slots_.size(); ++i) by_provider_[NameKey(slots_[i]->id)] = i;
  for (const Group& group : groups_)
    for (const GroupMember& member : group.members)
      if (FindPlace(member.name) == kNoPlace && !FindGroup(member.name))
        diagnostics.Error(member.span, fmt::format("`{}` is not a place", member.name)).help = DidYouMean(member.name, PlaceNames());
  for (const auto& slot : slots_) {
    if (!everything && slot->builtin) continue;
    std::call_once(slot->once, [&] { slot->provider = ReadProvider(*slot, diagnostics); });
    const Provider& provider = *slot->provider;
    if (!provider.cloud.empty() && !by_provider_.contains(NameKey(provider.cloud)))
      diagnostics.Error(provider.span, fmt::format("`{}` is not a provider", provider.cloud));
    for (const Region& region : provider.regions)
      if (!region.run_by.empty() && !by_provider_.contains(NameKey(region.run_by)))
        diagnostics.Error(provider.span, fmt::format("`{}`, who runs region `{}`, is not a provider", region.run_by, region.id));
  }
}

const Provider& Catalogue::provider(size_t index) const {
  const Slot& slot = *slots_[index];
  std::call_once(slot.once, [&] {
    Diagnostics known_good;   // The tests read everything that is built in.
    slot.provider = ReadProvider(slot, known_good);
  });
  return *slot.provider;
}

std::vector<std::string_view> Catalogue::ProviderNames() const {
  std::vector<std::string_view> names;
  for (const auto& slot : slots_) names.push_back(slot->id);
  return names;
}

PlaceId Catalogue::FindPlace(std::string_view code) const {
  if (code.size() > 8) return kNoPlace;
  if (const auto found = by_code_.find(std::string(code)); found != by_code_.end()) return found->second;
  if (const auto found = by_code_.find(Upper(code)); found != by_code_.end()) return found->second;
  return kNoPlace;
}

PlaceSet Catalogue::Whole(PlaceId id) const {
  PlaceSet set;
  set.Add(id);
  // Subdivisions follow their country.
  for (size_t next = id + size_t{1}; next < places_.size() && places_[next].country == id; ++next) set.Add(static_cast<PlaceId>(next));
  return set;
}

PlaceSet Catalogue::Anywhere() const {
  PlaceSet set;
  set.anywhere = true;
  for (PlaceId id = 0; id < places_.size(); ++id)
    if (places_[id].country == kNoPlace) set.Add(id);
  return set;
}

const Group* Catalogue::FindGroup(std::string_view id) const {
  const auto found = by_group_.find(Lower(id));
  return found == by_group_.end() ? nullptr : &groups_[found->second];
}

PlaceSet Catalogue::Members(const Group& group) const {
  PlaceSet set;
  const std::function<void(const Group&, int)> add = [&](const Group& of, int depth) {
    for (const GroupMember& member : of.members) {
      if (const PlaceId place = FindPlace(member.name); place != kNoPlace) {
        set.Add(place);
      } else if (const Group* inner = FindGroup(member.name); inner && depth < 8) {
        add(*inner, depth + 1);
      }
    }
  };
  add(group, 0);
  return set;
}

std::vector<std::string_view> Catalogue::PlaceNames() const {
  std::vector<std::string_view> names;
  for (const Place& place : places_) names.push_back(place.code);
  for (const Group& group : groups_) names.push_back(group.id);
  return names;
}

const Provider* Catalogue::FindProvider(std::string_view written) const {
  const auto found = by_provider_.find(NameKey(written));
  return found == by_provider_.end() ? nullptr : &provider(found->second);
}

const Provider* Catalogue::FindScheme(std::string_view scheme) const {
  for (size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i]->root["schemes"][scheme]) return &provider(i);
  return nullptr;
}

const Maker* Catalogue::FindMaker(std::string_view model) const {
  const std::string whole = Lower(Trim(model));
  std::string_view last = whole;
  if (const size_t slash = last.rfind('/'); slash != std::string_view::npos) last.remove_prefix(slash + 1);
  for (const Maker& maker : makers_)
    for (const Pattern& pattern : maker.match)
      if (pattern.Search(last) || pattern.Search(whole)) return &maker;
  return nullptr;
}

void Catalogue::IndexEndpoints() const {
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    const auto known = by_provider_.find(NameKey(slots_[i]->id));
    if (known == by_provider_.end() || known->second != i) continue;   // Replaced by the user's own.
    const Value endpoints = slots_[i]->root["endpoints"];
    for (uint32_t k = 0; k < endpoints.size() && endpoints.is_sequence(); ++k) {
      auto& bucket = by_suffix_[HostPattern::SuffixOf(endpoints.item(k)["host"].text())];
      if (!bucket) bucket = std::make_unique<Bucket>();
      bucket->entries.emplace_back(i, k);
    }
  }
}

std::optional<Catalogue::EndpointMatch> Catalogue::MatchHost(std::string_view host) const {
  std::call_once(endpoints_once_, [&] { IndexEndpoints(); });
  std::optional<EndpointMatch> best;
  size_t best_weight = 0;
  const auto look = [&](std::string_view suffix) {
    const auto found = by_suffix_.find(std::string(suffix));
    if (found == by_suffix_.end()) return;
    const Bucket& bucket = *found->second;
    std::call_once(bucket.once, [&] {
      for (const auto& [slot, endpoint] : bucket.entries)
        bucket.patterns.push_back(HostPattern::Make(slots_[slot]->root["endpoints"].item(endpoint)["host"].text()).value_or(HostPattern()));
    });
    for (size_t i = 0; i < bucket.entries.size(); ++i) {
      const auto [slot, endpoint] = bucket.entries[i];
      // Among patterns that fit, the one with more literal labels says more; then the one with a service.
      const bool named = static_cast<bool>(slots_[slot]->root["endpoints"].item(endpoint)["service"]);
      const size_t weight = bucket.patterns[i].literal_labels() * 2 + named + 1;
      if (weight <= best_weight) continue;
      std::vector<std::pair<std::string, std::string>> captures;
      if (!bucket.patterns[i].Match(host, &captures)) continue;
      const Provider& of = provider(slot);
      if (endpoint >= of.endpoints.size()) continue;
      best_weight = weight;
      best = EndpointMatch{&of, &of.endpoints[endpoint], std::move(captures)};
    }
  };
  const size_t last = host.rfind('.');
  if (last != std::string_view::npos) {
    const size_t second = last == 0 ? std::string_view::npos : host.rfind('.', last - 1);
    look(second == std::string_view::npos ? host : host.substr(second + 1));
    look(host.substr(last + 1));
  } else {
    look(host);
  }
  look("");
  return best;
}

const OwnHost* Catalogue::FindOwnHost(std::string_view host) const {
  const OwnHost* best = nullptr;
  for (const OwnHost& own : own_hosts_)
    if ((!best || own.host.literal_labels() > best->host.literal_labels()) && own.host.Match(host, nullptr)) best = &own;
  return best;
}

std::string Catalogue::Text(const PlaceSet& places) const {
  if (places.anywhere) return "any country";
  // Few places are named as they are; of many, the countries say enough.
  PlaceSet shown = places;
  if (places.count() > 3) {
    shown = PlaceSet{};
    places.ForEach([&](PlaceId id) { shown.Add(CountryOf(id)); });
  }
  const size_t count = shown.count(), most = count > 12 ? 8 : 12;
  std::string text;
  size_t named = 0;
  shown.ForEach([&](PlaceId id) {
    if (named++ >= most) return;
    if (!text.empty()) text += ", ";
    text += places_[id].code;
  });
  if (count > most) text += fmt::format(", ... ({} countries)", count);
  if (places.open) text += text.empty() ? "unknown" : " or an unknown place";
  return text.empty() ? "nowhere" : text;
}

}  // namespace domicile
