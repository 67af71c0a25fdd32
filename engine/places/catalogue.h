// Where things are and whose they are: countries, groups, providers with their regions, endpoints and routing, and model makers.
// Read from rules/places/; nothing about a provider or a country is written in C++.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/formats/workload.h"
#include "engine/text/host.h"
#include "engine/text/pattern.h"

namespace domicile {

struct Place {
  std::string code, name;
  PlaceId country = kNoPlace;                 // Of a subdivision; kNoPlace for a country.
  std::vector<std::string> compels;           // Laws by which this country can make an operator disclose.
};

// As read; dates and conditions are put together by the policy stage.
struct GroupMember {
  std::string name;                           // A place or another group.
  std::optional<Date> since, until;
  Value when;
  std::string note;
  bool unverified = false;
  Span span;
};
struct SourceNote {
  std::string title, read;
};

struct Group {
  std::string id, title;
  bool complete = true;
  std::vector<GroupMember> members;
  std::vector<SourceNote> sources;
  Span span;
};

struct Region {
  std::string id, title, kind, partition;
  PlaceSet places;                            // Open when the members were not read; anywhere for a global location.
  std::string run_by;                         // Provider id of another operator; empty for the provider itself.
  bool unverified = false;
  std::string note;
  std::string source;
};

struct Endpoint {
  HostPattern host;
  std::string service, activity, region, deployment, note, source;
  bool closed = false;                        // `private: true`: not reached over the public internet.
  bool unverified = false;
};

struct ModelPattern {
  Pattern match;
  std::string service, deployment, region;    // May hold `{group}` of the match.
  std::string source;
  bool unverified = false;
};

struct Target {
  enum class Kind : uint8_t { kRegion, kGeography, kAnywhere, kProvider, kUnknown, kNone, kPlaces };
  Kind kind = Kind::kRegion;
  PlaceSet places;                            // kPlaces.
};

struct RoutingRow {
  std::string service;                        // Empty fits every service.
  std::vector<std::string> deployments;       // `none`, `any` or names; empty is any.
  std::vector<std::string> activities;        // Empty fits every activity.
  std::vector<std::string> regions, partitions;
  std::optional<PlaceSet> region_in;
  std::optional<Pattern> model;
  Target processing, storage;
  std::optional<bool> bounded;
  FactId settled_by = kNoFact;                // What would settle an unknown processing; the deployment type otherwise.
  std::string because, source;
  bool unverified = false;
};

struct DefaultRow {
  std::string service, region, endpoint, because, source;
  bool unverified = false;
  std::vector<std::string> formats;           // Only for these manifest formats; empty for all.
};

struct Operator {
  std::string name, parent_name, source;
  PlaceId country = kNoPlace, parent = kNoPlace;
  std::vector<std::string> compelled_by;
  bool own = false;                           // The controller itself (on-premises).
  bool unverified = false;
};

struct Provider {
  std::string id, title, category;
  std::string cloud, service;                 // A service of a cloud: regions, routing and operator are the cloud's.
  std::vector<std::string> aliases;
  Operator run_by;
  std::unordered_map<std::string, SourceNote> sources;
  std::vector<Region> regions;
  std::unordered_map<std::string, uint32_t> by_region;   // RegionKey of ids and aliases.
  std::optional<Pattern> zones;
  std::vector<std::pair<std::string, std::string>> schemes;   // `s3` to service.
  std::vector<Endpoint> endpoints;
  std::vector<ModelPattern> models;
  std::vector<DefaultRow> defaults;
  std::vector<RoutingRow> routing;
  Value examples;
  bool builtin = true;
  Span span;

  // By id, alias or zone; nullptr when there is none.
  const Region* FindRegion(std::string_view written) const;
  // Every place with a plain region of this partition (of the first region's, when empty).
  PlaceSet Everywhere(std::string_view partition) const;
};

// A host that the project file describes: an internal name, or one that no provider's file knows.
struct OwnHost {
  HostPattern host;
  std::optional<bool> closed;                 // Not reached over the public internet; empty when that is not said.
  Facts facts;                                // Provider, region and country, as far as they are said, with their places.
  std::string by;                             // "line 9 of .domicile.yaml"
  Span span;
};

struct Maker {
  std::string id, title, source;
  PlaceId country = kNoPlace;
  std::vector<Pattern> match, open_weights;
};

class Catalogue {
 public:
  void ReadCountries(Value root, bool builtin, Diagnostics& diagnostics);
  void ReadGroups(Value root, Diagnostics& diagnostics);
  // Notes where a provider is described. The description is read when it is first asked for: a check of one file needs few of them.
  void AddProvider(Value root, bool builtin, Diagnostics& diagnostics);
  void ReadMakers(Value root, Diagnostics& diagnostics);
  // After all reads. With `everything`, or for files of the user's, descriptions of providers are read and checked at once.
  void Finish(const Vocabulary& vocabulary, bool everything, Diagnostics& diagnostics);

  PlaceId FindPlace(std::string_view code) const;        // `DE`, `us-tx`; kNoPlace when there is none.
  // The same, or the English name of a place.
  PlaceId FindPlaceOrName(std::string_view text) const;
  const Place& place(PlaceId id) const { return places_[id]; }
  size_t place_count() const { return places_.size(); }
  PlaceId CountryOf(PlaceId id) const { return places_[id].country == kNoPlace ? id : places_[id].country; }
  // The place with all its subdivisions.
  PlaceSet Whole(PlaceId id) const;
  PlaceSet Anywhere() const;
  const Group* FindGroup(std::string_view id) const;
  const std::vector<Group>& groups() const { return groups_; }
  std::string SuggestPlace(std::string_view written) const;   // For what is no place: the code of a country's name, or what is spelled alike.
  std::vector<std::string_view> PlaceNames() const;      // Codes and group ids, for suggestions.
  // Every member that a group could ever have, whatever date or condition.
  PlaceSet Members(const Group& group) const;

  const Provider* FindProvider(std::string_view written) const;
  // Whose storage a URI scheme names (`s3`); null when nobody's.
  const Provider* FindScheme(std::string_view scheme) const;
  size_t provider_count() const { return slots_.size(); }
  const std::string& provider_id(size_t index) const { return slots_[index]->id; }
  const Provider& provider(size_t index) const;
  std::vector<std::string_view> ProviderNames() const;
  const std::vector<Maker>& makers() const { return makers_; }
  const Maker* FindMaker(std::string_view model) const;
  // Whether the maker publishes the weights of a model, so that anybody may run it.
  static bool HasOpenWeights(const Maker& maker, std::string_view model);
  Value maker_examples() const { return maker_examples_; }

  struct EndpointMatch {
    const Provider* provider = nullptr;
    const Endpoint* endpoint = nullptr;
    std::vector<std::pair<std::string, std::string>> captures;
  };
  std::optional<EndpointMatch> MatchHost(std::string_view host) const;
  // What is done there, as far as that is known; else empty.
  std::string ActivityOf(std::string_view host) const;

  // The project's own hosts. They go before what is built in, private names included.
  void SetOwnHosts(std::vector<OwnHost> hosts) { own_hosts_ = std::move(hosts); }
  // The one with the most literal labels, the first of equals; null when there is none. Lower-case hosts, as ParseUrl gives them.
  const OwnHost* FindOwnHost(std::string_view host) const;

  // Places as people read them: "DE", "US, IN, BR, ... (31 countries)", "anywhere", "unknown".
  std::string Text(const PlaceSet& places) const;

 private:
  std::optional<PlaceSet> ReadPlaces(Value value, Diagnostics& diagnostics) const;
  std::optional<Target> ReadTarget(Value value, const Provider& provider, Diagnostics& diagnostics) const;
  PlaceId AddPlace(std::string code, std::string name, PlaceId country);

  std::vector<Place> places_;
  std::unordered_map<std::string, PlaceId> by_code_;
  std::vector<Group> groups_;
  std::unordered_map<std::string, uint32_t> by_group_;
  struct Slot {
    std::string id;
    Value root;
    bool builtin = true;
    mutable std::once_flag once;
    mutable std::unique_ptr<Provider> provider;
  };
  // Endpoints that share their last labels; made into patterns when a host with these labels is first seen.
  struct Bucket {
    std::vector<std::pair<uint32_t, uint32_t>> entries;   // Slot, and index in its `endpoints`.
    mutable std::once_flag once;
    mutable std::vector<HostPattern> patterns;
  };
  std::unique_ptr<Provider> ReadProvider(const Slot& slot, Diagnostics& diagnostics) const;
  void IndexEndpoints() const;

  const Vocabulary* vocabulary_ = nullptr;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::unordered_map<std::string, uint32_t> by_provider_;
  mutable std::once_flag endpoints_once_;
  mutable std::unordered_map<std::string, std::unique_ptr<Bucket>> by_suffix_;  // Last two labels to endpoints.
  mutable std::once_flag schemes_once_;
  mutable std::unordered_map<std::string_view, size_t> by_scheme_;   // To slots.
  std::vector<OwnHost> own_hosts_;
  std::vector<Maker> makers_;
  // There are many patterns, and few models in one run.
  static constexpr size_t kMostModels = 10'000;
  const Maker* SearchMaker(const std::string& whole) const;
  mutable std::mutex makers_mutex_;
  mutable std::unordered_map<std::string, const Maker*> makers_of_;
  Value maker_examples_;
};

// How region names are compared: lower case without spaces, `_`, parentheses; `West Europe`, `westeurope`, `WEST_EUROPE` are one.
std::string RegionKey(std::string_view written);

// Gives places to every fact of a place type. What names no place is an error at its term: only people write such facts.
void ResolvePlaces(Facts& facts, const Catalogue& catalogue, const Vocabulary& vocabulary, Diagnostics& diagnostics);

// Adds what follows from the facts: operator, home, storage, processing, places, public, bounded, model maker and origin, each with
// its `because`. Splits access_from into placements of their own. Never removes a fact that was written.
void Resolve(Workload& workload, const Catalogue& catalogue, const Vocabulary& vocabulary, Diagnostics& diagnostics);

}  // namespace domicile
