#include "engine/check/waive.h"

#include <algorithm>

namespace domicile {
namespace {

bool Fits(const Waiver& waiver, const Finding& finding, const std::string& path, const Sources& sources) {
  if (!waiver.policy || waiver.policy != finding.policy) return false;
  if (waiver.check && waiver.check != finding.check) return false;
  if (waiver.in_source)
    return finding.span.source == waiver.span.source && sources.PositionOf(finding.span.source, finding.span.begin).line == waiver.line;
  return (!waiver.path || waiver.path->Matches(path)) && (waiver.workload.empty() || MatchesPart(waiver.workload, finding.workload));
}

// The finding that tells of an outcome. Placements of one system that stand on one line share theirs.
const Finding* FindingOf(const Outcome& outcome, const std::vector<Finding>& findings) {
  const Finding* shared = nullptr;
  for (const Finding& finding : findings) {
    if (finding.check != outcome.check || finding.data != (outcome.data ? outcome.data->name : "")) continue;
    const size_t index = outcome.placement ? static_cast<size_t>(outcome.placement - outcome.workload->placements.data()) : SIZE_MAX;
    if (finding.placement_index == index) return &finding;
    // Were some of them not waived, this one would not be either.
    if (!shared || finding.verdict != Verdict::kWaived) shared = &finding;
  }
  return shared;
}

}  // namespace

void Waive(WorkloadResult& result, std::vector<Waiver>& waivers, const std::string& path, Date as_of, const Sources& sources) {
  bool some = false;
  for (Finding& finding : result.findings) {
    for (Waiver& waiver : waivers) {
      if (as_of > waiver.until || !Fits(waiver, finding, path, sources)) continue;
      waiver.used = true;
      some = true;
      if (finding.verdict == Verdict::kWaived) continue;
      finding.verdict = Verdict::kWaived;
      finding.waiver = waiver.reason;
      finding.waived_until = waiver.until;
      finding.waiver_span = waiver.span;
      finding.waived_in_source = waiver.in_source;
    }
  }
  if (!some) return;
  for (Outcome& outcome : result.outcomes) {
    if (outcome.verdict <= Verdict::kWaived) continue;
    const Finding* finding = FindingOf(outcome, result.findings);
    if (finding && finding->verdict == Verdict::kWaived) outcome.verdict = Verdict::kWaived;
  }
}

}  // namespace domicile
