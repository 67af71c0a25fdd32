// Turns written values into facts of the vocabulary's types. Shared by every format, so that a value means the same everywhere.
#pragma once
#include "engine/formats/workload.h"

namespace domicile {

// A variable or a template stands here and nothing in the input says what it becomes: `${X}`, `$(X)`, `{{ x }}`, `<YOUR_X>`,
// `os.environ/X`, `%VAR%`. Returns why it is unknown, or an empty string for a literal.
std::string HiddenReason(std::string_view text);

struct TermOptions {
  bool strict = true;      // Ours, or a `domicile/` annotation: a wrong value is an error. Otherwise it makes the fact unknown.
  bool split = false;      // A list may be written in one text, separated by commas or spaces (annotations).
};

// Reads one fact from a value. Returns false when an error was reported.
bool ReadFact(FactId id, Value value, const Vocabulary& vocabulary, TermOptions options, Diagnostics& diagnostics, Facts& facts);

// The same from a text that a format took out of a larger one.
bool ReadFactText(FactId id, std::string_view text, Span span, const Vocabulary& vocabulary, TermOptions options,
                  Diagnostics& diagnostics, Facts& facts);

}  // namespace domicile
