// Finds the workloads of documents, by the formats of rules/formats/.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/formats/format.h"
#include "engine/formats/workload.h"

namespace domicile {

// What one document gave.
struct Extraction {
  std::vector<Workload> workloads;
  std::string format;            // Id of the format; empty when none recognised it.
  std::string shape;             // Of a document that no format recognised: `apiVersion/kind` or its first keys.
  bool refused = false;          // Of our own format and wrong: an error was reported.
};

Extraction Extract(const Document& document, const std::vector<Format>& formats, const Vocabulary& vocabulary, Diagnostics& diagnostics);

}  // namespace domicile
