// `domicile test`: runs examples.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/check/examples.h"
#include "engine/cli/verbs.h"

namespace domicile {

Run AddTest(CLI::App& app) {
  struct Options {
    std::vector<std::string> paths;
    bool coverage = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("paths", options->paths, "files or folders whose examples to run (all that domicile has otherwise)")->type_name("PATH");
  app.add_flag("--coverage", options->coverage, "show the checks that were never seen to pass, to be broken or to be undetermined");
  return [options](const SessionOptions& given) {
    SessionOptions with = given;
    with.policies.insert(with.policies.end(), options->paths.begin(), options->paths.end());
    with.everything = true;
    Session session(with);
    if (!session.Open()) return kExitTrouble;
    // Without any every example of all there is would run.
    if (!options->paths.empty() && session.own_sources.empty()) return Trouble("there is nothing to test in what was given", "name files of policies, rules, providers or formats, or a folder that holds some");
    Diagnostics diagnostics;
    const ExampleReport report = RunExamples(*session.knowledge, options->paths.empty() ? std::vector<uint32_t>{} : session.own_sources, diagnostics);
    session.Print(diagnostics);
    const Paint paint = session.PaintFor(1);
    std::string text;
    for (const ExampleFailure& failure : report.failures)
      text += fmt::format("{}failed{}: {}\n{}", paint.red(), paint.reset(), failure.message, Snippet(session.sources, {{failure.span, ""}}, paint));
    size_t uncovered = 0;
    for (const auto& [id, seen] : report.checks) {
      const auto [policy, check] = session.knowledge->FindCheck(id);
      const std::string missing = check ? NeverSeen(seen, *check->rule) : "";
      if (missing.empty()) continue;
      ++uncovered;
      if (options->coverage) text += fmt::format("uncovered: {} was never seen {}\n", id, missing);
    }
    const auto counted = [](size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); };
    text += fmt::format("{}, {} failed; {}, {} not seen with every verdict\n", counted(report.ran, "example"), report.failures.size(),
                        counted(report.checks.size(), "check"), uncovered);
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (diagnostics.error_count() > 0) return kExitTrouble;
    if (report.ran == 0) return Trouble("there are no examples to run");
    return report.failures.empty() && !(options->coverage && uncovered) ? kExitOk : kExitFindings;
  };
}

}  // namespace domicile
