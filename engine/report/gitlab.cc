// The code quality report that GitLab reads (a part of the Code Climate format). Of two issues with one fingerprint it shows one,
// so the path and an ordinal take part in it.
#include <nlohmann/json.hpp>

#include "engine/report/pieces.h"
#include "engine/report/words.h"

namespace domicile {
namespace {

using Json = nlohmann::ordered_json;

Json Issue(const std::string& check, const std::string& description, const char* severity, const std::string& fingerprint,
           const Location& location) {
  return {{"description", description},
          {"check_name", check},
          {"fingerprint", HashText({location.path, fingerprint})},
          {"severity", severity},
          {"location", {{"path", location.path.empty() ? "." : location.path}, {"lines", {{"begin", location.begin.line}}}}}};
}

const char* Severity(Level level) {
  switch (level) {
    case Level::kError: return "critical";
    case Level::kWarning: return "major";
    case Level::kReview: return "minor";
    case Level::kNote: break;
  }
  return "info";
}

}  // namespace

// Waived findings are left out: the format has no word for them.
std::string RenderGitlab(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  Json issues = Json::array();
  const std::vector<std::string> distinct = DistinctFingerprints(report, sources, options);
  for (size_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    if (finding.verdict == Verdict::kWaived) continue;
    issues.push_back(Issue(finding.check->id, Headline(finding) + " (" + LawText(finding) + ")", Severity(finding.level), distinct[i],
                           LocationOf(finding, sources, options)));
  }
  for (size_t i = 0; i < diagnostics.all().size(); ++i) {
    const Diagnostic& diagnostic = diagnostics.all()[i];
    const bool error = diagnostic.level == Diagnostic::Level::kError;
    issues.push_back(Issue("domicile", diagnostic.message, error ? "blocker" : "minor", diagnostic.message + std::to_string(i),
                           LocationOf(diagnostic.span, sources, options)));
  }
  return DumpJson(issues) + "\n";
}

}  // namespace domicile
