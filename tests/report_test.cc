// The outputs over reports made by hand. Goldens are in tests/report; they change only with UPDATE_GOLDEN=1 in the environment.
#include "engine/report/report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kChat = R"(apiVersion: domicile/v1
kind: Workload
name: support-assistant
data:
  - {name: prompts, class: [personal], subjects: [DE, FR, US], safeguards: [scc]}
placements:
  - {name: chat, activity: inference, provider: azure, region: eastus, deployment: GlobalStandard, model: gpt-4o}
  - {name: notes, activity: storage, provider: aws, region: "${REGION}"}
  - {name: 記録, activity: logging, provider: aws, region: us-east-1}
)";

// A manifest that attacks whatever shows it: terminals, workflow commands, tables, pages, links, spreadsheets.
constexpr std::string_view kHostile =
    "name: \"=cmd|'/c calc'!A1\"\n"
    "region: \"\x1b[2J\\n::error::pwned `|</td><script>alert(1)</script> [x](http://evil.example) {0} @everyone #1 &amp; \xe2\x80\xae\"\n";
constexpr std::string_view kAttack =
    "\x1b[2J\n::error file=a::pwned%0A `|</td><script>alert(1)</script> ]]> [x](http://evil.example) {0} @everyone #1 \xe2\x80\xae \r\n::x::";

// A report and all that it points into.
struct Case {
  std::string name;
  Sources sources;
  Rule stays, evidence;
  Policy gdpr, house, calm;
  Report report;
  Diagnostics diagnostics;
  OutputOptions options;
};

Span At(const Sources& sources, uint32_t source, std::string_view text) {
  const size_t begin = sources.text(source).find(text);
  EXPECT_NE(begin, std::string_view::npos) << text;
  return {source, static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + text.size())};
}

Check MakeCheck(const Rule& rule, std::string id, std::string title, std::string cite, Level level) {
  Check check;
  check.id = std::move(id);
  check.title = std::move(title);
  check.cite = std::move(cite);
  check.rule = &rule;
  check.level = check.undecided = level;
  return check;
}

void Prepare(Case& c, std::string_view name) {
  c.name = name;
  c.options.version = "1.2.3";
  c.options.catalogue_date = "2026-11-23";
  c.options.base = "/home/me/project";
  c.report.summary.as_of = *ParseDate("2026-11-25");
  c.report.summary.policies_total = 40;
  c.report.summary.policies_disabled = 2;
  c.stays.id = "stays-within";
  c.stays.summary = "Data is stored and processed only in the named places.";
  c.stays.why = "A copy abroad breaks laws that bind data to a territory.";
  c.evidence.id = "evidence-is-declared";
  c.evidence.summary = "What the law wants on paper is in hand.";
  c.evidence.why = "Without it the same flow is a breach.";
  c.gdpr.id = "eu-gdpr";
  c.gdpr.aliases = {"gdpr"};
  c.gdpr.title = "GDPR, transfers to third countries";
  c.gdpr.summary = "Personal data leaves the EEA only to an adequate country or under a safeguard.";
  c.gdpr.jurisdiction = {"eea"};
  c.gdpr.instrument = "Regulation (EU) 2016/679, chapter V";
  c.gdpr.confidence = "high";
  c.gdpr.penalties = "up to EUR 20m";
  c.gdpr.effective = ParseDate("2018-05-25");
  c.gdpr.reviewed = ParseDate("2026-11-20");
  c.gdpr.sources = {{"GDPR full text", "https://eur-lex.europa.eu/eli/reg/2016/679/oj", "2026-11-20"}, {"a book", "", ""}};
  c.gdpr.notes = {"Remote access counts as a transfer."};
  c.gdpr.read = [&c](std::vector<Check>& checks) {
    checks.push_back(MakeCheck(c.stays, "eu-gdpr-transfer", "transfer outside the EEA", "GDPR Art. 44-46", Level::kError));
    checks.push_back(MakeCheck(c.evidence, "eu-gdpr-records", "", "GDPR Art. 30", Level::kReview));
  };
  c.house.id = "house";
  c.house.title = "House rules";
  c.house.summary = "What we ask of ourselves.";
  c.house.instrument = "handbook";
  c.house.confidence = "low";
  c.house.confidence_note = "nobody has read the handbook since 2024";
  c.house.status = Status::kContract;
  c.house.builtin = false;
  c.house.sources = {{"the handbook", "javascript:alert(1)", ""}};
  c.house.read = [&c](std::vector<Check>& checks) {
    checks.push_back(MakeCheck(c.stays, "house-known", "regions are written down", "", Level::kWarning));
    checks.push_back(MakeCheck(c.evidence, "house-note", "", "rule 7", Level::kNote));
  };
  c.calm.id = "calm";
  c.calm.title = "A law that asks for no place";
  c.calm.reviewed = ParseDate("2026-11-20");
  c.calm.read = [&c](std::vector<Check>& checks) { checks.push_back(MakeCheck(c.evidence, "calm-asked", "", "s. 1", Level::kNote)); };
}

void Judge(Case& c, const Policy& policy, size_t check, std::string placement, Verdict verdict) {
  c.report.outcomes.push_back({&policy, &policy.checks()[check], "support-assistant", "prompts", std::move(placement), verdict, 0});
}

Finding MakeFinding(const Policy& policy, size_t check, Verdict verdict, Span span, std::string message) {
  Finding finding;
  finding.policy = &policy;
  finding.check = &policy.checks()[check];
  finding.level = finding.check->level;
  finding.verdict = verdict;
  finding.workload = "support-assistant";
  finding.span = span;
  finding.source = span.source;
  finding.message = std::move(message);
  return finding;
}

// One finding of each verdict and level, facts with and without a place of their own, diagnostics, and a full summary.
std::unique_ptr<Case> Mixed() {
  auto c = std::make_unique<Case>();
  Prepare(*c, "mixed");
  const uint32_t chat = c->sources.Add("/home/me/project/deploy/./chat bot.yaml", std::string(kChat));
  const uint32_t config = c->sources.Add("/home/me/project/.domicile.yaml", "controller: {country: SG, parent: CN}\n");
  const uint32_t broken = c->sources.Add("/elsewhere/broken.yaml", "a: 1\na: [2\n");

  Finding violation = MakeFinding(c->gdpr, 0, Verdict::kViolation, At(c->sources, chat, "GlobalStandard"),
                                  "`prompts` (personal, subjects DE, FR, US) may be processed outside the EEA without a transfer safeguard");
  violation.data = "prompts";
  violation.placement = "chat";
  violation.label = "US, IN, BR, ... (31 countries)";
  violation.facts = {
      {.name = "placement.processing",
       .value = "US, IN, BR, ... (31 countries)",
       .span = violation.span,
       .because = {{"a global deployment may run in any Azure region", violation.span, "Azure documentation", "2026-11-20", false},
                   {"regions open faster than this list", {}, "", "", true}}},
      {.name = "data.subjects", .value = "DE, FR, US", .span = At(c->sources, chat, "[DE, FR, US]")},
      {.name = "controller.parent", .value = "CN", .span = At(c->sources, config, "CN")},
      {.name = "operator.parent", .value = "US", .because = {{"Azure is run by Microsoft Corporation", {}, "10-K", "2026-11-19", false}}},
  };
  violation.remedies = {{"set deployment to `DataZoneStandard` and region to `swedencentral`", true}, {"drop US from data.subjects", false}};
  violation.help = {"set deployment to `DataZoneStandard` and region to `swedencentral`", "or add `tia` to safeguards once it is in place"};

  Finding missing = MakeFinding(c->gdpr, 1, Verdict::kMissingEvidence, At(c->sources, chat, "[scc]"),
                                "`prompts` are processed and no record of it is declared");
  missing.data = "prompts";
  missing.help = {"or add `records-of-processing` to safeguards once it is in place"};
  missing.facts = {{.name = "data.safeguards", .value = "scc", .span = missing.span}};

  Finding undetermined = MakeFinding(c->house, 0, Verdict::kUndetermined, At(c->sources, chat, "${REGION}"),
                                     "`placement.region` is unknown, so \"regions are written down\" could not be decided");
  undetermined.placement = "notes";
  undetermined.label = "the variable `REGION` has no default";
  undetermined.facts = {
      {.name = "placement.region", .value = "unknown", .unknown = true, .reason = undetermined.label, .span = undetermined.span},
      {.name = "data.class", .value = "not declared", .unknown = true, .reason = "it is not declared",
       .where = "`data_class` (short form), `data[].class`, annotation `domicile/data-class`"},
  };

  Finding waived = MakeFinding(c->gdpr, 0, Verdict::kWaived, At(c->sources, chat, "us-east-1"),
                               "`prompts` (personal) will be handled in US without a transfer safeguard");
  waived.placement = "記録";
  waived.waiver = "only test data until go-live (owner jo, until 2027-01-31)";

  Finding note = MakeFinding(c->house, 1, Verdict::kViolation, {}, "`support-assistant` has no owner");
  note.source = chat;
  c->report.findings = {missing, violation, undetermined, waived, note};

  Diagnostic& error = c->diagnostics.Error(At(c->sources, broken, "["), "`[` is not closed");
  error.help = "close it with `]`";
  Diagnostic& twice = c->diagnostics.Warning(Span{broken, 5, 6}, "key `a` written twice");
  twice.labels = {{Span{broken, 0, 1}, "first here"}};
  c->diagnostics.Error({}, "`nowhere/` does not exist");

  Judge(*c, c->gdpr, 0, "chat", Verdict::kViolation);
  Judge(*c, c->gdpr, 0, "notes", Verdict::kPass);
  Judge(*c, c->calm, 0, "notes", Verdict::kPass);
  Judge(*c, c->calm, 0, "chat", Verdict::kPass);

  Summary& summary = c->report.summary;
  summary.files = 9;
  summary.documents = 14;
  summary.workloads = 5;
  summary.checks = 60;
  summary.documents_by_format = {{"kubernetes", 2}, {"litellm", 3}, {"workload", 1}};
  summary.documents_without_facts = 1;
  summary.unknown_documents = {{"v1/ConfigMap", 4}, {"foo, bar", 1}};
  summary.templated = 2;
  summary.unreadable = 1;
  summary.skipped = {{"too large", 1}, {"ignored by git", 3}};
  summary.settings_not_read = {{"ConfigMap `chat`", 2}, {"`app.env`", 1}};
  summary.policies_applied = {"calm", "eu-gdpr", "house"};
  summary.verdicts = {{Verdict::kPass, 55}, {Verdict::kWaived, 1}, {Verdict::kUndetermined, 1}, {Verdict::kMissingEvidence, 1},
                      {Verdict::kViolation, 2}};
  summary.findings_by_level = {{Level::kNote, 1}, {Level::kReview, 1}, {Level::kWarning, 1}, {Level::kError, 1}};
  summary.undeclared = {{"controller.country", 12}, {"data.class", 1}};
  summary.upcoming = {"cl-21719 (Chile) comes into force on 2026-12-01"};
  return c;
}

std::unique_ptr<Case> Clean() {
  auto c = std::make_unique<Case>();
  Prepare(*c, "clean");
  c->sources.Add("calm.yaml", std::string(kChat));
  Judge(*c, c->calm, 0, "chat", Verdict::kPass);
  Summary& summary = c->report.summary;
  summary.files = 1;
  summary.documents = summary.workloads = 2;
  summary.checks = 7;
  summary.documents_by_format = {{"workload", 2}};
  summary.policies_applied = {"calm"};
  summary.verdicts = {{Verdict::kPass, 7}};
  return c;
}

std::unique_ptr<Case> Hostile() {
  auto c = std::make_unique<Case>();
  Prepare(*c, "hostile");
  const std::string attack(kAttack);
  const uint32_t source = c->sources.Add("/home/me/project/a,b:c%\n::warning::\x1b[0m\xff <i>.yaml", std::string(kHostile));
  Finding finding = MakeFinding(c->gdpr, 0, Verdict::kViolation, At(c->sources, source, "\x1b[2J"), "`" + attack + "` is nowhere");
  finding.workload = "=cmd|'/c calc'!A1";
  finding.data = attack;
  finding.placement = "+1";
  finding.label = attack;
  finding.facts = {{.name = "placement.region", .value = attack, .span = At(c->sources, source, "region"), .because = {{attack, {}, attack, attack, false}}}};
  finding.help = {attack};
  finding.remedies = {{"@" + attack, true}};
  Finding waived = finding;
  waived.verdict = Verdict::kWaived;
  waived.waiver = attack;
  c->report.findings = {finding, finding, waived};
  c->diagnostics.Error(At(c->sources, source, "name"), attack).help = attack;
  c->report.summary.findings_by_level = {{Level::kError, 2}};
  c->report.summary.verdicts = {{Verdict::kViolation, 2}, {Verdict::kWaived, 1}};
  c->report.summary.files = c->report.summary.documents = c->report.summary.workloads = 1;
  c->report.summary.unknown_documents = {{attack, 1}};
  c->report.summary.upcoming = {attack};
  return c;
}

std::vector<std::unique_ptr<Case>> Cases() {
  std::vector<std::unique_ptr<Case>> cases;
  cases.push_back(Mixed());
  cases.push_back(Clean());
  cases.push_back(Hostile());
  return cases;
}

std::string Render(std::string_view format, const Case& c) {
  return FindOutputFormat(format)->render(c.report, c.diagnostics, c.sources, c.options);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Outputs, LookAsTheyDid) {
  for (const auto& c : Cases()) {
    for (const OutputFormat& format : OutputFormats()) {
      const std::string path = "tests/report/" + c->name + "." + std::string(format.name) + ".txt";
      const std::string text = Render(format.name, *c);
      if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
      EXPECT_EQ(text, ReadFile(path)) << path << ": run again with UPDATE_GOLDEN=1 and read the difference";
    }
  }
}

TEST(Outputs, AreFoundByName) {
  std::set<std::string_view> names;
  for (const OutputFormat& format : OutputFormats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_EQ(FindOutputFormat(format.name), &format);
    EXPECT_FALSE(format.summary.empty()) << format.name;
  }
  EXPECT_EQ(FindOutputFormat("pdf"), nullptr);
  EXPECT_EQ(FindOutputFormat(""), nullptr);
}

TEST(Outputs, NeverPassOnControlCharacters) {
  for (const auto& c : Cases()) {
    for (const OutputFormat& format : OutputFormats()) {
      const std::string text = Render(format.name, *c);
      EXPECT_TRUE(IsValidUtf8(text, nullptr)) << format.name;
      EXPECT_EQ(text.find_first_of("\x1b\r\x07\x7f"), std::string::npos) << format.name;
      if (format.name != "json" && format.name != "sarif" && format.name != "gitlab") {
        EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << format.name;
      }
      EXPECT_TRUE(text.empty() || text.back() == '\n') << format.name;
    }
  }
}

TEST(Outputs, NameEveryFindingAndEveryDiagnostic) {
  const auto c = Mixed();
  for (const OutputFormat& format : OutputFormats()) {
    const std::string text = Render(format.name, *c);
    for (const Finding& finding : c->report.findings) {
      const bool left_out = finding.verdict == Verdict::kWaived && (format.name == "github" || format.name == "gitlab");
      if (left_out) continue;
      const std::string& id = format.name == "markdown" ? finding.policy->id : finding.check->id;
      EXPECT_NE(text.find(id), std::string::npos) << format.name;
      EXPECT_NE(text.find(finding.waiver.substr(0, 14)), std::string::npos) << format.name;
    }
    EXPECT_NE(text.find("written twice"), std::string::npos) << format.name;
    EXPECT_NE(text.find("does not exist"), std::string::npos) << format.name;
  }
}

TEST(Outputs, AreTheSameForAnyBaseOutsideTheFiles) {
  auto c = Mixed();
  c->options.base = "/home/me/proj";
  const std::string text = Render("json", *c);
  EXPECT_NE(text.find("\"/home/me/project/deploy/chat bot.yaml\""), std::string::npos);
}

TEST(Text, SaysTheSameInColor) {
  auto c = Mixed();
  const std::string plain = Render("text", *c);
  c->options.paint.color = true;
  const std::string colored = Render("text", *c);
  EXPECT_NE(colored, plain);
  EXPECT_EQ(std::regex_replace(colored, std::regex("\x1b\\[[0-9;]*m"), ""), plain);
}

TEST(Text, KeepsNotesInsideTheWidth) {
  auto c = Mixed();
  for (size_t width : {60, 80, 120}) {
    c->options.paint.width = width;
    for (const std::string& line : Lines(Render("text", *c))) {
      const bool note = line.find(" = ") != std::string::npos || line.starts_with("      ");
      EXPECT_TRUE(!note || DisplayWidth(line) <= width) << line;
    }
  }
}

TEST(Text, LeavesTheSummaryOutWhenAsked) {
  auto c = Clean();
  EXPECT_EQ(Lines(Render("text", *c)).size(), 2u);
  c->options.summary = false;
  EXPECT_EQ(Render("text", *c), "");
}

TEST(Text, SaysWhatWasNotLookedAtEvenWithoutFindings) {
  auto c = Clean();
  c->report.summary.unknown_documents = {{"v1/ConfigMap", 2}};
  c->report.summary.undeclared = {{"data.class", 3}};
  const std::string text = Render("text", *c);
  EXPECT_NE(text.find("2 documents of no known format: 2 v1/ConfigMap"), std::string::npos) << text;
  EXPECT_NE(text.find("3 policies had nothing to say without `data.class`"), std::string::npos) << text;
}

TEST(Concise, HasOneLineForEachFindingAndDiagnostic) {
  for (const auto& c : Cases()) {
    const std::vector<std::string> lines = Lines(Render("concise", *c));
    EXPECT_EQ(lines.size(), c->report.findings.size() + c->diagnostics.all().size());
    for (const std::string& line : lines) {
      EXPECT_TRUE(std::regex_search(line, std::regex("(:[0-9]+:[0-9]+|^domicile): (error|warning|review|note|waived)(\\[[a-z-]+\\]|:) "))) << line;
    }
  }
}

TEST(Json, HoldsWhatWasDecided) {
  const Json json = Json::parse(Render("json", *Mixed()));
  EXPECT_EQ(json["schema"], "domicile/report/1");
  const Json& finding = json["findings"][1];
  EXPECT_EQ(finding["verdict"], "violation");
  EXPECT_EQ(finding["aliases"][0], "gdpr");
  EXPECT_EQ(finding["location"]["path"], "deploy/chat bot.yaml");
  EXPECT_EQ(finding["location"]["line"], 7);
  EXPECT_EQ(finding["facts"][0]["because"][0]["read"], "2026-11-20");
  EXPECT_EQ(finding["facts"][3]["location"], nullptr);
  EXPECT_EQ(json["findings"][2]["facts"][1]["value"], nullptr);
  EXPECT_EQ(json["findings"][4]["location"], Json({{"path", "deploy/chat bot.yaml"}}));
  EXPECT_EQ(json["policies"]["eu-gdpr"]["sources"].size(), 2u);
  EXPECT_EQ(json["summary"]["unknown_documents"]["v1/ConfigMap"], 4);
}

// Lines and columns count from 1; columns count code points, bytes are half-open.
TEST(Json, CountsColumnsInCodePoints) {
  auto c = Mixed();
  const uint32_t source = c->report.findings[0].source;
  c->report.findings[0].span = At(c->sources, source, "activity: logging");
  const Json location = Json::parse(Render("json", *c))["findings"][0]["location"];
  EXPECT_EQ(location["line"], 9);
  EXPECT_EQ(location["column"], 16);  // `  - {name: 記録, ` is 15 code points and 19 bytes.
  EXPECT_EQ(location["end_byte"].get<int>() - location["begin_byte"].get<int>(), 17);
}

TEST(Sarif, HasWhatTheStandardAsksFor) {
  for (const auto& c : Cases()) {
    const Json log = Json::parse(Render("sarif", *c));
    EXPECT_EQ(log["version"], "2.1.0");
    ASSERT_EQ(log["runs"].size(), 1u);
    const Json& run = log["runs"][0];
    EXPECT_EQ(run["columnKind"], "unicodeCodePoints");
    const Json& driver = run["tool"]["driver"];
    EXPECT_EQ(driver["name"], "domicile");
    EXPECT_EQ(driver["semanticVersion"], "1.2.3");
    std::set<std::string> ids;
    for (const Json& rule : driver["rules"]) {
      EXPECT_TRUE(ids.insert(rule["id"].get<std::string>()).second) << rule["id"];
      for (const char* key : {"shortDescription", "fullDescription", "help"}) {
        const std::string text = rule[key]["text"].get<std::string>();
        EXPECT_FALSE(text.empty()) << key;
        EXPECT_TRUE(std::string_view(key) == "help" || text.size() <= 1024u) << key;
      }
      EXPECT_TRUE(rule["help"].contains("markdown"));
      EXPECT_TRUE(std::set<std::string>({"error", "warning", "note"}).count(rule["defaultConfiguration"]["level"].get<std::string>()));
      EXPECT_TRUE(!rule.contains("helpUri") || rule["helpUri"].get<std::string>().starts_with("http"));
      EXPECT_TRUE(rule["properties"]["tags"].is_array());
    }
    EXPECT_EQ(run["invocations"][0]["executionSuccessful"], c->diagnostics.error_count() == 0);
    for (const Json& notification : run["invocations"][0]["toolExecutionNotifications"]) {
      EXPECT_FALSE(notification["message"]["text"].get<std::string>().empty());
    }
    ASSERT_EQ(run["results"].size(), c->report.findings.size());
    std::set<std::string> hashes;
    for (size_t i = 0; i < run["results"].size(); ++i) {
      const Json& result = run["results"][i];
      EXPECT_EQ(driver["rules"][result["ruleIndex"].get<size_t>()]["id"], result["ruleId"]);
      EXPECT_TRUE(std::set<std::string>({"fail", "open", "review"}).count(result["kind"].get<std::string>()));
      EXPECT_EQ(result.contains("level"), result["kind"] == "fail") << "the standard wants no level beside any other kind";
      EXPECT_FALSE(result["message"]["text"].get<std::string>().empty());
      EXPECT_EQ(result["locations"].size(), 1u);
      EXPECT_EQ(result.contains("suppressions"), c->report.findings[i].verdict == Verdict::kWaived);
      EXPECT_TRUE(hashes.insert(result["partialFingerprints"]["primaryLocationLineHash"].get<std::string>()).second);
      std::vector<Json> locations(result["locations"].begin(), result["locations"].end());
      std::set<int> numbers;
      if (result.contains("relatedLocations")) {
        for (const Json& related : result["relatedLocations"]) {
          EXPECT_TRUE(numbers.insert(related["id"].get<int>()).second);
          locations.push_back(related);
        }
      }
      for (const Json& location : locations) {
        const Json& artifact = location["physicalLocation"]["artifactLocation"];
        const std::string uri = artifact["uri"];
        EXPECT_TRUE(std::regex_match(uri, std::regex("(file:///)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+"))) << uri;
        EXPECT_EQ(artifact.contains("uriBaseId"), !uri.starts_with("file:")) << uri;
        EXPECT_TRUE(uri.starts_with("file:") || run["originalUriBaseIds"].contains(artifact["uriBaseId"].get<std::string>()));
        const Json& region = location["physicalLocation"]["region"];
        EXPECT_GE(region["startLine"].get<int>(), 1);
        EXPECT_GE(region["startColumn"].get<int>(), 1);
        EXPECT_GE(std::make_pair(region["endLine"].get<int>(), region["endColumn"].get<int>()),
                  std::make_pair(region["startLine"].get<int>(), region["startColumn"].get<int>()));
      }
    }
  }
}

TEST(Sarif, TellsWhatIsDecidedFromWhatIsNot) {
  const Json results = Json::parse(Render("sarif", *Mixed()))["runs"][0]["results"];
  EXPECT_EQ(results[0]["kind"], "review");
  EXPECT_EQ(results[1]["kind"], "fail");
  EXPECT_EQ(results[1]["level"], "error");
  EXPECT_EQ(results[2]["kind"], "open");
  EXPECT_EQ(results[4]["level"], "note");
  EXPECT_EQ(results[2]["properties"]["level"], "warning");
}

TEST(Sarif, MakesNoLinkAndNoPlaceholderOfTheTextOfManifests) {
  const std::string text = Json::parse(Render("sarif", *Hostile()))["runs"][0]["results"][0]["message"]["text"];
  EXPECT_NE(text.find("\\](http"), std::string::npos) << text;
  EXPECT_EQ(text.find("x](http"), std::string::npos) << text;
  EXPECT_NE(text.find("{{0}}"), std::string::npos) << text;
}

TEST(Github, WritesOneCommandALine) {
  for (const auto& c : Cases()) {
    const std::regex command("::(error|warning|notice) ([a-zA-Z]+=[^:,]*,)*title=[^:,]*::[^\r\n]*");
    for (const std::string& line : Lines(Render("github", *c))) EXPECT_TRUE(std::regex_match(line, command)) << line;
  }
  EXPECT_EQ(Render("github", *Clean()), "");
}

TEST(Gitlab, GivesEachIssueItsOwnFingerprint) {
  for (const auto& c : Cases()) {
    std::set<std::string> fingerprints;
    for (const Json& issue : Json::parse(Render("gitlab", *c))) {
      EXPECT_TRUE(fingerprints.insert(issue["fingerprint"].get<std::string>()).second);
      for (const char* key : {"description", "check_name", "severity"}) EXPECT_FALSE(issue[key].get<std::string>().empty());
      EXPECT_FALSE(issue["location"]["path"].get<std::string>().empty());
      EXPECT_GE(issue["location"]["lines"]["begin"].get<int>(), 1);
    }
  }
}

TEST(Junit, CountsWhatItHolds) {
  for (const auto& c : Cases()) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(Render("junit", *c).c_str()));
    size_t cases = 0;
    size_t failures = 0;
    for (pugi::xml_node suite : document.child("testsuites")) {
      for (pugi::xml_node test : suite.children("testcase")) {
        ++cases;
        failures += test.child("failure") ? 1 : 0;
      }
    }
    EXPECT_EQ(document.child("testsuites").attribute("tests").as_uint(), cases);
    EXPECT_EQ(document.child("testsuites").attribute("failures").as_uint(), failures);
    EXPECT_GT(cases, 0u);
  }
}

std::vector<std::vector<std::string>> ParseCsv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text.compare(i, 2, "\"\"") == 0) {
      rows.back().back() += text[i++];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == ',') {
      rows.back().emplace_back();
    } else if (!quoted && text[i] == '\n') {
      rows.emplace_back(1);
    } else {
      rows.back().back() += text[i];
    }
  }
  rows.pop_back();
  return rows;
}

TEST(Csv, HasAsManyCellsInEachRowAndNoFormula) {
  for (const auto& c : Cases()) {
    const auto rows = ParseCsv(Render("csv", *c));
    EXPECT_EQ(rows.size(), 1 + c->report.findings.size() + c->diagnostics.all().size());
    for (const auto& row : rows) {
      EXPECT_EQ(row.size(), 16u);
      for (const std::string& cell : row) EXPECT_FALSE(!cell.empty() && std::string("=+-@").find(cell[0]) != std::string::npos) << cell;
    }
  }
  EXPECT_EQ(ParseCsv(Render("csv", *Hostile()))[1][8], "'=cmd|'/c calc'!A1");
}

TEST(Markdown, KeepsTheTableWhole) {
  for (const auto& c : Cases()) {
    for (const std::string& line : Lines(Render("markdown", *c))) {
      EXPECT_TRUE(!line.starts_with("|") || std::count(line.begin(), line.end(), '|') == 5) << line;
      const std::string bare = std::regex_replace(line, std::regex("</?(code|br|em)>|<a href=\"https?://[^\"<>]*\">|</a>"), "");
      EXPECT_EQ(bare.find('<'), std::string::npos) << bare;
      EXPECT_FALSE(std::regex_search(bare, std::regex("@[a-z]|#[0-9](?!\\d*;)|://"))) << bare;
    }
  }
}

TEST(Markdown, FitsIntoAComment) {
  auto c = Mixed();
  const Finding finding = c->report.findings[1];
  c->report.findings.assign(2000, finding);
  const std::string text = Render("markdown", *c);
  EXPECT_LT(text.size(), 65536u);
  EXPECT_NE(text.find("more did not fit"), std::string::npos);
  EXPECT_NE(text.find("Not looked at"), std::string::npos);
}

TEST(Html, HoldsNothingThatRunsOrLoads) {
  for (const auto& c : Cases()) {
    const std::string page = Render("html", *c);
    for (const char* tag : {"<script", "<img", "<link", "<iframe", "<i>", "javascript:", "url(", "@import"}) {
      EXPECT_EQ(page.find(tag), std::string::npos) << tag;
    }
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  }
}

// Every element that is opened is closed, and nothing else is: the page is also XML but for what HTML leaves open.
TEST(Html, IsWellFormed) {
  for (const auto& c : Cases()) {
    std::string page = Render("html", *c);
    page = std::regex_replace(page, std::regex("<(!DOCTYPE[^>]*|meta[^>]*|br)>"), "");
    pugi::xml_document document;
    const pugi::xml_parse_result result = document.load_string(page.c_str());
    EXPECT_TRUE(result) << result.description() << " at " << page.substr(static_cast<size_t>(result.offset), 200);
  }
}

TEST(Html, PointsOnlyAtWhatIsThere) {
  const std::string page = Render("html", *Mixed());
  const std::regex link("href=\"#([^\"]*)\"");
  for (std::sregex_iterator it(page.begin(), page.end(), link), end; it != end; ++it) {
    EXPECT_NE(page.find("id=\"" + (*it)[1].str() + "\""), std::string::npos) << (*it)[1];
  }
}

TEST(Html, ShowsTheNeighbourhoodOfAMarkInAVeryLongLine) {
  auto c = Mixed();
  std::string line = "{\"a\": \"";
  for (int i = 0; i < 100000; ++i) line += "é";
  line += "MARK";
  for (int i = 0; i < 100000; ++i) line += "é";
  const uint32_t source = c->sources.Add("long.json", line + "\"}");
  c->report.findings[0].span = At(c->sources, source, "MARK");
  const std::string page = Render("html", *c);
  EXPECT_LT(page.size(), 40000u);
  EXPECT_NE(page.find("é<mark>MARK</mark>é"), std::string::npos);
}

TEST(Fingerprint, StaysWhenTheFindingMoves) {
  auto a = Mixed();
  const Finding& finding = a->report.findings[1];
  const std::string before = Fingerprint(finding, a->sources);
  EXPECT_EQ(before.size(), 16u);
  Sources moved;
  Finding later = finding;
  const uint32_t source = moved.Add("other.yaml", "# a line more\n\n" + std::string(kChat));
  later.span = At(moved, source, "GlobalStandard");
  EXPECT_EQ(Fingerprint(later, moved), before);
}

TEST(Fingerprint, ChangesWithWhatItIsMadeOf) {
  auto c = Mixed();
  std::set<std::string> seen = {Fingerprint(c->report.findings[1], c->sources)};
  const auto changed = [&](auto change) {
    Finding finding = c->report.findings[1];
    change(finding);
    return seen.insert(Fingerprint(finding, c->sources)).second;
  };
  EXPECT_TRUE(changed([&](Finding& f) { f.check = &c->house.checks()[0]; }));
  EXPECT_TRUE(changed([](Finding& f) { f.workload += "x"; }));
  EXPECT_TRUE(changed([](Finding& f) { f.data = "x"; }));
  EXPECT_TRUE(changed([](Finding& f) { std::swap(f.data, f.placement); }));
  EXPECT_TRUE(changed([](Finding& f) { f.span.end -= 1; }));
  EXPECT_FALSE(changed([](Finding& f) { f.message = "said otherwise"; }));
}

TEST(Words, ShortenPaths) {
  const struct { const char *name, *base, *path; } rows[] = {
      {"a.yaml", "", "a.yaml"},
      {"./a.yaml", "", "a.yaml"},
      {"/home/me/a.yaml", "", "/home/me/a.yaml"},
      {"/home/me/a.yaml", "/home/me", "a.yaml"},
      {"/home/me/a.yaml", "/home/me/", "a.yaml"},
      {"/home/me/x/./y//a.yaml", "/home/me", "x/y/a.yaml"},
      {"/home/mee/a.yaml", "/home/me", "/home/mee/a.yaml"},
      {"/a.yaml", "/", "a.yaml"},
      {"../a.yaml", "/home/me", "../a.yaml"},
      {"<stdin>", "/home/me", "<stdin>"},
  };
  for (const auto& row : rows) EXPECT_EQ(ShortPath(row.name, row.base), row.path) << row.name << " in " << row.base;
}

TEST(Words, EncodeAddresses) {
  EXPECT_EQ(UriOf("a b/ü#?.yaml"), "a%20b/%C3%BC%23%3F.yaml");
  EXPECT_EQ(UriOf("/a%b"), "file:///a%25b");
  EXPECT_EQ(WebAddress("https://e.example/a?b=c#d"), "https://e.example/a?b=c#d");
  EXPECT_EQ(WebAddress("https://e.example/\"><script>"), "https://e.example/%22%3E%3Cscript%3E");
  EXPECT_EQ(WebAddress("javascript:alert(1)"), "");
  EXPECT_EQ(WebAddress(""), "");
}

TEST(Words, DropTheOrOfALineThatComesFirst) {
  auto c = Mixed();
  Finding& finding = c->report.findings[0];
  EXPECT_EQ(AdviceOf(finding).front().text, "add `records-of-processing` to safeguards once it is in place");
  EXPECT_EQ(AdviceOf(c->report.findings[1]).size(), 3u) << "a help line that a remedy already says is not said again";
}

}  // namespace
}  // namespace domicile
