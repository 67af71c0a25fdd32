// Reads rules and policies from their files.
#pragma once
#include <map>
#include <memory>

#include "engine/policy/condition.h"

namespace domicile {

// Null if, and only if, an error was reported.
std::unique_ptr<Rule> ReadRule(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics);

// The vocabulary, the catalogue and the rules must outlive the policy: its checks are read later, unless `everything` is asked for.
std::unique_ptr<Policy> ReadPolicy(Value root, bool builtin, bool everything, const Vocabulary& vocabulary, const Catalogue& catalogue,
                                   const RuleIndex& rules, Diagnostics& diagnostics);

// Puts arguments (a map, may be missing) into a rule: fills `when`, `require` and `arguments` of the check. False when an error was
// reported. `where` is marked when a needed argument is missing.
bool ApplyRule(const Rule& rule, Value arguments, Span where, const Vocabulary& vocabulary, const Catalogue& catalogue, Diagnostics& diagnostics,
               Check& check);

// A list as people read it: "eea, eu-adequate"; a map or nested lists in short.
std::string ArgumentText(Value value);

}  // namespace domicile
