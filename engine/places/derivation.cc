#include "engine/places/derivation.h"

namespace domicile {

std::string_view Derivation::Written(FactId id) const {
  const Fact* fact = facts.Find(id);
  return fact && !fact->hidden && !fact->terms.empty() ? std::string_view(fact->terms[0].text) : std::string_view();
}

Span Derivation::SpanOf(FactId id) const {
  const Fact* fact = facts.Find(id);
  return fact ? fact->span : Span{};
}

void Derivation::SetText(FactId id, std::string text, Span span) {
  if (text.empty() || facts.Has(id)) return;
  Fact& fact = facts.Set(id);
  fact.terms.push_back(Term{.text = std::move(text), .span = span});
  fact.span = span;
  fact.because = chain;
}

void Derivation::SetPlace(FactId id, PlaceId place, Span span) {
  if (place == kNoPlace || facts.Has(id)) return;
  Fact& fact = facts.Set(id);
  fact.places.Add(place);
  fact.terms.push_back(Term{.text = catalogue.place(place).code, .span = span});
  fact.span = span;
  fact.because = chain;
}

void Derivation::Say(std::string text, Span span) {
  Because because;
  because.text = std::move(text);
  because.span = span;
  chain.Add(std::move(because));
}

void Derivation::Say(std::string text, Span span, const Provider& provider, const std::string& source, bool unverified) {
  Because because;
  because.text = std::move(text);
  because.span = span;
  because.unverified = unverified;
  if (const auto found = provider.sources.find(source); found != provider.sources.end()) {
    because.source = found->second.title;
    because.read = found->second.read;
  }
  chain.Add(std::move(because));
}

}  // namespace domicile
