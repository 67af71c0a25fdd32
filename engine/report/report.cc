#include "engine/report/report.h"

#include <algorithm>

#include "engine/report/words.h"

namespace domicile {

const std::vector<OutputFormat>& OutputFormats() {
  static const std::vector<OutputFormat> formats = {
      {"text", "for people: each finding under its line, then what was looked at", RenderText},
      {"concise", "one line for each finding, for editors and grep", RenderConcise},
      {"json", "everything, for programs (engine/report/JSON.md)", RenderJson},
      {"sarif", "SARIF 2.1.0, for code scanning", RenderSarif},
      {"github", "workflow commands, for annotations by GitHub Actions", RenderGithub},
      {"gitlab", "code quality report of GitLab", RenderGitlab},
      {"junit", "JUnit XML, for CI systems that show tests", RenderJunit},
      {"csv", "one row for each finding, for spreadsheets", RenderCsv},
      {"markdown", "a table for a comment on a pull request", RenderMarkdown},
      {"html", "one page for an auditor: findings by file and by law, with sources", RenderHtml},
  };
  return formats;
}

const OutputFormat* FindOutputFormat(std::string_view name) {
  const std::vector<OutputFormat>& formats = OutputFormats();
  const auto it = std::find_if(formats.begin(), formats.end(), [&](const OutputFormat& format) { return format.name == name; });
  return it == formats.end() ? nullptr : &*it;
}

// The file takes no part: it may be named differently from run to run. Outputs that need a difference between files add the path.
std::string Fingerprint(const Finding& finding, const Sources& sources) {
  return HashText({finding.check->id, finding.workload, finding.data, finding.classes, finding.placement, sources.text(finding.span)});
}

}  // namespace domicile
