// How values are written in Terraform and OpenTofu plans: `after` holds what is known, `after_unknown` what is not, and the
// configuration which provider a resource has and to which other resources its arguments refer.
#pragma once
#include "engine/formats/expressions.h"

namespace domicile {

// Follows from any node of a resource (`.`): kind `provider` leads to the arguments of its provider, any other kind is an argument
// (`cognitive_account_id`) and leads to the resources to which it refers.
Expressions TerraformExpressions(Value root, const Joins* joins);

}  // namespace domicile
