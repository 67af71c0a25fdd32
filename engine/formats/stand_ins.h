// Names of a cluster, or of one container, that stand for a host elsewhere: what is called by them is called there.
#pragma once
#include "engine/formats/joins.h"
#include "engine/formats/workload.h"

namespace domicile {

// Says of placements which host answers by the name that their endpoint has: a Kubernetes Service of the run of type ExternalName, or one without
// a selector and with Endpoints or EndpointSlices (https://kubernetes.io/docs/concepts/services-networking/service/), `hostAliases` of
// pods, `extra_hosts` of Compose. `services` is false where names of services are not those of a cluster.
void FindStandIns(Workload& workload, Value root, bool services, const Joins* joins, const KnownFacts& known);

}  // namespace domicile
