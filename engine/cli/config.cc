// `domicile config`: the configuration that a run has, and which file or option set each value.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/asked.h"
#include "engine/cli/verbs.h"
#include "engine/report/understood.h"

namespace domicile {
namespace {

// Why a value of the project file does not count in this run; empty when it does.
std::string Overridden(const Setting& setting, const SessionOptions& options, const Asked& asked) {
  if ((setting.name == "only" || setting.name == "without") && !asked.policies.empty()) return "--policy";
  if (setting.name == "fail_on" && !asked.fail_on.empty()) return "--fail-on";
  if (setting.name != "assume") return "";
  const std::string name = setting.value.substr(0, setting.value.find('=') + 1);
  return std::any_of(options.assume.begin(), options.assume.end(), [&](const std::string& pair) { return pair.starts_with(name); }) ? "--assume" : "";
}

std::vector<std::vector<std::string>> Rows(const Session& session, const Asked& asked) {
  const SessionOptions& options = session.options;
  const Project& project = session.project;
  std::vector<std::vector<std::string>> rows = {{"setting", "value", "set by"}};
  const auto add = [&](std::string name, std::string value, std::string by) { rows.push_back({std::move(name), std::move(value), std::move(by)}); };
  add("project file", project.file.empty() ? "none" : project.file,
      options.isolated ? "--isolated" : !options.config.empty() ? "--config" : project.file.empty() ? "none upward of here" : "the nearest upward");
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  add("as_of", FormatDate(session.as_of), !options.as_of.empty() ? "--as-of" : epoch ? "SOURCE_DATE_EPOCH" : "today");
  const auto builtin = std::count_if(session.knowledge->policies.begin(), session.knowledge->policies.end(), [](const auto& policy) { return policy->builtin; });
  add("built-in policies", std::to_string(builtin), options.builtin ? "built in" : "--no-builtin");
  for (const std::string& path : options.policies) add("policies", path, "--policies");
  for (const std::string& id : asked.policies) add("only", id, "--policy");
  if (!asked.fail_on.empty()) add("fail_on", asked.fail_on, "--fail-on");
  else if (project.fail_on.empty()) add("fail_on", FailOn(session, asked), "built in");
  for (const std::string& pair : options.assume) add("assume", pair, "--assume");
  for (const Setting& setting : project.settings) {
    const std::string by = Overridden(setting, options, asked);
    add(setting.name, setting.value, by.empty() ? setting.by : fmt::format("{}, not used: {}", setting.by, by));
  }
  add("color", options.color, options.color == "auto" ? "built in" : "--color");
  add("jobs", std::to_string(session.jobs()), options.jobs ? "--jobs" : "one for each core");
  return rows;
}

}  // namespace

Run AddConfig(CLI::App& app) {
  struct Options {
    Asked asked;
    std::string output = "text";
  };
  auto options = std::make_shared<Options>();
  AddAskedOptions(app, options->asked);
  app.add_option("--output,-o", options->output, "text, csv or json")->check(CLI::IsMember({"text", "csv", "json"}).description(""))->type_name("FORMAT");
  return [options](const SessionOptions& given) {
    Session session(given);
    if (!session.Open() || !CheckOptionsOf(session, options->asked)) return kExitTrouble;
    const auto table = options->output == "csv" ? CsvTable : options->output == "json" ? JsonTable : TextTable;
    const std::string text = table(Rows(session, options->asked));
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  };
}

}  // namespace domicile
