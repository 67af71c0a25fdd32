// `domicile list`: what domicile knows.
#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/verbs.h"
#include "engine/report/understood.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

std::string ListPolicies(const Session& session, double stale_hours) {
  std::vector<std::vector<std::string>> rows = {{"id", "places", "status", "confidence", "reviewed", "title"}};
  for (const auto& policy : session.knowledge->policies) {
    if (stale_hours > 0 && policy->reviewed && (session.as_of.days - policy->reviewed->days) * 24.0 <= stale_hours &&
        !(policy->review_by && *policy->review_by <= session.as_of))
      continue;
    rows.push_back({policy->id, Joined(policy->jurisdiction), std::string(StatusName(policy->status)), policy->confidence,
                    policy->reviewed ? FormatDate(*policy->reviewed) : "", policy->title});
  }
  return TextTable(rows);
}

// The index that stands in policies/README.md; a test compares.
std::string PolicyIndex(const Session& session) {
  std::string text =
      "# The policies\n\nOne file for each legal instrument. This page is made by `domicile list policies --markdown`; a test compares it.\n\n"
      "| policy | title | places | what it asks | status | confidence | reviewed |\n|---|---|---|---|---|---|---|\n";
  const auto cell = [](std::string written) {
    for (size_t at = written.find('|'); at != std::string::npos; at = written.find('|', at + 2)) written.replace(at, 1, "\\|");
    return written;
  };
  for (const auto& policy : session.knowledge->policies)
    text += fmt::format("| [{}]({}.yaml) | {} | {} | {} | {} | {} | {} |\n", policy->id, policy->id, cell(policy->title), Joined(policy->jurisdiction), cell(policy->summary),
                        StatusName(policy->status), policy->confidence, policy->reviewed ? FormatDate(*policy->reviewed) : "");
  return text;
}

std::string ListRules(const Session& session) {
  std::vector<std::vector<std::string>> rows = {{"rule", "looks at", "promise"}};
  for (const auto& rule : session.knowledge->rules)
    rows.push_back({rule->id, rule->scope == Scope::kPlacement ? "placement" : rule->scope == Scope::kData ? "data" : "workload", rule->summary});
  std::sort(rows.begin() + 1, rows.end());
  return TextTable(rows);
}

std::string ListFormats(const Session& session) {
  std::vector<std::vector<std::string>> rows = {{"format", "what it is"}};
  rows.push_back({"workload", "our own manifests, in the long and the short form"});
  for (const auto& format : session.knowledge->formats.all) rows.push_back({format->id, format->title});
  std::sort(rows.begin() + 1, rows.end());
  return TextTable(rows);
}

std::string ListProviders(const Session& session) {
  std::vector<std::vector<std::string>> rows = {{"provider", "home", "parent", "kind", "regions", "title"}};
  const Catalogue& catalogue = session.knowledge->catalogue;
  const auto code = [&](PlaceId id) { return id == kNoPlace ? std::string("?") : catalogue.place(id).code; };
  for (size_t i = 0; i < catalogue.provider_count(); ++i) {
    const Provider& provider = catalogue.provider(i);
    rows.push_back({provider.id, code(provider.run_by.country), code(provider.run_by.parent), provider.category, std::to_string(provider.regions.size()), provider.title});
  }
  std::sort(rows.begin() + 1, rows.end());
  return TextTable(rows);
}

std::string ListFacts(const Session& session) {
  std::string text;
  for (const FactDefinition& fact : session.knowledge->vocabulary.all()) {
    text += fmt::format("{} ({}{})\n    {}\n", fact.name, FactTypeName(fact.type), fact.derived ? ", derived" : "", fact.means);
    if (const std::string where = session.knowledge->vocabulary.WhereToWrite(session.knowledge->vocabulary.Find(fact.name)); !where.empty())
      text += fmt::format("    written in {}\n", where);
    if (fact.absent) text += fmt::format("    not declared: {}\n", *fact.absent);
    if (!fact.values.empty()) {
      std::vector<std::string> names;
      for (const NameValue& value : fact.values) names.push_back(value.name);
      text += fmt::format("    values: {}\n", Joined(names));
    }
  }
  text += "\nevidence\n";
  for (const EvidenceDefinition& evidence : session.knowledge->vocabulary.evidence())
    text += fmt::format("    {}{}{}\n", evidence.name, evidence.means.empty() ? "" : ": ", evidence.means);
  return text;
}

std::string ListOutputs() {
  std::vector<std::vector<std::string>> rows = {{"output", "what it is"}};
  for (const OutputFormat& format : OutputFormats()) rows.push_back({std::string(format.name), std::string(format.summary)});
  return TextTable(rows);
}

}  // namespace

Run AddList(CLI::App& app) {
  struct Options {
    std::string what, stale;
    bool markdown = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("what", options->what, "policies, rules, formats, providers, facts or outputs")->required()->type_name("WHAT");
  app.add_option("--stale", options->stale, "of policies: only those reviewed longer ago than this (180d), or past their review date")->type_name("DURATION");
  app.add_flag("--markdown", options->markdown, "of policies: the index that stands in policies/README.md");
  return [options](const SessionOptions& given) {
    constexpr std::string_view kWhat[] = {"policies", "rules", "formats", "providers", "facts", "outputs"};
    if (std::find(std::begin(kWhat), std::end(kWhat), options->what) == std::end(kWhat)) {
      const std::string hint = DidYouMean(options->what, kWhat);
      return Trouble(fmt::format("`{}` cannot be listed", options->what), hint.empty() ? "policies, rules, formats, providers, facts and outputs can" : hint);
    }
    double stale = 0;
    if (!options->stale.empty()) {
      const auto hours = ParseDuration(options->stale);
      if (!hours) return Trouble(fmt::format("`{}` is not a duration", options->stale), "write it with its unit: 180d, 6mo, 1y");
      if (options->what != "policies") return Trouble("`--stale` goes with policies only", "write `domicile list policies --stale " + options->stale + "`");
      stale = *hours;
    }
    Session session(given);
    if (!session.Open()) return kExitTrouble;
    std::string text;
    if (options->what == "policies") text = options->markdown ? PolicyIndex(session) : ListPolicies(session, stale);
    if (options->what == "rules") text = ListRules(session);
    if (options->what == "formats") text = ListFormats(session);
    if (options->what == "providers") text = ListProviders(session);
    if (options->what == "facts") text = ListFacts(session);
    if (options->what == "outputs") text = ListOutputs();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  };
}

}  // namespace domicile
