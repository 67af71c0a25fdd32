#include "engine/cli/asked.h"

#include <CLI/CLI.hpp>

namespace domicile {

void AddAskedOptions(CLI::App& app, Asked& asked) {
  app.add_option("--policy", asked.policies, "only these policies (ids)")->type_name("ID")->allow_extra_args(false);
  app.add_option("--fail-on", asked.fail_on, "exit 1 at this level or above: error (when nothing is said), warning, review, note or never")
      ->check(CLI::IsMember({"error", "warning", "review", "note", "never"}).description(""))
      ->type_name("LEVEL");
}

std::optional<CheckOptions> CheckOptionsOf(const Session& session, const Asked& asked) {
  CheckOptions options;
  options.as_of = session.as_of;
  for (const std::string& id : asked.policies) {
    const Policy* policy = session.FindPolicy(id);
    if (!policy) return std::nullopt;
    options.only.push_back(policy);
  }
  // Who names a policy wants it asked, whatever the project leaves out.
  if (!options.only.empty()) return options;
  options.only = session.project.only;
  for (const WithoutPolicy& without : session.project.without) options.without.push_back(without.policy);
  return options;
}

std::string FailOn(const Session& session, const Asked& asked) {
  if (!asked.fail_on.empty()) return asked.fail_on;
  return session.project.fail_on.empty() ? "error" : session.project.fail_on;
}

}  // namespace domicile
