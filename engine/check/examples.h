// Runs the examples that rules, policies, providers and formats carry: a finding nobody expected fails as well as an expectation
// nobody met.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/check/check.h"

namespace domicile {

struct ExampleFailure {
  Span span;
  std::string message;
};

// How often a check (or, for rules, a rule) was seen with each verdict.
struct Coverage {
  size_t pass = 0, broken = 0, undetermined = 0, silent = 0;
};

struct ExampleReport {
  size_t ran = 0;
  std::vector<ExampleFailure> failures;
  std::map<std::string, Coverage> checks;    // Of policies.
  std::map<std::string, Coverage> rules;
};

// What a check of this rule (or the rule itself) was never seen to do and could: "to pass, to be broken, to be undetermined"; empty
// when nothing is left. A rule that asks for nothing (`always: true`) only passes; one that asks for declared facts is never broken.
std::string NeverSeen(const Coverage& seen, const Rule& rule);

// Examples of the files whose source is in `only` (all when empty).
ExampleReport RunExamples(const Knowledge& knowledge, const std::vector<uint32_t>& only, Diagnostics& diagnostics);

}  // namespace domicile
