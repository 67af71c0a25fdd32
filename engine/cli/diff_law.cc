// `domicile diff-law`: what comes into force or lapses between two days, and what that changes for given manifests.
#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/asked.h"
#include "engine/cli/pipeline.h"
#include "engine/cli/verbs.h"
#include "engine/report/understood.h"

namespace domicile {
namespace {

struct Change {
  Date date;
  std::string what;
  friend bool operator<(const Change& a, const Change& b) { return std::tie(a.date, a.what) < std::tie(b.date, b.what); }
};

std::vector<Change> ChangesOfLaw(const Knowledge& knowledge, Date from, Date to) {
  std::vector<Change> changes;
  // A day counts when it lies after the first and not after the second; what holds until a day lapses on the next.
  const auto starts = [&](const std::optional<Date>& date) { return date && *date > from && *date <= to; };
  const auto ends = [&](const std::optional<Date>& date) { return date && date->days + 1 > from.days && date->days + 1 <= to.days; };
  const auto next = [](Date date) { return Date{date.days + 1}; };
  for (const auto& policy : knowledge.policies) {
    if (!IsEnabled(policy->status)) continue;
    if (starts(policy->effective)) changes.push_back({*policy->effective, fmt::format("{} comes into force ({})", policy->id, policy->title)});
    if (ends(policy->until)) changes.push_back({next(*policy->until), fmt::format("{} lapses ({})", policy->id, policy->title)});
    for (const Check& check : policy->checks()) {
      if (starts(check.effective) && check.effective != policy->effective)
        changes.push_back({*check.effective, fmt::format("{} comes into force ({})", check.id, check.cite)});
      if (ends(check.until) && check.until != policy->until) changes.push_back({next(*check.until), fmt::format("{} lapses ({})", check.id, check.cite)});
    }
    if (starts(policy->review_by)) changes.push_back({*policy->review_by, fmt::format("{} is to be read again", policy->id)});
  }
  for (const Group& group : knowledge.catalogue.groups())
    for (const GroupMember& member : group.members) {
      if (starts(member.since)) changes.push_back({*member.since, fmt::format("{} joins `{}` ({})", member.name, group.id, group.title)});
      if (ends(member.until)) changes.push_back({next(*member.until), fmt::format("{} leaves `{}` ({})", member.name, group.id, group.title)});
    }
  std::sort(changes.begin(), changes.end());
  return changes;
}

using Key = std::tuple<std::string, std::string, std::string, std::string>;   // Path, workload, data, check.

std::map<Key, Verdict> Verdicts(const Session& session, const Report& report) {
  std::map<Key, Verdict> verdicts;
  for (const Judgement& judgement : report.outcomes) {
    Verdict& verdict = verdicts[{session.sources.name(judgement.source), judgement.workload, judgement.data, judgement.check->id}];
    verdict = std::max(verdict, judgement.verdict);
  }
  return verdicts;
}

}  // namespace

Run AddDiffLaw(CLI::App& app) {
  struct Options {
    std::string from, to, output = "text";
    std::vector<std::string> paths;
  };
  auto options = std::make_shared<Options>();
  app.add_option("--from", options->from, "the first day (today otherwise)")->type_name("DATE");
  app.add_option("--to", options->to, "the second day")->type_name("DATE")->required();
  app.add_option("paths", options->paths, "manifests to judge on both days")->type_name("PATH");
  app.add_option("--output,-o", options->output, "text, csv or json")->check(CLI::IsMember({"text", "csv", "json"}));
  return [options](const SessionOptions& given) {
    Session session(given);
    if (!session.Open()) return kExitTrouble;
    Date from = session.as_of, to;
    for (const auto& [text, date] : {std::pair{&options->from, &from}, std::pair{&options->to, &to}}) {
      if (text->empty()) continue;
      const auto read = ParseDate(*text);
      if (!read) return Trouble(fmt::format("`{}` is not a date", *text), "write it as 2026-11-25");
      *date = *read;
    }
    if (to <= from) return Trouble(fmt::format("{} does not come after {}", FormatDate(to), FormatDate(from)));
    std::vector<std::vector<std::string>> rows = {{"date", "change"}};
    for (const Change& change : ChangesOfLaw(*session.knowledge, from, to)) rows.push_back({FormatDate(change.date), change.what});
    Diagnostics diagnostics;
    std::vector<std::vector<std::string>> changed = {{"path", "workload", "data", "check", "before", "after"}};
    if (!options->paths.empty()) {
      CheckOptions check = *CheckOptionsOf(session, {});
      check.as_of = from;
      CheckRun first(session, check);
      check.as_of = to;
      CheckRun second(session, check);
      Understood understood = Understand(session, options->paths, diagnostics, {.take = [&](UnderstoodFile& file, const Workload& workload) {
        first.Look(file, workload);
        second.Look(file, workload);
      }});
      const auto before = Verdicts(session, first.Finish(understood, diagnostics));
      const auto after = Verdicts(session, second.Finish(understood, diagnostics));
      const auto name = [](const std::map<Key, Verdict>& verdicts, const Key& key) {
        const auto found = verdicts.find(key);
        return std::string(found == verdicts.end() ? "not-applicable" : VerdictName(found->second));
      };
      std::set<Key> keys;
      for (const auto& [key, verdict] : before) keys.insert(key);
      for (const auto& [key, verdict] : after) keys.insert(key);
      for (const Key& key : keys) {
        const std::string was = name(before, key), is = name(after, key);
        if (was != is) changed.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), was, is});
      }
      session.Print(diagnostics);
      if (understood.files.empty()) return Trouble("there is nothing to check here", "name files, or a folder that holds YAML or JSON files");
    }
    std::string text;
    if (options->output == "text") {
      text = rows.size() > 1 ? TextTable(rows) : fmt::format("nothing changes between {} and {}\n", FormatDate(from), FormatDate(to));
      if (!options->paths.empty()) text += changed.size() > 1 ? "\n" + TextTable(changed) : "\nno verdict changes for these manifests\n";
    } else {
      const auto table = options->output == "csv" ? CsvTable : JsonTable;
      text = options->paths.empty() ? table(rows) : table(changed);
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
    return diagnostics.error_count() > 0 ? kExitTrouble : kExitOk;
  };
}

}  // namespace domicile
