// Works out one placement: where it stores and processes, who runs it, who made its model. Resolve does it for all of a workload.
#pragma once
#include "engine/places/catalogue.h"

namespace domicile {

// Facts that were written stay; what follows from them is added with its reasons. Facts of place types must have their places.
void ResolvePlacement(Workload& workload, Placement& placement, const Catalogue& catalogue, const Vocabulary& vocabulary);

}  // namespace domicile
