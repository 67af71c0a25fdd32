// `domicile check`: the line load, parse, formats, places, check, report.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/pipeline.h"
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
    std::vector<std::string> paths, outputs, policies;
    std::string fail_on = "error";
    bool require_facts = false, no_summary = false, quiet = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("paths", options->paths, "files, folders, or - for standard input")->required()->type_name("PATH");
  app.add_option("--policy", options->policies, "only these policies (ids)")->type_name("ID")->allow_extra_args(false);
  app.add_option("--output,-o", options->outputs, "FORMAT or FORMAT:FILE; may be repeated")->type_name("FORMAT[:FILE]")->allow_extra_args(false);
  app.add_option("--fail-on", options->fail_on, "exit 1 at this level or above: error, warning, review, note or never")
      ->check(CLI::IsMember({"error", "warning", "review", "note", "never"}).description(""))
      ->type_name("LEVEL");
  app.add_flag("--require-facts", options->require_facts, "exit 2 when no workload was understood");
  app.add_flag("--no-summary", options->no_summary, "leave the closing summary out of text output");
  app.add_flag("--quiet,-q", options->quiet, "print nothing when nothing was found");
  return [options](const SessionOptions& given) {
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
    CheckOptions check;
    check.as_of = session.as_of;
    for (const std::string& id : options->policies) {
      const Policy* policy = session.FindPolicy(id);
      if (!policy) return kExitTrouble;
      check.only.push_back(policy);
    }
    Diagnostics diagnostics;
    Understood understood = Understand(session, options->paths, diagnostics);
    const Report report = CheckAll(session, understood, check, diagnostics);

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
    if (exit == kExitTrouble || diagnostics.error_count() > 0) return kExitTrouble;
    if (report.summary.files == 0) return Trouble("there is nothing to check here", "name files, or a folder that holds YAML or JSON files");
    if (options->require_facts && report.summary.workloads == 0) return Trouble("no workload was understood in what was given");
    if (options->fail_on == "never") return kExitOk;
    const Level threshold = *ParseLevel(options->fail_on);
    for (const Finding& finding : report.findings)
      if (finding.verdict != Verdict::kWaived && finding.level >= threshold) return kExitFindings;
    return kExitOk;
  };
}

}  // namespace domicile
