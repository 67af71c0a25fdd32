// One page for an auditor, whole in one file: findings by file and by law, the sources with the days they were read, what was looked
// at and what was not. No scripts, nothing loaded from anywhere; the policy in its head forbids both.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kBefore = 64, kAfter = 160;  // Bytes shown on both sides of a mark on a line longer than both.

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2024;--quiet:#60666d;--line:#dfe2e6;--soft:#f5f6f8;--link:#1a56b8;
--error:#b3261e;--warning:#8f5a00;--review:#4a4fb5;--note:#4d5963;--waived:#2b6b3f;--mark:#fbe3e1;--mark2:#e6ecf7}
@media (prefers-color-scheme:dark){:root{--paper:#15181b;--ink:#e3e6e9;--quiet:#9aa2aa;--line:#31373d;--soft:#1d2125;--link:#8ab4f8;
--error:#ff8a80;--warning:#f3b95f;--review:#aab0ff;--note:#b4bec8;--waived:#86d09c;--mark:#5c2622;--mark2:#2a3a55}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:66rem;padding:3rem 1.5rem 5rem;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
code,pre{font:.875em/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
p code,li code,td code,h4 code{background:var(--soft);padding:.08em .32em;border-radius:3px}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .35rem;letter-spacing:-.01em}
h2{font-size:1.25rem;margin:3.25rem 0 1rem;padding-bottom:.4rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:2.25rem 0 .75rem}
h2+h3{margin-top:1.25rem}
h4{font-size:1rem;font-weight:600;line-height:1.45;margin:.5rem 0}
p{margin:.5rem 0}
.quiet{color:var(--quiet)}
.small{font-size:.875rem}
.code,h3,h4,dd{overflow-wrap:anywhere}
.long{overflow-wrap:anywhere;min-width:8rem}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin-top:1rem;font-size:.9375rem}
.tiles{display:flex;flex-wrap:wrap;margin:1.75rem 0 0;border:1px solid var(--line);border-radius:8px;overflow:hidden}
.tile{flex:1 1 8rem;padding:.8rem 1rem;border-right:1px solid var(--line);margin-right:-1px}
.tile b{display:block;font-size:1.75rem;line-height:1.15;font-weight:600;font-variant-numeric:tabular-nums}
.tile span{font-size:.875rem;color:var(--quiet)}
.tile.none b{color:var(--quiet);font-weight:400}
.finding{border:1px solid var(--line);border-left:4px solid var(--tone);border-radius:6px;padding:1rem 1.25rem 1.1rem;margin:1rem 0}
.error{--tone:var(--error)}.warning{--tone:var(--warning)}.review{--tone:var(--review)}.note{--tone:var(--note)}.waived{--tone:var(--waived)}
.head{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline;font-size:.875rem}
.level{color:var(--tone);font-weight:650}
.head .id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;color:var(--quiet)}
.head .at{margin-left:auto;color:var(--quiet)}
.code{background:var(--soft);border-radius:5px;padding:.6rem 0;margin:.75rem 0;overflow-x:auto}
.code div{display:flex;white-space:pre-wrap}
.code .no{flex:none;width:3.75rem;padding-right:1rem;text-align:right;color:var(--quiet);user-select:none}
.code .of{padding-right:1rem;min-width:0}
.code .said{color:var(--tone);font-size:.8125rem}
mark{background:var(--mark);color:inherit;border-radius:2px;padding:.05em 0}
mark.other{background:var(--mark2)}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.9063rem}
th{text-align:left;font-weight:600;color:var(--quiet);font-size:.8125rem}
th,td{padding:.4rem .9rem .4rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}
td.number{text-align:right;font-variant-numeric:tabular-nums;padding-right:1.25rem;white-space:nowrap;width:1%}
td.narrow{white-space:nowrap;width:1%}
.overview th+th,.overview td+td{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:5.5rem}
.overview .zero{color:var(--line)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.3rem 1.25rem;margin:.75rem 0;font-size:.9375rem}
dt{color:var(--quiet)}
dd{margin:0}
ul{margin:.35rem 0;padding-left:1.2rem}
li{margin:.2rem 0}
.plain{list-style:none;padding:0;margin:0}
.plain li+li{margin-top:.4rem}.plain li{margin:0}
.ok{color:var(--waived)}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--quiet);font-size:.875rem}
@media (max-width:40rem){body{padding:1.5rem 1rem 3rem}.head .at{margin-left:0;width:100%}th,td{padding-right:.6rem}td.narrow{white-space:normal}
.overview th+th,.overview td+td{width:auto;white-space:normal}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{:root{color-scheme:light}body{max-width:none;padding:0;font-size:10.5pt}nav{display:none}.finding{break-inside:avoid}
h2,h3{break-after:avoid}a{color:inherit}}
)";

std::string_view EscapeHtml(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

std::string Html(std::string_view text) { return Escaped(Printable(text), EscapeHtml); }
std::string Code(std::string_view text) { return fmt::format("<code>{}</code>", Html(text)); }

// What stands between backticks becomes code. Each piece is escaped by itself, so a stray backtick changes looks and nothing else.
std::string Prose(std::string_view text) {
  std::string out;
  while (true) {
    const size_t open = text.find('`');
    const size_t close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos) break;
    out += Html(text.substr(0, open)) + Code(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  return out + Html(text);
}

std::string LinkTo(std::string_view url, std::string_view text) {
  const std::string address = WebAddress(url);
  if (address.empty()) return Html(text);
  return fmt::format("<a href=\"{}\" rel=\"noreferrer\">{}</a>", Html(address), Html(text));
}

std::string Term(std::string_view name, const std::string& html) {
  return html.empty() ? "" : fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, html);
}

std::string JoinHtml(const std::vector<std::string>& names, std::string_view separator) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : std::string(separator)) + Html(name);
  return out;
}

// `missing-evidence` as people write it.
std::string Words(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '-', ' ');
  return text;
}

std::string_view ClassOf(const Finding& finding) { return finding.verdict == Verdict::kWaived ? "waived" : LevelName(finding.level); }

struct Mark {
  size_t begin, end;  // Bytes of the line.
  bool primary;
};

bool Continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// One line of a manifest with its marks; a line that is very long is shown around the first of them.
std::string LineHtml(std::string_view line, std::vector<Mark> marks) {
  std::sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return std::tie(a.begin, b.end) < std::tie(b.begin, a.end); });
  const auto shown_mark = std::find_if(marks.begin(), marks.end(), [](const Mark& mark) { return mark.primary; });
  const Mark& middle = shown_mark == marks.end() ? marks.front() : *shown_mark;
  size_t from = 0;
  size_t to = line.size();
  if (line.size() > kBefore + kAfter) {
    from = middle.begin > kBefore ? middle.begin - kBefore : 0;
    to = std::min(line.size(), std::max(from + kBefore + kAfter, std::min(middle.end, middle.begin + 2 * kAfter)));
    while (from > 0 && Continues(line[from])) --from;
    while (to < line.size() && Continues(line[to])) ++to;
  }
  std::string out = from > 0 ? "..." : "";
  size_t at = from;
  for (const Mark& mark : marks) {
    if (mark.begin < at || mark.begin >= to) continue;
    const size_t end = std::min(std::max(mark.end, mark.begin + 1), to);
    out += Html(line.substr(at, mark.begin - at));
    out += fmt::format("<mark{}>{}</mark>", mark.primary ? "" : " class=\"other\"", Html(line.substr(mark.begin, end - mark.begin)));
    at = end;
  }
  return out + Html(line.substr(at, to - at)) + (to < line.size() ? "..." : "");
}

class Page {
 public:
  Page(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options)
      : report_(report), summary_(report.summary), diagnostics_(diagnostics), sources_(sources), options_(options) {}

  std::string Render() {
    AddHead();
    AddOverview();
    AddDiagnostics();
    AddByFile();
    AddByLaw();
    AddCoverage();
    Add("<footer>Made by domicile {}. The texts of the law are named with the day on which they were read; this page is not legal advice."
        "</footer>\n</body>\n</html>\n",
        Html(options_.version));
    return std::move(out_);
  }

 private:
  template <class... Arguments>
  void Add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
  }

  void AddTile(std::string_view name, size_t count, std::string_view tone) {
    Add("<div class=\"tile {}\"><b{}>{}</b><span>{}</span></div>\n", count == 0 ? "none" : tone,
        count == 0 ? "" : " style=\"color:var(--tone)\"", count, name);
  }

  size_t LevelCount(Level level) const {
    return static_cast<size_t>(std::count_if(report_.findings.begin(), report_.findings.end(), [&](const Finding& finding) {
      return finding.verdict != Verdict::kWaived && !finding.known_since && finding.level == level;
    }));
  }

  void AddHead() {
    Add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>Data residency report, {}</title>\n"
        "<style>{}</style>\n</head>\n<body>\n<header>\n<h1>Data residency report</h1>\n",
        FormatDate(summary_.as_of), kStyle);
    Add("<p class=\"quiet\">As of {}{}. {} in {}, {} of {} applied.</p>\n", FormatDate(summary_.as_of),
        options_.catalogue_date.empty() ? "" : ", catalogue of " + Html(options_.catalogue_date), Count(summary_.workloads, "workload"),
        Count(summary_.files, "file"), summary_.policies_applied.size(), Count(summary_.policies_total, "policy"));
    Add("<nav>{}<a href=\"#files\">Findings by file</a><a href=\"#laws\">Findings by law</a><a href=\"#coverage\">What was looked at</a></nav>\n",
        diagnostics_.all().empty() ? "" : "<a href=\"#problems\">What could not be checked</a>");
    const auto waived = std::count_if(report_.findings.begin(), report_.findings.end(),
                                      [](const Finding& finding) { return finding.verdict == Verdict::kWaived; });
    Add("<div class=\"tiles\">\n");
    AddTile("errors", LevelCount(Level::kError), "error");
    AddTile("warnings", LevelCount(Level::kWarning), "warning");
    AddTile("for review", LevelCount(Level::kReview), "review");
    AddTile("notes", LevelCount(Level::kNote), "note");
    AddTile("waived", static_cast<size_t>(waived), "waived");
    if (summary_.baseline) AddTile("known", summary_.known, "waived");
    Add("</div>\n");
    if (const std::string verdicts = VerdictCounts(summary_); !verdicts.empty()) Add("<p class=\"quiet small\">Verdicts: {}.</p>\n", verdicts);
    Add("</header>\n");
  }

  // One row for each law that has findings, the gravest first.
  void AddOverview() {
    if (report_.findings.empty()) return;
    struct Row {
      const Policy* policy;
      std::array<size_t, 5> counts{};  // Errors, warnings, for review, notes, waived.
    };
    std::vector<Row> rows;
    for (const Policy* policy : PoliciesOf(report_)) rows.push_back({policy});
    for (const Finding& finding : report_.findings) {
      const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.policy == finding.policy; });
      const size_t level = static_cast<size_t>(Level::kError) - static_cast<size_t>(finding.level);
      ++row->counts[finding.verdict == Verdict::kWaived ? 4 : level];
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.counts > b.counts; });
    Add("<section>\n<h2>Overview</h2>\n<table class=\"overview\">\n<tr><th>Law</th><th>Errors</th><th>Warnings</th><th>For review</th>"
        "<th>Notes</th><th>Waived</th></tr>\n");
    for (const Row& row : rows) {
      Add("<tr><td><a href=\"#law-{}\">{}</a></td>", Html(row.policy->id), Html(row.policy->title));
      for (size_t count : row.counts) Add("<td{}>{}</td>", count == 0 ? " class=\"zero\"" : "", count);
      Add("</tr>\n");
    }
    Add("</table>\n</section>\n");
  }

  void AddDiagnostics() {
    if (diagnostics_.all().empty()) return;
    Add("<section id=\"problems\">\n<h2>What could not be checked</h2>\n<table>\n");
    for (const Diagnostic& diagnostic : diagnostics_.all()) {
      const bool error = diagnostic.level == Diagnostic::Level::kError;
      const std::string where = LocationText(LocationOf(diagnostic.span, sources_, options_));
      Add("<tr><td class=\"narrow level {0}\">{0}</td><td class=\"long\">{1}{2}<br><span class=\"quiet small\">{3}</span></td></tr>\n",
          error ? "error" : "warning", Prose(diagnostic.message), diagnostic.help.empty() ? "" : "; " + Prose(diagnostic.help), Html(where));
    }
    Add("</table>\n</section>\n");
  }

  void AddByFile() {
    Add("<section id=\"files\">\n<h2>Findings by file</h2>\n");
    if (report_.findings.empty()) Add("<p class=\"ok\">Nothing was found.</p>\n");
    std::string last;
    for (size_t i = 0; i < report_.findings.size(); ++i) {
      const Finding& finding = report_.findings[i];
      const std::string path = LocationOf(finding, sources_, options_).path;
      if (i == 0 || path != last) Add("<h3>{}</h3>\n", path.empty() ? "no file" : Code(path));
      last = path;
      AddFinding(finding, i + 1);
    }
    Add("</section>\n");
  }

  void AddFinding(const Finding& finding, size_t number) {
    const Location location = LocationOf(finding, sources_, options_);
    const bool waived = finding.verdict == Verdict::kWaived;
    const std::string level = waived ? "waived" : fmt::format("{}, {}", LevelName(finding.level), Words(VerdictName(finding.verdict)));
    Add("<article class=\"finding {}\" id=\"f{}\">\n<div class=\"head\"><span class=\"level\">{}</span><span class=\"id\">{}</span>",
        ClassOf(finding), number, level, Html(finding.check->id));
    if (location.ranged) Add("<span class=\"at\">line {}, column {}</span>", location.begin.line, location.begin.column);
    Add("</div>\n<h4>{}</h4>\n", Prose(finding.message));
    std::string subject;
    const auto say = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) subject += fmt::format("{}{} {}", subject.empty() ? "" : ", ", name, Code(value));
    };
    say("workload", finding.workload);
    say("data", finding.data);
    say("placement", finding.placement);
    if (const std::string manifest = ManifestText(finding, sources_, options_); !manifest.empty()) subject += " (" + Prose(manifest) + ")";
    if (!subject.empty()) Add("<p class=\"quiet small\">{}</p>\n", subject);
    AddCode(finding);
    AddFacts(finding);
    Add("<dl>\n");
    if (finding.known_since) Add("{}", Term("Baseline", KnownText(finding)));
    const std::string cite = finding.check->cite.empty() ? "" : Html(finding.check->cite) + ", ";
    Add("{}", Term("Law", fmt::format("{}<a href=\"#law-{}\">{}</a>", cite, Html(finding.policy->id), Html(finding.policy->title))));
    if (finding.policy->confidence == "low") {
      const std::string& note = finding.policy->confidence_note;
      Add("{}", Term("Confidence", "low" + (note.empty() ? "" : ": " + Prose(note))));
    }
    if (waived) {
      Add("{}", Term("Waived", Prose(WaiverText(finding))));
    } else {
      std::string advice;
      for (const Advice& one : AdviceOf(finding)) {
        advice += fmt::format("<li>{}{}</li>", Prose(one.text), one.checked ? " <span class=\"ok small\">checked: clears this and adds nothing</span>" : "");
      }
      Add("{}", Term("Help", advice.empty() ? "" : fmt::format("<ul class=\"plain\">{}</ul>", advice)));
    }
    Add("</dl>\n</article>\n");
  }

  // The marked line, and the other lines of the same file on which a deciding fact was written.
  void AddCode(const Finding& finding) {
    if (!finding.span.known() || finding.span.source >= sources_.size()) return;
    struct Line {
      Span whole;
      std::vector<Mark> marks;
      bool primary = false;
    };
    std::map<uint32_t, Line> lines;
    const auto add = [&](Span span, bool primary) {
      const Span whole = sources_.LineOf(span.source, span.begin);
      Line& line = lines[sources_.PositionOf(span.source, span.begin).line];
      line.whole = whole;
      line.primary = line.primary || primary;
      const size_t end = std::min(std::max(span.end, span.begin), whole.end) - whole.begin;
      line.marks.push_back({std::min(span.begin, whole.end) - whole.begin, end, primary});
    };
    add(finding.span, true);
    for (const DecidingFact& fact : finding.facts) {
      if (fact.span.known() && fact.span.source == finding.span.source && fact.span != finding.span) add(fact.span, false);
    }
    Add("<div class=\"code\">\n");
    uint32_t last = 0;
    for (const auto& [number, line] : lines) {
      if (last != 0 && number > last + 1) Add("<div><code class=\"no\">...</code></div>\n");
      last = number;
      Add("<div><code class=\"no\">{}</code><code class=\"of\">{}</code></div>\n", number, LineHtml(sources_.text(line.whole), line.marks));
      if (line.primary && !finding.label.empty()) {
        Add("<div><code class=\"no\"></code><span class=\"of said\">{}</span></div>\n", Prose(finding.label));
      }
    }
    Add("</div>\n");
  }

  void AddFacts(const Finding& finding) {
    if (finding.facts.empty()) return;
    Add("<table>\n<tr><th>Fact that decided</th><th>Value</th><th>Because</th></tr>\n");
    for (const DecidingFact& fact : finding.facts) {
      std::string because = fact.unknown ? Prose(fact.reason) : "";
      for (const Because& step : fact.because) because += (because.empty() ? "" : "<br>") + Prose(BecauseText(step));
      if (const Location location = LocationOf(fact.span, sources_, options_); because.empty() && location.ranged) {
        const bool here = fact.span.source == finding.span.source;
        because = fmt::format("<span class=\"quiet\">written in {}line {}</span>", here ? "" : Html(location.path) + ", ", location.begin.line);
      }
      Add("<tr><td>{}</td><td class=\"long\">{}</td><td class=\"long\">{}</td></tr>\n", Code(fact.name), fact.unknown ? "unknown" : Prose(fact.value), because);
    }
    Add("</table>\n");
  }

  void AddByLaw() {
    Add("<section id=\"laws\">\n<h2>Findings by law</h2>\n");
    std::vector<const Policy*> policies = PoliciesOf(report_);
    std::sort(policies.begin(), policies.end(), [](const Policy* a, const Policy* b) { return a->id < b->id; });
    if (policies.empty()) Add("<p class=\"ok\">No law was found to be at stake.</p>\n");
    for (const Policy* policy : policies) AddLaw(*policy);
    AddPassed(policies);
    Add("</section>\n");
  }

  // Laws that were asked and had nothing to object to.
  void AddPassed(const std::vector<const Policy*>& with_findings) {
    std::map<std::string, std::pair<const Policy*, size_t>> passed;
    for (const Judgement& outcome : report_.outcomes) {
      if (std::find(with_findings.begin(), with_findings.end(), outcome.policy) != with_findings.end()) continue;
      auto& [policy, count] = passed[outcome.policy->id];
      policy = outcome.policy;
      count += outcome.verdict == Verdict::kPass;
    }
    if (passed.empty()) return;
    Add("<h3>Asked, and nothing was found</h3>\n<table>\n<tr><th>Law</th><th>Policy</th><th>Passed</th><th>Reviewed</th></tr>\n");
    for (const auto& [id, row] : passed) {
      const auto& [policy, count] = row;
      Add("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", Html(policy->title), Code(id), count,
          policy->reviewed ? FormatDate(*policy->reviewed) : "");
    }
    Add("</table>\n");
  }

  void AddLaw(const Policy& policy) {
    Add("<h3 id=\"law-{}\">{}</h3>\n<p>{}</p>\n<dl>\n", Html(policy.id), Html(policy.title), Prose(policy.summary));
    const std::string aliases = policy.aliases.empty() ? "" : " (also " + JoinHtml(policy.aliases, ", ") + ")";
    Add("{}", Term("Policy", Code(policy.id) + aliases));
    Add("{}", Term("Instrument", Html(policy.instrument)));
    Add("{}", Term("Jurisdiction", JoinHtml(policy.jurisdiction, ", ")));
    std::string force = Words(StatusName(policy.status));
    if (policy.effective) force += ", since " + FormatDate(*policy.effective);
    if (policy.until) force += ", until " + FormatDate(*policy.until);
    Add("{}", Term("Status", force));
    std::string reading = policy.reviewed ? "reviewed " + FormatDate(*policy.reviewed) : "";
    if (!policy.confidence.empty()) reading += fmt::format("{}confidence {}", reading.empty() ? "" : ", ", Html(policy.confidence));
    if (!policy.confidence_note.empty()) reading += ": " + Prose(policy.confidence_note);
    Add("{}", Term("Reading", reading));
    Add("{}", Term("Penalties", Prose(policy.penalties)));
    std::string sources;
    for (const SourceReference& source : policy.sources) {
      const std::string read = source.read.empty() ? "" : fmt::format(" <span class=\"quiet\">read {}</span>", Html(source.read));
      sources += fmt::format("<li>{}{}</li>", LinkTo(source.url, source.title), read);
    }
    Add("{}", Term("Sources", sources.empty() ? "" : fmt::format("<ul class=\"plain\">{}</ul>", sources)));
    std::string notes;
    for (const std::string& note : policy.notes) notes += fmt::format("<li>{}</li>", Prose(note));
    Add("{}", Term("Notes", notes.empty() ? "" : fmt::format("<ul class=\"plain\">{}</ul>", notes)));
    Add("</dl>\n<table>\n<tr><th>Level</th><th>Check</th><th>Finding</th><th>Where</th></tr>\n");
    for (size_t i = 0; i < report_.findings.size(); ++i) {
      const Finding& finding = report_.findings[i];
      if (finding.policy != &policy) continue;
      const Location location = LocationOf(finding, sources_, options_);
      const std::string where = location.ranged ? fmt::format("{}:{}", location.path, location.begin.line) : location.path;
      Add("<tr><td class=\"narrow level {0}\">{0}</td><td>{1}<br><span class=\"quiet small\">{2}</span></td><td class=\"long\">{3}</td>"
          "<td class=\"long\"><a href=\"#f{4}\">{5}</a></td></tr>\n",
          ClassOf(finding), Html(finding.check->id), Html(finding.check->cite), Prose(Headline(finding)), i + 1, Html(where));
    }
    Add("</table>\n");
  }

  void AddCounts(std::string_view title, const std::map<std::string, size_t>& counts) {
    if (counts.empty()) return;
    Add("<h3>{}</h3>\n<table>\n", title);
    for (const auto& [name, count] : LargestFirst(counts)) Add("<tr><td class=\"number\">{}</td><td>{}</td></tr>\n", count, Html(name));
    Add("</table>\n");
  }

  void AddCoverage() {
    Add("<section id=\"coverage\">\n<h2>What was looked at, and what was not</h2>\n");
    Add("<p>{}, {}, {}, {}. {} asked, {} more not in force.</p>\n", Count(summary_.files, "file"),
        Count(summary_.documents, "document"), Count(summary_.workloads, "workload"), Count(summary_.checks, "verdict"),
        summary_.policies_total == 1 ? "1 policy was" : Count(summary_.policies_total, "policy") + " were", summary_.policies_disabled);
    std::map<std::string, size_t> formats = summary_.documents_by_format;
    if (summary_.documents_without_facts > 0) formats["of these, without a fact that a policy could ask about"] = summary_.documents_without_facts;
    AddCounts("Documents by format", formats);
    AddCounts("Documents within others", summary_.documents_inside);
    AddCounts("Documents of no known format", summary_.unknown_documents);
    std::map<std::string, size_t> skipped = summary_.skipped;
    if (summary_.templated > 0) skipped["templates, to be rendered first"] = summary_.templated;
    if (summary_.unreadable > 0) skipped["with documents that are not readable as YAML or JSON"] = summary_.unreadable;
    AddCounts("Files and documents that were not looked at", skipped);
    AddCounts("Settings that are not among the files, by the workloads that take them", summary_.settings_not_read);
    AddCounts("Policies that had nothing to say because a fact is not declared", summary_.undeclared);
    if (!summary_.policies_left_out.empty()) Add("<h3>Policies that the project leaves out</h3>\n<ul>\n");
    for (const std::string& line : summary_.policies_left_out) Add("<li>{}</li>\n", Prose(line));
    if (!summary_.policies_left_out.empty()) Add("</ul>\n");
    if (!summary_.upcoming.empty()) Add("<h3>Coming into force</h3>\n<ul>\n");
    for (const std::string& line : summary_.upcoming) Add("<li>{}</li>\n", Prose(line));
    if (!summary_.upcoming.empty()) Add("</ul>\n");
    Add("</section>\n");
  }

  const Report& report_;
  const Summary& summary_;
  const Diagnostics& diagnostics_;
  const Sources& sources_;
  const OutputOptions& options_;
  std::string out_;
};

}  // namespace

std::string RenderHtml(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  return Page(report, diagnostics, sources, options).Render();
}

}  // namespace domicile
