// Fills the placeholders of messages and help lines.
#pragma once
#include <optional>
#include <string>

#include "engine/check/evaluate.h"

namespace domicile {

struct MessageContext {
  const Vocabulary* vocabulary = nullptr;
  const Catalogue* catalogue = nullptr;
  const Check* check = nullptr;
  Context context;
  const std::vector<Trace>* traces = nullptr;
  const Trace* primary = nullptr;      // The leaf about places that decided, if any.
};

// `{regions}` and `{deployments}` belong to the advise stage: a line that holds them is left out here, as is every line with a
// placeholder that has no value. Messages (`needed`) keep the line and say "unknown" instead.
std::optional<std::string> FillMessage(const std::string& text, const MessageContext& message, bool needed);

}  // namespace domicile
