#include "engine/check/evaluate.h"

#include <algorithm>

#include <fmt/format.h>

namespace domicile {
namespace {

Truth Not(Truth truth) {
  switch (truth) {
    case Truth::kNo:
    case Truth::kMissing: return Truth::kYes;   // Evidence that is not declared is not there.
    case Truth::kYes: return Truth::kNo;
    case Truth::kUnknown: break;
  }
  return Truth::kUnknown;
}

bool HoldsBound(Op op, double value, double bound) {
  switch (op) {
    case Op::kAtLeast: return value >= bound;
    case Op::kMoreThan: return value > bound;
    case Op::kAtMost: return value <= bound;
    case Op::kBelow: return value < bound;
    default: return false;
  }
}

Truth Of(bool yes) { return yes ? Truth::kYes : Truth::kNo; }

}  // namespace

bool IsInbound(const Placement& placement, const Vocabulary& vocabulary) {
  const Fact* activity = placement.facts.Find(vocabulary.known().activity);
  if (!activity || activity->terms.empty()) return false;
  const std::string& what = activity->terms[0].text;
  return what == "image-pull" || what == "download" || what == "usage-report" || what == "forward-proxy";
}

bool Holds(const Placement& placement, const DataSet& data, const Vocabulary& vocabulary) {
  const Fact* names = placement.facts.Find(vocabulary.known().data);
  if (!names || names->hidden || names->terms.empty()) return !IsInbound(placement, vocabulary);
  return std::any_of(names->terms.begin(), names->terms.end(), [&](const Term& term) { return term.hidden || term.text == data.name; });
}

const Fact* Evaluator::Find(FactId id, const Context& context) const {
  switch (vocabulary_.at(id).scope) {
    case Scope::kWorkload: return context.workload->facts.Find(id);
    case Scope::kData: return context.data ? context.data->facts.Find(id) : nullptr;
    case Scope::kPlacement: return context.placement ? context.placement->facts.Find(id) : nullptr;
  }
  return nullptr;
}

Truth Evaluator::Evaluate(const Condition& condition, const Context& context, std::vector<Trace>* traces) const {
  const bool stop = traces == nullptr;
  switch (condition.kind) {
    case Condition::Kind::kAll: {
      Truth truth = Truth::kYes;
      for (const Condition& child : condition.children) {
        truth = std::min(truth, Evaluate(child, context, traces));
        if (stop && truth == Truth::kNo) break;
      }
      return truth;
    }
    case Condition::Kind::kAny: {
      Truth truth = Truth::kNo;
      for (const Condition& child : condition.children) {
        truth = std::max(truth, Evaluate(child, context, traces));
        if (stop && truth == Truth::kYes) break;
      }
      return truth;
    }
    case Condition::Kind::kNot: return Not(Evaluate(condition.children[0], context, traces));
    case Condition::Kind::kSomePlacement:
    case Condition::Kind::kEveryPlacement: {
      const bool some = condition.kind == Condition::Kind::kSomePlacement;
      Truth truth = some ? Truth::kNo : Truth::kYes;
      Context inner = context;
      for (const Placement& placement : context.workload->placements) {
        if (context.data && !Holds(placement, *context.data, vocabulary_)) continue;
        inner.placement = &placement;
        const Truth one = Evaluate(condition.children[0], inner, traces);
        truth = some ? std::max(truth, one) : std::min(truth, one);
        if (stop && truth == (some ? Truth::kYes : Truth::kNo)) break;
      }
      return truth;
    }
    case Condition::Kind::kSomeData:
    case Condition::Kind::kEveryData: {
      const bool some = condition.kind == Condition::Kind::kSomeData;
      Truth truth = some ? Truth::kNo : Truth::kYes;
      Context inner = context;
      for (const DataSet& data : context.workload->data) {
        inner.data = &data;
        const Truth one = Evaluate(condition.children[0], inner, traces);
        truth = some ? std::max(truth, one) : std::min(truth, one);
      }
      return truth;
    }
    case Condition::Kind::kAlways: return Of(condition.number != 0);
    case Condition::Kind::kDeclared: {
      Truth truth = Truth::kYes;
      for (const FactId id : condition.facts) {
        const Fact* fact = Find(id, context);
        const bool known = fact && !fact->hidden;
        if (!known) truth = Truth::kUnknown;
        if (traces && !known) traces->push_back({&condition, fact, id, Truth::kUnknown});
      }
      return truth;
    }
    case Condition::Kind::kLeaf: return Leaf(condition, context, traces);
  }
  return Truth::kUnknown;
}

Truth Evaluator::Leaf(const Condition& leaf, const Context& context, std::vector<Trace>* traces) const {
  Trace trace;
  trace.leaf = &leaf;
  trace.id = leaf.fact;
  trace.placement = context.placement;
  const Fact* fact = leaf.op == Op::kHas ? nullptr : Find(leaf.fact, context);
  trace.fact = fact;
  Truth truth = Truth::kUnknown;
  const FactDefinition& definition = vocabulary_.at(leaf.fact);
  if (leaf.op == Op::kHas) {
    truth = Has(leaf, context, trace);
    if (truth == Truth::kMissing && leaf.if_absent) truth = *leaf.if_absent;
  } else if (leaf.op == Op::kKnown) {
    truth = Of((fact && !fact->hidden && !(fact->places.open)) == (leaf.number != 0));
  } else if (leaf.op == Op::kShare) {
    const bool of_operator = definition.prefix == "operator";
    const Fact* parent = Find(of_operator ? vocabulary_.known().operator_parent : vocabulary_.known().controller_parent, context);
    truth = Share(leaf, fact, parent, context);
    if (!fact && !parent && leaf.if_absent) truth = *leaf.if_absent;
    if (!fact) trace.fact = parent;
  } else if (!fact) {
    if (leaf.if_absent) {
      truth = *leaf.if_absent;
    } else if (definition.absent) {
      if (definition.type == FactType::kFlag && leaf.op == Op::kIs)
        truth = Of((*definition.absent == "true") == (leaf.number != 0));
      else if (leaf.op == Op::kIs)
        truth = Of(*definition.absent == leaf.text);
      else if (leaf.op == Op::kAnyOf)
        truth = Of(std::find(leaf.names.begin(), leaf.names.end(), *definition.absent) != leaf.names.end());
    }
  } else if (definition.type == FactType::kPlace || definition.type == FactType::kPlaces) {
    truth = Places(leaf, *fact, context, trace);
  } else if (fact->hidden) {
    truth = Truth::kUnknown;
  } else {
    switch (leaf.op) {
      case Op::kIs:
        if (definition.type == FactType::kFlag || definition.type == FactType::kNumber)
          truth = Of(fact->number == leaf.number);
        else
          truth = Of(!fact->terms.empty() && fact->terms[0].text == leaf.text);
        break;
      case Op::kAnyOf:
      case Op::kNoneOf:
      case Op::kAllOf: truth = Names(leaf, *fact); break;
      case Op::kMatches: {
        truth = Truth::kNo;
        for (const Term& term : fact->terms) {
          if (term.hidden) truth = std::max(truth, Truth::kUnknown);
          else if (leaf.pattern->Search(term.text)) truth = Truth::kYes;
        }
        break;
      }
      case Op::kAtLeast:
      case Op::kMoreThan:
      case Op::kAtMost:
      case Op::kBelow: truth = Of(HoldsBound(leaf.op, fact->number, leaf.number)); break;
      case Op::kOnOrAfter:
      case Op::kBefore: {
        const double bound = leaf.as_of ? context.as_of.days : leaf.number;
        truth = Of(leaf.op == Op::kOnOrAfter ? fact->number >= bound : fact->number < bound);
        break;
      }
      case Op::kAgeAtMost:
      case Op::kAgeMoreThan: {
        const auto last = AddDuration(Date{static_cast<int32_t>(fact->number)}, leaf.text);
        const bool young = last && context.as_of <= *last;
        truth = Of(leaf.op == Op::kAgeAtMost ? young : !young);
        break;
      }
      default: break;
    }
  }
  if (truth == Truth::kUnknown && fact && leaf.if_hidden) truth = *leaf.if_hidden;
  trace.truth = truth;
  if (traces) traces->push_back(std::move(trace));
  return truth;
}

Truth Evaluator::Belongs(PlaceId place, const PlaceList& list, const Context& context) const {
  Truth truth = list.complete ? Truth::kNo : Truth::kUnknown;
  for (const PlaceMember& member : list.members) {
    if (!member.places.Has(place)) continue;
    if (member.since && context.as_of < *member.since) continue;
    if (member.until && context.as_of > *member.until) continue;
    Truth one = Truth::kYes;
    for (const Condition& when : member.when) one = std::min(one, Evaluate(when, context, nullptr));
    // A condition about evidence that is not met leaves the place outside, and evidence would bring it in.
    truth = truth == Truth::kNo ? one : std::max(truth, one);
    if (truth == Truth::kYes) return truth;
  }
  // Of a country of which the list names a part we cannot say.
  if (truth == Truth::kNo && list.parts.Has(place)) return Truth::kUnknown;
  return truth;
}

Evaluator::Sides Evaluator::Judge(const PlaceSet& places, const Condition& leaf, const Context& context, PlaceSet& offending) const {
  Sides sides;
  places.ForEach([&](PlaceId place) {
    Truth one = Belongs(place, *leaf.places, context);
    if (leaf.op == Op::kOutside) one = one == Truth::kMissing ? Truth::kYes : Not(one);
    sides.worst = std::min(sides.worst, one);
    sides.best = std::max(sides.best, one);
    if (one == Truth::kYes) {
      ++sides.accepted;
    } else {
      offending.Add(place);
      ++(one == Truth::kNo ? sides.refused : sides.open);
    }
  });
  return sides;
}

Truth Evaluator::Places(const Condition& leaf, const Fact& fact, const Context& context, Trace& trace) const {
  const PlaceSet& places = fact.places;
  const Sides all = Judge(places, leaf, context, trace.offending);
  if (leaf.op == Op::kAnyIn) {
    // Of places of which any one may be it, one that is inside decides nothing unless all are.
    if (places.every || !places.empty()) {
      if (all.best == Truth::kYes) return places.every || (all.accepted == places.count() && !places.open) ? Truth::kYes : Truth::kUnknown;
    }
    return places.open ? Truth::kUnknown : all.best == Truth::kMissing ? Truth::kNo : all.best;
  }
  trace.offending.anywhere = places.anywhere && all.refused + all.open > 0 && all.accepted == 0;
  // Storage and processing both happen, each in one of its possible places: the flow is lawful only if there is a lawful choice for both.
  const KnownFacts& known = vocabulary_.known();
  bool choice = all.accepted > 0 || places.open, definite = all.refused > 0 && all.open == 0 && all.accepted == 0 && !places.open;
  const Fact* storage = context.placement ? context.placement->facts.Find(known.storage) : nullptr;
  const Fact* processing = context.placement ? context.placement->facts.Find(known.processing) : nullptr;
  if (leaf.fact == known.places && storage && processing) {
    choice = true;
    definite = false;
    for (const Fact* aspect : {storage, processing}) {
      if (aspect->places.empty() && !aspect->places.open) continue;
      PlaceSet ignored;
      const Sides one = Judge(aspect->places, leaf, context, ignored);
      const bool open = aspect->places.open || aspect->places.anywhere;
      if (one.accepted == 0 && !open) choice = false;
      if (one.refused > 0 && one.open == 0 && one.accepted == 0 && !open) definite = true;
      if (one.worst != Truth::kYes) trace.aspect = aspect;
    }
  }
  trace.may = !places.every && !trace.offending.empty() && (choice || places.anywhere);
  trace.definite = definite && !trace.may;
  if (places.open && places.empty()) return Truth::kUnknown;
  if (places.open && all.worst > Truth::kNo) return Truth::kUnknown;
  return all.worst;
}

Truth Evaluator::Names(const Condition& leaf, const Fact& fact) const {
  const auto is_listed = [&](const Term& term) {
    return !term.hidden && std::find(leaf.names.begin(), leaf.names.end(), term.text) != leaf.names.end();
  };
  const bool hidden = std::any_of(fact.terms.begin(), fact.terms.end(), [](const Term& term) { return term.hidden; });
  if (leaf.op == Op::kAllOf) {
    for (const std::string& name : leaf.names)
      if (std::none_of(fact.terms.begin(), fact.terms.end(), [&](const Term& term) { return term.text == name; }))
        return hidden ? Truth::kUnknown : Truth::kNo;
    return Truth::kYes;
  }
  const bool listed = std::any_of(fact.terms.begin(), fact.terms.end(), is_listed);
  if (leaf.op == Op::kAnyOf) return listed ? Truth::kYes : hidden ? Truth::kUnknown : Truth::kNo;
  return listed ? Truth::kNo : hidden ? Truth::kUnknown : Truth::kYes;
}

Truth Evaluator::Has(const Condition& leaf, const Context& context, Trace& trace) const {
  const KnownFacts& known = vocabulary_.known();
  std::vector<const Term*> valid;
  bool hidden = false;
  const auto gather = [&](const Fact* fact) {
    if (!fact) return;
    if (!trace.fact) trace.fact = fact;
    for (const Term& term : fact->terms) {
      if (term.hidden) {
        hidden = true;
        continue;
      }
      if (term.valid_until && *term.valid_until < context.as_of) {
        trace.note = fmt::format("`{}` lapsed on {}", term.text, FormatDate(*term.valid_until));
        continue;
      }
      const EvidenceDefinition* definition = vocabulary_.FindEvidence(term.text);
      if (definition && !definition->max_age.empty() && term.issued) {
        const auto last = AddDuration(*term.issued, definition->max_age);
        if (last && *last < context.as_of) {
          trace.note = fmt::format("`{}` is older than {}", term.text, definition->max_age);
          continue;
        }
      }
      valid.push_back(&term);
    }
  };
  if (context.data) gather(context.data->facts.Find(known.data_safeguards));
  if (context.placement) {
    gather(context.placement->facts.Find(known.safeguards));
    gather(context.placement->facts.Find(known.operator_certified));
  } else if (context.data) {
    // For the data as a whole, evidence of any of its placements counts.
    for (const Placement& placement : context.workload->placements) {
      if (!Holds(placement, *context.data, vocabulary_)) continue;
      gather(placement.facts.Find(known.safeguards));
      gather(placement.facts.Find(known.operator_certified));
    }
  }
  for (const std::vector<std::string>& alternative : leaf.evidence) {
    std::vector<std::string> lacking;
    for (const std::string& name : alternative)
      if (std::none_of(valid.begin(), valid.end(), [&](const Term* term) { return term->text == name; })) lacking.push_back(name);
    if (lacking.empty()) return Truth::kYes;
    if (lacking.size() < alternative.size()) trace.partly = true;
    trace.lacking.push_back(std::move(lacking));
  }
  if (!trace.note.empty()) trace.partly = true;
  // What is half there comes first, then what the law names first.
  std::vector<bool> begun;
  for (size_t i = 0; i < trace.lacking.size(); ++i) begun.push_back(trace.lacking[i].size() < leaf.evidence[i].size());
  std::vector<std::vector<std::string>> ordered;
  for (const bool first : {true, false})
    for (size_t i = 0; i < trace.lacking.size(); ++i)
      if (begun[i] == first) ordered.push_back(std::move(trace.lacking[i]));
  trace.lacking = std::move(ordered);
  return hidden ? Truth::kUnknown : Truth::kMissing;
}

Truth Evaluator::Share(const Condition& leaf, const Fact* owners, const Fact* parent, const Context& context) const {
  const auto is_in = [&](PlaceId place) {
    const Truth belongs = Belongs(place, *leaf.places, context);
    return leaf.share_outside ? Not(belongs) : belongs;
  };
  if (owners && !owners->hidden) {
    double low = 0, high = 0;    // The share is somewhere between.
    double largest = 0;
    for (const Term& term : owners->terms) {
      const PlaceId place = term.hidden ? kNoPlace : catalogue_.FindPlace(term.text);
      const Truth in = place == kNoPlace ? Truth::kUnknown : is_in(place);
      const double most = term.share >= 0 ? term.share : 100;
      const double least = term.share >= 0 ? term.share : 0;
      if (in == Truth::kYes) low += least;
      if (in != Truth::kNo && in != Truth::kMissing) {
        high += most;
        largest = std::max(largest, most);
      }
    }
    if (leaf.share_each) {
      double least = 0;
      for (const Term& term : owners->terms) {
        const PlaceId place = term.hidden ? kNoPlace : catalogue_.FindPlace(term.text);
        if (place != kNoPlace && is_in(place) == Truth::kYes && term.share >= 0) least = std::max(least, term.share);
      }
      low = least;
      high = largest;
    }
    Truth truth = Truth::kYes;
    for (const Condition::Bound& bound : leaf.bounds) {
      const bool at_low = HoldsBound(bound.op, low, bound.number), at_high = HoldsBound(bound.op, high, bound.number);
      truth = std::min(truth, at_low == at_high ? Of(at_low) : Truth::kUnknown);
    }
    return truth;
  }
  if (!parent || parent->hidden || owners) return Truth::kUnknown;
  // An ultimate parent holds the majority; what others hold is not known.
  Truth in = Truth::kNo;
  parent->places.ForEach([&](PlaceId place) { in = std::max(in, is_in(place)); });
  if (in == Truth::kUnknown) return in;
  Truth truth = Truth::kYes;
  for (const Condition::Bound& bound : leaf.bounds) {
    // With the parent there the share is above 50; without, at most below 50.
    const double low = in == Truth::kYes ? 50.0001 : 0, high = in == Truth::kYes ? 100 : 49.9999;
    const bool at_low = HoldsBound(bound.op, low, bound.number), at_high = HoldsBound(bound.op, high, bound.number);
    truth = std::min(truth, at_low == at_high ? Of(at_low) : Truth::kUnknown);
  }
  return truth;
}

}  // namespace domicile
