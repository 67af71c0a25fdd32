// Reads conditions: names resolved, operands typed, parameters put in.
#pragma once
#include <map>

#include "engine/policy/policy.h"

namespace domicile {

// What conditions may refer to.
struct ConditionScope {
  const Vocabulary* vocabulary = nullptr;
  const Catalogue* catalogue = nullptr;
  // Arguments by parameter name; a missing value for an optional parameter that was not given. Null outside of rules.
  const std::map<std::string, Value, std::less<>>* arguments = nullptr;
};

// What reading gave: a condition, an error that was reported, or nothing, because an optional parameter was not given.
enum class ReadResult : uint8_t { kRead, kDropped, kError };

ReadResult ReadCondition(Value value, const ConditionScope& scope, Diagnostics& diagnostics, Condition& condition);

// True when some leaf looks at a fact of this scope (inside quantifiers does not count).
bool LooksAt(const Condition& condition, Scope scope, const Vocabulary& vocabulary);

}  // namespace domicile
