// Evaluates conditions over the facts of one workload, data set and placement: four truth values, and why.
#pragma once
#include <vector>

#include "engine/places/catalogue.h"
#include "engine/policy/policy.h"

namespace domicile {

struct Context {
  const Workload* workload = nullptr;
  const DataSet* data = nullptr;
  const Placement* placement = nullptr;   // Null where a check looks at the data as a whole.
  Date as_of{};
};

// One leaf that was looked at, and what it gave. `fact` is null when nothing is declared.
struct Trace {
  const Condition* leaf = nullptr;
  const Fact* fact = nullptr;
  FactId id = kNoFact;
  Truth truth = Truth::kUnknown;
  PlaceSet offending;                     // Of leaves about places: the possible places that are not accepted.
  const Fact* aspect = nullptr;           // Of placement.places: storage or processing, whichever offends (processing when both do).
  bool may = false;                       // Some possible places are accepted and some are not.
  bool definite = false;                  // Every possible place is refused outright: no date, condition or evidence is in question.
  std::vector<std::vector<std::string>> lacking;   // Of `has`: for each alternative what is not declared; those begun first.
  bool partly = false;                    // Of `has`: something of an alternative is declared.
  std::string note;                       // Evidence that is there and does not count, and why.
  const Placement* placement = nullptr;
};

class Evaluator {
 public:
  Evaluator(const Vocabulary& vocabulary, const Catalogue& catalogue) : vocabulary_(vocabulary), catalogue_(catalogue) {}

  // `traces` may be null; then nothing is collected and evaluation stops as soon as the answer is known.
  Truth Evaluate(const Condition& condition, const Context& context, std::vector<Trace>* traces) const;

  // Whether one place belongs to a list, given the dates and conditions of its members.
  Truth Belongs(PlaceId place, const PlaceList& list, const Context& context) const;

 private:
  Truth Leaf(const Condition& leaf, const Context& context, std::vector<Trace>* traces) const;
  // How the places of a set stand to a list.
  struct Sides {
    size_t accepted = 0, refused = 0, open = 0;
    Truth worst = Truth::kYes, best = Truth::kNo;
  };
  Sides Judge(const PlaceSet& places, const Condition& leaf, const Context& context, PlaceSet& offending) const;
  Truth Places(const Condition& leaf, const Fact& fact, const Context& context, Trace& trace) const;
  Truth Names(const Condition& leaf, const Fact& fact) const;
  Truth Has(const Condition& leaf, const Context& context, Trace& trace) const;
  Truth Share(const Condition& leaf, const Fact* owners, const Fact* parent, const Context& context) const;
  const Fact* Find(FactId id, const Context& context) const;

  const Vocabulary& vocabulary_;
  const Catalogue& catalogue_;
};

// True when the placement holds this data set (it names it, or names none). What is only fetched holds none.
bool Holds(const Placement& placement, const DataSet& data, const Vocabulary& vocabulary);
bool IsInbound(const Placement& placement, const Vocabulary& vocabulary);

}  // namespace domicile
