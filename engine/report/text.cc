#include <fmt/format.h>

#include <algorithm>

#include "engine/report/words.h"
#include "engine/text/escape.h"
#include "engine/text/snippet.h"

namespace domicile {
namespace {

constexpr size_t kMostListed = 6;  // Kinds of documents and reasons named in the summary; JSON and HTML name all.

const char* LevelColor(Level level, const Paint& paint) {
  switch (level) {
    case Level::kError: return paint.red();
    case Level::kWarning: return paint.yellow();
    default: return paint.blue();
  }
}

// Breaks at spaces so that no line is wider than the terminal; lines after the first are indented. What is already in `out` on
// this line is `indent` wide.
void AppendWrapped(std::string& out, std::string_view text, size_t indent, const Paint& paint) {
  const std::string shown = Printable(text);
  const size_t room = std::max<size_t>(24, paint.width > indent ? paint.width - indent : 0);
  size_t column = 0;
  size_t at = 0;
  while (at < shown.size()) {
    size_t end = shown.find(' ', at);
    if (end == std::string::npos) end = shown.size();
    const std::string_view word = std::string_view(shown).substr(at, end - at);
    const size_t width = DisplayWidth(word);
    if (column > 0 && column + 1 + width > room) {
      out += '\n';
      out.append(indent, ' ');
      column = 0;
    } else if (at > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width;
    at = end + 1;
  }
  out += '\n';
}

// The lines under one finding: its snippet, then notes that hang on the same gutter.
class Block {
 public:
  Block(const Sources& sources, const OutputOptions& options) : sources_(sources), options_(options) {}

  // Facts at a place of their own are labels in the snippet; the others are told in notes.
  std::string Render(const Finding& finding) {
    labelled_ = !finding.label.empty() && Fits(finding.span, finding.label);
    labels_ = {{finding.span, labelled_ ? finding.label : ""}};
    if (!labelled_ && finding.facts.empty() && !finding.label.empty()) AddNote("fact", finding.label);
    for (const DecidingFact& fact : finding.facts) AddFact(finding, fact);
    std::string out = Snippet(sources_, labels_, options_.paint);
    if (out.empty() && finding.source < sources_.size()) {
      out = fmt::format(" {}-->{} {}\n", options_.paint.blue(), options_.paint.reset(), Printable(sources_.name(finding.source)));
    }
    if (const std::string manifest = ManifestText(finding, sources_, {}); !manifest.empty()) AppendNote(out, "of", manifest);
    for (const auto& [word, text] : notes_) AppendNote(out, word, text);
    AppendNote(out, "law", LawText(finding));
    if (finding.policy->confidence == "low") {
      const std::string& note = finding.policy->confidence_note;
      AppendNote(out, "note", "confidence in this reading of the law is low" + (note.empty() ? "" : ": " + note));
    }
    if (finding.verdict == Verdict::kWaived) {
      AppendNote(out, "note", "waived: " + WaiverText(finding));
      return out;
    }
    if (finding.known_since) AppendNote(out, "note", KnownText(finding) + ": it is in the baseline and does not fail the run");
    for (const Advice& advice : AdviceOf(finding)) {
      AppendNote(out, "help", advice.text + (advice.checked ? " (checked: clears this and adds nothing)" : ""));
    }
    return out;
  }

 private:
  // Whether the label has room behind the carets. One that would run over the edge is told in a note instead, where it can be wrapped.
  bool Fits(Span span, std::string_view label) const {
    if (!span.known() || span.source >= sources_.size()) return false;
    const size_t width = options_.paint.width;
    const Span whole = sources_.LineOf(span.source, span.begin);
    const std::string_view line = sources_.text(whole);
    const size_t begin = std::min(span.begin, whole.end) - whole.begin;
    const size_t end = std::min(std::max(span.end, span.begin), whole.end) - whole.begin;
    const size_t gutter = std::to_string(sources_.PositionOf(span.source, span.begin).line).size() + 3;
    // Of a part longer than any terminal it is enough to know that it is.
    const auto columns = [&](size_t from, size_t to) { return to - from > 4 * width ? width : DisplayWidth(line.substr(from, to - from)); };
    const size_t needed = gutter + 1 + DisplayWidth(Printable(label));
    if (columns(0, line.size()) + gutter <= width) return columns(0, end) + needed <= width;
    // The snippet puts the mark into the middle of what it shows, or shows the end of the line.
    const size_t half = (width + std::min(columns(begin, end), width)) / 2;
    const size_t rest = columns(end, line.size());
    return std::max(half, width > rest ? width - rest : 0) + needed <= width;
  }

  void AddFact(const Finding& finding, const DecidingFact& fact) {
    const bool primary = &fact == &finding.facts.front() && (fact.span == finding.span || !fact.span.known());
    // The label of the primary span already gives the reason.
    const bool said = primary && labelled_ && (fact.reason.empty() || fact.reason == finding.label || !fact.where.empty());
    if (fact.unknown && said) {
      // Nothing to add.
    } else if (fact.unknown) {
      AddNote("fact", fmt::format("`{}` is unknown{}", fact.name, fact.reason.empty() ? "" : ": " + fact.reason));
    } else if (fact.span.known() && fact.span != finding.span) {
      const std::string label = fmt::format("`{}`: {}", fact.name, fact.value);
      const bool fits = Fits(fact.span, label);
      AddLabel(fact.span, fits ? label : fmt::format("`{}`", fact.name));
      if (!fits) AddNote("fact", fmt::format("`{}` is {}", fact.name, fact.value));
    } else if (!primary || !labelled_) {
      AddNote("fact", fmt::format("`{}` is {}", fact.name, fact.value));
    }
    // The sources of these claims stand in JSON, SARIF and HTML, and in `domicile facts`; a terminal has no room for them.
    for (const Because& because : fact.because) AddNote("why", because.text + (because.unverified ? " (not verified)" : ""));
  }

  void AddLabel(Span span, std::string text) {
    for (size_t i = 1; i < labels_.size(); ++i) {
      if (labels_[i].span != span) continue;
      labels_[i].text += "; " + text;
      return;
    }
    labels_.push_back({span, std::move(text)});
  }

  void AddNote(std::string_view word, std::string text) {
    const std::pair<std::string_view, std::string> note{word, std::move(text)};
    if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) notes_.push_back(note);
  }

  // As wide as the snippet makes it.
  size_t Gutter() const {
    size_t gutter = 1;
    for (const Label& label : labels_) {
      if (!label.span.known() || label.span.source >= sources_.size()) continue;
      gutter = std::max(gutter, std::to_string(sources_.PositionOf(label.span.source, label.span.begin).line).size());
    }
    return gutter;
  }

  void AppendNote(std::string& out, std::string_view word, std::string_view text) const {
    const size_t gutter = Gutter();
    out += fmt::format("{}{} = {}{:<5} ", std::string(gutter, ' '), options_.paint.blue(), options_.paint.reset(),
                       fmt::format("{}:", word));
    AppendWrapped(out, text, gutter + 9, options_.paint);
  }

  const Sources& sources_;
  const OutputOptions& options_;
  bool labelled_ = false;
  std::vector<Label> labels_;
  std::vector<std::pair<std::string_view, std::string>> notes_;
};

std::string RenderFinding(const Finding& finding, const Sources& sources, const OutputOptions& options) {
  const Paint& paint = options.paint;
  const bool waived = finding.verdict == Verdict::kWaived;
  return fmt::format("{}{}[{}]{}{}: {}{}\n", waived ? paint.green() : LevelColor(finding.level, paint),
                     waived ? "waived" : LevelName(finding.level), finding.check->id, paint.reset(), paint.bold(),
                     Printable(Headline(finding)), paint.reset()) +
         Block(sources, options).Render(finding);
}

// A list of what is said once for the run, in two columns.
class Table {
 public:
  explicit Table(const Paint& paint) : paint_(paint) {}
  // The name is left out when the row before has the same.
  void Row(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    const std::string_view shown = name == last_ ? "" : name;
    last_ = name;
    out_ += fmt::format("{}{:<16}{}", paint_.bold(), shown, paint_.reset());
    AppendWrapped(out_, text, 16, paint_);
  }
  const std::string& out() const { return out_; }

 private:
  const Paint& paint_;
  std::string out_;
  std::string_view last_;
};

std::string Undeclared(const Summary& summary, size_t most) {
  std::string out;
  size_t left = 0;
  for (const auto& [fact, count] : LargestFirst(summary.undeclared)) {
    if (most == 0) {
      ++left;
      continue;
    }
    --most;
    out += out.empty() ? fmt::format("{} had nothing to say without `{}`", Count(count, "policy"), fact)
                       : fmt::format(", {} without `{}`", count, fact);
  }
  return left == 0 ? out : fmt::format("{}, and so for {}", out, Count(left, "more fact"));
}

std::string Policies(const Summary& summary) {
  std::string out = fmt::format("{} of {} applied", summary.policies_applied.size(), summary.policies_total);
  if (summary.policies_disabled > 0) out += fmt::format(" ({} more not in force)", summary.policies_disabled);
  for (size_t i = 0; i < summary.policies_applied.size(); ++i) {
    out += fmt::format("{} {}", i == 0 ? ":" : ",", summary.policies_applied[i]);
  }
  return out;
}

std::string Dates(const Summary& summary, const OutputOptions& options) {
  const std::string catalogue = options.catalogue_date.empty() ? "" : fmt::format(", catalogue of {}", options.catalogue_date);
  return FormatDate(summary.as_of) + catalogue;
}

// Two lines when there is nothing to say, and one more for each kind of thing that was not looked at.
std::string RenderShortSummary(const Summary& summary, const OutputOptions& options) {
  Table table(options.paint);
  const std::string looked = fmt::format("{} in {}, {} of {} applied", Count(summary.workloads, "workload"),
                                         Count(summary.files, "file"), summary.policies_applied.size(),
                                         Count(summary.policies_total, "policy"));
  table.Row(summary.workloads == 0 ? "nothing checked" : "no findings", looked);
  for (const std::string& line : NotLookedAt(summary, kMostListed)) table.Row("not looked at", line);
  table.Row("not declared", Undeclared(summary, 3));
  for (const std::string& line : summary.upcoming) table.Row("upcoming", line);
  table.Row("as of", Dates(summary, options));
  return table.out();
}

std::string RenderSummary(const Summary& summary, size_t wrong_files, const OutputOptions& options) {
  Table table(options.paint);
  const std::string levels = LevelCounts(summary);
  const std::string verdicts = VerdictCounts(summary);
  // Errors in files are no findings, and a reader must not take one for the other.
  const std::string in_files = wrong_files == 0 ? "" : fmt::format("{} in the files themselves", Count(wrong_files, "error"));
  const std::string found = (levels.empty() ? summary.known > 0 ? "no new findings" : "no findings" : levels) + (verdicts.empty() ? "" : ": " + verdicts);
  table.Row("found", in_files.empty() ? found : fmt::format("{}; {}", in_files, found));
  std::string kinds = Listed(summary.documents_by_format, 0);
  if (summary.documents_without_facts > 0) kinds += fmt::format("; {} without facts", summary.documents_without_facts);
  if (!summary.documents_inside.empty()) kinds += fmt::format("; within others {}", Listed(summary.documents_inside, 0));
  if (!kinds.empty()) kinds = fmt::format(" ({})", kinds);
  const std::string read = fmt::format("{}, {}{}, {}", Count(summary.files, "file"), Count(summary.documents, "document"), kinds,
                                       Count(summary.workloads, "workload"));
  table.Row("looked at", read);
  for (const std::string& line : NotLookedAt(summary, kMostListed)) table.Row("not looked at", line);
  table.Row("policies", Policies(summary));
  table.Row("not declared", Undeclared(summary, kMostListed));
  for (const std::string& line : summary.upcoming) table.Row("upcoming", line);
  table.Row("as of", Dates(summary, options));
  return table.out();
}

}  // namespace

std::string RenderText(const Report& report, const Diagnostics& diagnostics, const Sources& sources, const OutputOptions& options) {
  std::string out;
  for (const Finding& finding : report.findings) out += RenderFinding(finding, sources, options) + "\n";
  for (const Diagnostic& diagnostic : diagnostics.all()) out += RenderDiagnostic(sources, diagnostic, options.paint) + "\n";
  if (!options.summary) return out;
  const bool clean = report.findings.empty() && diagnostics.all().empty();
  return out + (clean ? RenderShortSummary(report.summary, options) : RenderSummary(report.summary, diagnostics.error_count(), options));
}

}  // namespace domicile
