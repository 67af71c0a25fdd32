// What a run found: one finding for each check, data set and placement that was not passed.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/formats/workload.h"
#include "engine/policy/policy.h"

namespace domicile {

// Worst last, so that the worst verdict over several placements is the maximum.
enum class Verdict : uint8_t { kNotApplicable, kPass, kWaived, kUndetermined, kMissingEvidence, kViolation };
std::string_view VerdictName(Verdict verdict);   // `missing-evidence`

// A fact that decided, as a report shows it.
struct DecidingFact {
  std::string name;                 // `placement.deployment`
  std::string value;                // For people; "unknown" when it is.
  bool unknown = false;
  std::string reason;               // Why it is unknown.
  std::string where;                // Where to write it, when it is not declared.
  Span span;                        // Where it was written, if anywhere.
  Chain because;
};

struct Remedy {
  std::string text;                 // "set deployment to `DataZoneStandard` and region to one of ..."
  bool checked = false;             // Was applied and checked again: it clears this finding and adds none.
};

struct Finding {
  Verdict verdict = Verdict::kViolation;
  Level level = Level::kError;
  const Policy* policy = nullptr;
  const Check* check = nullptr;
  std::string workload, data, placement;   // Names; empty when there is none.
  std::string classes;              // Of the data, as FactText writes them: where they get graver it is another finding.
  std::string message;
  Span span;                        // Primary: the narrowest span that is wrong.
  std::string label;                // What is said under it: "any Azure region: US, IN, BR, ... (31 countries)".
  std::vector<DecidingFact> facts;  // In the order in which they decided; the one at `span` first.
  std::vector<std::string> help;
  std::vector<Remedy> remedies;
  std::string waiver;               // Why it was waived.
  std::optional<Date> waived_until;   // The last day of the waiver.
  Span waiver_span;                 // Where the waiver is written.
  bool waived_in_source = false;    // By a comment beside it; otherwise by the project file.
  std::optional<Date> known_since;  // The baseline has it since that day: it is not new and does not fail the run.
  uint32_t source = kNoSource;      // File of the workload.
  size_t placement_index = SIZE_MAX;  // In the workload's placements; SIZE_MAX for a finding about the data as a whole.
};

// What was looked at, and what was not.
struct Summary {
  Date as_of{};
  size_t files = 0;                                       // Read, whole or in part. What was left unread is in `skipped`.
  size_t documents = 0;                                   // Items of lists count one by one: of a known format, or of none.
  size_t workloads = 0, checks = 0;
  std::map<std::string, size_t> documents_by_format;      // Format id to count.
  std::map<std::string, size_t> documents_inside;         // The same for documents that stand within others, which count for themselves.
  std::map<std::string, size_t> unknown_documents;        // `apiVersion/kind` or the first keys, to count.
  size_t documents_without_facts = 0;                     // Of a known format, but nothing in them that a policy could ask about.
  size_t templated = 0, unreadable = 0;                   // Files that are templates, wholly or in part; others with documents that could not be parsed.
  std::map<std::string, size_t> skipped;                  // Reason to count of files.
  std::map<std::string, size_t> settings_not_read;        // File or object that is not among the input, to count of workloads told by it.
  std::vector<std::string> policies_applied;              // Ids with at least one verdict other than not applicable.
  size_t policies_total = 0, policies_disabled = 0;
  std::vector<std::string> policies_left_out;             // By the project: "eu-gdpr: why (line 4 of .domicile.yaml)".
  std::map<Verdict, size_t> verdicts;
  std::map<Level, size_t> findings_by_level;              // Of those that are neither waived nor known.
  size_t known = 0;                                       // In the baseline.
  bool baseline = false;                                  // One was given.
  std::map<std::string, size_t> undeclared;               // Fact to number of policies that were silent because it is not declared.
  std::vector<std::string> upcoming;                      // "cl-21719 comes into force on 2026-12-01".
};

// The verdict of one check on one data set and placement, passes included.
struct Judgement {
  const Policy* policy = nullptr;
  const Check* check = nullptr;
  std::string workload, data, placement;
  Verdict verdict = Verdict::kPass;
  uint32_t source = kNoSource;
};

struct Report {
  std::vector<Judgement> outcomes;  // In the order of the files. What does not apply is left out.
  std::vector<Finding> findings;    // Sorted by file, position, check id. Waived ones included; passes are not.
  Summary summary;
};

}  // namespace domicile
