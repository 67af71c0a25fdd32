#include "engine/cli/pipeline.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <iterator>
#include <thread>

#include <fmt/format.h>

#include "engine/advise/advise.h"
#include "engine/formats/extract.h"

namespace domicile {
namespace {

std::string_view ReasonName(Skipped::Reason reason) {
  switch (reason) {
    case Skipped::Reason::kIgnored: return "ignored by git";
    case Skipped::Reason::kBinary: return "binary";
    case Skipped::Reason::kOtherType: return "neither YAML nor JSON by name";
    case Skipped::Reason::kSymlinkLoop: return "a link that leads back";
    case Skipped::Reason::kTooLarge: return "too large";
    case Skipped::Reason::kUnreadable: return "unreadable";
  }
  return "";
}

// What one file gave. Files are independent: any thread may work on any of them, and results are put together in order.
struct FileResult {
  ParsedFile file;
  Diagnostics diagnostics;
  std::vector<Extraction> extractions;
  std::vector<WorkloadResult> results;
  size_t errors_in_parse = 0;
};

template <class Work>
void ForEach(size_t count, size_t jobs, Work work) {
  if (jobs <= 1 || count < 2) {
    for (size_t i = 0; i < count; ++i) work(i);
    return;
  }
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (size_t k = 0; k < std::min(jobs, count); ++k)
    threads.emplace_back([&] {
      for (size_t i = next++; i < count; i = next++) work(i);
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

Report RunPipeline(Session& session, const std::vector<std::string>& paths, const CheckOptions& options, Diagnostics& diagnostics) {
  LoadOptions load;
  if (std::find(paths.begin(), paths.end(), "-") != paths.end())
    load.standard_input.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  const Loaded loaded = Load(paths, load, session.sources, diagnostics);
  const Knowledge& knowledge = *session.knowledge;
  const Checker checker(knowledge, options);

  const size_t jobs = session.options.jobs ? session.options.jobs : std::max(1u, std::thread::hardware_concurrency());
  std::vector<FileResult> files(loaded.sources.size());
  ForEach(files.size(), jobs, [&](size_t i) {
    FileResult& result = files[i];
    result.file = Parse(session.sources, loaded.sources[i], {}, result.diagnostics);
    result.errors_in_parse = result.diagnostics.error_count();
  });
  // What one document says of another's values is known only when all were read.
  Joins joins;
  for (const FileResult& file : files)
    for (const Document& document : file.file.documents) joins.Add(document);
  ForEach(files.size(), jobs, [&](size_t i) {
    FileResult& result = files[i];
    const ExtractContext context{&knowledge.formats, &knowledge.vocabulary, &joins, &result.diagnostics};
    for (const Document& document : result.file.documents) {
      for (Extraction& extraction : Extract(document, context)) {
        for (Workload& workload : extraction.workloads) {
          Resolve(workload, knowledge.catalogue, knowledge.vocabulary, result.diagnostics);
          result.results.push_back(checker.Check(workload));
          Advise(workload, checker, result.results.back());
        }
        result.extractions.push_back(std::move(extraction));
      }
    }
  });

  Report report;
  Summary& summary = report.summary;
  summary.as_of = options.as_of;
  summary.files = loaded.sources.size();
  summary.policies_total = checker.policies().size();
  for (const auto& policy : knowledge.policies)
    if (!IsEnabled(policy->status)) ++summary.policies_disabled;
  for (const Skipped& skipped : loaded.skipped) ++summary.skipped[std::string(ReasonName(skipped.reason))];
  std::set<std::string> applied, upcoming;
  std::map<std::string, std::set<std::string>> undeclared;
  for (FileResult& file : files) {
    if (file.file.templated && file.errors_in_parse > 0) {
      ++summary.templated;
    } else if (file.errors_in_parse > 0) {
      ++summary.unreadable;
    }
    summary.documents += file.file.documents.size();
    for (const Extraction& extraction : file.extractions) {
      if (extraction.format.empty()) {
        ++summary.unknown_documents[extraction.shape];
      } else {
        ++summary.documents_by_format[extraction.format];
        if (extraction.workloads.empty() && !extraction.refused) ++summary.documents_without_facts;
      }
      summary.workloads += extraction.workloads.size();
    }
    for (WorkloadResult& result : file.results) {
      applied.insert(result.applied.begin(), result.applied.end());
      upcoming.insert(result.upcoming.begin(), result.upcoming.end());
      for (const auto& [fact, policies] : result.undeclared) undeclared[fact].insert(policies.begin(), policies.end());
      for (const Outcome& outcome : result.outcomes) {
        ++summary.verdicts[outcome.verdict];
        ++summary.checks;
      }
      for (Finding& finding : result.findings) {
        ++summary.findings_by_level[finding.level];
        report.findings.push_back(std::move(finding));
      }
    }
    diagnostics.Append(std::move(file.diagnostics));
  }
  summary.policies_applied.assign(applied.begin(), applied.end());
  summary.upcoming.assign(upcoming.begin(), upcoming.end());
  for (const auto& [fact, policies] : undeclared) summary.undeclared[fact] = policies.size();
  std::stable_sort(report.findings.begin(), report.findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.source, a.span.begin, a.check->id) < std::tie(b.source, b.span.begin, b.check->id);
  });
  return report;
}

}  // namespace domicile
