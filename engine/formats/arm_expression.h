// The language of expressions in Azure templates: `[concat(parameters('x'), '-', variables('y').z)]`.
//
// Knows how calls, keys and texts are written, and nothing of templates: those stand behind ArmNames (arm_operand.h). What the functions give
// is in arm_functions.h.
#pragma once
#include "engine/formats/arm_operand.h"

namespace domicile {

bool IsArmExpression(std::string_view text);
// Reads the text between the brackets. `targets`, unless it is null, takes what the expression refers to.
ArmOperand EvaluateArm(std::string_view text, size_t where, const ArmNames& names, int depth, ArmBudget& budget, std::vector<ArmTarget>* targets);

}  // namespace domicile
