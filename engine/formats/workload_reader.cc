#include "engine/formats/workload_reader.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/formats/egress.h"
#include "engine/formats/terms.h"
#include "engine/parse/tag.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

bool IsList(FactType type) {
  return type == FactType::kTexts || type == FactType::kNames || type == FactType::kPlaces || type == FactType::kEvidence || type == FactType::kOwners;
}

}  // namespace

Span FirstKey(Value node) { return node.is_map() && node.size() > 0 ? node.key(0).span() : node.span(); }

bool SameValue(const Fact& a, const Fact& b) {
  return a.hidden == b.hidden && a.number == b.number && a.terms.size() == b.terms.size() &&
         std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(), [](const Term& x, const Term& y) { return x.text == y.text; });
}

bool SameFacts(const Facts& a, const Facts& b) {
  return a.all().size() == b.all().size() && std::all_of(a.all().begin(), a.all().end(), [&](const Fact& fact) {
    const Fact* other = b.Find(fact.id);
    return other && SameValue(fact, *other);
  });
}

WorkloadReader::WorkloadReader(const Format& format, Value root, const Expressions& expressions, const ExtractContext& context)
    : format_(format), root_(root), expressions_(expressions), expand_(expressions.expand ? &expressions.expand : nullptr), context_(context),
      vocabulary_(*context.vocabulary), known_(context.vocabulary->known()) {}

// Where a path starts: the node itself, or the objects to which its references lead. Calls `missing` with a reference that leads nowhere.
template <class Missing>
std::vector<Value> WorkloadReader::Reached(const FactPath& path, Value node, Missing missing) const {
  std::vector<Value> starts = {node};
  for (size_t i = 0; i < path.through.size(); ++i) {
    const Hop& hop = path.through[i];
    std::vector<Value> next;
    for (const Value start : starts) {
      if (!hop.refers.empty()) {
        if (context_.joins)
          for (const Value other : context_.joins->References(hop, i == 0 ? root_ : start)) next.push_back(other);
        continue;
      }
      for (const Selected& reference : i == 0 ? Select(*hop.path, start) : hop.path->Select(start, start)) {
        const size_t before = next.size();
        expressions_.follow(reference.value, hop.kind, &next);
        if (next.size() == before) missing(hop, reference.value);
      }
    }
    starts = std::move(next);
  }
  return starts;
}

// Annotations, labels and tags: its own, or those of an object to which it refers. Calls `hidden` where nothing is written and yet some will be.
void WorkloadReader::EachNotes(const std::vector<FactPath>& paths, Value node, const std::function<void(Value notes, bool own)>& visit, const std::function<void(Meaning)>& hidden) const {
  for (const FactPath& path : paths)
    for (const Value start : Reached(path, node, [](const Hop&, Value) {})) {
      const std::vector<Selected> found = Select(path.path, start);
      for (const Selected& notes : found) visit(notes.value, path.through.empty());
      if (found.empty() && expressions_.absent) hidden(expressions_.absent(start, path.path));
    }
}

// Notes of which nobody can tell what they say may say whatever decides whether a law applies.
void WorkloadReader::HideData(const std::vector<Meaning>& notes, Facts& data) const {
  for (const Meaning& meaning : notes)
    for (const FactId id : {known_.data_class, known_.data_subjects})
      if (!meaning.known() && !data.Has(id)) Read(id, meaning, true, data);
}

std::optional<Workload> WorkloadReader::Read(const WorkloadRule& rule, Selected at) {
  const Value node = at.value;
  workload_ = Workload();
  switched_ = Fact();
  unread_ = Fact();
  names_placements_ = rule.names_placements;
  workload_.format = format_.id;
  workload_.prefixed_models = format_.prefixed_models;
  workload_.unrecognised = format_.fallback;
  workload_.source = node.span().source;
  workload_.data.emplace_back();
  full_ = false;
  Span named;
  workload_.name = TextOf(rule.name, node, &named);
  if (workload_.name.empty()) workload_.name = !rule.name_text.empty() ? rule.name_text : std::string(at.key.text());
  workload_.span = named.known() ? named : at.key ? at.key.span() : FirstKey(node);
  workload_.data[0].span = workload_.span;
  if (!workload_.name.empty()) {
    Fact& fact = workload_.facts.Set(known_.workload_name);
    fact.terms.push_back(Term{.text = workload_.name, .span = workload_.span});
    fact.span = workload_.span;
  }
  space_ = std::string(root_["metadata"]["namespace"].text());
  workload_.space = space_;
  for (const FactSource& source : rule.facts)
    Take(source, node, {}, vocabulary_.at(source.fact).scope == Scope::kData ? workload_.data[0].facts : workload_.facts);
  Facts shared;   // Facts of placements that notes state: they hold for every placement that does not say otherwise.
  std::vector<Meaning> hidden;
  EachNotes(
      rule.notes, node,
      [&](Value notes, bool own) { ReadNotes(notes, workload_.facts, workload_.data[0].facts, shared, own ? &workload_.notes : nullptr, own, &hidden); },
      [&](Meaning meaning) { hidden.push_back(std::move(meaning)); });
  const bool pods = rule.pods && rule.pods_only.Holds(node, root_);
  if (pods) ReadNamespace(shared);
  Place(rule.placements, {at.key, node}, {}, 0);
  if (full_) {
    context_.diagnostics->Error(workload_.span, fmt::format("`{}` holds more than is looked at: {} values of one fact, {} placements", workload_.name, kMostVariants, kMostPlacements)).help =
        "split it, or leave the file out with `exclude` in .domicile.yaml";
  }
  // What an annotation of the whole says about the place is about where the workload itself runs, never about somebody else's host.
  for (size_t i = 0; i < workload_.placements.size(); ++i) {
    Facts& facts = workload_.placements[i].facts;
    const bool elsewhere = facts.Has(known_.endpoint) || facts.Has(known_.image) || facts.Has(known_.bucket) ||
                           (!at_home_.contains(i) && (facts.Has(known_.provider) || facts.Has(known_.service)));
    const bool placed = facts.Has(known_.provider) || facts.Has(known_.region) || facts.Has(known_.country) || facts.Has(known_.service);
    for (const Fact& fact : shared.all()) {
      if (facts.Has(fact.id) || (elsewhere && AboutPlace(fact.id))) continue;
      facts.Set(fact.id) = fact;
      workload_.placements[i].borrowed = workload_.placements[i].borrowed || (!placed && AboutPlace(fact.id));
    }
  }
  size_t index = 0;
  std::erase_if(workload_.placements, [&](const Placement&) { return replaced_.contains(index++); });
  const size_t unnamed = workload_.facts.Has(known_.workload_name) ? 1 : 0;
  const bool declared = workload_.data.size() > 1 || !workload_.data[0].facts.all().empty() || workload_.facts.all().size() > unnamed || !shared.all().empty();
  workload_.tentative = !declared && !relevant_ && !rule.always;
  HideData(hidden, workload_.data[0].facts);   // No reason to look at a workload: templates hide the tags of all that they make.
  const bool hopes = std::any_of(workload_.placements.begin(), workload_.placements.end(), [&](const Placement& one) { return one.guessed || one.facts.Has(known_.image); });
  if (workload_.tentative && !hopes && (format_.fallback || !context_.keep_silent)) return std::nullopt;
  // Switches of the environment are no reason to look at a workload.
  if (!switched_.terms.empty()) {
    Fact* stated = workload_.facts.Find(known_.switches);
    if (stated) {
      stated->terms.insert(stated->terms.end(), switched_.terms.begin(), switched_.terms.end());
    } else {
      Fact& fact = workload_.facts.Set(known_.switches);
      fact = std::move(switched_);
      fact.id = known_.switches;
      fact.stated = true;
    }
  }
  if (!unread_.terms.empty() && !workload_.facts.Has(known_.settings_read)) {
    std::vector<std::string> names;
    for (const Term& term : unread_.terms) names.push_back(term.text);
    unread_.reason = fmt::format("{} {} not among the files", Joined(names), names.size() == 1 ? "is" : "are");
    unread_.id = known_.settings_read;
    workload_.facts.Set(known_.settings_read) = std::move(unread_);
  }
  ReadEgress(rule, node, pods);
  // Where single placements say what they hold, a set about which nobody says anything is none.
  if (workload_.data.size() > 1 && workload_.data[0].facts.all().empty()) workload_.data.erase(workload_.data.begin());
  return std::move(workload_);
}

// What labels and annotations of a namespace say holds for the pods in it.
// Of several with the same name any may be the one: what they say differently is not known.
void WorkloadReader::ReadNamespace(Facts& placement) {
  std::vector<std::array<Facts, 3>> told;   // Of each what it says of the workload, the data and placements.
  for (const Value space : context_.joins && !space_.empty() ? context_.joins->FindAll("Namespace", space_, root_) : std::vector<Value>{}) {
    auto& [workload, data, placements] = told.emplace_back();
    for (const std::string_view notes : {"labels", "annotations"}) ReadNotes(space["metadata"][notes], workload, data, placements, nullptr, true, nullptr);
  }
  const std::array<Facts*, 3> into = {&workload_.facts, &workload_.data[0].facts, &placement};
  for (const std::array<Facts, 3>& one : told)
    for (size_t k = 0; k < into.size(); ++k)
      for (const Fact& fact : one[k].all()) {
        if (into[k]->Has(fact.id)) continue;   // The workload itself goes before its namespace.
        const bool agreed = std::all_of(told.begin(), told.end(), [&](const std::array<Facts, 3>& other) { return other[k].Has(fact.id) && SameValue(*other[k].Find(fact.id), fact); });
        Fact said = fact;
        if (!agreed) {
          said.hidden = true;
          said.reason = fmt::format("there are several Namespaces `{}`, which say different things of it", space_);
        }
        into[k]->Set(fact.id) = std::move(said);
      }
}

// What the network lets through is no reason to look at a workload either. What somebody says of it does not close what is open.
void WorkloadReader::ReadEgress(const WorkloadRule& rule, Value node, bool pods) {
  Egress egress;
  if (pods) {
    static const Selector kHostNetwork = *Selector::Make("..hostNetwork");
    std::vector<Value> labels;
    for (const Selector& path : rule.pod_labels) {
      if (!labels.empty()) break;
      for (const Selected& one : Select(path, node)) labels.push_back(one.value);
    }
    egress = EgressOfPods(root_, space_, std::move(labels), rule.added_labels ? &*rule.added_labels : nullptr, kHostNetwork.First(node, root_), expressions_, context_.joins);
  } else if (!rule.services.empty()) {
    std::vector<Selected> services;
    for (const Selector& path : rule.services)
      for (const Selected& one : Select(path, node)) services.push_back(one);
    egress = EgressOfServices(root_, services, expressions_);
  }
  if (egress.fact && !egress.fact->hidden)
    for (const Selector& path : rule.services)
      for (const Selected& one : Select(path, node)) HideEgress(one, *egress.fact);
  const bool open = egress.fact && !egress.fact->hidden && egress.fact->terms[0].text == "open";
  if (workload_.facts.Has(known_.egress) && !open) return;
  workload_.reaches_out = std::move(egress.by_default);
  if (!egress.fact) return;
  egress.fact->id = known_.egress;
  workload_.facts.Set(known_.egress) = std::move(*egress.fact);
}

// Networks that a service has from another one count besides its own.
void WorkloadReader::HideEgress(Selected service, Fact& egress) {
  const Layers layers = expressions_.layers ? expressions_.layers(service.value) : Layers();
  const auto hide = [&](Span span, std::string_view what) {
    egress = Fact();
    egress.hidden = true;
    egress.span = span;
    egress.reason = fmt::format("{} says on which networks service `{}` is, too", what, service.key.text());
  };
  for (const Value layer : layers.all)
    for (const std::string_view key : {"networks", "network_mode"})
      if (layer != service.value && layer[key]) return hide(layer.KeyOf(key).span(), "another service or file");
  if (!layers.missing.empty()) hide(layers.missing[0].second, fmt::format("{}, which is not among the files,", layers.missing[0].first));
}

bool WorkloadReader::AboutPlace(FactId id) const {
  return id == known_.provider || id == known_.region || id == known_.country || id == known_.service || id == known_.deployment || id == known_.model ||
         id == known_.endpoint || id == known_.activity || id == known_.tenancy;
}

// ---- facts

bool WorkloadReader::Read(FactId id, const Meaning& meaning, bool split, Facts& facts) const {
  if (meaning.known() || DecidingPart(id, meaning.text, vocabulary_).find(Meaning::kHole) == std::string_view::npos) {
    Facts read;
    ReadFactText(id, meaning.Written(), meaning.span, vocabulary_, {.strict = false, .split = split}, *context_.diagnostics, read);
    Fact* fact = read.Find(id);
    if (!fact) return false;
    for (const Because& step : meaning.because) fact->because.Add(step);
    facts.Set(id) = std::move(*fact);
    return true;
  }
  Fact& fact = facts.Set(id);
  fact.stated = true;
  fact.hidden = true;
  fact.reason = meaning.Reason();
  fact.because = meaning.because;
  fact.span = meaning.span;
  Term term{.text = meaning.Written(), .span = meaning.span, .hidden = true};
  if (meaning.text.size() > meaning.holes.size()) term.masked = meaning.text;
  fact.terms.push_back(std::move(term));
  return true;
}

// The values of one fact: one for facts that are lists, else as many as the first path that is there gives.
std::vector<Fact> WorkloadReader::Values(const FactSource& source, Value node, Span origin) const {
  std::vector<Fact> values;
  const FactDefinition& definition = vocabulary_.at(source.fact);
  const bool list = IsList(definition.type);
  const auto add = [&](Facts& read) {
    Fact* fact = read.Find(source.fact);
    if (!fact) return;
    if (list && !values.empty()) {
      for (Term& term : fact->terms)
        if (std::none_of(values[0].terms.begin(), values[0].terms.end(), [&](const Term& known) { return known.text == term.text; })) values[0].terms.push_back(std::move(term));
      return;
    }
    if (std::any_of(values.begin(), values.end(), [&](const Fact& known) { return SameValue(known, *fact); })) return;
    if (values.size() < kMostVariants) values.push_back(std::move(*fact));
    else full_ = true;   // No more than become placements.
  };
  const auto read = [&](const FactPath& path, Value value) {
    Facts facts;
    // Evidence and owners may be maps; what else is a map is an expression.
    if (!value.is_scalar() && (definition.type == FactType::kEvidence || definition.type == FactType::kOwners)) {
      ReadFact(source.fact, value, vocabulary_, {.strict = false, .split = true, .assumed = context_.joins ? context_.joins->assumed() : nullptr}, *context_.diagnostics, facts);
      return add(facts);
    }
    Meaning meaning = expressions_.read(value);
    if (path.match) {
      std::vector<Pattern::Part> parts;
      if (!path.match->CaptureParts(meaning.text, &parts)) return;
      for (const Pattern::Part& part : parts)
        if (part.name == "value") {
          meaning = meaning.Part(part.begin, part.end);
          break;
        }
    }
    if (!path.unit.empty() && meaning.known()) {
      meaning.text += path.unit;
      meaning.exact = false;
    }
    if (path.hides) {
      Fact& fact = facts.Set(source.fact);
      fact.stated = fact.hidden = fact.overrides = true;
      fact.span = meaning.span;
      fact.reason = fmt::format("`{}` fills this in", meaning.Written());
      fact.terms.push_back(Term{.text = meaning.Written(), .span = meaning.span, .hidden = true});
    } else if (!path.says.empty()) {
      ReadFactText(source.fact, path.says, meaning.span, vocabulary_, {.strict = false}, *context_.diagnostics, facts);
    } else {
      Read(source.fact, meaning, list, facts);
    }
    add(facts);
  };
  if (!source.constant.empty()) {
    Facts facts;
    ReadFactText(source.fact, source.constant, origin, vocabulary_, {.strict = false}, *context_.diagnostics, facts);
    add(facts);
    return values;
  }
  for (const FactPath& path : source.paths) {
    // A text of the format's own instead of a path: `${X}`.
    if (path.path.text().starts_with("${") && expressions_.piece) {
      Facts facts;
      Read(source.fact, expressions_.piece(path.path.text(), origin.known() ? origin : FirstKey(node)), list, facts);
      add(facts);
      break;
    }
    const auto missing = [&](const Hop& hop, Value reference) {
      if (!path.required || !reference.is_scalar()) return;
      Fact fact;
      fact.id = source.fact;
      fact.hidden = fact.stated = true;
      fact.span = reference.span();
      fact.reason = fmt::format("{} `{}` is not among the files", hop.kind, reference.text());
      fact.terms.push_back(Term{.text = std::string(reference.text()), .span = fact.span, .hidden = true});
      values.push_back(std::move(fact));
    };
    for (const Value start : Reached(path, node, missing)) {
      for (const Selected& found : Select(path.path, start)) {
        if (found.value.is_sequence() && !Tagged(found.value)) {
          for (const Selected& item : Select(items_, found.value)) read(path, item.value);
        } else if (!path.says.empty() && !path.match && !found.value.is_scalar()) {
          Facts facts;
          ReadFactText(source.fact, path.says, found.key ? found.key.span() : found.value.span(), vocabulary_, {.strict = false}, *context_.diagnostics, facts);
          add(facts);
        } else {
          read(path, found.value);
        }
      }
    }
    if (!values.empty()) break;
  }
  if (!values.empty() || !expressions_.absent) return values;
  // Nothing is written, but something may stand there in the end.
  for (const FactPath& path : source.paths) {
    if (!path.through.empty() || !path.says.empty()) continue;
    const Meaning meaning = expressions_.absent(node, path.path);
    if (meaning.text.empty()) continue;
    Facts facts;
    Read(source.fact, meaning, list, facts);
    add(facts);
    break;
  }
  return values;
}

void WorkloadReader::Take(const FactSource& source, Value node, Span origin, Facts& facts) const {
  if (facts.Has(source.fact)) return;
  std::vector<Fact> values = Values(source, node, origin);
  if (!values.empty()) facts.Set(source.fact) = std::move(values[0]);
}

// The first text that stands at one of the paths.
std::string WorkloadReader::TextOf(const std::vector<Selector>& paths, Value node, Span* span) const {
  for (const Selector& path : paths) {
    for (const Selected& found : Select(path, node)) {
      const Meaning meaning = expressions_.read(found.value);
      if (meaning.text.empty()) continue;
      if (span) *span = meaning.span;
      return meaning.Written();
    }
  }
  return "";
}

// Annotations, labels or tags: a map, or a list of {key, value} (AWS: {Key, Value}). `seen` takes all of them, unless it is null. What
// another object says counts only where it says nothing itself (`own`). `hidden` takes what stands in place of all of them.
void WorkloadReader::ReadNotes(Value notes, Facts& workload, Facts& data, Facts& placement, std::vector<std::pair<Value, Value>>* seen, bool own, std::vector<Meaning>* hidden) {
  const auto note = [&](std::string_view name, Span where, const Meaning& meaning) {
    FactId id = kNoFact;
    bool strict = false;
    if (name.starts_with("domicile/")) {
      id = vocabulary_.ByNote(name.substr(9));
      strict = true;
      if (id == kNoFact) {
        context_.diagnostics->Error(where, fmt::format("unknown annotation `{}`", name)).help = vocabulary_.SuggestNote(name.substr(9));
        return;
      }
    } else {
      id = vocabulary_.BySpelling(name);
      if (id == kNoFact) return;
    }
    const Scope scope = vocabulary_.at(id).scope;
    Facts& into = scope == Scope::kWorkload ? workload : scope == Scope::kData ? data : placement;
    if (into.Has(id) && !(strict && own)) return;
    Facts read;
    if (meaning.known()) ReadFactText(id, meaning.text, meaning.span, vocabulary_, {.suggest = strict, .strict = strict, .split = true}, *context_.diagnostics, read);
    else Read(id, meaning, true, read);
    Fact* fact = read.Find(id);
    if (fact && meaning.known())
      for (const Because& step : meaning.because) fact->because.Add(step);
    // A tag of someone else's scheme whose value says nothing to us is no fact, and one that nearly says something is misspelt.
    if (fact && fact->hidden && !strict && meaning.known() && !vocabulary_.at(id).values.empty()) {
      const auto [known, added] = context_.nearest->try_emplace({id, meaning.text});
      if (added) {
        std::vector<std::string_view> names;
        for (const NameValue& value : vocabulary_.at(id).values) names.push_back(value.name);
        known->second = DidYouMean(NameKey(meaning.text), names);
      }
      if (!known->second.empty())
        context_.diagnostics->Warning(meaning.span, fmt::format("`{}` is not a value of `{}`, so this says nothing of it", meaning.text, vocabulary_.at(id).name)).help = known->second;
    }
    if (fact && (strict || !fact->hidden || !meaning.known())) into.Set(id) = *fact;
  };
  const auto one = [&](Value key, Value value) {
    if (seen) seen->emplace_back(key, value);
    note(key.text(), key.span(), expressions_.read(value));
  };
  if (notes.is_map()) {
    for (size_t i = 0; i < notes.size(); ++i) one(notes.key(i), notes.value(i));
    if (expressions_.later) expressions_.later(notes, [&](std::string_view key, Meaning meaning) { note(key, meaning.span, meaning); });
    return;
  }
  if (hidden && notes.is_scalar()) hidden->push_back(expressions_.read(notes));
  for (size_t i = 0; i < notes.size() && notes.is_sequence(); ++i) {
    const Value item = notes.item(i);
    // `name=value`, as Compose files may have it.
    if (const size_t equal = item.text().find('='); equal != std::string_view::npos) {
      const Meaning meaning = expressions_.read(item);
      if (const size_t at = meaning.text.find('='); at != std::string::npos) note(meaning.text.substr(0, at), item.span(), meaning.Part(at + 1, meaning.text.size()));
    }
    for (const auto& [key, value] : {std::pair{"key", "value"}, std::pair{"Key", "Value"}, std::pair{"TagKey", "TagValue"}})
      if (item[key]) one(item[key], item[value]);
  }
}

// A place, with what counts together with it.
std::vector<Value> WorkloadReader::LayersOf(Value place) {
  if (!expressions_.layers) return {place};
  Layers layers = expressions_.layers(place);
  for (auto& [name, span] : layers.missing) AddUnread(std::move(name), span);
  return layers.all.empty() ? std::vector<Value>{place} : std::move(layers.all);
}

std::vector<Selected> WorkloadReader::SelectFirst(const Selector& path, const std::vector<Value>& layers) const {
  for (const Value layer : layers)
    if (std::vector<Selected> found = Select(path, layer); !found.empty()) return found;
  return {};
}

}  // namespace domicile
