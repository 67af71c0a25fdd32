// Who runs a placement: the operator with its seat and its parent, and the laws that can compel it.
#pragma once
#include "engine/places/derivation.h"

namespace domicile {

// `runs` is null where nobody knows who does; `other` is who is called, when that is not who is named: it answers to the law as well.
void SetOperator(Derivation& derivation, const Provider* runs, const Provider* other);

}  // namespace domicile
