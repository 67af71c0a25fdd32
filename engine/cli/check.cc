// `domicile check`: the line load, parse, formats, places, check, report.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/asked.h"
#include "engine/cli/baseline.h"
#include "engine/cli/pipeline.h"
#include "engine/cli/staged.h"
#include "engine/cli/verbs.h"
#include "engine/report/report.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

struct Output {
  const OutputFormat* format = nullptr;
  std::string file;   // Empty: standard output.
};

std::optional<Output> ParseOutput(const std::string& text) {
  Output output;
  const size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  if (colon != std::string::npos) output.file = text.substr(colon + 1);
  output.format = FindOutputFormat(name);
  if (output.format && !(colon != std::string::npos && output.file.empty())) return output;
  std::vector<std::string_view> names;
  for (const OutputFormat& format : OutputFormats()) names.push_back(format.name);
  if (!output.format) {
    Trouble(fmt::format("`{}` is not an output format", name), DidYouMean(name, names).empty() ? "`domicile list outputs` shows them all" : DidYouMean(name, names));
  } else {
    Trouble(fmt::format("`{}` names no file", text), "write FORMAT:FILE, or FORMAT alone for standard output");
  }
  return std::nullopt;
}

}  // namespace

Run AddCheck(CLI::App& app) {
  struct Options {
    std::vector<std::string> paths, outputs;
    std::string baseline, write_baseline;
    Asked asked;
    bool require_facts = false, no_summary = false, quiet = false, staged = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("paths", options->paths, "files, folders, or - for standard input")->type_name("PATH");
  app.add_option("--output,-o", options->outputs, "FORMAT or FORMAT:FILE; may be repeated")->type_name("FORMAT[:FILE]")->allow_extra_args(false);
  AddAskedOptions(app, options->asked);
  app.add_flag("--staged", options->staged, "only files that are staged in git (of the paths, if any are named)");
  app.add_option("--baseline", options->baseline, "findings in this file are known and do not fail the run")->type_name("FILE");
  app.add_option("--write-baseline", options->write_baseline, "write all that was found to this file")->type_name("FILE");
  app.add_flag("--require-facts", options->require_facts, "exit 2 when no workload was understood");
  app.add_flag("--no-summary", options->no_summary, "leave the closing summary out of text output");
  app.add_flag("--quiet,-q", options->quiet, "print nothing when nothing was found");
  return [options](const SessionOptions& given) {
    if (options->paths.empty() && !options->staged) return Trouble("nothing is named to check", "name files or folders, `.` for all here, or --staged");
    std::vector<Output> outputs;
    for (const std::string& text : options->outputs) {
      auto output = ParseOutput(text);
      if (!output) return kExitTrouble;
      outputs.push_back(std::move(*output));
    }
    if (outputs.empty()) outputs.push_back({FindOutputFormat("text"), ""});
    Session session(given);
    if (!session.Open()) return kExitTrouble;
    if (session.knowledge->policies.empty())
      return Trouble("there is no policy to check against", "name your own with --policies, or leave out --no-builtin");
    const std::optional<CheckOptions> check = CheckOptionsOf(session, options->asked);
    if (!check) return kExitTrouble;
    Diagnostics diagnostics;
    std::optional<Baseline> baseline;
    if (!options->baseline.empty()) {
      baseline = ReadBaseline(session, options->baseline, diagnostics);
      session.Print(diagnostics);
      if (!baseline) return kExitTrouble;
      diagnostics = {};
    }
    std::vector<std::string> paths = options->paths;
    if (options->staged) {
      auto staged = StagedFiles(paths);
      if (!staged) return kExitTrouble;
      paths = std::move(*staged);
    }
    CheckRun run(session, *check);
    Understood understood = Understand(session, paths, diagnostics, {.named_as_found = options->staged, .take = [&](UnderstoodFile& file, const Workload& workload) { run.Look(file, workload); }});
    Report report = run.Finish(understood, diagnostics);
    ReportWaivers(session, understood, paths, *check, diagnostics);
    if (baseline) ApplyBaseline(*baseline, report, session.sources);

    int exit = kExitOk;
    OutputOptions with;
    with.version = DOMICILE_VERSION;
    with.catalogue_date = FormatDate(session.knowledge->catalogue_date);
    std::error_code ignored;
    with.base = std::filesystem::current_path(ignored).string();
    with.summary = !options->no_summary;
    bool nothing = report.findings.empty() && diagnostics.all().empty();
    for (const Output& output : outputs) {
      if (output.file.empty()) {
        if (nothing && (options->quiet || (report.summary.files == 0 && report.summary.skipped.empty() && output.format->name == "text"))) continue;
        with.paint = session.PaintFor(1);
        const std::string text = output.format->render(report, diagnostics, session.sources, with);
        if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) exit = Trouble("standard output could not be written");
        continue;
      }
      with.paint = Paint{};
      std::ofstream file(output.file, std::ios::binary | std::ios::trunc);
      file << output.format->render(report, diagnostics, session.sources, with);
      file.close();
      if (!file) exit = Trouble(fmt::format("`{}` could not be written", output.file));
    }
    if (exit == kExitTrouble || diagnostics.error_count() > 0) {
      return options->write_baseline.empty() ? kExitTrouble : Trouble(fmt::format("`{}` was not written: not everything could be checked", options->write_baseline));
    }
    if (!options->write_baseline.empty()) {
      std::ofstream file(options->write_baseline, std::ios::binary | std::ios::trunc);
      file << RenderBaseline(report, options->write_baseline, session.sources, session.as_of);
      file.close();
      if (!file) return Trouble(fmt::format("`{}` could not be written", options->write_baseline));
      return kExitOk;   // All of it is known from now on.
    }
    // Nothing staged, or nothing but what the project excludes, is a commit with nothing to look at.
    const bool excluded = report.summary.skipped.contains("excluded by the project file");
    if (report.summary.files == 0 && !options->staged && !excluded) return Trouble("there is nothing to check here", "name files, or a folder that holds YAML or JSON files");
    if (options->require_facts && report.summary.workloads == 0) return Trouble("no workload was understood in what was given");
    const std::string fail_on = FailOn(session, options->asked);
    if (fail_on == "never") return kExitOk;
    const Level threshold = *ParseLevel(fail_on);
    for (const Finding& finding : report.findings)
      if (finding.verdict != Verdict::kWaived && !finding.known_since && finding.level >= threshold) return kExitFindings;
    return kExitOk;
  };
}

}  // namespace domicile
