// SARIF 2.1.0 (OASIS). What was decided where the standard leaves a choice:
//
// kind    violation and missing evidence are `fail`, undetermined is `open`, what a policy only asks to look at is `review`.
// level   error, warning, note for the levels of the same name, note for review. Written only beside `fail`: the standard wants
//         `none` beside any other kind, and takes `none` when nothing is written; GitHub, which does not read `kind`, then takes the
//         level of the rule, so that a finding which could not be decided still shows as what it would be.
// braces  left alone, unless they would be read as a placeholder (`{0}`); `](` is broken up, so that no manifest can make a link.
// files   relative to %SRCROOT%, whose address is not given: a report must not tell where a machine keeps its files.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>

#include "engine/report/pieces.h"
#include "engine/report/words.h"

namespace domicile {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
constexpr const char* kRoot = "%SRCROOT%";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Text of which no part is taken for a placeholder or a link.
std::string Plain(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ']' && i + 1 < text.size() && text[i + 1] == '(') {
      out += "\\]";
    } else if (text[i] == '{') {
      size_t end = i + 1;
      while (end < text.size() && IsDigit(text[end])) ++end;
      if (end > i + 1 && end < text.size() && text[end] == '}') {
        out += fmt::format("{{{}}}", text.substr(i, end - i + 1));
        i = end;
      } else {
        out += '{';
      }
    } else {
      out += text[i];
    }
  }
  return out;
}

// One paragraph a line; each closed by a full stop, as the standard asks of the first.
std::string Paragraphs(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    if (!out.empty()) out += '\n';
    out += Plain(line);
    if (!line.ends_with('.')) out += '.';
  }
  return out;
}

// What the level of a result or a rule is called.
const char* LevelOf(Level level) {
  switch (level) {
    case Level::kError: return "error";
    case Level::kWarning: return "warning";
    default: return "note";
  }
}

const char* KindOf(const Finding& finding) {
  if (finding.verdict == Verdict::kUndetermined) return "open";
  return finding.level == Level::kReview ? "review" : "fail";
}

// GitHub cuts descriptions at 1,024 characters, and refuses longer ones; at a code point.
std::string Short(std::string text) {
  constexpr size_t kMost = 1000;
  if (text.size() <= kMost) return text;
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

Json PhysicalLocation(const Location& location) {
  Json artifact = {{"uri", UriOf(location.path)}};
  if (!location.path.starts_with('/')) artifact["uriBaseId"] = kRoot;
  Json region = {{"startLine", location.begin.line}, {"startColumn", location.begin.column}};
  region["endLine"] = location.end.line;
  region["endColumn"] = location.ranged ? location.end.column : 1;
  return {{"artifactLocation", std::move(artifact)}, {"region", std::move(region)}};
}

// Empty when nothing is known of the place.
Json Locations(const Location& location) {
  Json locations = Json::array();
  if (!location.path.empty()) locations.push_back({{"physicalLocation", PhysicalLocation(location)}});
  return locations;
}

std::string HelpMarkdown(const Policy& policy, const Check& check, const std::string& law) {
  std::string out = fmt::format("{}\n\n", law);
  if (check.rule != nullptr) out += fmt::format("{}\n\n{}\n\n", check.rule->summary, check.rule->why);
  if (!policy.penalties.empty()) out += fmt::format("**Penalties**: {}\n\n", policy.penalties);
  if (!policy.sources.empty()) out += "**Sources**\n\n";
  for (const SourceReference& source : policy.sources) {
    const std::string url = WebAddress(source.url);
    const std::string read = source.read.empty() ? "" : fmt::format(", read {}", source.read);
    out += url.empty() ? fmt::format("- {}{}\n", source.title, read) : fmt::format("- [{}](<{}>){}\n", source.title, url, read);
  }
  if (!policy.notes.empty()) out += "\n**Notes**\n\n";
  for (const std::string& note : policy.notes) out += fmt::format("- {}\n", note);
  return out;
}

Json RuleJson(const Policy& policy, const Check& check) {
  const std::string law = fmt::format("{}{}{}, {}", check.cite, check.cite.empty() ? "" : ", ", policy.title, policy.instrument);
  const std::string title = check.title.empty() ? (check.rule == nullptr ? check.id : check.rule->summary) : check.title;
  std::vector<std::string> help = {law};
  if (check.rule != nullptr) help.insert(help.end(), {check.rule->summary, check.rule->why});
  help.insert(help.end(), {policy.summary, policy.penalties.empty() ? "" : "Penalties: " + policy.penalties});
  help.insert(help.end(), policy.notes.begin(), policy.notes.end());
  for (const SourceReference& source : policy.sources) {
    const std::string url = WebAddress(source.url);
    help.push_back(fmt::format("Source: {}{}{}", source.title, url.empty() ? "" : ", " + url, source.read.empty() ? "" : ", read " + source.read));
  }
  std::vector<std::string> tags = {"data-residency", "policy:" + policy.id};
  for (const std::string& place : policy.jurisdiction) tags.push_back("jurisdiction:" + place);
  tags.push_back("confidence:" + policy.confidence);
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());

  Json rule = {{"id", check.id},
               {"shortDescription", {{"text", Short(Paragraphs({policy.title + ": " + title}))}}},
               {"fullDescription", {{"text", Short(Paragraphs({law, policy.summary, check.rule == nullptr ? "" : check.rule->why}))}}},
               {"help", {{"text", Paragraphs(help)}, {"markdown", HelpMarkdown(policy, check, law)}}},
               {"defaultConfiguration", {{"level", LevelOf(check.level)}}}};
  if (!policy.sources.empty()) {
    if (const std::string url = WebAddress(policy.sources.front().url); !url.empty()) rule["helpUri"] = url;
  }
  const char* severity = check.level == Level::kError ? "error" : check.level == Level::kWarning ? "warning" : "recommendation";
  rule["properties"] = {{"tags", tags},
                        {"precision", policy.confidence.empty() ? "medium" : policy.confidence},
                        {"problem.severity", severity},
                        {"policy", policy.id},
                        {"aliases", policy.aliases}};
  if (policy.reviewed) rule["properties"]["reviewed"] = FormatDate(*policy.reviewed);
  return rule;
}

// Beside the finding or in the project file. An accepted suppression takes the result out of the count of what is open.
Json SuppressionJson(const Finding& finding, const Sources& sources, const OutputOptions& options) {
  Json suppression = {{"kind", finding.waived_in_source ? "inSource" : "external"}, {"status", "accepted"}, {"justification", Plain(WaiverText(finding))}};
  const Location location = LocationOf(finding.waiver_span, sources, options);
  if (location.ranged) suppression["location"] = {{"physicalLocation", PhysicalLocation(location)}};
  return suppression;
}

Json ResultJson(const Finding& finding, size_t rule_index, const std::string& distinct, bool baseline, const Sources& sources,
                const OutputOptions& options) {
  std::vector<std::string> lines = {Headline(finding)};
  if (const std::string manifest = ManifestText(finding, sources, options); !manifest.empty()) lines.push_back("Of: " + manifest);
  lines.push_back("Law: " + LawText(finding));
  for (const Advice& advice : AdviceOf(finding)) lines.push_back("Help: " + advice.text + (advice.checked ? " (checked)" : ""));
  const std::string kind = KindOf(finding);
  Json result = {{"ruleId", finding.check->id}, {"ruleIndex", rule_index}, {"kind", kind}};
  if (kind == "fail") result["level"] = LevelOf(finding.level);
  result["message"] = {{"text", Paragraphs(lines)}};
  result["locations"] = Locations(LocationOf(finding, sources, options));
  Json related = Json::array();
  for (const DecidingFact& fact : finding.facts) {
    const Location location = LocationOf(fact.span, sources, options);
    if (!location.ranged) continue;
    const std::string value = fact.unknown ? "unknown" : fact.value;
    related.push_back({{"id", related.size() + 1},
                       {"physicalLocation", PhysicalLocation(location)},
                       {"message", {{"text", Plain(fmt::format("{}: {}", fact.name, value))}}}});
  }
  if (!related.empty()) result["relatedLocations"] = std::move(related);
  const std::string logical = finding.placement.empty() ? finding.data : finding.placement;
  if (!finding.workload.empty() && !result["locations"].empty()) {
    const std::string name = finding.workload + (logical.empty() ? "" : "/" + logical);
    result["locations"][0]["logicalLocations"] = Json::array({{{"fullyQualifiedName", name}, {"kind", "resource"}}});
  }
  // GitHub reads this one key alone.
  result["partialFingerprints"] = {{"domicile/v1", Fingerprint(finding, sources)}, {"primaryLocationLineHash", distinct}};
  // The standard wants all results of a run to say it, or none.
  if (baseline) result["baselineState"] = finding.known_since ? "unchanged" : "new";
  if (finding.verdict == Verdict::kWaived) result["suppressions"] = Json::array({SuppressionJson(finding, sources, options)});
  result["properties"] = {{"verdict", std::string(VerdictName(finding.verdict))},
                          {"level", std::string(LevelName(finding.level))},
                          {"policy", finding.policy->id},
                          {"cite", finding.check->cite},
                          {"workload", finding.workload},
                          {"data", finding.data},
                          {"placement", finding.placement}};
  return result;
}

Json NotificationJson(const Diagnostic& diagnostic, const Sources& sources, const OutputOptions& options) {
  Json notification = {{"level", diagnostic.level == Diagnostic::Level::kError ? "error" : "warning"},
                       {"message", {{"text", Paragraphs({diagnostic.message, diagnostic.help})}}}};
  Json locations = Locations(LocationOf(diagnostic.span, sources, options));
  if (!locations.empty()) notification["locations"] = std::move(locations);
  return notification;
}

}  // namespace

std::string RenderSarif(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  Json rules = Json::array();
  Pieces results(3);
  std::map<std::string, size_t> index;
  const std::vector<std::string> distinct = DistinctFingerprints(report, sources, options);
  for (size_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    const auto [rule, is_new] = index.emplace(finding.check->id, rules.size());
    if (is_new) rules.push_back(RuleJson(*finding.policy, *finding.check));
    results.Add(ResultJson(finding, rule->second, distinct[i], report.summary.baseline, sources, options));
  }
  Json notifications = Json::array();
  for (const Diagnostic& diagnostic : diagnostics.all()) notifications.push_back(NotificationJson(diagnostic, sources, options));
  for (const std::string& line : NotLookedAt(report.summary, 0)) {
    notifications.push_back({{"level", "note"}, {"message", {{"text", Paragraphs({"Not looked at: " + line})}}}});
  }

  Json driver = {{"name", "domicile"}};
  if (!options.version.empty()) driver["semanticVersion"] = options.version;
  driver["rules"] = std::move(rules);
  Json run = {{"tool", {{"driver", std::move(driver)}}},
              {"columnKind", "unicodeCodePoints"},
              {"originalUriBaseIds", {{kRoot, {{"description", {{"text", "The folder to which the paths are relative."}}}}}}},
              {"invocations", Json::array({{{"executionSuccessful", diagnostics.error_count() == 0},
                                            {"toolExecutionNotifications", std::move(notifications)}}})},
              {"results", results.Stand()},
              {"properties", {{"asOf", FormatDate(report.summary.as_of)}, {"catalogueDate", options.catalogue_date}}}};
  Json log = {{"$schema", kSchema}, {"version", "2.1.0"}};
  log["runs"] = Json::array({std::move(run)});
  std::vector<Pieces> lists;
  lists.push_back(std::move(results));
  return Pieces::Splice(log, std::move(lists));
}

}  // namespace domicile
