// Makes the placements that the rules of a format find.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/formats/workload_reader.h"
#include "engine/parse/embedded.h"
#include "engine/parse/tag.h"

namespace domicile {

void WorkloadReader::Place(const std::vector<PlacementRule>& rules, Selected from, Span origin, int depth) {
  if (depth > 16) return;
  std::vector<size_t> homes;   // Of this list: each may be where the rules behind it run.
  for (const PlacementRule& rule : rules) {
    Place(rule, from, origin, depth, homes);
    if (!homes.empty()) homes_ = homes;
  }
}

void WorkloadReader::Place(const PlacementRule& rule, Selected from, Span origin, int depth, std::vector<size_t>& homes) {
  if (rule.at.empty() && rule.embedded.empty()) PlaceBelow(rule, from, origin, depth, homes);
  const std::vector<Value> layers = LayersOf(from.value);
  // `x` and `x[*]` may both be what fills in a list.
  std::set<std::pair<const Document*, uint32_t>> scalars;
  for (const Selector& path : rule.at)
    for (const Selected& found : SelectFirst(path, layers)) {
      if (found.value.is_scalar() && rule.at.size() > 1 && !scalars.emplace(found.value.document(), found.value.index()).second) continue;
      PlaceBelow(rule, found, origin, depth, homes);
    }
  for (const Selector& path : rule.embedded)
    for (const Selected& found : Select(path, from.value)) {
      // It may be written out instead of as a text.
      if (found.value.is_map()) PlaceBelow(rule, found, origin, depth, homes);
      if (!found.value.is_scalar()) continue;
      const ParsedFile file = ParseEmbedded(context_.sources, found.value, kEmbeddedLimits);
      for (const Document& document : file.documents) PlaceBelow(rule, {found.key, Root(document)}, origin, depth, homes);
    }
}

void WorkloadReader::PlaceBelow(const PlacementRule& rule, Selected at, Span origin, int depth, std::vector<size_t>& homes) {
  if (workload_.placements.size() >= kMostPlacements) full_ = true;
  if (full_ || !rule.only.Holds(at.value, root_, &says_)) return;
  const std::vector<size_t> before = homes_;
  PlaceAt(rule, at, origin);
  if (rule.home && homes_ != before) homes.insert(homes.end(), homes_.begin(), homes_.end());
  for (const std::string& name : rule.use)
    if (const auto fragment = context_.formats->fragments.find(name); fragment != context_.formats->fragments.end())
      Place(fragment->second->Get(), at, origin, depth + 1);
  Place(rule.inner, at, origin, depth + 1);
  if (rule.by) {
    const Value kind = rule.by->First(at.value, root_);
    if (const std::vector<PlacementRule>* rules = kind.is_scalar() ? rule.Case(kind.text()) : nullptr) Place(*rules, at, kind.span(), depth + 1);
  }
  // What was found elsewhere is home only there.
  if (!rule.at.empty() || !rule.embedded.empty()) homes_ = before;
}

// A fact with several values makes one of each for each of them.
void WorkloadReader::Multiply(FactId id, const std::vector<Fact>& values, std::vector<Facts>& variants) {
  std::vector<Facts> grown;
  for (const Fact& value : values)
    for (const Facts& variant : variants) {
      if (grown.size() >= kMostVariants) {
        full_ = true;
        break;
      }
      grown.push_back(variant);
      grown.back().Set(id) = value;
    }
  variants = std::move(grown);
}

void WorkloadReader::PlaceAt(const PlacementRule& rule, Selected at, Span origin) {
  std::vector<Facts> variants(1);
  bool found = rule.counts;
  const auto add = [&](FactId id, std::vector<Fact> values) {
    if (values.empty() || variants[0].Has(id)) return;
    found = true;
    Multiply(id, values, variants);
  };
  for (const FactSource& source : rule.facts)
    if (source.constant.empty()) add(source.fact, Values(source, at.value, origin));
  bool fits = true;
  if ((rule.value != kNoFact || rule.match) && (!at.value.is_sequence() || Tagged(at.value))) {
    const Meaning meaning = expressions_.read(at.value);
    std::vector<Pattern::Part> parts;
    if (at.value.is_map() && expressions_.piece && !expressions_.maps) {
      fits = false;   // Only where maps are expressions they may be a value.
    } else if (rule.match && !rule.match->CaptureParts(meaning.text, &parts)) {
      fits = false;
    } else {
      const auto one = [&](FactId id, const Meaning& part) {
        Facts facts;
        if (id != kNoFact && Read(id, part, false, facts)) add(id, {*facts.Find(id)});
      };
      if (rule.value != kNoFact) one(rule.value, meaning);
      for (const Pattern::Part& part : parts) one(vocabulary_.ByKey("placement", part.name), meaning.Part(part.begin, part.end));
      found = found || rule.match;
    }
  }
  if (rule.key != kNoFact && at.key) {
    Facts facts;
    if (Read(rule.key, expressions_.read(at.key), false, facts)) add(rule.key, {*facts.Find(rule.key)});
  }
  if (fits && (found || rule.always)) {
    std::vector<size_t> homes;
    for (Facts& facts : variants) {
      // What a rule says stands where it was found; what happens there is written nowhere.
      const Span found_at = origin.known() ? origin : SpanOf(at, facts);
      for (const FactSource& source : rule.facts)
        if (!source.constant.empty()) Take(source, at.value, source.fact == known_.activity ? origin : found_at, facts);
      Facts workload_facts, data_facts;
      std::vector<Meaning> hidden;
      EachNotes(
          rule.notes, at.value,
          [&](Value notes, bool own) {
            // What it says itself counts more than what another object says.
            if (own || workload_.data[0].facts.all().empty()) ReadNotes(notes, workload_facts, data_facts, facts, nullptr, own, &hidden);
          },
          [&](Meaning meaning) {
            if (workload_.data[0].facts.all().empty()) hidden.push_back(std::move(meaning));
          });
      HideData(hidden, data_facts);
      std::string name = TextOf(rule.name, at.value, nullptr);
      if (name.empty()) name = !rule.name_text.empty() ? rule.name_text : names_placements_ ? workload_.name : std::string(at.key.text());
      if (!data_facts.all().empty()) AddDataSet(name, std::move(data_facts), facts);
      if (rule.home) {
        homes.push_back(workload_.placements.size());
        at_home_.insert(workload_.placements.size());
      }
      AddPlacement(std::move(name), at, std::move(facts), found && !rule.guess && !rule.incidental, rule.here);
      if (rule.guess) workload_.placements.back().guessed = true;
    }
    if (rule.home) homes_ = std::move(homes);
  }
  const std::vector<Value> layers = LayersOf(at.value);
  for (const Selector& path : rule.images)
    for (const Selected& image : SelectFirst(path, layers)) AddImage(image);
  if (!rule.environment.empty() || !rule.environment_from.empty() || !rule.environment_files.empty() || !rule.commands.empty() || !rule.images.empty()) ReadSettings(rule, layers);
  ReadMounts(rule, layers);
  for (const Selector& path : rule.scan)
    for (const Selected& text : SelectFirst(path, layers)) Scan(text.value, 0);
}

// Labels of one placement that say what it holds make a data set of their own.
void WorkloadReader::AddDataSet(const std::string& name, Facts facts, Facts& placement) {
  if (placement.Has(known_.data)) return;
  DataSet set;
  set.name = name;
  set.span = facts.all()[0].span;
  set.facts = std::move(facts);
  Fact& fact = placement.Set(known_.data);
  fact.stated = true;
  fact.span = set.span;
  fact.terms.push_back(Term{.text = set.name, .span = set.span});
  if (std::none_of(workload_.data.begin(), workload_.data.end(), [&](const DataSet& known) { return known.name == set.name; })) workload_.data.push_back(std::move(set));
}

void WorkloadReader::AddPlacement(std::string name, Selected at, Facts facts, bool relevant, bool here) {
  const Span span = SpanOf(at, facts);
  Push(std::move(name), span, std::move(facts), relevant, here);
}

// The first fact that is written somewhere, else the place itself.
Span WorkloadReader::SpanOf(Selected at, const Facts& facts) const {
  for (const Fact& fact : facts.all())
    if (fact.span.known() && fact.id != known_.name) return fact.span;
  return at.value.is_scalar() ? at.value.span() : at.key ? at.key.span() : FirstKey(at.value);
}

// `here`: it happens where its home runs, once for each place where that may be.
void WorkloadReader::Push(std::string name, Span span, Facts facts, bool relevant, bool here) {
  relevant_ = relevant_ || relevant;
  if (!name.empty()) {
    Fact& fact = facts.Set(known_.name);
    fact.terms.push_back(Term{.text = name, .span = span});
    fact.span = span;
  }
  const std::vector<size_t> homes = here ? homes_ : std::vector<size_t>{};
  for (size_t i = 0; i < std::max<size_t>(homes.size(), 1); ++i) {
    Placement placement;
    placement.name = name;
    placement.span = span;
    placement.facts = facts;
    if (i < homes.size()) {
      replaced_.insert(homes[i]);
      placement.borrowed = !placement.facts.Has(known_.provider) && !placement.facts.Has(known_.region) && !placement.facts.Has(known_.service);
      const Facts home = workload_.placements[homes[i]].facts;
      for (const Fact& fact : home.all())
        if (fact.overrides || !placement.facts.Has(fact.id)) placement.facts.Set(fact.id) = fact;
      // Homes that differ only in what the placement says itself make one.
      if (i > 0 && SameFacts(workload_.placements.back().facts, placement.facts)) continue;
      at_home_.insert(workload_.placements.size());
    }
    workload_.placements.push_back(std::move(placement));
  }
}

// A text, or a map as charts have it: {registry, repository, tag}; or as Kustomize does: {name, newName, newTag}.
void WorkloadReader::AddImage(Selected image) {
  Meaning meaning;
  const auto part = [&](std::string_view key) { return image.value[key].is_scalar() ? expressions_.read(image.value[key]) : Meaning(); };
  Meaning name = part("repository");
  for (const std::string_view key : {"newName", "name", "image"})
    if (name.text.empty()) name = part(key);
  if (!name.text.empty()) {
    Meaning registry = part("registry"), tag = part("tag");
    if (tag.text.empty()) tag = part("newTag");
    if (registry.text.empty() && tag.text.empty()) {
      meaning = std::move(name);
    } else {
      meaning.span = name.span;
      if (!registry.text.empty()) {
        meaning.because.push_back({fmt::format("its registry is `{}`", registry.Written()), registry.span});
        meaning.Add(std::move(registry));
        meaning.Add("/");
      }
      meaning.Add(std::move(name));
      if (!tag.text.empty()) {
        meaning.Add(":");
        meaning.Add(std::move(tag));
      }
    }
  } else {
    meaning = expressions_.read(image.value);
  }
  Facts facts;
  if (meaning.text.empty() || !Read(known_.image, meaning, false, facts)) return;
  ReadFactText(known_.activity, "image-pull", {}, vocabulary_, {}, *context_.diagnostics, facts);
  AddPlacement(fmt::format("image {}", meaning.Written()), image, std::move(facts), false, false);
}

}  // namespace domicile
