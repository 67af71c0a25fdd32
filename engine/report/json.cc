#include <nlohmann/json.hpp>

#include "engine/report/pieces.h"
#include "engine/report/words.h"

namespace domicile {
namespace {

using Json = nlohmann::ordered_json;

Json DateOrNull(const std::optional<Date>& date) { return date ? Json(FormatDate(*date)) : Json(); }
Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json LocationJson(const Location& location) {
  if (location.path.empty()) return Json();
  Json json = {{"path", location.path}};
  if (!location.ranged) return json;
  json["line"] = location.begin.line;
  json["column"] = location.begin.column;
  json["end_line"] = location.end.line;
  json["end_column"] = location.end.column;
  json["begin_byte"] = location.begin_byte;
  json["end_byte"] = location.end_byte;
  return json;
}

template <class Key, class Name>
Json CountsJson(const std::map<Key, size_t>& counts, Name name) {
  Json json = Json::object();
  for (const auto& [key, count] : counts) json[std::string(name(key))] = count;
  return json;
}

Json PolicyJson(const Policy& policy) {
  Json sources = Json::array();
  for (const SourceReference& source : policy.sources) {
    sources.push_back({{"title", source.title}, {"url", TextOrNull(source.url)}, {"read", TextOrNull(source.read)}});
  }
  return {{"title", policy.title},
          {"aliases", policy.aliases},
          {"jurisdiction", policy.jurisdiction},
          {"instrument", policy.instrument},
          {"status", std::string(StatusName(policy.status))},
          {"effective", DateOrNull(policy.effective)},
          {"until", DateOrNull(policy.until)},
          {"reviewed", DateOrNull(policy.reviewed)},
          {"confidence", policy.confidence},
          {"confidence_note", TextOrNull(policy.confidence_note)},
          {"penalties", TextOrNull(policy.penalties)},
          {"builtin", policy.builtin},
          {"sources", std::move(sources)},
          {"notes", policy.notes}};
}

class Writer {
 public:
  Writer(const Sources& sources, const OutputOptions& options) : sources_(sources), options_(options) {}

  Json Write(const Finding& finding) const {
    Json facts = Json::array();
    for (const DecidingFact& fact : finding.facts) facts.push_back(Write(fact));
    Json remedies = Json::array();
    for (const Remedy& remedy : finding.remedies) remedies.push_back({{"text", remedy.text}, {"checked", remedy.checked}});
    return {{"fingerprint", Fingerprint(finding, sources_)},
            {"verdict", std::string(VerdictName(finding.verdict))},
            {"level", std::string(LevelName(finding.level))},
            {"policy", finding.policy->id},
            {"aliases", finding.policy->aliases},
            {"check", finding.check->id},
            {"title", TextOrNull(finding.check->title)},
            {"rule", finding.check->rule == nullptr ? Json() : Json(finding.check->rule->id)},
            {"cite", TextOrNull(finding.check->cite)},
            {"workload", TextOrNull(finding.workload)},
            {"data", TextOrNull(finding.data)},
            {"placement", TextOrNull(finding.placement)},
            {"message", finding.message},
            {"label", TextOrNull(finding.label)},
            {"location", LocationJson(LocationOf(finding, sources_, options_))},
            {"manifest", finding.source < sources_.size() ? Json(ShortPath(sources_.name(finding.source), options_.base)) : Json()},
            {"facts", std::move(facts)},
            {"help", finding.help},
            {"remedies", std::move(remedies)},
            {"waiver", TextOrNull(finding.waiver)},
            {"waived_until", DateOrNull(finding.waived_until)},
            {"waived_at", Where(finding.waiver_span)},
            {"known_since", DateOrNull(finding.known_since)}};
  }

  Json Write(const Diagnostic& diagnostic) const {
    Json labels = Json::array();
    for (const Label& label : diagnostic.labels) labels.push_back({{"text", label.text}, {"location", Where(label.span)}});
    return {{"level", diagnostic.level == Diagnostic::Level::kError ? "error" : "warning"},
            {"message", diagnostic.message},
            {"help", TextOrNull(diagnostic.help)},
            {"location", Where(diagnostic.span)},
            {"labels", std::move(labels)}};
  }

  Json Write(const Summary& summary) const {
    const auto same = [](const std::string& name) { return name; };
    return {{"files", summary.files},
            {"documents", summary.documents},
            {"workloads", summary.workloads},
            {"checks", summary.checks},
            {"verdicts", CountsJson(summary.verdicts, VerdictName)},
            {"findings_by_level", CountsJson(summary.findings_by_level, LevelName)},
            {"documents_by_format", CountsJson(summary.documents_by_format, same)},
            {"documents_inside", CountsJson(summary.documents_inside, same)},
            {"documents_without_facts", summary.documents_without_facts},
            {"unknown_documents", CountsJson(summary.unknown_documents, same)},
            {"templated", summary.templated},
            {"unreadable", summary.unreadable},
            {"skipped", CountsJson(summary.skipped, same)},
            {"settings_not_read", CountsJson(summary.settings_not_read, same)},
            {"policies_applied", summary.policies_applied},
            {"policies_total", summary.policies_total},
            {"policies_disabled", summary.policies_disabled},
            {"policies_left_out", summary.policies_left_out},
            {"known", summary.known},
            {"undeclared", CountsJson(summary.undeclared, same)},
            {"upcoming", summary.upcoming}};
  }

 private:
  Json Where(Span span) const { return LocationJson(LocationOf(span, sources_, options_)); }

  Json Write(const DecidingFact& fact) const {
    Json because = Json::array();
    for (const Because& step : fact.because) {
      because.push_back({{"text", step.text},
                         {"source", TextOrNull(step.source)},
                         {"read", TextOrNull(step.read)},
                         {"unverified", step.unverified},
                         {"location", Where(step.span)}});
    }
    return {{"name", fact.name},
            {"value", fact.unknown ? Json() : Json(fact.value)},
            {"unknown", fact.unknown},
            {"reason", TextOrNull(fact.reason)},
            {"where", TextOrNull(fact.where)},
            {"location", Where(fact.span)},
            {"because", std::move(because)}};
  }

  const Sources& sources_;
  const OutputOptions& options_;
};

}  // namespace

std::string RenderJson(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  const Writer writer(sources, options);
  Json policies = Json::object();
  for (const Policy* policy : PoliciesOf(report)) policies[policy->id] = PolicyJson(*policy);
  Pieces findings(1), verdicts(1);
  for (const Finding& finding : report.findings) findings.Add(writer.Write(finding));
  for (const Judgement& judgement : report.outcomes) {
    const Location location = LocationOf(Span{judgement.source, 0, 0}, sources, options);
    verdicts.Add({{"policy", judgement.policy->id},
                  {"check", judgement.check->id},
                  {"workload", TextOrNull(judgement.workload)},
                  {"data", TextOrNull(judgement.data)},
                  {"placement", TextOrNull(judgement.placement)},
                  {"path", TextOrNull(location.path)},
                  {"verdict", std::string(VerdictName(judgement.verdict))}});
  }
  Json said = Json::array();
  for (const Diagnostic& diagnostic : diagnostics.all()) said.push_back(writer.Write(diagnostic));
  const Json json = {{"schema", "domicile/report/1"},
                     {"version", options.version},
                     {"as_of", FormatDate(report.summary.as_of)},
                     {"catalogue_date", TextOrNull(options.catalogue_date)},
                     {"findings", findings.Stand()},
                     {"verdicts", verdicts.Stand()},
                     {"diagnostics", std::move(said)},
                     {"policies", std::move(policies)},
                     {"summary", writer.Write(report.summary)}};
  std::vector<Pieces> lists;
  lists.push_back(std::move(findings));
  lists.push_back(std::move(verdicts));
  return Pieces::Splice(json, std::move(lists));
}

}  // namespace domicile
