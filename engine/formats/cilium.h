// Network policies of Cilium: `CiliumNetworkPolicy` and `CiliumClusterwideNetworkPolicy`, as far as they are about what leaves pods.
//
// https://docs.cilium.io/en/stable/security/policy/ (read 2026-11-30) says what their fields mean; each rule of it that matters is named
// where it is followed. It is taken for granted that the agents enforce policies as they do by default (`policyEnforcementMode: default`).
#pragma once
#include <string_view>
#include <vector>

#include "engine/formats/network_policy.h"

namespace domicile {

// One for each of `spec` and `specs` that is about pods.
std::vector<PolicyRules> ReadCiliumPolicy(Value policy, const Expressions& expressions, const Joins* joins);

// What a key of an `endpointSelector` means. `own` gives the labels that the pods have themselves; an empty `space` is not known.
LabelValue CiliumLabel(std::string_view key, std::string_view space, const LabelOf& own);

}  // namespace domicile
