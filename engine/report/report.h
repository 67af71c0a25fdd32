// Turns a report into text, concise lines, JSON or SARIF. Nothing is decided here.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/check/finding.h"
#include "engine/text/snippet.h"

namespace domicile {

struct OutputOptions {
  Paint paint;                      // Only `text` and `concise` use it.
  std::string version;              // Of the program.
  std::string catalogue_date;
  std::string base;                 // Folder to which paths are made relative in SARIF (and JSON); empty keeps them.
  bool summary = true;              // Of `text`.
};

struct OutputFormat {
  std::string_view name;            // `sarif`
  std::string_view summary;         // One line for `--help`.
  std::string (*render)(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
};

// The table of formats: one row and one function for each.
const std::vector<OutputFormat>& OutputFormats();
const OutputFormat* FindOutputFormat(std::string_view name);

// Stable over moves of the finding inside its file: a hash of check, workload, data, placement and the text at the span.
std::string Fingerprint(const Finding& finding, const Sources& sources);

}  // namespace domicile
