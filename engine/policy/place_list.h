// Reads the places that conditions name: codes, groups, and either with days and conditions of its own.
#pragma once
#include "engine/policy/condition.h"

namespace domicile {

// A list of places, groups and qualified places. Empty if, and only if, an error was reported.
std::unique_ptr<PlaceList> ReadPlaceList(Value value, const ConditionScope& scope, Diagnostics& diagnostics);

}  // namespace domicile
