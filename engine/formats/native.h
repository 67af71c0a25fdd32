// Reads our own manifests: `kind: Workload`, in the long and the short form. Their keys are the facts of the vocabulary.
#pragma once
#include <optional>

#include "engine/formats/terms.h"

namespace domicile {

// `apiVersion: domicile/...`, or a map without `kind` in which a key of ours stands that no other format has (`data_class`,
// `subjects` beside `provider`, ...).
bool LooksNative(Value root);

// Empty if, and only if, an error was reported.
std::optional<Workload> ReadNative(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics, const Assumptions* assumed = nullptr);

}  // namespace domicile
