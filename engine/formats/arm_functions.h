// The functions of expressions in Azure templates: `concat`, `if`, `resourceId`, `copyIndex`, ...
// https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions
#pragma once
#include "engine/formats/arm_operand.h"

namespace domicile {

struct ArmCall {
  std::string function;                 // In lower case.
  std::vector<ArmOperand> arguments;
  std::string condition;                // The first argument of an `if`, as it is written.
  std::string_view written;             // The whole call.
  size_t where = 0;                     // As in ArmNames.
  int depth = 0;
};

// What a call gives; that of a function which is not known here is known only later. `targets`, unless it is null, takes what it refers to.
ArmOperand CallArm(ArmCall call, const ArmNames& names, ArmBudget& budget, std::vector<ArmTarget>* targets);

}  // namespace domicile
