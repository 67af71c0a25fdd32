#include "engine/cli/baseline.h"

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/parse/fields.h"
#include "engine/report/words.h"

namespace domicile {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchema = "domicile/baseline/1";

// The folder of a baseline, whether or not the baseline is there.
fs::path FolderOf(const std::string& file) {
  std::error_code error;
  return fs::weakly_canonical(fs::absolute(file, error), error).parent_path();
}

// Keys of the findings, in their order.
std::vector<BaselineKey> KeysOf(const Report& report, const std::string& file, const Sources& sources) {
  const fs::path folder = FolderOf(file);
  const std::vector<std::string> fingerprints = DistinctFingerprints(report, sources, {});
  std::vector<BaselineKey> keys;
  for (size_t i = 0; i < report.findings.size(); ++i) {
    const std::string& name = sources.name(report.findings[i].source);
    std::error_code error;
    // Standard input has no place of its own.
    const std::string path = name.starts_with('<') ? name : fs::weakly_canonical(fs::absolute(name, error), error).lexically_relative(folder).generic_string();
    keys.push_back({path, fingerprints[i]});
  }
  return keys;
}

}  // namespace

std::optional<Baseline> ReadBaseline(Session& session, const std::string& file, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  const Loaded loaded = Load({file}, {}, session.sources, diagnostics);
  if (diagnostics.error_count() != errors) return std::nullopt;
  if (loaded.sources.size() != 1) {
    diagnostics.Error({}, fmt::format("`{}` is not one file", file));
    return std::nullopt;
  }
  const ParsedFile parsed = Parse(session.sources, loaded.sources[0], {}, diagnostics);
  const Value root = parsed.documents.size() == 1 ? Root(parsed.documents[0]) : Value();
  if (!root && diagnostics.error_count() == errors) diagnostics.Error({loaded.sources[0], 0, 0}, "there is no baseline in the file");
  if (!root) return std::nullopt;
  Fields fields(root, "a baseline", diagnostics);
  const std::string schema = fields.Need("schema");
  fields.Text("note");
  const auto date = fields.Day("date");
  const Value list = fields.Get("findings");
  if (!schema.empty() && schema != kSchema) {
    diagnostics.Error(root["schema"].span(), fmt::format("`{}` is not a baseline that this version reads", schema)).help = fmt::format("it reads `{}`: write a new one with --write-baseline", kSchema);
    return std::nullopt;
  }
  fields.Done();
  if (!list.is_sequence()) diagnostics.Error(root.span(), "a baseline has no list of `findings`");
  Baseline baseline{file, {}};
  for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
    Fields entry(list.item(i), "a finding of a baseline", diagnostics);
    BaselineKey key{entry.Need("path"), entry.Need("fingerprint")};
    entry.Text("check");
    const auto since = entry.Day("since");
    entry.Done();
    baseline.since.emplace(std::move(key), since.value_or(date.value_or(Date{})));
  }
  if (diagnostics.error_count() != errors) return std::nullopt;
  return baseline;
}

void ApplyBaseline(const Baseline& baseline, Report& report, const Sources& sources) {
  report.summary.baseline = true;
  const std::vector<BaselineKey> keys = KeysOf(report, baseline.file, sources);
  // Of files that are gone: a finding of the same fingerprint has moved with its file. Each counts once.
  std::multimap<std::string, Date> moved;
  const fs::path folder = FolderOf(baseline.file);
  std::map<std::string, bool> there;
  for (const auto& [key, since] : baseline.since) {
    const auto [known, is_new] = there.emplace(key.path, false);
    std::error_code error;
    if (is_new) known->second = fs::exists(folder / key.path, error);
    if (!known->second) moved.emplace(key.fingerprint, since);
  }
  for (size_t i = 0; i < report.findings.size(); ++i) {
    Finding& finding = report.findings[i];
    if (finding.verdict == Verdict::kWaived) continue;
    if (const auto same = baseline.since.find(keys[i]); same != baseline.since.end()) {
      finding.known_since = same->second;
    } else if (const auto other = moved.find(keys[i].fingerprint); other != moved.end()) {
      finding.known_since = other->second;
      moved.erase(other);
    }
    if (!finding.known_since) continue;
    ++report.summary.known;
    --report.summary.findings_by_level[finding.level];
  }
}

std::string RenderBaseline(const Report& report, const std::string& file, const Sources& sources, Date as_of) {
  const std::vector<BaselineKey> keys = KeysOf(report, file, sources);
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (size_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    if (finding.verdict == Verdict::kWaived) continue;
    findings.push_back({{"check", finding.check->id}, {"path", keys[i].path}, {"fingerprint", keys[i].fingerprint}, {"since", FormatDate(finding.known_since.value_or(as_of))}});
  }
  const nlohmann::ordered_json json = {{"schema", kSchema}, {"date", FormatDate(as_of)}, {"findings", std::move(findings)}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace domicile
