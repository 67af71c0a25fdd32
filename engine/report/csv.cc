// Comma-separated values (RFC 4180, lines closed by a line feed): one row for each finding and each diagnostic.
#include <fmt/format.h>

#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

// A spreadsheet takes a cell that opens with one of `=+-@` for a formula; the apostrophe makes it text.
std::string Cell(std::string_view text) {
  std::string shown = Printable(text);
  if (!shown.empty() && std::string_view("=+-@\t").find(shown.front()) != std::string_view::npos) shown.insert(0, 1, '\'');
  if (shown.find_first_of(",\"\t") == std::string::npos) return shown;
  return fmt::format("\"{}\"", Escaped(shown, [](char c) { return c == '"' ? std::string_view("\"\"") : std::string_view(); }));
}

std::string Row(std::initializer_list<std::string_view> cells) {
  std::string out;
  for (const std::string_view& cell : cells) {
    if (&cell != cells.begin()) out += ',';
    out += Cell(cell);
  }
  return out + "\n";
}

}  // namespace

std::string RenderCsv(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  std::string out = "path,line,column,level,verdict,policy,check,cite,workload,data,placement,message,advice,waiver,known_since,fingerprint\n";
  const auto number = [](const Location& location, uint32_t value) { return location.ranged ? std::to_string(value) : std::string(); };
  for (const Finding& finding : report.findings) {
    const Location location = LocationOf(finding, sources, options);
    std::string advice;
    for (const Advice& one : AdviceOf(finding)) advice += (advice.empty() ? "" : "; ") + one.text + (one.checked ? " (checked)" : "");
    out += Row({location.path, number(location, location.begin.line), number(location, location.begin.column), LevelName(finding.level),
                VerdictName(finding.verdict), finding.policy->id, finding.check->id, finding.check->cite, finding.workload, finding.data,
                finding.placement, finding.message, advice, WaiverText(finding), finding.known_since ? FormatDate(*finding.known_since) : "",
                Fingerprint(finding, sources)});
  }
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const Location location = LocationOf(diagnostic.span, sources, options);
    out += Row({location.path, number(location, location.begin.line), number(location, location.begin.column),
                diagnostic.level == Diagnostic::Level::kError ? "error" : "warning", "not-checked", "", "", "", "", "", "",
                diagnostic.message, diagnostic.help, "", "", ""});
  }
  return out;
}

}  // namespace domicile
