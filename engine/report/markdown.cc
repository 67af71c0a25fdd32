// A table for a comment on a pull request (GitHub Flavored Markdown).
#include <fmt/format.h>

#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kMostBytes = 60000;  // GitHub takes comments of up to 65,536 characters.

// Every character that could begin a construct is written as a reference, which Markdown never takes for one. What the forge finds in
// the finished page (mentions, issue numbers, bare addresses) is broken up by a space of no width.
std::string_view EscapeMarkdown(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '|': return "&#124;";
    case '*': return "&#42;";
    case '_': return "&#95;";
    case '`': return "&#96;";
    case '[': return "&#91;";
    case ']': return "&#93;";
    case '\\': return "&#92;";
    case '~': return "&#126;";
    case '$': return "&#36;";
    default: return {};
  }
}

// Inside <code> the forge looks for nothing, and a space of no width would be copied along.
std::string Code(std::string_view text) { return fmt::format("<code>{}</code>", Escaped(Printable(text), EscapeMarkdown)); }

std::string Plain(std::string_view text) {
  constexpr std::string_view kNothing = "\xe2\x80\x8b";
  constexpr std::string_view kFound[] = {"@", "#", "://", "www."};
  std::string shown = Printable(text);
  for (std::string_view found : kFound) {
    for (size_t at = shown.find(found); at != std::string::npos; at = shown.find(found, at + found.size())) {
      shown.insert(++at, kNothing);
    }
  }
  return Escaped(shown, EscapeMarkdown);
}

// What stands between backticks becomes code. Each piece is escaped by itself, so a stray backtick changes looks and nothing else.
std::string Prose(std::string_view text) {
  std::string out;
  while (true) {
    const size_t open = text.find('`');
    const size_t close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos) break;
    out += Plain(text.substr(0, open));
    out += Code(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  return out + Plain(text);
}

std::string Where(const Location& location) {
  if (location.path.empty()) return "";
  return Code(location.ranged ? fmt::format("{}:{}", location.path, location.begin.line) : location.path);
}

std::string Law(const Finding& finding) {
  const std::string text = Prose(finding.check->cite.empty() ? finding.policy->title : finding.check->cite);
  const std::string url = finding.policy->sources.empty() ? "" : WebAddress(finding.policy->sources.front().url);
  const std::string link = url.empty() ? text : fmt::format("<a href=\"{}\">{}</a>", Escaped(url, EscapeMarkdown), text);
  return fmt::format("{}<br>{}", link, Code(finding.policy->id));
}

std::string Row(const Finding& finding, const Sources& sources, const OutputOptions& options) {
  const bool waived = finding.verdict == Verdict::kWaived;
  std::string what = Prose(Headline(finding));
  if (const std::string manifest = ManifestText(finding, sources, options); !manifest.empty()) what += "<br>" + Prose(manifest);
  if (waived) what += "<br><em>waived</em>: " + Prose(WaiverText(finding));
  if (finding.known_since) what += "<br><em>" + KnownText(finding) + "</em>";
  if (!waived) {
    for (const Advice& advice : AdviceOf(finding)) {
      what += fmt::format("<br><em>help</em>: {}{}", Prose(advice.text), advice.checked ? " (checked)" : "");
    }
  }
  return fmt::format("| {} | {} | {} | {} |\n", waived ? "waived" : fmt::format("**{}**", LevelName(finding.level)), what,
                     Where(LocationOf(finding, sources, options)), Law(finding));
}

}  // namespace

std::string RenderMarkdown(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  const Summary& summary = report.summary;
  const std::string levels = LevelCounts(summary);
  std::string out = fmt::format("### domicile: {}\n", levels.empty() ? "no findings" : levels);
  std::string end = fmt::format("\n{} in {}, {} of {} applied, as of {}{}\n", Count(summary.workloads, "workload"),
                                Count(summary.files, "file"), summary.policies_applied.size(), Count(summary.policies_total, "policy"),
                                FormatDate(summary.as_of), options.catalogue_date.empty() ? "" : ", catalogue of " + options.catalogue_date);
  const std::vector<std::string> left_out = NotLookedAt(summary, 6);
  if (!left_out.empty()) end += "\nNot looked at:\n\n";
  for (const std::string& line : left_out) end += fmt::format("- {}\n", Prose(line));

  size_t shown = 0;
  if (!report.findings.empty()) out += "\n| level | finding | where | law |\n| --- | --- | --- | --- |\n";
  for (const Finding& finding : report.findings) {
    const std::string row = Row(finding, sources, options);
    if (out.size() + row.size() + end.size() > kMostBytes) break;
    out += row;
    ++shown;
  }
  if (shown < report.findings.size()) {
    out += fmt::format("\n{} more did not fit into a comment; the other outputs show them all.\n", report.findings.size() - shown);
  }
  if (!diagnostics.all().empty()) out += "\nCould not be checked:\n\n";
  for (size_t i = 0; i < diagnostics.all().size(); ++i) {
    const Diagnostic& diagnostic = diagnostics.all()[i];
    const std::string where = Where(LocationOf(diagnostic.span, sources, options));
    const std::string line = fmt::format("- {}: {}{}{}\n", diagnostic.level == Diagnostic::Level::kError ? "**error**" : "**warning**", where,
                                         where.empty() ? "" : " ", Prose(diagnostic.message));
    if (out.size() + line.size() + end.size() > kMostBytes) {
      out += fmt::format("- {} more\n", diagnostics.all().size() - i);
      break;
    }
    out += line;
  }
  return out + end;
}

}  // namespace domicile
