// How values are written in CloudFormation and SAM templates: `!Ref`, `!Sub`, `!Join`, `Fn::FindInMap`, ... in their short and long forms.
#pragma once
#include "engine/formats/expressions.h"

namespace domicile {

// Follows a reference (`!Ref X`, `!GetAtt X.Arn`, `!Sub "${X}"`, a plain `X`) to the resource X; `kind` is its type, empty for any.
Expressions CloudFormationExpressions(Value root, const Joins* joins);

}  // namespace domicile
