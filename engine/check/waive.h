// Marks findings that somebody accepts until a day: they keep their level and do not count.
#pragma once
#include <string>
#include <vector>

#include "engine/check/check.h"
#include "engine/project/project.h"

namespace domicile {

// What one workload gave is held against the waivers; those that waive something are marked as used. `path` is that of the workload's
// file, relative to the project. A comment waives what is found on its line and in its own file only; the first waiver that fits is told.
// One that has ended waives nothing.
void Waive(WorkloadResult& result, std::vector<Waiver>& waivers, const std::string& path, Date as_of, const Sources& sources);

// Warns of waivers that have ended, and of those that waived nothing. `judged` tells whether all that a waiver is about was looked at.
template <class Judged>
void ReportWaivers(const std::vector<Waiver>& waivers, Date as_of, Judged judged, Diagnostics& diagnostics) {
  for (const Waiver& waiver : waivers) {
    if (as_of > waiver.until) {
      diagnostics.Warning(waiver.span, "the waiver of `" + waiver.id + "` ended on " + FormatDate(waiver.until)).help = "mend what it waived, or decide again; then remove it";
    } else if (!waiver.used && judged(waiver)) {
      diagnostics.Warning(waiver.span, "the waiver of `" + waiver.id + "` waives nothing").help = "remove it";
    }
  }
}

}  // namespace domicile
