// domicile: checks where the data of AI workloads would go. A table of verbs; each has its file under engine/cli/.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/session.h"
#include "engine/cli/usage.h"
#include "engine/cli/verbs.h"

namespace domicile {
namespace {

constexpr Verb kVerbs[] = {
    {"check", "check manifests against the policies that apply", AddCheck},
    {"facts", "show what was understood of manifests, fact by fact", AddFacts},
    {"list", "list policies, rules, formats, providers, facts or outputs", AddList},
    {"explain", "explain a policy, a check, a rule or a fact", AddExplain},
    {"where", "where a region, an endpoint or a model stores and processes, and who can be made to disclose it", AddWhere},
    {"matrix", "where data may go: every region or deployment type, judged", AddMatrix},
    {"diff-law", "what law comes into force or lapses between two days, and what that changes", AddDiffLaw},
    {"config", "show the resulting configuration, and what set each value", AddConfig},
    {"init", "write a .domicile.yaml with what to fill in here", AddInit},
    {"test", "run the examples of rules, policies, formats and providers", AddTest},
};

int Main(int argc, char** argv) {
  CLI::App app{"domicile checks where the data of AI workloads would go, against the law of each place."};
  app.name("domicile");
  app.set_help_flag("-h,--help", "this help");
  app.require_subcommand(1);
  app.fallthrough();
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->label("REQUIRED", "");
  SessionOptions options;
  bool no_builtin = false;
  app.add_option("--policies", options.policies, "files or folders of your own policies, rules, formats and providers")->type_name("PATH")->allow_extra_args(false);
  app.add_flag("--no-builtin", no_builtin, "leave out the policies that come with domicile");
  app.add_option("--config", options.config, "the project file (the nearest .domicile.yaml upward otherwise)")->type_name("FILE");
  app.add_flag("--isolated", options.isolated, "look for no project file");
  app.add_option("--assume", options.assume, "the value of a variable: --assume REGION=eu-central-1; may be repeated")->type_name("NAME=VALUE")->allow_extra_args(false);
  app.add_option("--as-of", options.as_of, "the day whose law counts (today otherwise)")->type_name("DATE");
  app.add_option("--color", options.color, "auto, always or never")->check(CLI::IsMember({"auto", "always", "never"}).description(""))->type_name("WHEN");
  app.add_option("--jobs,-j", options.jobs, "threads (one for each core otherwise)")->check(CLI::Range(1, 256).description(""))->type_name("N");
  bool version = false;
  app.add_flag("--version", version, "the version and the date of the catalogue");
  std::vector<std::pair<CLI::App*, Run>> runs;
  for (const Verb& verb : kVerbs) {
    CLI::App* sub = app.add_subcommand(std::string(verb.name), std::string(verb.summary));
    sub->group("Verbs");
    runs.emplace_back(sub, verb.add(*sub));
  }
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  // `--version` needs no verb.
  for (const std::string& argument : arguments) {
    if (!argument.starts_with('-')) break;
    if (argument == "--version") app.require_subcommand(0);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return SayUsage(error, app);
  }
  options.builtin = !no_builtin;
  if (version) {
    Session session(options);
    if (!session.Open()) return kExitTrouble;
    fmt::print("domicile {} (catalogue of {}, {} policies)\n", DOMICILE_VERSION, FormatDate(session.knowledge->catalogue_date), session.knowledge->policies.size());
    return kExitOk;
  }
  for (const auto& [sub, run] : runs)
    if (sub->parsed()) return run(options);
  return kExitTrouble;
}

}  // namespace
}  // namespace domicile

int main(int argc, char** argv) {
  try {
    const int exit = domicile::Main(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return domicile::Trouble("standard output could not be written");
    return exit;
  } catch (const std::exception& error) {   // Out of memory, a full disk: nothing that we throw.
    return domicile::Trouble(error.what());
  }
}
