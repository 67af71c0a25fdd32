// `domicile facts`: what was understood of manifests.
#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/pipeline.h"
#include "engine/cli/verbs.h"
#include "engine/report/understood.h"

namespace domicile {

Run AddFacts(CLI::App& app) {
  struct Options {
    std::vector<std::string> paths;
    std::string output = "text";
  };
  auto options = std::make_shared<Options>();
  app.add_option("paths", options->paths, "files, folders, or - for standard input")->required()->type_name("PATH");
  app.add_option("--output,-o", options->output, "text or json")->check(CLI::IsMember({"text", "json"}).description(""))->type_name("FORMAT");
  return [options](const SessionOptions& given) {
    Session session(given);
    if (!session.Open()) return kExitTrouble;
    Diagnostics diagnostics;
    // What no policy could ask about is shown all the same: images, above all.
    Understood understood = Understand(session, options->paths, diagnostics, {.keep_silent = true});
    for (UnderstoodFile& file : understood.files)
      for (Extraction& extraction : file.extractions)
        extraction.count -= std::erase_if(extraction.workloads, [&](const Workload& workload) { return workload.placements.empty() && SaysNothing(workload, session.knowledge->vocabulary); });
    Summary summary;
    Summarise(understood, summary);
    std::vector<UnderstoodPart> parts;
    for (UnderstoodFile& file : understood.files) {
      UnderstoodPart part;
      part.source = file.source;
      for (const Extraction& extraction : file.extractions)
        for (const Workload& workload : extraction.workloads) part.workloads.push_back(&workload);
      parts.push_back(std::move(part));
      diagnostics.Append(std::move(file.diagnostics));
    }
    OutputOptions with;
    with.version = DOMICILE_VERSION;
    with.paint = session.PaintFor(1);
    std::error_code ignored;
    with.base = std::filesystem::current_path(ignored).string();
    const auto render = options->output == "json" ? UnderstoodJson : UnderstoodText;
    const std::string text = render(parts, summary, session.knowledge->vocabulary, session.sources, with);
    std::fwrite(text.data(), 1, text.size(), stdout);
    session.Print(diagnostics);
    if (diagnostics.error_count() > 0) return kExitTrouble;
    if (summary.files == 0) return Trouble("there is nothing to read here", "name files, or a folder that holds YAML or JSON files");
    return kExitOk;
  };
}

}  // namespace domicile
