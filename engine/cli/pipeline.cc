#include "engine/cli/pipeline.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <tuple>

#include <fmt/format.h>

#include "engine/advise/advise.h"
#include "engine/formats/extract.h"

namespace domicile {
namespace {

std::string_view ReasonName(Skipped::Reason reason) {
  switch (reason) {
    case Skipped::Reason::kIgnored: return "ignored by git";
    case Skipped::Reason::kExcluded: return "excluded by the project file";
    case Skipped::Reason::kBinary: return "binary";
    case Skipped::Reason::kOtherType: return "neither YAML nor JSON by name";
    case Skipped::Reason::kSymlinkLoop: return "a link that leads back";
    case Skipped::Reason::kFolderLink: return "a link to a folder";
    case Skipped::Reason::kTooLarge: return "too large";
    case Skipped::Reason::kUnreadable: return "unreadable";
  }
  return "";
}

// The same check says the same of the same words once, however many workloads come by them, and whatever they call the placement: pods share
// their ConfigMaps. The first one stays.
void DropRepeated(std::vector<Finding>& findings) {
  const auto words = [&](size_t i) {
    const Finding& finding = findings[i];
    return std::tie(finding.span.source, finding.span.begin, finding.span.end, finding.check->id, finding.verdict);
  };
  std::vector<size_t> order;
  for (size_t i = 0; i < findings.size(); ++i)
    if (findings[i].span.known()) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return words(a) < words(b); });
  std::vector<bool> repeated(findings.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    std::set<std::string> told;
    for (end = begin; end < order.size() && words(order[end]) == words(order[begin]); ++end) {
      std::string message = findings[order[end]].message;
      const std::string name = fmt::format("`{}`", findings[order[end]].placement);
      if (const size_t at = message.find(name); at != std::string::npos) message.erase(at, name.size());
      repeated[order[end]] = !told.insert(std::move(message)).second;
    }
  }
  size_t index = 0;
  std::erase_if(findings, [&](const Finding&) { return repeated[index++]; });
}

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

// To its end, or one byte beyond what is read of a file.
std::string ReadStandardInput(size_t most) {
  std::string text;
  std::vector<char> buffer(1 << 16);
  while (text.size() <= most) {
    const size_t got = std::fread(buffer.data(), 1, std::min(buffer.size(), most + 1 - text.size()), stdin);
    if (got == 0) break;
    text.append(buffer.data(), got);
  }
  return text;
}

// The files that documents read besides, and those that these read; several may name the same one. `given` are the files of the run.
class NamedFiles {
 public:
  NamedFiles(const Formats& formats, const LoadOptions& load, Sources& sources, std::set<std::string, std::less<>> given, Joins& joins)
      : formats_(formats), load_(load), sources_(sources), given_(std::move(given)), joins_(joins) {}

  void Read(const UnderstoodFile& file, Diagnostics& diagnostics) { Read(file.source, file.file, diagnostics, 0); }
  bool WasRead(const std::string& path) const {
    const auto found = read_.find(path);
    return found != read_.end() && !found->second.documents.empty();
  }

 private:
  static constexpr size_t kMost = 10'000;
  static constexpr int kDeepest = 16;

  void Read(uint32_t from, const ParsedFile& file, Diagnostics& diagnostics, int depth) {
    const std::filesystem::path folder = std::filesystem::path(sources_.name(from)).parent_path();
    for (const Document& document : file.documents)
      for (const NamedFile& named : FilesReadBy(document, formats_, sources_.name(from))) {
        const std::string path = (folder / named.path).lexically_normal().generic_string();
        if ((!named.variables && given_.contains(path)) || read_.size() >= kMost) continue;
        const auto [known, added] = read_.try_emplace(path);
        const std::optional<uint32_t> source = added ? LoadNamed(from, named.path, load_, sources_, diagnostics) : std::nullopt;
        if (!source) continue;
        known->second = named.variables ? ParseVariables(sources_, *source, diagnostics) : Parse(sources_, *source, {}, diagnostics);
        for (const Document& one : known->second.documents) joins_.AddFile(one, path);
        if (!named.variables && depth < kDeepest) Read(*source, known->second, diagnostics, depth + 1);
      }
  }

  const Formats& formats_;
  const LoadOptions& load_;
  Sources& sources_;
  const std::set<std::string, std::less<>> given_;
  Joins& joins_;
  std::map<std::string, ParsedFile> read_;
};

}  // namespace

Understood Understand(Session& session, const std::vector<std::string>& paths, Diagnostics& diagnostics, UnderstandOptions options) {
  const Project& project = session.project;
  LoadOptions load;
  load.exclude = project.exclude;
  load.exclude_base = project.folder;
  load.named_as_found = options.named_as_found;
  if (std::find(paths.begin(), paths.end(), "-") != paths.end()) load.standard_input = ReadStandardInput(load.max_file_bytes);
  Understood understood;
  understood.waivers = project.waivers;
  understood.loaded = Load(paths, load, session.sources, diagnostics);
  const Knowledge& knowledge = *session.knowledge;
  std::vector<UnderstoodFile>& files = understood.files;
  files.resize(understood.loaded.sources.size());
  ForEach(files.size(), session.jobs(), [&](size_t i) {
    UnderstoodFile& file = files[i];
    file.source = understood.loaded.sources[i];
    file.file = Parse(session.sources, file.source, {}, file.diagnostics);
    file.errors_in_parse = file.diagnostics.error_count();
  });
  // What one document says of another's values is known only when all were read.
  Joins joins(&session.sources, &project.assumed);
  std::set<std::string, std::less<>> given;
  for (const UnderstoodFile& file : files) given.insert(session.sources.name(file.source));
  NamedFiles named(knowledge.formats, load, session.sources, std::move(given), joins);
  for (UnderstoodFile& file : files) named.Read(file, file.diagnostics);
  // What a manifest reads is not left out because of its name.
  std::erase_if(understood.loaded.skipped, [&](const Skipped& skipped) {
    return skipped.reason == Skipped::Reason::kOtherType && named.WasRead(skipped.path);
  });
  for (const UnderstoodFile& file : files)
    for (const Document& document : file.file.documents) {
      const std::string& name = session.sources.name(file.source);
      joins.Add(document, named.WasRead(name) ? std::string_view() : name);   // A file of variables that was named as well is no manifest.
    }
  ForEach(files.size(), session.jobs(), [&](size_t i) {
    UnderstoodFile& file = files[i];
    ExtractContext context{&knowledge.formats, &knowledge.vocabulary, &joins, &file.diagnostics, &session.sources, session.sources.name(file.source),
                           options.keep_silent || !project.facts.empty()};
    context.knows_host = [&](std::string_view host) { return knowledge.catalogue.FindOwnHost(host) || knowledge.catalogue.MatchHost(host); };
    context.activity_of = [&](std::string_view host) { return knowledge.catalogue.ActivityOf(host); };
    context.take = [&](Extraction& extraction, Workload workload) {
      if (StateFacts(project, session.sources, knowledge, workload)) workload.tentative = false;
      // A workload with a wrong fact is not judged by the rest: the error says what to mend first.
      const size_t errors = file.diagnostics.error_count();
      Resolve(workload, knowledge.catalogue, knowledge.vocabulary, file.diagnostics);
      const bool wrong = file.diagnostics.error_count() != errors;
      extraction.refused = extraction.refused || wrong;
      if (wrong || (SaysNothing(workload, knowledge.vocabulary) && (workload.unrecognised || !options.keep_silent))) return;
      ++extraction.count;
      if (const Fact* read = workload.facts.Find(knowledge.vocabulary.known().settings_read))
        for (const Term& term : read->terms)
          if (term.hidden) ++file.settings_not_read[term.text];
      if (options.take) options.take(file, workload);
      else extraction.workloads.push_back(std::move(workload));
    };
    file.waivers = ReadWaivers(session.sources, file.source, file.file.documents, knowledge, file.diagnostics);
    for (const Document& document : file.file.documents)
      for (Extraction& extraction : Extract(document, context)) {
        if (options.take) extraction.kept.clear();   // Nothing refers to it any more.
        file.extractions.push_back(std::move(extraction));
      }
    file.diagnostics.DropRepeated();
    file.errors = file.diagnostics.error_count();
  });
  // The project file is for all files; what was given for these was misspelt.
  for (const Assumption& assumption : project.assumed)
    if (assumption.by == kAssumeOption && !*assumption.used)
      diagnostics.Warning({}, fmt::format("nothing asks for `{}`, which {} gives", assumption.name, kAssumeOption)).help =
          "write a name as it stands between `${` and `}`, and of a template all between `{{` and `}}`; `domicile facts` shows what is hidden, and by what";
  return understood;
}

void Summarise(const Understood& understood, Summary& summary) {
  summary.files = understood.files.size();
  for (const Skipped& skipped : understood.loaded.skipped) ++summary.skipped[std::string(ReasonName(skipped.reason))];
  for (const UnderstoodFile& file : understood.files) {
    // Some templates read as YAML; what they fill in is hidden, and the file is named all the same.
    if (file.file.templated) ++summary.templated;
    else if (file.errors_in_parse > 0) ++summary.unreadable;
    for (const auto& [name, count] : file.settings_not_read) summary.settings_not_read[name] += count;
    for (const Extraction& extraction : file.extractions) {
      summary.workloads += extraction.count;
      if (extraction.inside) {
        ++summary.documents_inside[extraction.format];
        continue;
      }
      ++summary.documents;
      if (extraction.format.empty()) {
        ++summary.unknown_documents[extraction.shape];
        continue;
      }
      ++summary.documents_by_format[extraction.format];
      if (extraction.count == 0 && !extraction.refused) ++summary.documents_without_facts;
    }
  }
}

CheckRun::FileResult& CheckRun::ResultOf(uint32_t source) {
  const std::lock_guard lock(mutex_);
  const auto [result, added] = results_.try_emplace(source);
  if (added) result->second.waivers = session_.project.waivers;
  return result->second;
}

void CheckRun::Look(UnderstoodFile& file, const Workload& workload) {
  FileResult& into = ResultOf(file.source);
  WorkloadResult result = checker_.Check(workload);
  Advise(workload, checker_, result, into.to_advise);
  // The comment beside a finding is the better reason.
  const Date as_of = checker_.options().as_of;
  if (!file.waivers.empty()) Waive(result, file.waivers, "", as_of, session_.sources);
  if (!into.waivers.empty()) Waive(result, into.waivers, session_.project.PathOf(session_.sources.name(file.source)), as_of, session_.sources);
  into.applied.merge(result.applied);
  if (result.undeclared != into.last_undeclared) {
    into.undeclared.insert(result.undeclared.begin(), result.undeclared.end());
    into.last_undeclared = std::move(result.undeclared);
  }
  into.upcoming.merge(result.upcoming);
  for (const Outcome& outcome : result.outcomes)
    into.judgements.push_back({outcome.policy, outcome.check, outcome.workload->name, outcome.data ? outcome.data->name : "",
                               outcome.placement ? outcome.placement->name : "", outcome.verdict, file.source});
  std::move(result.findings.begin(), result.findings.end(), std::back_inserter(into.findings));
}

Report CheckRun::Finish(Understood& understood, Diagnostics& diagnostics) {
  Report report;
  Summary& summary = report.summary;
  Summarise(understood, summary);
  summary.as_of = checker_.options().as_of;
  summary.policies_total = checker_.policies().size();
  for (const auto& policy : session_.knowledge->policies)
    if (!IsEnabled(policy->status)) ++summary.policies_disabled;
  std::set<std::string> applied, upcoming;
  std::set<std::pair<FactId, const Policy*>> undeclared;
  for (UnderstoodFile& file : understood.files) {
    diagnostics.Append(std::move(file.diagnostics));
    const auto found = results_.find(file.source);
    if (found == results_.end()) continue;
    FileResult result = std::move(found->second);
    results_.erase(found);
    for (const Policy* policy : result.applied) applied.insert(policy->id);
    upcoming.merge(result.upcoming);
    undeclared.merge(result.undeclared);
    for (size_t k = 0; k < result.waivers.size(); ++k) understood.waivers[k].used = understood.waivers[k].used || result.waivers[k].used;
    summary.checks += result.judgements.size();
    for (const Judgement& judgement : result.judgements)
      if (judgement.verdict == Verdict::kPass) ++summary.verdicts[judgement.verdict];
    std::move(result.judgements.begin(), result.judgements.end(), std::back_inserter(report.outcomes));
    std::move(result.findings.begin(), result.findings.end(), std::back_inserter(report.findings));
  }
  DropRepeated(report.findings);
  for (const Finding& finding : report.findings) {
    ++summary.verdicts[finding.verdict];
    if (finding.verdict != Verdict::kWaived) ++summary.findings_by_level[finding.level];
  }
  summary.policies_applied.assign(applied.begin(), applied.end());
  summary.upcoming.assign(upcoming.begin(), upcoming.end());
  for (const auto& [fact, policy] : undeclared) ++summary.undeclared[session_.knowledge->vocabulary.at(fact).name];
  const std::vector<const Policy*>& left_out = checker_.options().without;
  for (const WithoutPolicy& without : session_.project.without)
    if (std::find(left_out.begin(), left_out.end(), without.policy) != left_out.end())
      summary.policies_left_out.push_back(fmt::format("{}: {} ({})", without.policy->id, without.reason, LineText(session_.sources, without.span)));
  std::stable_sort(report.findings.begin(), report.findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.source, a.span.begin, a.check->id) < std::tie(b.source, b.span.begin, b.check->id);
  });
  return report;
}

void ReportWaivers(const Session& session, const Understood& understood, const std::vector<std::string>& paths, const CheckOptions& options,
                   Diagnostics& diagnostics) {
  namespace fs = std::filesystem;
  const Project& project = session.project;
  const Checker checker(*session.knowledge, options);
  const auto asked = [&](const Waiver& waiver) {
    return std::find(checker.policies().begin(), checker.policies().end(), waiver.policy) != checker.policies().end();
  };
  for (const UnderstoodFile& file : understood.files)
    ReportWaivers(file.waivers, options.as_of, [&](const Waiver& waiver) { return asked(waiver) && file.errors == 0; }, diagnostics);
  // The whole project was read when its folder, or one above it, was named.
  const bool whole = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    std::error_code error;
    const std::string named = fs::weakly_canonical(path, error).generic_string();
    return !error && (project.folder + "/").starts_with(named == "/" ? named : named + "/");
  });
  std::set<std::string> read;
  for (const UnderstoodFile& file : understood.files)
    if (file.errors == 0) read.insert(project.PathOf(session.sources.name(file.source)));
  const auto judged = [&](const Waiver& waiver) {
    if (!asked(waiver)) return false;
    return whole || (waiver.path && waiver.path->literal() && std::any_of(read.begin(), read.end(), [&](const std::string& path) { return waiver.path->Matches(path); }));
  };
  ReportWaivers(understood.waivers, options.as_of, judged, diagnostics);
}

}  // namespace domicile
