// Finds changes that mend findings, and keeps only those that were checked to do so.
#pragma once
#include "engine/check/check.h"

namespace domicile {

// Adds remedies to findings about a placement: other deployment types and regions of the same provider, each tried on a copy of the
// workload that is resolved and checked again. A remedy is offered only if its finding is gone and no finding is new. `budget` is how many
// findings may still be advised on, and goes down: a file may hold very many workloads, and trying takes longer than checking.
void Advise(const Workload& workload, const Checker& checker, WorkloadResult& result, size_t& budget);

}  // namespace domicile
