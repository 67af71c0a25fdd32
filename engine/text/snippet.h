// Shows a span of a source with carets under it.
#pragma once
#include <string>
#include <vector>

#include "engine/text/diagnostics.h"
#include "engine/text/source.h"

namespace domicile {

struct Paint {
  bool color = false;
  size_t width = 100;  // Columns; long lines are windowed around the marked part with `...`.
  // ANSI codes when color is on, else empty strings.
  const char* bold() const { return color ? "\x1b[1m" : ""; }
  const char* red() const { return color ? "\x1b[1;31m" : ""; }
  const char* yellow() const { return color ? "\x1b[1;33m" : ""; }
  const char* blue() const { return color ? "\x1b[1;34m" : ""; }
  const char* green() const { return color ? "\x1b[1;32m" : ""; }
  const char* reset() const { return color ? "\x1b[0m" : ""; }
};

// Renders
//   --> file.yaml:12:84
//    |
// 12 | text of the line
//    |      ^^^^^ label
// The first label is the primary one (`^`), the others follow (`-`), each on its own line of the source; labels on the same line
// share it, one row of marks each. Labels in other sources follow under `::: name:line:column`. A span over several lines is shown on
// its first line. Tabs are shown as spaces up to the next multiple of 4. Everything of the user's is passed through Printable.
std::string Snippet(const Sources& sources, const std::vector<Label>& labels, const Paint& paint);

// A whole diagnostic: `error: message`, its snippet, ` = help: ...`.
std::string RenderDiagnostic(const Sources& sources, const Diagnostic& diagnostic, const Paint& paint);

}  // namespace domicile
