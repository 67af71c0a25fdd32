#include "engine/report/understood.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "engine/report/pieces.h"
#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

using Json = nlohmann::ordered_json;

class TextWriter {
 public:
  TextWriter(const Vocabulary& vocabulary, const Sources& sources, const OutputOptions& options)
      : vocabulary_(vocabulary), sources_(sources), options_(options) {}

  std::string text;

  void Write(const Workload& workload) {
    const Paint& paint = options_.paint;
    text += fmt::format("{}{}{}: {}workload `{}`{} ({})\n", paint.blue(), LocationText(LocationOf(workload.span, sources_, options_)), paint.reset(), paint.bold(),
                        Printable(workload.name), paint.reset(), workload.format);
    source_ = workload.source;
    Facts(workload.facts, "  ");
    for (const DataSet& data : workload.data) {
      if (data.facts.all().empty()) continue;
      text += fmt::format("  data{}\n", data.name.empty() ? "" : fmt::format(" `{}`", Printable(data.name)));
      Facts(data.facts, "    ");
    }
    for (const Placement& placement : workload.placements) {
      text += fmt::format("  placement{}\n", placement.name.empty() ? "" : fmt::format(" `{}`", Printable(placement.name)));
      Facts(placement.facts, "    ");
    }
  }

 private:
  void Facts(const domicile::Facts& facts, const char* indent) {
    for (const Fact& fact : facts.all()) {
      const Location location = LocationOf(fact.span, sources_, options_);
      std::string value = fact.hidden ? fmt::format("unknown: {}", fact.reason.empty() ? "it is hidden" : fact.reason) : FactText(fact, vocabulary_);
      text += fmt::format("{}{:<24} {}{}\n", indent, vocabulary_.at(fact.id).name, Printable(value),
                          location.ranged ? fmt::format("  ({}{}:{})", fact.span.source == source_ ? "" : location.path + ":", location.begin.line, location.begin.column)
                          : fact.stated ? "" : "  (derived)");
      // Of what is stated, only what did not come from the manifest as it is has a reason.
      if (fact.id == vocabulary_.known().places || (fact.stated && vocabulary_.at(fact.id).scope != Scope::kPlacement))
        for (const Because& because : fact.because) text += fmt::format("{}  because {}\n", indent, Printable(BecauseText(because)));
    }
  }

  const Vocabulary& vocabulary_;
  const Sources& sources_;
  const OutputOptions& options_;
  uint32_t source_ = kNoSource;   // Of the workload at hand.
};

class JsonWriter {
 public:
  JsonWriter(const Vocabulary& vocabulary, const Sources& sources, const OutputOptions& options)
      : vocabulary_(vocabulary), sources_(sources), options_(options) {}

  Json Write(const Workload& workload) const {
    Json data = Json::array(), placements = Json::array();
    for (const DataSet& set : workload.data) data.push_back({{"name", set.name}, {"facts", Write(set.facts)}});
    for (const Placement& placement : workload.placements)
      placements.push_back({{"name", placement.name}, {"location", Where(placement.span)}, {"facts", Write(placement.facts)}});
    return {{"name", workload.name}, {"format", workload.format}, {"location", Where(workload.span)}, {"facts", Write(workload.facts)},
            {"data", std::move(data)}, {"placements", std::move(placements)}};
  }

 private:
  Json Where(Span span) const {
    const Location location = LocationOf(span, sources_, options_);
    if (!location.ranged) return Json();
    return {{"path", location.path},        {"line", location.begin.line},         {"column", location.begin.column},
            {"end_line", location.end.line}, {"end_column", location.end.column}};
  }

  Json Write(const Facts& facts) const {
    Json out = Json::array();
    for (const Fact& fact : facts.all()) {
      const FactDefinition& definition = vocabulary_.at(fact.id);
      Json values = Json::array(), because = Json::array();
      if (definition.type == FactType::kFlag) values.push_back(fact.number != 0);
      else
        for (const Term& term : fact.terms)
          if (!term.hidden) values.push_back(term.text);
      for (const Because& step : fact.because)
        because.push_back({{"text", step.text}, {"source", step.source.empty() ? Json() : Json(step.source)}, {"read", step.read.empty() ? Json() : Json(step.read)},
                           {"unverified", step.unverified}, {"location", Where(step.span)}});
      out.push_back({{"name", definition.name},
                     {"value", fact.hidden ? Json() : Json(FactText(fact, vocabulary_))},
                     {"values", fact.hidden ? Json::array() : std::move(values)},
                     {"unknown", fact.hidden},
                     {"written", fact.hidden && !fact.terms.empty() ? Json(fact.terms[0].text) : Json()},
                     {"reason", fact.reason.empty() ? Json() : Json(fact.reason)},
                     {"stated", fact.stated},
                     {"location", Where(fact.span)},
                     {"because", std::move(because)}});
    }
    return out;
  }

  const Vocabulary& vocabulary_;
  const Sources& sources_;
  const OutputOptions& options_;
};

}  // namespace

std::string UnderstoodText(const std::vector<UnderstoodPart>& parts, const Summary& summary, const Vocabulary& vocabulary, const Sources& sources,
                           const OutputOptions& options) {
  TextWriter writer(vocabulary, sources, options);
  for (const UnderstoodPart& part : parts)
    for (const Workload* workload : part.workloads) writer.Write(*workload);
  std::string text = std::move(writer.text);
  text += fmt::format("{}, {}, {}\n", Count(summary.files, "file"), Count(summary.documents, "document"), Count(summary.workloads, "workload"));
  for (const std::string& line : NotLookedAt(summary, 0)) text += line + "\n";
  return text;
}

std::string UnderstoodJson(const std::vector<UnderstoodPart>& parts, const Summary& summary, const Vocabulary& vocabulary, const Sources& sources,
                           const OutputOptions& options) {
  const JsonWriter writer(vocabulary, sources, options);
  Json files = Json::array();
  for (const UnderstoodPart& part : parts) {
    Json workloads = Json::array();
    for (const Workload* workload : part.workloads) workloads.push_back(writer.Write(*workload));
    files.push_back({{"path", ShortPath(sources.name(part.source), options.base)}, {"workloads", std::move(workloads)}});
  }
  const auto counts = [](const std::map<std::string, size_t>& map) {
    Json json = Json::object();
    for (const auto& [key, count] : map) json[key] = count;
    return json;
  };
  return DumpJson({{"schema", "domicile/facts/1"},
                   {"version", options.version},
                   {"files", std::move(files)},
                   {"summary",
                    {{"files", summary.files},
                     {"documents", summary.documents},
                     {"workloads", summary.workloads},
                     {"documents_by_format", counts(summary.documents_by_format)},
                     {"documents_inside", counts(summary.documents_inside)},
                     {"documents_without_facts", summary.documents_without_facts},
                     {"unknown_documents", counts(summary.unknown_documents)},
                     {"templated", summary.templated},
                     {"unreadable", summary.unreadable},
                     {"skipped", counts(summary.skipped)},
                     {"settings_not_read", counts(summary.settings_not_read)}}}}) + "\n";
}

std::string TextTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text += std::string(widths[i] - DisplayWidth(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

std::string CsvTable(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      std::string cell = row[i];
      // A cell that a spreadsheet would run as a formula is made text.
      if (!cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos) cell.insert(0, "'");
      if (cell.find_first_of(",\"\n\r") != std::string::npos) {
        std::string quoted = "\"";
        for (char c : cell) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
        cell = quoted + "\"";
      }
      text += (i ? "," : "") + cell;
    }
    text += "\r\n";
  }
  return text;
}

std::string JsonTable(const std::vector<std::vector<std::string>>& rows) {
  Json list = Json::array();
  for (size_t k = 1; k < rows.size(); ++k) {
    Json object = Json::object();
    for (size_t i = 0; i < rows[0].size() && i < rows[k].size(); ++i) object[rows[0][i]] = rows[k][i];
    list.push_back(std::move(object));
  }
  return DumpJson(list) + "\n";
}

}  // namespace domicile
