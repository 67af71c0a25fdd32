// Documents that stand inside of documents: the text of a scalar, such as the configuration file in a ConfigMap.
#pragma once
#include "engine/parse/parse.h"

namespace domicile {

// What is inside of a document is smaller than a file may be.
inline constexpr ParseLimits kEmbeddedLimits{.max_depth = 60, .max_nodes = 1'000'000, .max_expanded = 1'000'000, .text_stays = false};

// Parses the text of a scalar. Spans of the documents point into the file in which the scalar stands; where the text is not the
// source's own (escapes, folded lines), every span is the whole scalar. Nothing is reported: a text that is no YAML or JSON gives no
// document, and neither does one without `:` (no map can be in it).
ParsedFile ParseEmbedded(const Sources* sources, Value scalar, const ParseLimits& limits);

}  // namespace domicile
