// The logic: four truth values, bounds, dates at the edge, shares, evidence, and what a verdict is made of.
#include <gtest/gtest.h>

#include <map>

#include "engine/check/check.h"
#include "engine/policy/condition.h"
#include "tests/knowledge.h"

namespace domicile {
namespace {

std::string_view Name(Truth truth) {
  switch (truth) {
    case Truth::kNo: return "no";
    case Truth::kMissing: return "missing";
    case Truth::kUnknown: return "unknown";
    case Truth::kYes: return "yes";
  }
  return "";
}

// What a condition gives for the first data set and the first placement of a workload.
std::string Ask(const std::string& condition, const std::string& workload, const char* as_of = "2026-11-25") {
  const Knowledge& rules = Rules();
  Diagnostics diagnostics;
  const auto read = ReadResolved(workload, rules, diagnostics);
  const ParsedFile& file = Repository::Get().Read("condition.yaml", condition, diagnostics);
  Condition made;
  const ConditionScope scope{&rules.vocabulary, &rules.catalogue, nullptr};
  if (!read || file.documents.empty() || ReadCondition(Root(file.documents[0]), scope, diagnostics, made) != ReadResult::kRead)
    return Repository::Get().Text(diagnostics);
  const Context context{&*read, &read->data[0], read->placements.empty() ? nullptr : &read->placements[0], *ParseDate(as_of)};
  const Evaluator evaluator(rules.vocabulary, rules.catalogue);
  const Truth truth = evaluator.Evaluate(made, context, nullptr);
  std::vector<Trace> traces;
  EXPECT_EQ(evaluator.Evaluate(made, context, &traces), truth) << "looking at why changes the answer: " << condition;
  return std::string(Name(truth));
}

// Conditions of each value, whatever the workload declares otherwise.
const std::string kBlank = "{data_class: personal}";
const std::map<std::string, std::string> kOf = {
    {"yes", "{always: true}"}, {"no", "{always: false}"}, {"unknown", "{data.records: {below: 5}}"}, {"missing", "{safeguards: {has: scc}}"}};

TEST(Logic, HasFourValues) {
  for (const auto& [name, condition] : kOf) EXPECT_EQ(Ask(condition, kBlank), name);
}

// Kleene's tables with missing evidence between no and unknown.
TEST(Logic, TakesTheWorstOfAllAndTheBestOfAny) {
  const std::vector<std::string> order = {"no", "missing", "unknown", "yes"};
  for (size_t a = 0; a < order.size(); ++a)
    for (size_t b = 0; b < order.size(); ++b) {
      const std::string both = "[" + kOf.at(order[a]) + ", " + kOf.at(order[b]) + "]";
      EXPECT_EQ(Ask("{all: " + both + "}", kBlank), order[std::min(a, b)]) << order[a] << " and " << order[b];
      EXPECT_EQ(Ask("{any: " + both + "}", kBlank), order[std::max(a, b)]) << order[a] << " or " << order[b];
    }
}

TEST(Logic, Negates) {
  EXPECT_EQ(Ask("{not: {always: true}}", kBlank), "no");
  EXPECT_EQ(Ask("{not: {always: false}}", kBlank), "yes");
  EXPECT_EQ(Ask("{not: {data.records: {below: 5}}}", kBlank), "unknown");
  EXPECT_EQ(Ask("{not: {safeguards: {has: scc}}}", kBlank), "yes");   // Evidence that is not declared is not there.
}

TEST(Logic, ReadsSeveralFactsOfOneMapAsAll) {
  const std::string workload = "{data_class: personal, subjects: [DE], records: 10}";
  EXPECT_EQ(Ask("{data.class: {any_of: [personal]}, data.records: {below: 11}}", workload), "yes");
  EXPECT_EQ(Ask("{data.class: {any_of: [personal]}, data.records: {below: 10}}", workload), "no");
  EXPECT_EQ(Ask("{data.records: {at_least: 10, below: 11}}", workload), "yes");
  EXPECT_EQ(Ask("{data.records: {at_least: 11, below: 12}}", workload), "no");
}

struct Row {
  std::string condition, workload, truth;
};
void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(Ask(row.condition, row.workload), row.truth) << row.condition << " on " << row.workload;
}

TEST(Bounds, HoldAtTheirEdges) {
  Check({
      {"{data.records: {at_least: 100}}", "{records: 99, subjects: [DE]}", "no"},
      {"{data.records: {at_least: 100}}", "{records: 100, subjects: [DE]}", "yes"},
      {"{data.records: {more_than: 100}}", "{records: 100, subjects: [DE]}", "no"},
      {"{data.records: {more_than: 100}}", "{records: 101, subjects: [DE]}", "yes"},
      {"{data.records: {at_most: 100}}", "{records: 100, subjects: [DE]}", "yes"},
      {"{data.records: {at_most: 100}}", "{records: 101, subjects: [DE]}", "no"},
      {"{data.records: {below: 100}}", "{records: 100, subjects: [DE]}", "no"},
      {"{data.records: {below: 100}}", "{records: 99, subjects: [DE]}", "yes"},
      {"{data.records: {below: 100}}", "{records: '${N}', subjects: [DE]}", "unknown"},
      {"{placement.retention: {at_most: 24h}}", "{data_class: personal, provider: aws, retention: 24h}", "yes"},
      {"{placement.retention: {at_most: 24h}}", "{data_class: personal, provider: aws, retention: 1d}", "yes"},
      {"{placement.retention: {at_most: 24h}}", "{data_class: personal, provider: aws, retention: 25h}", "no"},
  });
}

TEST(Names, AreComparedAsSets) {
  const std::string health = "{data_class: health}";   // Health is sensitive and personal.
  Check({
      {"{data.class: {any_of: [personal]}}", health, "yes"},
      {"{data.class: {any_of: [financial, public]}}", health, "no"},
      {"{data.class: {none_of: [financial]}}", health, "yes"},
      {"{data.class: {none_of: [personal]}}", health, "no"},
      {"{data.class: {all_of: [health, personal]}}", health, "yes"},
      {"{data.class: {all_of: [health, financial]}}", health, "no"},
      {"{data.class: {any_of: [personal]}}", "{subjects: [DE], provider: aws}", "unknown"},
      // A part that is hidden may be the one that is asked for.
      {"{data.class: {any_of: [financial]}}", "{data_class: [personal, '${X}']}", "unknown"},
      {"{data.class: {any_of: [personal]}}", "{data_class: [personal, '${X}']}", "yes"},
      {"{data.class: {none_of: [financial]}}", "{data_class: [personal, '${X}']}", "unknown"},
      {"{data.class: {none_of: [personal]}}", "{data_class: [personal, '${X}']}", "no"},
      {"{data.class: {all_of: [personal, financial]}}", "{data_class: [personal, '${X}']}", "unknown"},
  });
}

TEST(Silence, IsUnknownUnlessSomebodySaysWhatItMeans) {
  Check({
      {"{data.records: {below: 5}}", kBlank, "unknown"},
      {"{data.records: {below: 5, if_absent: 'yes'}}", kBlank, "yes"},
      {"{data.records: {below: 5, if_absent: 'no'}}", kBlank, "no"},
      {"{data.records: {below: 5, if_absent: missing}}", kBlank, "missing"},
      // Silence is one thing, a variable another.
      {"{data.records: {below: 5, if_absent: 'yes'}}", "{data_class: personal, records: '${N}'}", "unknown"},
      // The vocabulary says what silence means.
      {"{workload.air_gapped: {is: false}}", kBlank, "yes"},
      {"{workload.air_gapped: {is: true}}", kBlank, "no"},
      {"{workload.air_gapped: {is: true}}", "{data_class: personal, air_gapped: '${GAP}'}", "unknown"},
      {"{data.records: {known: true}}", kBlank, "no"},
      {"{data.records: {known: false}}", kBlank, "yes"},
      {"{data.records: {known: true}}", "{data_class: personal, records: 5}", "yes"},
      {"{data.records: {known: true}}", "{data_class: personal, records: '${N}'}", "no"},
      {"{declared: [data.class, data.records]}", kBlank, "unknown"},
      {"{declared: [data.class]}", kBlank, "yes"},
  });
}

TEST(Places, AreSetsOfWhatMayBe) {
  const std::string global = "{data_class: personal, provider: azure, service: azure-openai, region: swedencentral, deployment: GlobalStandard}";
  const std::string germany = "{data_class: personal, provider: aws, region: eu-central-1, activity: storage}";
  const std::string hidden = "{data_class: personal, provider: aws, region: '${REGION}', activity: storage}";
  Check({
      {"{placement.places: {within: [DE]}}", germany, "yes"},
      {"{placement.places: {within: [eea]}}", germany, "yes"},
      {"{placement.places: {within: [FR]}}", germany, "no"},
      {"{placement.places: {outside: [FR]}}", germany, "yes"},
      {"{placement.places: {outside: [DE]}}", germany, "no"},
      {"{placement.places: {any_in: [DE, FR]}}", germany, "yes"},
      {"{placement.places: {any_in: [FR]}}", germany, "no"},
      // Some possible place is outside, some is inside: it is not within, and it is not outside.
      {"{placement.processing: {within: [eea]}}", global, "no"},
      {"{placement.processing: {outside: [US]}}", global, "no"},
      {"{placement.processing: {any_in: [US]}}", global, "unknown"},
      {"{placement.storage: {within: [SE]}}", global, "yes"},
      {"{placement.places: {within: [DE]}}", hidden, "unknown"},
      {"{placement.places: {outside: [DE]}}", hidden, "unknown"},
      {"{placement.places: {any_in: [DE]}}", hidden, "unknown"},
      {"{data.subjects: {any_in: [DE]}}", "{data_class: personal, subjects: [FR, DE]}", "yes"},
      {"{data.subjects: {within: [DE]}}", "{data_class: personal, subjects: [FR, DE]}", "no"},
      {"{data.subjects: {within: [eea]}}", "{data_class: personal, subjects: [FR, DE]}", "yes"},
      // Of a state, its country is known; of a country, the state is not.
      {"{data.subjects: {any_in: [US]}}", "{data_class: personal, subjects: [US-TX]}", "yes"},
      {"{data.subjects: {any_in: [US-TX]}}", "{data_class: personal, subjects: [US]}", "unknown"},
      {"{data.subjects: {any_in: [US-TX]}}", "{data_class: personal, subjects: [US-FL]}", "no"},
  });
}

TEST(Places, AreTakenWithTheirDatesAndConditions) {
  const std::string britain = "{data_class: personal, provider: aws, region: eu-west-2, activity: storage}";
  const std::string listed = "{placement.places: {within: [{place: GB, since: 2026-01-01, until: 2026-06-30}]}}";
  EXPECT_EQ(Ask(listed, britain, "2025-12-31"), "no");
  EXPECT_EQ(Ask(listed, britain, "2026-01-01"), "yes");
  EXPECT_EQ(Ask(listed, britain, "2026-06-30"), "yes");
  EXPECT_EQ(Ask(listed, britain, "2026-07-01"), "no");
  const std::string certified = "{placement.places: {within: [{place: GB, when: {operator.certified: {has: iso-27001}}}]}}";
  EXPECT_EQ(Ask(certified, britain), "missing");
  EXPECT_EQ(Ask(certified, "{data_class: personal, provider: aws, region: eu-west-2, activity: storage, certified: [iso-27001]}"), "yes");
  EXPECT_EQ(Ask(certified, "{data_class: personal, provider: aws, region: eu-west-1, activity: storage}"), "no");
}

TEST(Dates, AreComparedToTheDay) {
  const std::string workload = "{data: [{class: personal, first_transfer: 2026-11-25}]}";
  Check({
      {"{data.first_transfer: {on_or_after: 2026-11-25}}", workload, "yes"},
      {"{data.first_transfer: {on_or_after: 2026-11-26}}", workload, "no"},
      {"{data.first_transfer: {before: 2026-11-25}}", workload, "no"},
      {"{data.first_transfer: {before: 2026-11-26}}", workload, "yes"},
  });
  EXPECT_EQ(Ask("{data.first_transfer: {age_at_most: 60d}}", workload, "2027-01-24"), "yes");
  EXPECT_EQ(Ask("{data.first_transfer: {age_at_most: 60d}}", workload, "2027-01-25"), "no");
  EXPECT_EQ(Ask("{data.first_transfer: {age_more_than: 1y}}", workload, "2027-11-25"), "no");
  EXPECT_EQ(Ask("{data.first_transfer: {age_more_than: 1y}}", workload, "2027-11-26"), "yes");
  EXPECT_EQ(Ask("{data.first_transfer: {on_or_after: as_of}}", workload, "2026-11-25"), "yes");
  EXPECT_EQ(Ask("{data.first_transfer: {on_or_after: as_of}}", workload, "2026-11-26"), "no");
}

TEST(Shares, AreSummedAndMayBeUnknown) {
  const auto owned = [](const std::string& owners) { return "{data: [{class: personal}], controller: {owners: [" + owners + "]}}"; };
  const std::string half = "{controller.owners: {share: {in: [CN, RU], at_least: 50}}}";
  Check({
      {half, owned("{country: CN, share: 49.9}, {country: DE, share: 50.1}"), "no"},
      {half, owned("{country: CN, share: 50}, {country: DE, share: 50}"), "yes"},
      {half, owned("{country: CN, share: 25}, {country: RU, share: 25}, {country: DE, share: 50}"), "yes"},
      {"{controller.owners: {share: {in: [CN, RU], at_least: 50, each: true}}}", owned("{country: CN, share: 25}, {country: RU, share: 25}"), "no"},
      {"{controller.owners: {share: {outside: [DE], more_than: 25}}}", owned("{country: CN, share: 25}, {country: DE, share: 75}"), "no"},
      {"{controller.owners: {share: {outside: [DE], more_than: 25}}}", owned("{country: CN, share: 26}, {country: DE, share: 74}"), "yes"},
      {half, owned("{country: CN}"), "unknown"},
      {half, owned("{country: DE}"), "no"},
      {half, kBlank, "unknown"},
      // An ultimate parent holds the majority.
      {half, "{data_class: personal, controller_parent: CN}", "yes"},
      {half, "{data_class: personal, controller_parent: DE}", "no"},
  });
}

TEST(Evidence, IsLookedForEverywhereAndExpires) {
  const auto with = [](const std::string& safeguards) { return "{data_class: personal, provider: aws, region: us-east-1, activity: storage, safeguards: " + safeguards + "}"; };
  Check({
      {"{safeguards: {has: scc}}", with("[scc]"), "yes"},
      {"{safeguards: {has: scc}}", with("[bcr]"), "missing"},
      {"{safeguards: {has: [[scc, tia], bcr]}}", with("[scc]"), "missing"},
      {"{safeguards: {has: [[scc, tia], bcr]}}", with("[scc, tia]"), "yes"},
      {"{safeguards: {has: [[scc, tia], bcr]}}", with("[bcr]"), "yes"},
      {"{safeguards: {has: scc}}", with("['${X}']"), "unknown"},
      {"{safeguards: {has: scc}}", with("[scc, '${X}']"), "yes"},
      {"{safeguards: {has: scc}}", with("[{type: scc, valid_until: 2026-11-25}]"), "yes"},
      {"{safeguards: {has: scc}}", with("[{type: scc, valid_until: 2026-11-24}]"), "missing"},
      // `tia` counts for three years from the day it was made.
      {"{safeguards: {has: tia}}", with("[{type: tia, issued: 2023-11-25}]"), "yes"},
      {"{safeguards: {has: tia}}", with("[{type: tia, issued: 2023-11-24}]"), "missing"},
      // Of the data, of the placement, of the operator.
      {"{safeguards: {has: scc}}", "{data: [{class: personal}], placements: [{activity: storage, provider: aws, safeguards: [scc]}]}", "yes"},
      {"{safeguards: {has: iso-27001}}", "{data_class: personal, provider: aws, activity: storage, certified: [iso-27001]}", "yes"},
      {"{safeguards: {has: scc, if_absent: 'no'}}", with("[bcr]"), "no"},
  });
}

TEST(Quantifiers, LookAtEveryPlacementOfTheData) {
  const std::string two = "{data_class: personal, placements: [{activity: storage, provider: aws, region: eu-central-1}, {activity: backup, provider: aws, region: eu-west-1}]}";
  const std::string open = "{data_class: personal, placements: [{activity: storage, provider: aws, region: eu-central-1}, {activity: backup, provider: aws, region: '${R}'}]}";
  Check({
      {"{some: {placement: {placement.places: {within: [DE]}}}}", two, "yes"},
      {"{every: {placement: {placement.places: {within: [DE]}}}}", two, "no"},
      {"{every: {placement: {placement.places: {within: [eea]}}}}", two, "yes"},
      {"{some: {placement: {placement.places: {within: [FR]}}}}", two, "no"},
      {"{some: {placement: {placement.places: {within: [DE]}}}}", open, "yes"},
      {"{some: {placement: {placement.places: {within: [FR]}}}}", open, "unknown"},
      {"{every: {placement: {placement.places: {within: [DE]}}}}", open, "unknown"},
      {"{every: {placement: {placement.places: {within: [FR]}}}}", open, "no"},
  });
}

// ---- Verdicts

// A policy of one check about people in Germany; `more` is put into the check, `head` into the policy.
std::string PolicyText(const std::string& check, const std::string& head = "status: contract") {
  return "policy: de-test\ntitle: Test\nsummary: Test.\njurisdiction: [DE]\ninstrument: Test\n" + head +
         "\nreviewed: 2026-11-23\nconfidence: high\nsources: [{title: t, url: \"https://t.example\", read: 2026-11-23}]\n"
         "applies: {data.class: {any_of: [personal]}, data.subjects: {any_in: [DE]}}\nchecks:\n  - {id: de-test-check, cite: s. 1, level: error, " +
         check + "}\nexamples: []\n";
}

struct Judged {
  std::string verdict;    // Worst; "not-applicable" when there is none.
  std::string message;    // Of the first finding.
  std::string undeclared, upcoming;
};

Judged Judge(const std::string& policy, const std::string& workload, const char* as_of = "2026-11-25") {
  Diagnostics diagnostics;
  const auto knowledge = Repository::Get().Open(false, {policy}, false, diagnostics);
  Judged judged;
  const auto read = ReadResolved(workload, *knowledge, diagnostics);
  if (!read || diagnostics.error_count() > 0) {
    judged.verdict = Repository::Get().Text(diagnostics);
    return judged;
  }
  CheckOptions options;
  options.as_of = *ParseDate(as_of);
  const Checker checker(*knowledge, options);
  const WorkloadResult result = checker.Check(*read);
  const auto worst = WorstByCheck(result.outcomes);
  judged.verdict = std::string(VerdictName(worst.empty() ? Verdict::kNotApplicable : worst.begin()->second));
  if (!result.findings.empty()) judged.message = result.findings[0].message;
  FactId last = kNoFact;
  for (const auto& [fact, silent] : result.undeclared) {
    if (fact != last) judged.undeclared += knowledge->vocabulary.at(fact).name + " ";
    last = fact;
  }
  for (const std::string& one : result.upcoming) judged.upcoming += one;
  return judged;
}

TEST(Verdict, IsWorkedOutFromTheCondition) {
  const std::string stays = PolicyText("rule: stays-within, with: {places: [DE]}");
  const struct {
    std::string workload, verdict;
  } rows[] = {
      {"{data_class: personal, subjects: [DE], provider: aws, region: eu-central-1}", "pass"},
      {"{data_class: personal, subjects: [DE], provider: aws, region: eu-west-1}", "violation"},
      {"{data_class: personal, subjects: [DE], provider: aws, region: '${R}'}", "undetermined"},
      {"{data_class: personal, subjects: [DE], provider: aws, region: atlantis-1}", "undetermined"},
      {"{data_class: personal, subjects: [FR], provider: aws, region: eu-west-1}", "not-applicable"},
      {"{data_class: public, subjects: [DE], provider: aws, region: eu-west-1}", "not-applicable"},
      // The worst of several placements.
      {"{data_class: personal, subjects: [DE], placements: [{activity: storage, provider: aws, region: eu-central-1}, {activity: backup, provider: aws, region: eu-west-1}]}",
       "violation"},
      // A placement of other data is none of its business.
      {"{data: [{name: a, class: personal, subjects: [DE]}, {name: b, class: public}], placements: [{activity: storage, provider: aws, region: eu-central-1}, "
       "{activity: backup, provider: aws, region: eu-west-1, data: [b]}]}",
       "pass"},
  };
  for (const auto& row : rows) EXPECT_EQ(Judge(stays, row.workload).verdict, row.verdict) << row.workload;
}

TEST(Verdict, TellsSilenceFromHiding) {
  const std::string stays = PolicyText("rule: stays-within, with: {places: [DE]}");
  // Nobody said whose data it is: the law is silent, and the summary says for want of what.
  const Judged silent = Judge(stays, "{data_class: personal, provider: aws, region: eu-west-1}");
  EXPECT_EQ(silent.verdict, "not-applicable");
  EXPECT_EQ(silent.undeclared, "data.subjects ");
  // Somebody said it, and a variable hides it.
  const Judged hidden = Judge(stays, "{data_class: personal, subjects: ['${WHO}'], provider: aws, region: eu-west-1}");
  EXPECT_EQ(hidden.verdict, "undetermined");
  EXPECT_EQ(hidden.undeclared, "");
  // A condition that is not met settles it whatever else is not declared.
  EXPECT_EQ(Judge(stays, "{data_class: public, provider: aws, region: eu-west-1}").undeclared, "");
}

TEST(Verdict, SaysMayAndWill) {
  const std::string stays = PolicyText("rule: stays-within, with: {places: [DE]}");
  EXPECT_NE(Judge(stays, "{data_class: personal, subjects: [DE], provider: aws, region: eu-west-1}").message.find(" will be "), std::string::npos);
  EXPECT_NE(Judge(stays, "{data_class: personal, subjects: [DE], provider: azure, service: azure-openai, region: germanywestcentral, deployment: DataZoneStandard}").message.find(" may be "),
            std::string::npos);
}

TEST(Verdict, TakesMissingEvidenceApart) {
  const std::string with = "rule: transfer-needs-safeguard, with: {free: [eea], evidence: [[scc, tia], bcr]}";
  const std::string asks = PolicyText(with), breach = PolicyText(with + ", without_evidence: violation");
  const auto in_us = [](const std::string& safeguards) { return "{data_class: personal, subjects: [DE], provider: aws, region: us-east-1, safeguards: " + safeguards + "}"; };
  EXPECT_EQ(Judge(asks, in_us("[]")).verdict, "missing-evidence");
  EXPECT_EQ(Judge(asks, in_us("[scc, tia]")).verdict, "pass");
  EXPECT_EQ(Judge(breach, in_us("[]")).verdict, "violation");
  // Half of an alternative is begun, not broken; so is evidence that lapsed.
  EXPECT_EQ(Judge(breach, in_us("[scc]")).verdict, "missing-evidence");
  EXPECT_EQ(Judge(breach, in_us("[{type: bcr, valid_until: 2026-11-24}]")).verdict, "missing-evidence");
  EXPECT_EQ(Judge(breach, in_us("[{type: bcr, valid_until: 2026-11-25}]")).verdict, "pass");
  EXPECT_EQ(Judge(breach, in_us("['${X}']")).verdict, "undetermined");
  // Only some of the possible places need it.
  EXPECT_EQ(Judge(breach, "{data_class: personal, subjects: [DE], provider: azure, service: azure-openai, region: swedencentral, deployment: GlobalStandard}").verdict,
            "missing-evidence");
  // Inside no evidence is asked for.
  EXPECT_EQ(Judge(breach, "{data_class: personal, subjects: [DE], provider: aws, region: eu-west-1}").verdict, "pass");
}

TEST(Verdict, ComesIntoForceAndLapses) {
  const std::string workload = "{data_class: personal, subjects: [DE], provider: aws, region: eu-west-1}";
  const std::string policy = PolicyText("rule: stays-within, with: {places: [DE]}", "status: in-force\neffective: 2026-12-01\nuntil: 2027-11-30");
  const struct {
    const char* as_of;
    std::string verdict, upcoming;
  } rows[] = {
      {"2026-01-01", "not-applicable", ""},
      {"2026-11-30", "not-applicable", "de-test (Test) comes into force on 2026-12-01"},
      {"2026-12-01", "violation", ""},
      {"2027-11-30", "violation", ""},
      {"2027-12-01", "not-applicable", ""},
  };
  for (const auto& row : rows) {
    const Judged judged = Judge(policy, workload, row.as_of);
    EXPECT_EQ(judged.verdict, row.verdict) << row.as_of;
    EXPECT_EQ(judged.upcoming, row.upcoming) << row.as_of;
  }
  const std::string check = PolicyText("rule: stays-within, with: {places: [DE]}, effective: 2026-12-01, until: 2027-11-30");
  EXPECT_EQ(Judge(check, workload, "2026-11-30").verdict, "not-applicable");
  EXPECT_EQ(Judge(check, workload, "2026-12-01").verdict, "violation");
  EXPECT_EQ(Judge(check, workload, "2027-12-01").verdict, "not-applicable");
  // A draft is not applied.
  EXPECT_EQ(Judge(PolicyText("rule: stays-within, with: {places: [DE]}", "status: draft"), workload).verdict, "not-applicable");
}

}  // namespace
}  // namespace domicile
