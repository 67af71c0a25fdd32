#include "engine/places/operator.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace domicile {
namespace {

void AddOther(Derivation& derivation, FactId id, PlaceId place) {
  if (place == kNoPlace) return;
  if (Fact* fact = derivation.facts.Find(id)) fact->places.Add(place);
  else derivation.SetPlace(id, place, derivation.placement.span);
}

void Copy(Derivation& derivation, FactId from, FactId to) {
  Facts& facts = derivation.facts;
  if (facts.Has(to)) return;
  const Fact* fact = derivation.vocabulary.at(from).scope == Scope::kWorkload ? derivation.workload.facts.Find(from) : facts.Find(from);
  if (!fact) return;
  Fact copy = *fact;
  copy.id = to;
  facts.Set(to) = std::move(copy);
}

}  // namespace

void SetOperator(Derivation& derivation, const Provider* runs, const Provider* other) {
  Facts& facts = derivation.facts;
  const KnownFacts& known = derivation.known;
  const bool declared = facts.Has(known.operator_name) || facts.Has(known.operator_country) || facts.Has(known.operator_owners);
  const bool own = derivation.Written(known.tenancy) == "on-premises" || (runs && runs->run_by.own);
  if (own && !declared) {
    derivation.SetText(known.operator_name, "the controller", {});
    derivation.SetText(known.operator_kind, "own", {});
    Copy(derivation, known.controller_country, known.operator_country);
    Copy(derivation, known.controller_parent, known.operator_parent);
    if (!facts.Has(known.operator_parent)) Copy(derivation, known.controller_country, known.operator_parent);
    derivation.SetText(known.tenancy, "on-premises", derivation.SpanOf(known.provider));
  } else if (runs && !declared) {
    const Operator& op = runs->run_by;
    const Span span = facts.Has(known.provider) ? derivation.SpanOf(known.provider) : derivation.SpanOf(known.endpoint);
    const Chain before = derivation.chain;
    derivation.Say(fmt::format("{} is run by {}{}", runs->title, op.name.empty() ? runs->title : op.name,
                               op.parent_name.empty() ? "" : ", a company of " + op.parent_name),
                   span, *runs, op.source, op.unverified);
    derivation.SetText(known.operator_name, op.name.empty() ? runs->title : op.name, span);
    derivation.SetPlace(known.operator_country, op.country, span);
    derivation.SetPlace(known.operator_parent, op.parent, span);
    // Whoever is called answers to the law as well.
    if (other) {
      AddOther(derivation, known.operator_country, other->run_by.country);
      AddOther(derivation, known.operator_parent, other->run_by.parent);
    }
    if (!facts.Has(known.operator_kind)) {
      derivation.SetText(known.operator_kind, runs->category == "model-api" || runs->category == "router" ? "model-api" : "cloud", span);
    }
    if (runs->category != "self-hosted") derivation.SetText(known.tenancy, "public-cloud", span);
    if (!facts.Has(known.operator_compelled_by) && (!op.compelled_by.empty() || op.country != kNoPlace)) {
      Fact& fact = facts.Set(known.operator_compelled_by);
      for (const std::string& law : op.compelled_by) fact.terms.push_back(Term{.text = law, .span = span});
      if (other)
        for (const std::string& law : other->run_by.compelled_by) fact.terms.push_back(Term{.text = law, .span = span});
      fact.span = span;
      fact.because = derivation.chain;
    }
    derivation.chain = before;
  }
  if (!facts.Has(known.operator_compelled_by)) {
    // Whoever sits somewhere, or whose parent does, answers to that country's law.
    std::vector<std::string> laws;
    bool seen = false;
    for (const FactId id : {known.operator_country, known.operator_parent}) {
      const Fact* fact = facts.Find(id);
      if (!fact || fact->hidden) continue;
      seen = true;
      fact->places.ForEach([&](PlaceId place) {
        for (const std::string& law : derivation.catalogue.place(derivation.catalogue.CountryOf(place)).compels)
          if (std::find(laws.begin(), laws.end(), law) == laws.end()) laws.push_back(law);
      });
    }
    if (seen) {
      Fact& fact = facts.Set(known.operator_compelled_by);
      for (std::string& law : laws) fact.terms.push_back(Term{.text = std::move(law), .span = {}});
    }
  }
}

}  // namespace domicile
