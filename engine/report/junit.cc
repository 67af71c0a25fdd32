// JUnit XML as Jenkins and GitLab read it: one suite for each policy that applied, one case for each finding and for each pass.
//
// An error or a warning is a failure. What is for review or a note, what was waived and what the baseline has is skipped, with the reason: neither passed
// nor failed. What could not be read is an error.
#include <fmt/format.h>

#include <pugixml.hpp>

#include <sstream>

#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

struct Tally {
  size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  void Add(const Tally& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
  }
};

// XML has no way to write most control characters, so everything is made printable first.
void Set(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(Printable(value).c_str());
}

void SetText(pugi::xml_node node, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!line.empty()) text += Printable(line) + "\n";
  }
  node.text().set(text.c_str());
}

pugi::xml_node AddCase(pugi::xml_node suite, std::string_view class_name, std::string_view name, const Location& location) {
  pugi::xml_node node = suite.append_child("testcase");
  Set(node, "classname", class_name);
  Set(node, "name", name);
  if (location.path.empty()) return node;
  Set(node, "file", location.path);
  if (location.ranged) node.append_attribute("line").set_value(location.begin.line);
  return node;
}

void Close(pugi::xml_node node, const Tally& tally) {
  node.append_attribute("tests").set_value(static_cast<unsigned long long>(tally.tests));
  node.append_attribute("failures").set_value(static_cast<unsigned long long>(tally.failures));
  node.append_attribute("errors").set_value(static_cast<unsigned long long>(tally.errors));
  node.append_attribute("skipped").set_value(static_cast<unsigned long long>(tally.skipped));
}

// "eu-gdpr-transfer: support-assistant / prompts / chat".
template <class Judged>
std::string CaseName(const Judged& judged) {
  std::string name = judged.check->id;
  for (const std::string* part : {&judged.workload, &judged.data, &judged.placement}) {
    if (!part->empty()) name += (part == &judged.workload ? ": " : " / ") + *part;
  }
  return name;
}

Tally AddFinding(pugi::xml_node suite, const Finding& finding, const Sources& sources, const OutputOptions& options) {
  const Location location = LocationOf(finding, sources, options);
  pugi::xml_node node = AddCase(suite, finding.policy->id, CaseName(finding), location);
  if (finding.verdict == Verdict::kWaived) {
    Set(node.append_child("skipped"), "message", "waived: " + WaiverText(finding));
    return {.tests = 1, .skipped = 1};
  }
  if (finding.known_since || finding.level < Level::kWarning) {
    const std::string_view word = LevelName(finding.level);
    Set(node.append_child("skipped"), "message", finding.known_since ? fmt::format("{}, {}: {}", word, KnownText(finding), Headline(finding)) : fmt::format("{}: {}", word, Headline(finding)));
    return {.tests = 1, .skipped = 1};
  }
  pugi::xml_node failure = node.append_child("failure");
  Set(failure, "type", LevelName(finding.level));
  Set(failure, "message", Headline(finding));
  std::vector<std::string> lines = {LocationText(location), Headline(finding), ManifestText(finding, sources, options), "law: " + LawText(finding)};
  for (const DecidingFact& fact : finding.facts) {
    lines.push_back(fmt::format("fact: `{}` is {}", fact.name, fact.unknown ? "unknown: " + fact.reason : fact.value));
    for (const Because& because : fact.because) lines.push_back("why: " + BecauseText(because));
  }
  for (const Advice& advice : AdviceOf(finding)) lines.push_back("help: " + advice.text + (advice.checked ? " (checked)" : ""));
  SetText(failure, lines);
  return {.tests = 1, .failures = 1};
}

Tally AddDiagnostic(pugi::xml_node suite, const Diagnostic& diagnostic, const Sources& sources, const OutputOptions& options) {
  const Location location = LocationOf(diagnostic.span, sources, options);
  pugi::xml_node node = AddCase(suite, "domicile", location.path.empty() ? diagnostic.message : LocationText(location), location);
  if (diagnostic.level == Diagnostic::Level::kWarning) {
    SetText(node.append_child("system-err"), {diagnostic.message, diagnostic.help});
    return {.tests = 1};
  }
  pugi::xml_node error = node.append_child("error");
  Set(error, "message", diagnostic.message);
  SetText(error, {LocationText(location), diagnostic.message, diagnostic.help});
  return {.tests = 1, .errors = 1};
}

}  // namespace

std::string RenderJunit(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version").set_value("1.0");
  declaration.append_attribute("encoding").set_value("UTF-8");
  pugi::xml_node root = document.append_child("testsuites");
  root.append_attribute("name").set_value("domicile");

  struct Suite {
    std::vector<const Finding*> findings;
    std::vector<const Judgement*> passes;
  };
  std::map<std::string, Suite> suites;
  for (const Finding& finding : report.findings) suites[finding.policy->id].findings.push_back(&finding);
  for (const Judgement& outcome : report.outcomes) {
    if (outcome.verdict == Verdict::kPass) suites[outcome.policy->id].passes.push_back(&outcome);
  }
  Tally total;
  for (const auto& [id, content] : suites) {
    pugi::xml_node suite = root.append_child("testsuite");
    Set(suite, "name", id);
    Tally tally;
    for (const Finding* finding : content.findings) tally.Add(AddFinding(suite, *finding, sources, options));
    for (const Judgement* pass : content.passes) {
      Location file = LocationOf(Span{pass->source, 0, 0}, sources, options);
      file.ranged = false;
      AddCase(suite, id, CaseName(*pass), file);
      ++tally.tests;
    }
    Close(suite, tally);
    total.Add(tally);
  }
  if (!diagnostics.all().empty()) {
    pugi::xml_node suite = root.append_child("testsuite");
    suite.append_attribute("name").set_value("domicile");
    Tally tally;
    for (const Diagnostic& diagnostic : diagnostics.all()) tally.Add(AddDiagnostic(suite, diagnostic, sources, options));
    Close(suite, tally);
    total.Add(tally);
  }
  Close(root, total);
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
  return out.str();
}

}  // namespace domicile
