#include "engine/report/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

void AppendEncoded(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

std::string JoinNonEmpty(std::initializer_list<std::string> parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

}  // namespace

Location LocationOf(Span span, const Sources& sources, const OutputOptions& options) {
  Location location;
  if (!span.known() || span.source >= sources.size()) return location;
  location.path = ShortPath(sources.name(span.source), options.base);
  location.ranged = true;
  location.begin = sources.PositionOf(span.source, span.begin);
  location.end = sources.PositionOf(span.source, std::max(span.begin, span.end));
  location.begin_byte = span.begin;
  location.end_byte = std::max(span.begin, span.end);
  return location;
}

Location LocationOf(const Finding& finding, const Sources& sources, const OutputOptions& options) {
  Location location = LocationOf(finding.span, sources, options);
  if (location.ranged || finding.source >= sources.size()) return location;
  location.path = ShortPath(sources.name(finding.source), options.base);
  return location;
}

std::string ManifestText(const Finding& finding, const Sources& sources, const OutputOptions& options) {
  if (!finding.span.known() || finding.span.source == finding.source || finding.source >= sources.size()) return "";
  const std::string path = ShortPath(sources.name(finding.source), options.base);
  return finding.workload.empty() ? fmt::format("a workload of {}", path) : fmt::format("workload `{}` of {}", finding.workload, path);
}

std::string LocationText(const Location& location) {
  if (!location.ranged) return location.path;
  return fmt::format("{}:{}:{}", location.path, location.begin.line, location.begin.column);
}

std::string ShortPath(std::string_view name, std::string_view base) {
  while (base.size() > 1 && base.back() == '/') base.remove_suffix(1);
  if (!base.empty() && name.size() > base.size() && name.starts_with(base)) {
    if (base.back() == '/') name.remove_prefix(1);
    else if (name[base.size()] == '/') name.remove_prefix(base.size() + 1);
  }
  std::string out;
  const bool absolute = name.starts_with('/');
  while (!name.empty()) {
    const size_t slash = name.find('/');
    const std::string_view segment = name.substr(0, slash);
    name.remove_prefix(slash == std::string_view::npos ? name.size() : slash + 1);
    if (segment.empty() || segment == ".") continue;
    if (!out.empty()) out += '/';
    out += segment;
  }
  return absolute ? "/" + out : out;
}

std::string UriOf(std::string_view path) {
  std::string out = path.starts_with('/') ? "file://" : "";
  for (char c : path) {
    if (IsUnreserved(c) || c == '/') out += c;
    else AppendEncoded(out, c);
  }
  return out;
}

std::string WebAddress(std::string_view url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return "";
  constexpr std::string_view kReserved = ":/?#[]@!$&'()*+,;=%";
  std::string out;
  for (char c : url) {
    if (IsUnreserved(c) || kReserved.find(c) != std::string_view::npos) out += c;
    else AppendEncoded(out, c);
  }
  return out;
}

std::string Headline(const Finding& finding) {
  return finding.verdict == Verdict::kMissingEvidence ? "missing evidence: " + finding.message : finding.message;
}

std::string WaiverText(const Finding& finding) {
  return finding.waived_until ? fmt::format("{} (until {})", finding.waiver, FormatDate(*finding.waived_until)) : finding.waiver;
}

std::string KnownText(const Finding& finding) {
  return finding.known_since ? fmt::format("known since {}", FormatDate(*finding.known_since)) : "";
}

std::string LawText(const Finding& finding) {
  std::string policy = fmt::format("policy {}", finding.policy->id);
  if (finding.policy->reviewed) policy += fmt::format(" (reviewed {})", FormatDate(*finding.policy->reviewed));
  return JoinNonEmpty({finding.check->cite, policy}, ", ");
}

std::string BecauseText(const Because& because) {
  const std::string read = because.read.empty() ? "" : "read " + because.read;
  const std::string claim = JoinNonEmpty({because.source, read, because.unverified ? "unverified" : ""}, ", ");
  return claim.empty() ? because.text : fmt::format("{} ({})", because.text, claim);
}

std::vector<Advice> AdviceOf(const Finding& finding) {
  std::vector<Advice> advice;
  const auto add = [&](std::string text, bool checked) {
    // A line that was meant to follow another may come first, when the other could not be filled in.
    if (advice.empty() && text.starts_with("or ")) text.erase(0, 3);
    const bool said = std::any_of(advice.begin(), advice.end(), [&](const Advice& other) { return other.text == text; });
    if (!text.empty() && !said) advice.push_back({std::move(text), checked});
  };
  for (const Remedy& remedy : finding.remedies) add(remedy.text, remedy.checked);
  for (const std::string& help : finding.help) add(help, false);
  for (const DecidingFact& fact : finding.facts) {
    if (!fact.unknown || fact.where.empty()) continue;
    const bool said = std::any_of(finding.help.begin(), finding.help.end(),
                                  [&](const std::string& help) { return help.find(fact.where) != std::string::npos; });
    if (!said) add(fmt::format("declare `{}` as {}", fact.name, fact.where), false);
  }
  return advice;
}

std::string Count(size_t number, std::string_view noun) {
  if (number == 1) return fmt::format("1 {}", noun);
  if (noun.ends_with('y')) return fmt::format("{} {}ies", number, noun.substr(0, noun.size() - 1));
  return fmt::format("{} {}s", number, noun);
}

std::string LevelCounts(const Summary& summary) {
  std::string out;
  for (auto it = summary.findings_by_level.rbegin(); it != summary.findings_by_level.rend(); ++it) {
    const auto& [level, count] = *it;
    if (count == 0) continue;
    if (!out.empty()) out += ", ";
    out += level == Level::kReview ? fmt::format("{} for review", count) : Count(count, LevelName(level));
  }
  return out;
}

std::string VerdictCounts(const Summary& summary) {
  const auto count = [&](Verdict verdict) -> size_t {
    const auto it = summary.verdicts.find(verdict);
    return it == summary.verdicts.end() ? 0 : it->second;
  };
  const auto say = [](size_t number, std::string_view word) { return number == 0 ? "" : fmt::format("{} {}", number, word); };
  const size_t violations = count(Verdict::kViolation);
  return JoinNonEmpty({violations == 0 ? "" : Count(violations, "violation"), say(count(Verdict::kMissingEvidence), "missing evidence"),
                       say(count(Verdict::kUndetermined), "undetermined"), say(count(Verdict::kWaived), "waived"),
                       say(count(Verdict::kPass), "passed"), say(summary.known, "known and not counted")},
                      ", ");
}

std::vector<std::pair<std::string, size_t>> LargestFirst(const std::map<std::string, size_t>& counts) {
  std::vector<std::pair<std::string, size_t>> rows(counts.begin(), counts.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return rows;
}

std::string Listed(const std::map<std::string, size_t>& counts, size_t most) {
  const std::vector<std::pair<std::string, size_t>> rows = LargestFirst(counts);
  std::string out;
  size_t left = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (most != 0 && i >= most) {
      left += rows[i].second;
      continue;
    }
    if (i > 0) out += ", ";
    out += fmt::format("{} {}", rows[i].second, rows[i].first);
  }
  if (left > 0) out += fmt::format(", {} more", left);
  return out;
}

std::vector<std::string> NotLookedAt(const Summary& summary, size_t most) {
  const auto total = [](const std::map<std::string, size_t>& counts) {
    size_t sum = 0;
    for (const auto& [name, count] : counts) sum += count;
    return sum;
  };
  std::vector<std::string> out;
  if (summary.unreadable > 0) out.push_back(fmt::format("{} with documents that could not be read", Count(summary.unreadable, "file")));
  if (summary.templated > 0) out.push_back(fmt::format("{}, but for what they write out themselves: render them, or leave them out with `exclude` in .domicile.yaml", Count(summary.templated, "template")));
  if (const size_t unknown = total(summary.unknown_documents); unknown > 0) {
    out.push_back(fmt::format("{} of no known format: {}", Count(unknown, "document"), Listed(summary.unknown_documents, most)));
  }
  if (const size_t skipped = total(summary.skipped); skipped > 0) {
    out.push_back(fmt::format("{} skipped: {}", Count(skipped, "file"), Listed(summary.skipped, most)));
  }
  if (!summary.settings_not_read.empty()) {
    std::vector<std::string> names;
    for (const auto& [name, count] : LargestFirst(summary.settings_not_read)) names.push_back(name);
    const size_t left = most != 0 && names.size() > most ? names.size() - most : 0;
    names.resize(names.size() - left);
    out.push_back(fmt::format("settings not among the files: {}{}", Joined(names), left > 0 ? fmt::format(", {} more", left) : ""));
  }
  for (const std::string& policy : summary.policies_left_out) out.push_back("policy " + policy);
  return out;
}

std::vector<const Policy*> PoliciesOf(const Report& report) {
  std::vector<const Policy*> policies;
  for (const Finding& finding : report.findings) {
    if (std::find(policies.begin(), policies.end(), finding.policy) == policies.end()) policies.push_back(finding.policy);
  }
  return policies;
}

// FNV-1a over the parts and their lengths, so that {"ab", "c"} and {"a", "bc"} differ.
std::string HashText(std::initializer_list<std::string_view> parts) {
  uint64_t hash = 0xcbf29ce484222325u;
  const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3u; };
  for (std::string_view part : parts) {
    for (size_t i = 0; i < sizeof(uint64_t); ++i) mix(static_cast<unsigned char>(uint64_t{part.size()} >> (8 * i)));
    for (char c : part) mix(static_cast<unsigned char>(c));
  }
  return fmt::format("{:016x}", hash);
}

std::vector<std::string> DistinctFingerprints(const Report& report, const Sources& sources, const OutputOptions& options) {
  std::map<std::pair<std::string, std::string>, size_t> seen;
  std::vector<std::string> out;
  for (const Finding& finding : report.findings) {
    std::string fingerprint = Fingerprint(finding, sources);
    const size_t ordinal = ++seen[{LocationOf(finding, sources, options).path, fingerprint}];
    out.push_back(fmt::format("{}:{}", fingerprint, ordinal));
  }
  return out;
}

std::string Escaped(std::string_view text, std::string_view (*escape)(char)) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (const std::string_view escaped = escape(c); !escaped.empty()) out += escaped;
    else out += c;
  }
  return out;
}

}  // namespace domicile
