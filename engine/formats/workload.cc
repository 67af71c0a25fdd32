#include "engine/formats/workload.h"

#include <fmt/format.h>

namespace domicile {

const Fact* Facts::Find(FactId id) const {
  for (const Fact& fact : facts_)
    if (fact.id == id) return &fact;
  return nullptr;
}

Fact* Facts::Find(FactId id) {
  for (Fact& fact : facts_)
    if (fact.id == id) return &fact;
  return nullptr;
}

Fact& Facts::Set(FactId id) {
  Fact* fact = Find(id);
  if (!fact) {
    facts_.emplace_back();
    fact = &facts_.back();
  } else {
    *fact = Fact{};
  }
  fact->id = id;
  return *fact;
}

bool SaysNothing(const Workload& workload, const Vocabulary& vocabulary) {
  if (workload.unrecognised && workload.placements.empty()) return true;
  if (!workload.tentative) return false;
  for (const Placement& placement : workload.placements)
    if (placement.guessed || placement.facts.Has(vocabulary.known().region)) return false;
  return true;
}

std::string FactText(const Fact& fact, const Vocabulary& vocabulary) {
  if (fact.hidden) return fact.terms.empty() ? "unknown" : fmt::format("unknown (`{}`)", fact.terms[0].text);
  std::string text;
  for (const Term& term : fact.terms) {
    if (!text.empty()) text += ", ";
    text += term.text;
    if (term.share >= 0) text += fmt::format(" {} %", term.share);
  }
  if (!text.empty()) return text;
  switch (vocabulary.at(fact.id).type) {
    case FactType::kFlag: return fact.number != 0 ? "true" : "false";
    case FactType::kNumber:
    case FactType::kPercent: return fmt::format("{}", fact.number);
    default: return "none";
  }
}

}  // namespace domicile
