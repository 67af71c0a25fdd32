// One placement while it is worked out: its facts, and the chain of reasons so far.
#pragma once
#include <string>
#include <string_view>

#include "engine/places/catalogue.h"

namespace domicile {

struct Derivation {
  const Workload& workload;
  Placement& placement;
  const Catalogue& catalogue;
  const Vocabulary& vocabulary;
  Facts& facts = placement.facts;
  const KnownFacts& known = vocabulary.known();
  Chain chain;

  // The first text of a fact; empty where it is hidden.
  std::string_view Written(FactId id) const;
  Span SpanOf(FactId id) const;
  // What follows, with the reasons so far: only where nothing was written.
  void SetText(FactId id, std::string text, Span span);
  void SetPlace(FactId id, PlaceId place, Span span);
  // One more reason; what is said of a provider has one of its sources.
  void Say(std::string text, Span span);
  void Say(std::string text, Span span, const Provider& provider, const std::string& source, bool unverified = false);
};

}  // namespace domicile
