// What several outputs say in the same words: where a finding is, which law it is about, how things are counted.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/report/report.h"

namespace domicile {

struct Location {
  std::string path;                       // As ShortPath gives it; empty when not even the file is known.
  bool ranged = false;                    // Whether a part of the file is meant. Otherwise `begin` and `end` are its start.
  Position begin, end;                    // `end` is past the last character.
  uint32_t begin_byte = 0, end_byte = 0;  // Half-open; a byte order mark is not counted.
};
Location LocationOf(Span span, const Sources& sources, const OutputOptions& options);
// Of its span, or else of the file of its workload.
Location LocationOf(const Finding& finding, const Sources& sources, const OutputOptions& options);
// "workload `chat` of deploy/chat.yaml", of a finding that stands in another file than its workload, since the project file states what
// decided; otherwise empty.
std::string ManifestText(const Finding& finding, const Sources& sources, const OutputOptions& options);
// `path:line:column`, or the path alone when no part of it is meant.
std::string LocationText(const Location& location);

// The path relative to `base` when it is inside, without `./` segments and empty ones; otherwise as it is.
std::string ShortPath(std::string_view name, std::string_view base);
// The path as a URI reference; `file:///...` when it is absolute.
std::string UriOf(std::string_view path);
// The address when it is http or https, with every character that an address may not hold percent-encoded; otherwise empty:
// an address in a policy of the user's may be `javascript:`.
std::string WebAddress(std::string_view url);

// The message. Evidence that is missing is said first: what is missing may be a paper and not a place. (The message of an undetermined
// finding says so itself.)
std::string Headline(const Finding& finding);
// "only test data until go-live (until 2027-01-31)", of a waived finding.
std::string WaiverText(const Finding& finding);
// "known since 2026-11-25", of a finding that the baseline has; otherwise empty.
std::string KnownText(const Finding& finding);
// "GDPR Art. 44-46, policy eu-gdpr (reviewed 2026-11-20)".
std::string LawText(const Finding& finding);
// "a global deployment may run anywhere (Azure documentation, read 2026-11-20)".
std::string BecauseText(const Because& because);

// What would mend the finding, in the order in which to try it: remedies, help, and where to write what is not declared.
struct Advice {
  std::string text;
  bool checked = false;
};
std::vector<Advice> AdviceOf(const Finding& finding);

// "1 file", "3 files", "2 policies".
std::string Count(size_t number, std::string_view noun);
// "3 errors, 1 warning, 2 for review"; empty when there is none. Waived and known findings are not counted.
std::string LevelCounts(const Summary& summary);
// "3 violations, 1 missing evidence, 2 undetermined, 1 waived, 40 passed", and ", 3 known and not counted" when a baseline has some.
std::string VerdictCounts(const Summary& summary);
std::vector<std::pair<std::string, size_t>> LargestFirst(const std::map<std::string, size_t>& counts);
// "9 kubernetes, 3 litellm": the largest first, and "4 more" for those after the first `most` (0: all).
std::string Listed(const std::map<std::string, size_t>& counts, size_t most);
// What was not looked at and why, one line each.
std::vector<std::string> NotLookedAt(const Summary& summary, size_t most);

// Policies that have findings, each once, in the order of their first finding.
std::vector<const Policy*> PoliciesOf(const Report& report);

// 16 hexadecimal digits. Not meant to withstand somebody who looks for collisions.
std::string HashText(std::initializer_list<std::string_view> parts);
// The fingerprint of each finding followed by `:1`, `:2` and so on, so that none is equal to another of the same file.
std::vector<std::string> DistinctFingerprints(const Report& report, const Sources& sources, const OutputOptions& options);

// Replaces each character for which `escape` gives a text; the text must live as long as the program.
std::string Escaped(std::string_view text, std::string_view (*escape)(char));

// The renderers of the table in report.cc, one file each.
std::string RenderText(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderConcise(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderJson(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderSarif(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderGithub(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderGitlab(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderJunit(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderCsv(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderMarkdown(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);
std::string RenderHtml(const Report&, const Diagnostics&, const Sources&, const OutputOptions&);

}  // namespace domicile
