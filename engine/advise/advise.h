// Finds changes that mend findings, and keeps only those that were checked to do so.
#pragma once
#include "engine/check/check.h"

namespace domicile {

// Adds remedies to findings about a placement: other deployment types and regions of the same provider, each tried on a copy of the
// workload that is resolved and checked again. A remedy is offered only if its finding is gone and no finding is new.
void Advise(const Workload& workload, const Checker& checker, WorkloadResult& result);

}  // namespace domicile
