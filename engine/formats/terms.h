// Turns written values into facts of the vocabulary's types. Shared by every format, so that a value means the same everywhere.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/workload.h"

namespace domicile {

// The value that the project file or the command line gives to a variable.
struct Assumption {
  std::string name;        // `REGION`, or `.Values.region` of a template.
  std::string value;
  std::string by;          // "the command line", "line 4 of .domicile.yaml".
  Span span;               // In the project file, if there.
  std::shared_ptr<std::atomic<bool>> used = std::make_shared<std::atomic<bool>>(false);   // Something asked for it, on any thread.
};
using Assumptions = std::vector<Assumption>;   // The first of a name counts.

// A text with the variables put in that are assumed, and what was assumed for it.
struct Filled {
  std::string text;
  std::vector<Because> because;   // Empty when nothing was put in.
};
// Knows `${X}`, also with a default or a message (`${X:-a}`, `${X?m}`), `$X`, `$(X)`, `os.environ/X`, and `{{ .Values.x }}`, also
// piped to `quote` or `default`. Values are put in as they are: a variable in a value is not looked up. Null assumes nothing.
Filled Fill(std::string_view text, const Assumptions* assumed);
// The same where the whole text is a name, as in `!Ref Region`.
Filled FillName(std::string_view name, const Assumptions* assumed);

// A variable, a template or a placeholder stands here and nothing in the input says what it becomes: `${X}`, `$(X)`, `{{ x }}`,
// `<YOUR_X>`, `os.environ/X`, `%VAR%`, `YOUR_REGION`. Returns why it is unknown, with its name, or an empty string for a literal.
std::string HiddenReason(std::string_view text);
// Where the placeholder ends that starts at `at` (`<account>`, `{name}`); `at` itself when none does.
size_t PlaceholderEnd(std::string_view text, size_t at);

// The part of a value that says where something is: of an address its host, of an object's URI its bucket, of an image its registry,
// or its name where no registry is named. What is hidden behind it hides nothing that matters.
std::string_view DecidingPart(FactId id, std::string_view text, const Vocabulary& vocabulary);

struct TermOptions {
  bool suggest = true;     // A wrong value says which one may have been meant.
  bool strict = true;      // Ours, or a `domicile/` annotation: a wrong value is an error. Otherwise it makes the fact unknown.
  bool split = false;      // A list may be written in one text, separated by commas or spaces (annotations).
  const Assumptions* assumed = nullptr;   // Null assumes nothing. A fact read with one is known, and its `because` tells of it.
};

// Reads one fact from a value. Returns false when an error was reported.
bool ReadFact(FactId id, Value value, const Vocabulary& vocabulary, TermOptions options, Diagnostics& diagnostics, Facts& facts);

// The same from a text that a format took out of a larger one.
bool ReadFactText(FactId id, std::string_view text, Span span, const Vocabulary& vocabulary, TermOptions options,
                  Diagnostics& diagnostics, Facts& facts);

}  // namespace domicile
