// The line from paths to a report.
#pragma once
#include <string>
#include <vector>

#include "engine/cli/session.h"
#include "engine/formats/extract.h"

namespace domicile {

// One file: its documents, and the workloads found in them, resolved. Files are independent, so any thread may work on any of them.
struct UnderstoodFile {
  uint32_t source = kNoSource;
  ParsedFile file;
  Diagnostics diagnostics;
  std::vector<Extraction> extractions;
  size_t errors_in_parse = 0;
};

struct Understood {
  Loaded loaded;
  std::vector<UnderstoodFile> files;      // In the order of the arguments.
};

// load, parse, formats, places.
Understood Understand(Session& session, const std::vector<std::string>& paths, Diagnostics& diagnostics);

// check and advise. Takes the diagnostics of the files into `diagnostics`.
Report CheckAll(const Session& session, Understood& understood, const CheckOptions& options, Diagnostics& diagnostics);

// The parts of the summary that tell what was looked at.
void Summarise(const Understood& understood, Summary& summary);

}  // namespace domicile
