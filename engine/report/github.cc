// Workflow commands of GitHub Actions: `::error file=a.yaml,line=1,col=2,title=check::message`.
#include <fmt/format.h>

#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

// The rules of the toolkit's own command.ts. The runner takes a line as a command only at its start and whole, so that text
// which cannot leave its field cannot start another command.
std::string_view EscapeMessage(char c) {
  switch (c) {
    case '%': return "%25";
    case '\r': return "%0D";
    case '\n': return "%0A";
    default: return {};
  }
}

std::string_view EscapeProperty(char c) {
  switch (c) {
    case ':': return "%3A";
    case ',': return "%2C";
    default: return EscapeMessage(c);
  }
}

std::string Command(std::string_view name, const Location& location, std::string_view title, std::string_view message) {
  std::string properties;
  if (!location.path.empty()) {
    properties += fmt::format("file={},line={}", Escaped(Printable(location.path), EscapeProperty), location.begin.line);
    if (location.ranged) properties += fmt::format(",endLine={},col={}", location.end.line, location.begin.column);
    // The end column is only understood beside an end on the same line; a mark of nothing would be refused.
    if (location.ranged && location.end.line == location.begin.line && location.end.column > location.begin.column) {
      properties += fmt::format(",endColumn={}", location.end.column);
    }
    properties += ',';
  }
  return fmt::format("::{} {}title={}::{}\n", name, properties, Escaped(Printable(title), EscapeProperty),
                     Escaped(message, EscapeMessage));
}

std::string_view CommandName(Level level) {
  switch (level) {
    case Level::kError: return "error";
    case Level::kWarning: return "warning";
    default: return "notice";
  }
}

}  // namespace

// Waived findings are not annotated: there is nothing to do about them. Known ones are no news.
std::string RenderGithub(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  std::string out;
  for (const Finding& finding : report.findings) {
    if (finding.verdict == Verdict::kWaived) continue;
    const std::string manifest = ManifestText(finding, sources, options);
    std::string message = Printable(Headline(finding)) + (manifest.empty() ? "" : "\nof: " + Printable(manifest)) + "\nlaw: " + Printable(LawText(finding));
    for (const Advice& advice : AdviceOf(finding)) message += "\nhelp: " + Printable(advice.text) + (advice.checked ? " (checked)" : "");
    if (finding.known_since) message += "\n" + KnownText(finding);
    out += Command(finding.known_since ? "notice" : CommandName(finding.level), LocationOf(finding, sources, options), finding.check->id, message);
  }
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    std::string message = Printable(diagnostic.message);
    if (!diagnostic.help.empty()) message += "\nhelp: " + Printable(diagnostic.help);
    out += Command(diagnostic.level == Diagnostic::Level::kError ? "error" : "warning",
                   LocationOf(diagnostic.span, sources, options), "domicile", message);
  }
  std::string left_out;
  for (const std::string& line : NotLookedAt(report.summary, 0)) left_out += "\n" + Printable(line);
  if (!left_out.empty()) out += Command("notice", {}, "domicile", "not looked at:" + left_out);
  return out;
}

}  // namespace domicile
