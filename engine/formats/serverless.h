// How values are written in serverless.yml: `${self:custom.x}`, `${opt:region, 'eu-west-1'}`, `${env:X}`; within resources also as in
// CloudFormation.
#pragma once
#include "engine/formats/expressions.h"

namespace domicile {

Expressions ServerlessExpressions(Value root, const Joins* joins);

}  // namespace domicile
