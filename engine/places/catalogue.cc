#include "engine/places/catalogue.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "engine/parse/fields.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {

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
  if (written.size() > 200) return nullptr;   // No region's name is; what stands in front of one is taken off again and again.
  const std::string key = RegionKey(written);
  if (const auto found = by_region.find(key); found != by_region.end()) return &regions[found->second];
  // `EU_CENTRAL_1` of a constant: there the hyphens became underscores.
  if (written.find('_') != std::string_view::npos) {
    std::string hyphens(written);
    std::replace(hyphens.begin(), hyphens.end(), '_', '-');
    if (const auto found = by_region.find(RegionKey(hyphens)); found != by_region.end()) return &regions[found->second];
  }
  // `aws:eu-central-1`, `azure/westeurope`: its own name stands in front.
  if (const size_t end = written.find_first_of(":/"); end != std::string_view::npos) {
    const std::string front = NameKey(written.substr(0, end));
    if (front == NameKey(id) || std::any_of(aliases.begin(), aliases.end(), [&](const std::string& alias) { return front == NameKey(alias); }))
      return FindRegion(written.substr(end + 1));
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
    diagnostics.Error(item.span(), fmt::format("`{}` is not a place", text)).help = SuggestPlace(text);
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

void Catalogue::AddProvider(Value root, bool builtin, Diagnostics& diagnostics) {
  auto slot = std::make_unique<Slot>();
  slot->id = std::string(root["provider"].text());
  slot->root = root;
  slot->builtin = builtin;
  const uint32_t index = static_cast<uint32_t>(slots_.size());
  if (const auto [known, added] = by_provider_.emplace(NameKey(slot->id), index); !added) {
    const Slot& other = *slots_[known->second];
    if (other.id == slot->id && other.builtin == builtin)
      diagnostics.Error(root["provider"].span(), fmt::format("provider `{}` is described twice", slot->id)).labels = {{other.root["provider"].span(), "first here"}};
    known->second = index;
  }
  if (const Value aliases = root["aliases"]; aliases.is_sequence())
    for (size_t i = 0; i < aliases.size(); ++i) by_provider_.emplace(NameKey(aliases.item(i).text()), index);
  slots_.push_back(std::move(slot));
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
        diagnostics.Error(member.span, fmt::format("`{}` is not a place", member.name)).help = SuggestPlace(member.name);
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

std::string Catalogue::SuggestPlace(std::string_view written) const {
  if (const PlaceId place = FindPlaceOrName(written); place != kNoPlace) return fmt::format("write `{}`", places_[place].code);
  return DidYouMean(written, PlaceNames());
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
  std::call_once(schemes_once_, [&] {
    for (size_t i = 0; i < slots_.size(); ++i) {
      const Value schemes = slots_[i]->root["schemes"];
      for (size_t k = 0; k < schemes.size() && schemes.is_map(); ++k) by_scheme_.try_emplace(schemes.key(k).text(), i);
    }
  });
  const auto found = by_scheme_.find(scheme);
  return found == by_scheme_.end() ? nullptr : &provider(found->second);
}

const Maker* Catalogue::FindMaker(std::string_view model) const {
  std::string whole = Lower(Trim(model));
  const std::lock_guard lock(makers_mutex_);
  if (const auto known = makers_of_.find(whole); known != makers_of_.end()) return known->second;
  const Maker* maker = SearchMaker(whole);
  if (makers_of_.size() < kMostModels) makers_of_.emplace(std::move(whole), maker);
  return maker;
}

bool Catalogue::HasOpenWeights(const Maker& maker, std::string_view model) {
  const std::string whole = Lower(model);
  const size_t slash = whole.rfind('/');
  const std::string_view last = std::string_view(whole).substr(slash == std::string::npos ? 0 : slash + 1);
  return std::any_of(maker.open_weights.begin(), maker.open_weights.end(), [&](const Pattern& pattern) { return pattern.Search(whole) || pattern.Search(last); });
}

const Maker* Catalogue::SearchMaker(const std::string& whole) const {
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

std::string Catalogue::ActivityOf(std::string_view host) const {
  const std::optional<EndpointMatch> match = MatchHost(host);
  return match ? match->endpoint->activity : "";
}

std::optional<Catalogue::EndpointMatch> Catalogue::MatchHost(std::string_view host) const {
  // What a client makes of such a host need not end as it does.
  if (std::any_of(host.begin(), host.end(), [](char c) { return c == '%' || c == '/' || static_cast<unsigned char>(c) >= 0x80; })) return std::nullopt;
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
