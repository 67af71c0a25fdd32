// The line from paths to a report.
#pragma once
#include <string>
#include <vector>

#include "engine/check/waive.h"
#include "engine/cli/session.h"
#include "engine/formats/extract.h"

namespace domicile {

// One file: its documents, and the workloads found in them, resolved. Files are independent, so any thread may work on any of them.
struct UnderstoodFile {
  uint32_t source = kNoSource;
  ParsedFile file;
  Diagnostics diagnostics;
  std::vector<Extraction> extractions;
  std::vector<Waiver> waivers;            // In its comments.
  size_t errors_in_parse = 0, errors = 0;
};

struct Understood {
  Loaded loaded;
  std::vector<UnderstoodFile> files;      // In the order of the arguments.
  std::vector<Waiver> waivers;            // Of the project file.
};

struct UnderstandOptions {
  bool keep_silent = false;                 // Workloads that declare nothing and call nothing, too.
  bool named_as_found = false;            // See LoadOptions.
};

// load, parse, formats, what the project file states, places.
Understood Understand(Session& session, const std::vector<std::string>& paths, Diagnostics& diagnostics, UnderstandOptions options = {});

// check, advise and waive. Takes the diagnostics of the files into `diagnostics`.
Report CheckAll(const Session& session, Understood& understood, const CheckOptions& options, Diagnostics& diagnostics);

// Warns of waivers that have ended or waive nothing, as far as the run can tell: the policy was asked, and all files were read that the
// waiver is about.
void ReportWaivers(const Session& session, const Understood& understood, const std::vector<std::string>& paths, const CheckOptions& options,
                   Diagnostics& diagnostics);

// The parts of the summary that tell what was looked at.
void Summarise(const Understood& understood, Summary& summary);

}  // namespace domicile
