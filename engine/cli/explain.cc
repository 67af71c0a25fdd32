// `domicile explain`: what a policy, a check, a rule or a fact asks, of whom, and on what ground.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/verbs.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

std::string Join(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : ", ") + one;
  return text;
}

std::string CheckText(const Check& check) {
  std::string text = fmt::format("  {} ({})\n    {}\n    law:   {}\n    rule:  {}: {}\n", check.id, LevelName(check.level),
                                 check.title.empty() ? check.rule->summary : check.title, check.cite, check.rule->id, check.rule->summary);
  for (const auto& [name, argument] : check.arguments)
    if (!argument.empty()) text += fmt::format("    {}: {}\n", name, argument);
  if (check.absent_is_violation) text += "    without evidence: a violation where every possible place offends\n";
  if (check.effective) text += fmt::format("    from:  {}\n", FormatDate(*check.effective));
  if (check.until) text += fmt::format("    until: {}\n", FormatDate(*check.until));
  return text;
}

std::string PolicyText(const Policy& policy, const Session& session, const Check* only) {
  std::string text = fmt::format("{}: {}\n{}\n\n", policy.id, policy.title, policy.summary);
  text += fmt::format("instrument:   {}\n", policy.instrument);
  if (!policy.jurisdiction.empty()) text += fmt::format("jurisdiction: {}\n", Join(policy.jurisdiction));
  text += fmt::format("status:       {}{}\n", StatusName(policy.status), IsEnabled(policy.status) ? "" : " (not applied by `check`)");
  if (policy.effective) text += fmt::format("in force:     from {}{}\n", FormatDate(*policy.effective), policy.until ? " until " + FormatDate(*policy.until) : "");
  text += fmt::format("confidence:   {}{}\n", policy.confidence, policy.confidence_note.empty() ? "" : ": " + policy.confidence_note);
  if (policy.reviewed) text += fmt::format("reviewed:     {}{}\n", FormatDate(*policy.reviewed), policy.review_by ? ", to be read again by " + FormatDate(*policy.review_by) : "");
  if (!policy.penalties.empty()) text += fmt::format("penalties:    {}\n", policy.penalties);
  text += "\nchecks\n";
  for (const Check& check : policy.checks())
    if (!only || only == &check) text += CheckText(check);
  if (!policy.notes.empty()) {
    text += "\nnotes\n";
    for (const std::string& note : policy.notes) text += fmt::format("  - {}\n", note);
  }
  if (!policy.sources.empty()) {
    text += "\nsources\n";
    for (const SourceReference& source : policy.sources)
      text += fmt::format("  - {}{}{} (read {})\n", source.title, source.url.empty() ? "" : ", ", source.url, source.read);
  }
  if (policy.examples.size() > 0) {
    text += "\nexamples\n";
    for (size_t i = 0; i < policy.examples.size(); ++i) {
      const Value example = policy.examples.item(i);
      std::string verdicts;
      for (std::string_view key : {"pass", "violation", "missing_evidence", "undetermined", "not_applicable"})
        if (const Value ids = example[key]) {
          std::string names;
          for (size_t k = 0; k < ids.size() && ids.is_sequence(); ++k) names += (names.empty() ? "" : ", ") + std::string(ids.item(k).text());
          verdicts += fmt::format("{}{}: {}", verdicts.empty() ? "" : "; ", key, names);
        }
      text += fmt::format("  - {}: {}\n", example["name"].text(), verdicts);
    }
  }
  text += fmt::format("\nwritten in {}\n", session.sources.name(policy.span.source));
  return text;
}

std::string RuleText(const Rule& rule, const Session& session) {
  std::string text = fmt::format("{}: {}\n{}\n\nparameters\n", rule.id, rule.summary, rule.why);
  for (const ParameterDefinition& parameter : rule.parameters)
    text += fmt::format("  {} ({}{}){}{}\n", parameter.name, parameter.type, parameter.optional ? ", optional" : "", parameter.means.empty() ? "" : ": ", parameter.means);
  text += "\nasked for by\n";
  for (const auto& policy : session.knowledge->policies)
    for (const Check& check : policy->checks())
      if (check.rule == &rule) text += fmt::format("  {} ({})\n", check.id, check.cite);
  return text;
}

std::string FactTextOf(const FactDefinition& fact, const Session& session) {
  std::string text = fmt::format("{} ({}): {}\n", fact.name, FactTypeName(fact.type), fact.means);
  if (const std::string where = session.knowledge->vocabulary.WhereToWrite(session.knowledge->vocabulary.Find(fact.name)); !where.empty())
    text += fmt::format("written in {}\n", where);
  if (fact.absent) text += fmt::format("not declared means {}\n", *fact.absent);
  for (const NameValue& value : fact.values)
    text += fmt::format("  {}{}{}{}\n", value.name, value.means.empty() ? "" : ": ", value.means, value.aliases.empty() ? "" : " (also " + Join(value.aliases) + ")");
  return text;
}

}  // namespace

Run AddExplain(CLI::App& app) {
  auto id = std::make_shared<std::string>();
  app.add_option("id", *id, "a policy, a check, a rule or a fact")->required()->type_name("ID");
  return [id](const SessionOptions& given) {
    Session session(given);
    if (!session.Open()) return kExitTrouble;
    const Knowledge& knowledge = *session.knowledge;
    std::string text;
    if (const Policy* policy = knowledge.FindPolicy(*id)) {
      text = PolicyText(*policy, session, nullptr);
    } else if (const auto [of, check] = knowledge.FindCheck(*id); check) {
      text = PolicyText(*of, session, check);
    } else if (const Rule* found_rule = knowledge.FindRule(*id)) {
      text = RuleText(*found_rule, session);
    } else if (const FactId fact = knowledge.vocabulary.Find(*id); fact != kNoFact) {
      text = FactTextOf(knowledge.vocabulary.at(fact), session);
    } else {
      std::vector<std::string_view> names = knowledge.vocabulary.Names();
      for (const auto& each : knowledge.policies) {
        names.push_back(each->id);
        for (const std::string& alias : each->aliases) names.push_back(alias);
        for (const Check& one : each->checks()) names.push_back(one.id);
      }
      for (const auto& each : knowledge.rules) names.push_back(each->id);
      std::string hint = DidYouMean(*id, names);
      if (hint.empty()) hint = "`domicile list policies` and `domicile list rules` show what there is";
      return Trouble(fmt::format("there is no policy, check, rule or fact `{}`", *id), hint);
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  };
}

}  // namespace domicile
