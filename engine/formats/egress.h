// Whether a workload may open connections to the internet, as far as the manifests of a run say.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/formats/expressions.h"
#include "engine/formats/workload.h"
#include "engine/text/pattern.h"

namespace domicile {

// `fact` is `denied`, `open`, or hidden with its reason; without it nothing denies anything, and `by_default` says what that means.
struct Egress {
  std::optional<Fact> fact;
  std::string by_default;
};

// Pods: the network policies of their namespace and cluster. Pods that no policy isolates may reach everything; with several what any of
// them lets out is let out, unless one denies it. Addresses outside of the private ranges are the internet; names are resolved on port 53
// wherever that leads. `labels` holds a map for each kind of pods that the workload is; keys that fit `added` (null: none) are given to
// them besides. `host_network` is the value of `hostNetwork`, if any. Whatever is hidden or not well formed in a policy leaves open what
// it does.
Egress EgressOfPods(Value root, std::string_view space, std::vector<Value> labels, const Pattern* added, Value host_network, const Expressions& expressions, const Joins* joins);

// Services of a Compose file: every network of each is `internal`, or it has none (https://docs.docker.com/reference/compose-file/networks/,
// read 2026-11-30).
Egress EgressOfServices(Value root, const std::vector<Selected>& services, const Expressions& expressions);

}  // namespace domicile
