// How values are written in templates of Azure Resource Manager: `[concat(parameters('x'), '-', variables('y').z)]`.
#pragma once
#include "engine/formats/expressions.h"

namespace domicile {

// Loops are written out (arm_loops.h): the document to read is `root` of what is given back. The file of parameters that belongs to the file of
// the template goes before defaults.
//
// Follows a resource to the first of those above it (`kind` is `top`): the one in which it is written, else the one that its type and
// name mean, else one on which it depends; and a text to the resource of its `resourceId(...)` or symbolic name (`kind` is its type).
Expressions ArmExpressions(Value root, const Joins* joins);

}  // namespace domicile
