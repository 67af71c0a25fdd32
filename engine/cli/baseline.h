// Baselines: findings that were there when somebody began to look, so that only new ones fail a run.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/cli/session.h"
#include "engine/report/report.h"

namespace domicile {

// One line of a baseline: which finding, and where.
struct BaselineKey {
  std::string path;          // Relative to the folder of the baseline.
  std::string fingerprint;   // As DistinctFingerprints gives it.
  friend auto operator<=>(const BaselineKey&, const BaselineKey&) = default;
};

struct Baseline {
  std::string file;
  std::map<BaselineKey, Date> since;       // The day on which each was written.
};

// Reads `domicile/baseline/1`. Empty after an error.
std::optional<Baseline> ReadBaseline(Session& session, const std::string& file, Diagnostics& diagnostics);

// Marks what the baseline has. A finding is the same when its file is, or when its file was renamed: the one that the baseline names is gone.
void ApplyBaseline(const Baseline& baseline, Report& report, const Sources& sources);

// The text of a baseline with all that was found and not waived. What was known keeps its day.
std::string RenderBaseline(const Report& report, const std::string& file, const Sources& sources, Date as_of);

}  // namespace domicile
