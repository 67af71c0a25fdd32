// Written values as facts, and our own manifests. What the format files say is proved by their own examples.
#include <gtest/gtest.h>

#include "engine/formats/arm_expression.h"
#include "engine/formats/native.h"
#include "engine/formats/terms.h"
#include "tests/knowledge.h"

namespace domicile {
namespace {

TEST(HiddenReason, KnowsVariablesAndTemplates) {
  const struct {
    std::string text, reason;
  } rows[] = {
      {"eu-west-1", ""},
      {"", ""},
      {"costs 5$", ""},
      {"$5", ""},
      {"50%", ""},
      {"a < b", ""},
      {"${REGION}", "the variable `REGION` fills this in"},
      {"eu-${ZONE}-1", "the variable `ZONE` fills this in"},
      {"$(REGION)", "the variable `REGION` fills this in"},
      {"$REGION", "the variable `REGION` fills this in"},
      {"%{REGION}", "the variable `REGION` fills this in"},
      {"%REGION%", "the variable `REGION` fills this in"},
      {"os.environ/REGION", "the environment variable `REGION` fills this in"},
      {"{{ .Values.region }}", "the template `{{ .Values.region }}` fills this in"},
      {"{% if x %}", "the template `{% if x %}` fills this in"},
      {"<%= region %>", "the template `<%= region %>` fills this in"},
      {"<YOUR_REGION>", "the placeholder `<YOUR_REGION>` stands here"},
  };
  for (const auto& row : rows) EXPECT_EQ(HiddenReason(row.text), row.reason) << row.text;
}

// The fact as text, numbers with their number; or the lines that were reported.
std::string Read(const std::string& name, const std::string& yaml, TermOptions options) {
  const Vocabulary& vocabulary = Rules().vocabulary;
  Diagnostics diagnostics;
  const ParsedFile& file = Repository::Get().Read("value.yaml", "v: " + yaml + "\n", diagnostics);
  Facts facts;
  const FactId id = vocabulary.Find(name);
  EXPECT_NE(id, kNoFact) << name;
  const bool good = ReadFact(id, Root(file.documents[0])["v"], vocabulary, options, diagnostics, facts);
  EXPECT_EQ(good, diagnostics.error_count() == 0);
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all()) text += Line(diagnostic);
  if (!good) return text;
  const Fact* fact = facts.Find(id);
  if (!fact) return text + "not declared";
  if (fact->hidden) return text + "hidden: " + fact->reason;
  for (const Term& term : fact->terms) {
    text += (text.empty() ? "" : " ") + (term.hidden ? "(" + term.text + ")" : term.text);
    if (!term.id.empty()) text += "#" + term.id;
    if (term.valid_until) text += "<" + FormatDate(*term.valid_until);
    if (term.issued) text += ">" + FormatDate(*term.issued);
    if (term.share >= 0) text += fmt::format("={}", term.share);
  }
  switch (vocabulary.at(id).type) {
    case FactType::kFlag:
    case FactType::kNumber:
    case FactType::kPercent:
    case FactType::kDuration: return text + fmt::format(" = {}", fact->number);
    default: return text;
  }
}

TEST(Terms, ReadTypedValues) {
  const struct {
    std::string fact, yaml, got;
  } rows[] = {
      {"workload.air_gapped", "true", "true = 1"},
      {"workload.air_gapped", "yes", "true = 1"},
      {"workload.air_gapped", "False", "false = 0"},
      {"workload.air_gapped", "maybe", "error: `maybe` where `workload.air_gapped` is true or false"},
      {"data.records", "2500000", "2500000 = 2500000"},
      {"data.records", "2_500_000", "2_500_000 = 2500000"},
      {"data.records", "'2,500,000'", "2,500,000 = 2500000"},
      {"data.records", "-1", "error: `-1` where `data.records` is a number"},
      {"data.records", "many", "error: `many` where `data.records` is a number"},
      {"placement.retention", "24h", "24h = 24"},
      {"placement.retention", "60d", "60d = 1440"},
      {"placement.retention", "60", "error: `60` where `placement.retention` is a duration; write it with its unit: 24h, 60d, 6mo, 3y"},
      {"data.first_transfer", "2026-11-25", "2026-11-25"},
      {"data.first_transfer", "2026-02-30", "error: `2026-02-30` where `data.first_transfer` is a date; write it as 2026-11-25"},
      {"placement.activity", "storage", "storage"},
      {"placement.activity", "Database", "storage"},
      {"placement.activity", "[storage]", "storage"},
      {"placement.activity", "[storage, backup]", "error: a list here, where `placement.activity` is one name"},
      {"placement.activity", "{storage: yes}", "error: a map here, where `placement.activity` is name"},
      {"placement.activity", "storaeg", "error: `storaeg` is not a value of `placement.activity`; did you mean `storage`?"},
      {"data.class", "personal", "personal"},
      {"data.class", "pii", "personal"},
      {"data.class", "PHI", "health sensitive personal"},
      {"data.class", "[health, personal]", "health sensitive personal"},
      {"data.class", "Special_Category", "sensitive personal"},
      {"data.class", "persnal", "error: `persnal` is not a value of `data.class`; did you mean `personal`?"},
      {"data.class", "xylophone", "error: `xylophone` is not a value of `data.class`; `domicile list facts` shows the values of `data.class`"},
      {"data.subjects", "NO", "NO"},   // Norway, not false.
      {"data.subjects", "[DE, 'FR']", "DE FR"},
      {"data.safeguards", "[scc, Standard_Contractual_Clauses]", "scc scc"},
      {"data.safeguards", "[{type: tia, id: T-7, valid_until: 2027-01-31, issued: 2026-01-31}]", "tia#T-7<2027-01-31>2026-01-31"},
      {"data.safeguards", "{scc: ref-1, tia: ref-2}", "scc#ref-1 tia#ref-2"},
      {"data.safeguards", "[{type: scc, valid_untill: 2027-01-31}]", "error: unknown key `valid_untill` in evidence; did you mean `valid_until`?"},
      {"controller.owners", "[{country: US, share: 50}, {country: DE}]", "US=50 DE"},
      {"placement.region", "eu-west-1", "eu-west-1"},
      {"placement.region", "", "not declared"},
      {"placement.region", "~", "not declared"},
      {"placement.region", "''", "not declared"},
      {"placement.region", "'  eu-west-1 '", "eu-west-1"},
  };
  for (const auto& row : rows) EXPECT_EQ(Read(row.fact, row.yaml, {}), row.got) << row.fact << ": " << row.yaml;
}

TEST(Terms, KnowWhatIsHidden) {
  const struct {
    std::string fact, yaml, got;
  } rows[] = {
      {"placement.region", "'${REGION}'", "hidden: the variable `REGION` fills this in"},
      {"workload.air_gapped", "'${GAP}'", "hidden: the variable `GAP` fills this in"},
      {"data.records", "<HOW_MANY>", "hidden: the placeholder `<HOW_MANY>` stands here"},
      {"data.subjects", "['${WHERE}']", "hidden: the variable `WHERE` fills this in"},
      // A list may be known in part.
      {"data.subjects", "[DE, '${WHERE}']", "DE (${WHERE})"},
      {"data.safeguards", "[scc, '{{ tia }}']", "scc ({{ tia }})"},
  };
  for (const auto& row : rows) EXPECT_EQ(Read(row.fact, row.yaml, {}), row.got) << row.fact << ": " << row.yaml;
}

// What others wrote for others makes a fact unknown; it is no error of theirs.
TEST(Terms, AreNotStrictWithOthers) {
  EXPECT_EQ(Read("data.class", "persnal", {.strict = false}), "hidden: `persnal` is not a value of `data.class`; did you mean `personal`?");
  EXPECT_EQ(Read("data.records", "many", {.strict = false}), "hidden: `many` where `data.records` is a number");
}

TEST(Terms, SplitAnnotations) {
  const TermOptions annotation{.strict = true, .split = true};
  EXPECT_EQ(Read("data.class", "health,financial", annotation), "health sensitive personal financial");
  EXPECT_EQ(Read("data.subjects", "DE FR;  IT", annotation), "DE FR IT");
  EXPECT_EQ(Read("data.subjects", "DE,FR", {}), "DE,FR");
}

TEST(Terms, WarnOfEvidenceThatNoLawAsksFor) {
  EXPECT_EQ(Read("data.safeguards", "[scx]", {}), "warning: no policy asks for evidence called `scx`; did you mean `scc`? scx");
}

// A workload in one line: its data sets and placements with what was written.
std::string Native(const std::string& yaml) {
  const Vocabulary& vocabulary = Rules().vocabulary;
  Diagnostics diagnostics;
  const auto workload = ReadWorkload(yaml, Rules(), diagnostics);
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all()) text += (text.empty() ? "" : " | ") + Line(diagnostic);
  if (!workload) return text;
  text += workload->name + ":";
  const auto add = [&](const std::string& name, const Facts& facts) {
    text += " " + (name.empty() ? "-" : name) + "{";
    bool first = true;
    for (const Fact& fact : facts.all()) {
      if (vocabulary.at(fact.id).key == "name") continue;
      text += (first ? "" : ", ") + vocabulary.at(fact.id).key + "=" + FactText(fact, vocabulary);
      first = false;
    }
    text += "}";
  };
  for (const DataSet& data : workload->data) add(data.name, data.facts);
  text += " /";
  for (const Placement& placement : workload->placements) add(placement.name, placement.facts);
  return text;
}

// The language alone: of names it knows the parameter `list` (two items) and the loop `each` in its second turn.
TEST(ArmExpression, SaysWhatFunctionsMake) {
  ArmNames names;
  names.parameter = [](std::string_view name, size_t, int, ArmBudget& budget) {
    if (name != "list" || !budget.defaults) return ArmHidden("", "parameter");
    ArmOperand list;
    list.items = {ArmText("a"), ArmText("b")};
    return list;
  };
  names.variable = [](std::string_view, size_t, int, ArmBudget&) { return ArmHidden("", "variable"); };
  names.value = [](Value, int, ArmBudget&) { return ArmOperand(); };
  names.assumed = [](std::string_view) { return std::optional<ArmOperand>(); };
  names.turn = [](std::string_view loop, size_t) { return loop.empty() || loop == "each" ? std::optional<size_t>(1) : std::nullopt; };
  names.deployed = [](const ArmTarget&, size_t) { return Value(); };
  const std::pair<std::string, std::string> rows[] = {
      {"concat('a', 'b')", "ab"},
      {"'it''s'", "it's"},
      {"copyIndex()", "1"},
      {"copyIndex(5)", "6"},
      {"copyIndex('each', 2)", "3"},
      {"copyIndex('other')", "[copyIndex('other')]"},
      {"parameters('list')[copyIndex()]", "b"},
      {"parameters('list')[2]", "[parameters('list')[2]]"},
      {"length(parameters('list'))", "2"},
      {"length(range(3, 4))", "4"},
      {"range(3, 4)[3]", "6"},
      {"range(0, 801)[0]", "[range(0, 801)[0]]"},
      {"add(2, 3)", "5"},
      {"mod(7, 4)", "3"},
      {"div(7, 0)", "[div(7, 0)]"},
      {"mul(1000000000, 1000000000)", "1000000000000000000"},
      {"mul(1000000001, 2)", "[mul(1000000001, 2)]"},
      {"min(3, 2, 9)", "2"},
      {"padLeft(7, 3, '0')", "007"},
      {"padLeft(7, 1000000, '0')", "[padLeft(7, 1000000, '0')]"},
      {"createObject('Name', 'x').name", "x"},
      {"contains(createObject('a', 1), 'A')", "true"},
      {"contains(parameters('list'), 'c')", "false"},
      {"contains('abc', 'b')", "true"},
      {"tryGet(createObject('a', createObject('b', 'c')), 'a', 'b')", "c"},
      {"coalesce(tryGet(createObject('a', 1), 'b'), 'else')", "else"},
      {"empty(parameters('list'))", "false"},
      {"if(greater(2, 1), 'yes', 'no')", "yes"},
      // Defaults settle no condition, but the item of a turn is there because of them.
      {"if(contains(parameters('list'), 'a'), 'yes', 'no')", "[if(contains(parameters('list'), 'a'), 'yes', 'no')]"},
      {"if(equals(parameters('list')[copyIndex()], 'b'), 'yes', 'no')", "yes"},
      {"if(equals(coalesce(parameters('list'), createArray())[copyIndex()], 'b'), 'yes', 'no')", "yes"},
      {"resourceGroup().location", "[resourceGroup().location]"},
      {"concat('a', ", "[concat('a', ]"},
  };
  for (const auto& [expression, expected] : rows) {
    ArmBudget budget;
    EXPECT_EQ(ArmMeaning(EvaluateArm(expression, 0, names, 0, budget, nullptr), {}, names, budget).Written(), expected) << expression;
  }
}

TEST(Native, ReadsTheShortForm) {
  const struct {
    std::string yaml, got;
  } rows[] = {
      // One system in one place stores and answers.
      {"{name: a, data_class: financial, provider: aws, region: us-east-1}",
       "a: -{class=financial} / storage{provider=aws, region=us-east-1, activity=storage} inference{provider=aws, region=us-east-1, activity=inference}"},
      {"{data_class: personal, provider: aws, region: us-east-1, activity: backup}", ": -{class=personal} / backup{provider=aws, region=us-east-1, activity=backup}"},
      {"{data_class: personal, endpoint: 'https://x.example'}", ": -{class=personal} / -{endpoint=https://x.example}"},
      {"{data_class: personal}", ": -{class=personal} /"},
      {"{name: a}", "a: -{} /"},
  };
  for (const auto& row : rows) EXPECT_EQ(Native(row.yaml), row.got) << row.yaml;
}

TEST(Native, ReadsTheLongForm) {
  const struct {
    std::string yaml, got;
  } rows[] = {
      {"{apiVersion: domicile/v1, kind: Workload, name: a, data: [{name: d, class: [personal], subjects: [DE]}], placements: [{name: p, activity: storage, provider: aws}]}",
       "a: d{class=personal, subjects=DE} / p{activity=storage, provider=aws}"},
      {"{metadata: {name: a}, apiVersion: domicile/v1, data: {class: personal}, placements: []}", "a: -{class=personal} /"},
      // What stands at the root holds for every placement that says nothing else.
      {"{name: a, data_class: personal, provider: aws, region: eu-west-1, placements: [{activity: storage}, {activity: backup, region: eu-west-3}]}",
       "a: -{class=personal} / storage{activity=storage, provider=aws, region=eu-west-1} backup{activity=backup, region=eu-west-3, provider=aws}"},
      // But not a region of one provider for a placement of another.
      {"{name: a, data_class: personal, provider: aws, region: eu-west-1, placements: [{activity: storage, provider: gcp}]}",
       "a: -{class=personal} / storage{activity=storage, provider=gcp}"},
  };
  for (const auto& row : rows) EXPECT_EQ(Native(row.yaml), row.got) << row.yaml;
}

TEST(Native, RefusesUnknownKeysWithASuggestion) {
  const struct {
    std::string yaml, lines;
  } rows[] = {
      {"{name: a, data_clas: personal}", "error: unknown key `data_clas` in a workload; did you mean `data_class`?"},
      {"{name: a, porvider: aws}", "error: unknown key `porvider` in a workload; did you mean `provider`?"},
      {"{name: a, xylophone: 1}", "error: unknown key `xylophone` in a workload; `domicile list facts` shows every key"},
      {"{name: a, data: [{clas: personal}]}", "error: unknown key `clas` in a data set; did you mean `class`?"},
      {"{name: a, placements: [{activty: storage}]}", "error: unknown key `activty` in a placement; did you mean `activity`?"},
      {"{name: a, controller: {contry: DE}}", "error: unknown key `contry` in a controller; did you mean `country`?"},
      {"{apiVersion: domicile/v2, name: a}", "error: `domicile/v2` is not a version of our manifests; write `domicile/v1`"},
      {"{apiVersion: domicile/v1, kind: Deployment}", "error: `Deployment` is not a kind of our manifests; write `Workload`"},
      {"{name: a, placements: storage}", "error: text here, where `placements` is a list"},
      {"{name: a, controller: DE}", "error: text here, where `controller` is a map"},
      {"{name: a, placements: [storage]}", "error: text here, where `placement` is a map"},
      {"[a]", "error: a list here, where a workload (a map) is expected"},
      // Nobody writes what is worked out.
      {"{name: a, placements: [{processing: [DE]}]}", "error: unknown key `processing` in a placement; `domicile list facts` shows every key"},
      // Everything that is wrong is said.
      {"{name: a, data_clas: x, porvider: y}",
       "error: unknown key `data_clas` in a workload; did you mean `data_class`? | error: unknown key `porvider` in a workload; did you mean `provider`?"},
  };
  for (const auto& row : rows) EXPECT_EQ(Native(row.yaml), row.lines) << row.yaml;
}

TEST(Native, IsToldFromOtherManifests) {
  const struct {
    std::string yaml;
    bool ours;
  } rows[] = {
      {"{apiVersion: domicile/v1, kind: Workload}", true},
      {"{data_class: personal}", true},
      {"{name: a, air_gapped: true}", true},
      {"{subjects: [DE], provider: aws}", true},
      {"{data: [{class: personal}], placements: [{provider: aws}]}", true},
      {"{apiVersion: apps/v1, kind: Deployment, data_class: personal}", false},
      {"{provider: aws, region: us-east-1}", false},   // A serverless file, or anything.
      {"{name: a, region: us-east-1}", false},
      {"{records: [1, 2]}", false},
      {"[data_class]", false},
      {"personal", false},
  };
  for (const auto& row : rows) {
    Diagnostics diagnostics;
    const ParsedFile& file = Repository::Get().Read("manifest.yaml", row.yaml, diagnostics);
    EXPECT_EQ(LooksNative(Root(file.documents[0])), row.ours) << row.yaml;
  }
}

}  // namespace
}  // namespace domicile
