#include <fmt/format.h>

#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

// Editors take a line apart at the colons, so the position is there even when only the file is known.
std::string Line(const Location& location, const char* color, std::string_view level, std::string_view check, std::string_view message,
                 const Paint& paint) {
  const std::string where = location.path.empty()
                                ? "domicile"
                                : fmt::format("{}:{}:{}", Printable(location.path), location.begin.line, location.begin.column);
  const std::string id = check.empty() ? ":" : fmt::format("[{}]", check);
  return fmt::format("{}: {}{}{}{} {}\n", where, color, level, id, paint.reset(), Printable(message));
}

}  // namespace

std::string RenderConcise(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& given) {
  OutputOptions options = given;
  options.base.clear();  // As typed: an editor looks from where the program was started.
  const Paint& paint = options.paint;
  std::string out;
  for (const Finding& finding : report.findings) {
    const Location location = LocationOf(finding, sources, options);
    const std::string manifest = ManifestText(finding, sources, options);
    const std::string of = manifest.empty() ? "" : fmt::format(" ({})", manifest);
    if (finding.verdict == Verdict::kWaived) {
      out += Line(location, paint.green(), "waived", finding.check->id,
                  fmt::format("{}{} (waived: {})", finding.message, of, WaiverText(finding)), paint);
      continue;
    }
    const char* color = finding.level == Level::kError ? paint.red() : finding.level == Level::kWarning ? paint.yellow() : paint.blue();
    const std::string known = finding.known_since ? fmt::format(" ({})", KnownText(finding)) : "";
    out += Line(location, color, LevelName(finding.level), finding.check->id, Headline(finding) + of + known, paint);
  }
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const bool error = diagnostic.level == Diagnostic::Level::kError;
    const std::string help = diagnostic.help.empty() ? "" : fmt::format(" (help: {})", diagnostic.help);
    out += Line(LocationOf(diagnostic.span, sources, options), error ? paint.red() : paint.yellow(), error ? "error" : "warning", "",
                diagnostic.message + help, paint);
  }
  return out;
}

}  // namespace domicile
