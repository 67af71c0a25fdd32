// `domicile explain`: what a policy, a check, a rule or a fact asks, of whom, and on what ground.
#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/verbs.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

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
  if (!policy.jurisdiction.empty()) text += fmt::format("jurisdiction: {}\n", Joined(policy.jurisdiction));
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
    text += fmt::format("  {}{}{}{}\n", value.name, value.means.empty() ? "" : ": ", value.means, value.aliases.empty() ? "" : " (also " + Joined(value.aliases) + ")");
  return text;
}

std::string ProviderText(const Provider& provider, const Catalogue& catalogue) {
  const Operator& op = provider.run_by;
  const auto code = [&](PlaceId id) { return id == kNoPlace ? std::string("not known") : catalogue.place(id).code; };
  std::string text = fmt::format("{}: {} ({})\n", provider.id, provider.title, provider.category);
  if (!provider.cloud.empty()) text += fmt::format("a service of {}: regions, endpoints and routing are written there\n", provider.cloud);
  text += fmt::format("\noperator:     {}\nseat:         {}\nparent:       {}{}\ncompelled by: {}{}\n", op.name.empty() ? provider.title : op.name, code(op.country),
                      op.parent_name.empty() ? "" : op.parent_name + ", ", code(op.parent), op.compelled_by.empty() ? "nothing known" : Joined(op.compelled_by),
                      op.unverified ? " (not verified)" : "");
  if (!provider.regions.empty()) text += "\nregions\n";
  for (const Region& region : provider.regions)
    text += fmt::format("  {:<24} {}{}{}\n", region.id, catalogue.Text(region.places), region.run_by.empty() ? "" : ", run by " + region.run_by,
                        region.unverified ? " (not verified)" : "");
  if (!provider.routing.empty()) text += "\nrouting\n";
  for (const RoutingRow& row : provider.routing) {
    const auto source = provider.sources.find(row.source);
    text += fmt::format("  {}{}{}: {}{}{}\n", row.service.empty() ? "any service" : row.service, row.deployments.empty() ? "" : ", ", Joined(row.deployments), row.because,
                        source == provider.sources.end() ? "" : fmt::format(" ({}, read {})", source->second.title, source->second.read),
                        row.unverified ? " (not verified)" : "");
  }
  return text;
}

std::string GroupText(const Group& group) {
  std::string text = fmt::format("{}: {}{}\n\nmembers\n", group.id, group.title, group.complete ? "" : "\nnot complete: a place that is not named may belong all the same");
  for (const GroupMember& member : group.members)
    text += fmt::format("  {}{}{}{}{}{}\n", member.name, member.since ? " since " + FormatDate(*member.since) : "", member.until ? " until " + FormatDate(*member.until) : "",
                        member.when ? ", on a condition" : "", member.note.empty() ? "" : " (" + member.note + ")", member.unverified ? " (not verified)" : "");
  if (!group.sources.empty()) text += "\nsources\n";
  for (const SourceNote& source : group.sources) text += fmt::format("  - {}{}\n", source.title, source.read.empty() ? "" : " (read " + source.read + ")");
  return text;
}

std::string EvidenceText(const EvidenceDefinition& evidence, const Session& session) {
  std::string text = fmt::format("{}{}{}\nwritten in `safeguards` or `certified`, by name or as {{type, id, valid_until, issued}}\n", evidence.name,
                                 evidence.means.empty() ? "" : ": ", evidence.means);
  if (!evidence.aliases.empty()) text += fmt::format("also written {}\n", Joined(evidence.aliases));
  if (!evidence.max_age.empty()) text += fmt::format("counts for {} from `issued`\n", evidence.max_age);
  text += "\nasked for by\n";
  for (const auto& policy : session.knowledge->policies)
    for (const Check& check : policy->checks())
      for (const auto& [name, argument] : check.arguments)
        if (argument.find(evidence.name) != std::string::npos && (name == "evidence" || name == "certificate"))
          text += fmt::format("  {} ({})\n", check.id, check.cite);
  return text;
}

}  // namespace

Run AddExplain(CLI::App& app) {
  auto id = std::make_shared<std::string>();
  app.add_option("id", *id, "a policy, a check, a rule, a fact, a group of places, evidence, a format or a provider")->required()->type_name("ID");
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
    } else if (const Group* group = knowledge.catalogue.FindGroup(*id)) {
      text = GroupText(*group);
    } else if (const EvidenceDefinition* evidence = knowledge.vocabulary.FindEvidence(*id)) {
      text = EvidenceText(*evidence, session);
    } else if (const auto format = std::find_if(knowledge.formats.all.begin(), knowledge.formats.all.end(), [&](const auto& f) { return f->id == *id; });
               format != knowledge.formats.all.end()) {
      text = fmt::format("{}: {}\n{}{}written in {}\n", (*format)->id, (*format)->title, (*format)->url, (*format)->url.empty() ? "" : "\n",
                         session.sources.name((*format)->span.source));
    } else if (const Provider* provider = knowledge.catalogue.FindProvider(*id)) {
      text = ProviderText(*provider, knowledge.catalogue);
    } else {
      std::vector<std::string_view> names = knowledge.vocabulary.Names();
      for (const auto& each : knowledge.policies) {
        names.push_back(each->id);
        for (const std::string& alias : each->aliases) names.push_back(alias);
        for (const Check& one : each->checks()) names.push_back(one.id);
      }
      for (const auto& each : knowledge.rules) names.push_back(each->id);
      for (const Group& each : knowledge.catalogue.groups()) names.push_back(each.id);
      for (const EvidenceDefinition& each : knowledge.vocabulary.evidence()) names.push_back(each.name);
      for (const auto& each : knowledge.formats.all) names.push_back(each->id);
      for (const std::string_view each : knowledge.catalogue.ProviderNames()) names.push_back(each);
      std::string hint = DidYouMean(*id, names);
      if (hint.empty()) hint = "`domicile list policies` and `domicile list rules` show what there is";
      return Trouble(fmt::format("there is no policy, check, rule, fact, group, evidence, format or provider `{}`", *id), hint);
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  };
}

}  // namespace domicile
