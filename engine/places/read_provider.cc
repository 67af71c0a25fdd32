// Reads the description of one provider, strictly.
#include <algorithm>

#include <fmt/format.h>

#include "engine/parse/fields.h"
#include "engine/places/catalogue.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

constexpr std::string_view kCategories[] = {"hyperscaler", "sovereign-cloud", "regional-cloud", "gpu-cloud", "model-api", "router",
                                            "data-platform", "observability", "registry", "hub", "edge", "self-hosted"};

}  // namespace

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
      diagnostics.Error(value.span(), fmt::format("`{}` is not a place", value.text())).help = SuggestPlace(value.text());
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
    endpoint.unverified = inner.Flag("unverified", false);
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
    model.unverified = inner.Flag("unverified", false);
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
    row.unverified = inner.Flag("unverified", false);
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
    row.activities = inner.Texts("activity");
    for (const std::string& activity : row.activities)
      if (!vocabulary.Canonical(vocabulary.known().activity, activity)) diagnostics.Error(entry["activity"].span(), fmt::format("`{}` is not an activity", activity));
    row.regions = inner.Texts("region");
    row.partitions = inner.Texts("partition");
    if (const Value in = inner.Get("region_in")) row.region_in = ReadPlaces(in, diagnostics);
    if (std::string model = inner.Text("model"); !model.empty()) row.model = pattern_of(model, entry["model"]);
    if (const auto target = ReadTarget(inner.Get("processing"), *provider, diagnostics)) row.processing = *target;
    if (const auto target = ReadTarget(inner.Get("storage"), *provider, diagnostics)) row.storage = *target;
    if (inner.Get("bounded")) row.bounded = inner.Flag("bounded", true);
    if (const std::string by = inner.Text("settled_by"); !by.empty()) {
      row.settled_by = vocabulary_->Find("placement." + by);
      if (row.settled_by == kNoFact) diagnostics.Error(entry["settled_by"].span(), fmt::format("`{}` is no fact of a placement", by));
    }
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

}  // namespace domicile
