// The line from paths to a report.
#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <set>
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
  std::map<std::string, size_t> settings_not_read;   // See Summary.
  size_t errors_in_parse = 0, errors = 0;
};

struct Understood {
  Loaded loaded;
  std::vector<UnderstoodFile> files;      // In the order of the arguments.
  std::vector<Waiver> waivers;            // Of the project file.
};

struct UnderstandOptions {
  bool keep_silent = false;                 // Workloads that declare nothing and call nothing, too.
  bool named_as_found = false;              // See LoadOptions.
  // Takes each workload as soon as it is resolved, and the workload is not kept: a file may hold very many. Called for one file at a
  // time on any thread, for each file in order.
  std::function<void(UnderstoodFile&, const Workload&)> take;
};

// load, parse, formats, what the project file states, places.
Understood Understand(Session& session, const std::vector<std::string>& paths, Diagnostics& diagnostics, UnderstandOptions options = {});

// check, advise and waive, workload by workload.
class CheckRun {
 public:
  CheckRun(const Session& session, CheckOptions options) : session_(session), checker_(*session.knowledge, std::move(options)) {}

  void Look(UnderstoodFile& file, const Workload& workload);
  // Takes the diagnostics of the files into `diagnostics`.
  Report Finish(Understood& understood, Diagnostics& diagnostics);

 private:
  // What one file gave. The workloads' own results are taken apart as soon as they are there.
  struct FileResult {
    std::vector<Finding> findings;
    std::vector<Judgement> judgements;
    std::set<const Policy*> applied;
    std::set<std::pair<FactId, const Policy*>> undeclared;
    std::vector<std::pair<FactId, const Policy*>> last_undeclared;   // Of the last workload: the next one often says the same.
    std::set<std::string> upcoming;
    size_t to_advise = 500;                 // How many findings may still be advised on.
    std::vector<Waiver> waivers;            // Those of the project, and which of them were of use here.
  };
  FileResult& ResultOf(uint32_t source);

  const Session& session_;
  Checker checker_;
  std::mutex mutex_;                        // Of the map, not of what is in it.
  std::map<uint32_t, FileResult> results_;  // By source.
};

// Warns of waivers that have ended or waive nothing, as far as the run can tell: the policy was asked, and all files were read that the
// waiver is about.
void ReportWaivers(const Session& session, const Understood& understood, const std::vector<std::string>& paths, const CheckOptions& options,
                   Diagnostics& diagnostics);

// The parts of the summary that tell what was looked at.
void Summarise(const Understood& understood, Summary& summary);

}  // namespace domicile
