// `domicile init`: writes a project file that allows nothing and suggests, as comments, what is not said anywhere.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/pipeline.h"
#include "engine/cli/verbs.h"
#include "engine/report/words.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostSuggested = 30;   // Of one kind.
constexpr size_t kMostNamed = 3;        // Workloads or places behind one suggestion.

// A name from a manifest as YAML. It may hold anything, and must not end the comment that it stands in.
std::string Quoted(std::string_view name) {
  constexpr std::string_view kPlain = "-_./";
  const bool plain = !name.empty() && std::isalnum(static_cast<unsigned char>(name[0])) &&
                     std::all_of(name.begin(), name.end(), [&](unsigned char c) { return std::isalnum(c) || kPlain.find(static_cast<char>(c)) != std::string_view::npos; });
  if (plain) return std::string(name);
  std::string text;
  for (const char c : name) text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return "\"" + Printable(text) + "\"";   // Its escapes are those of YAML.
}

// A path or a name as a glob that means it and nothing else.
std::string Literal(std::string_view name) {
  std::string text;
  for (const char c : name) text += std::string_view("*?[\\").find(c) == std::string_view::npos ? std::string{c} : std::string{'\\', c};
  return text;
}

// What is behind a suggestion: each text once, in the order in which they were seen.
struct Behind {
  std::vector<std::string> seen;
  void Add(std::string text) {
    if (std::find(seen.begin(), seen.end(), text) == seen.end()) seen.push_back(std::move(text));
  }
  std::string Text() const {
    std::string text;
    for (size_t i = 0; i < seen.size() && i < kMostNamed; ++i) text += (i ? ", " : "") + Quoted(seen[i]);
    return seen.size() > kMostNamed ? fmt::format("{} and {} more", text, seen.size() - kMostNamed) : text;
  }
};
using Suggestions = std::map<std::string, Behind>;

class Survey {
 public:
  Survey(const Session& session, std::string folder) : session_(session), known_(session.knowledge->vocabulary.known()), folder_(std::move(folder)) {}

  void Look(const Understood& understood) {
    Summarise(understood, summary_);
    for (const UnderstoodFile& file : understood.files) {
      if (file.errors > 0) ++unread_;
      for (const Extraction& extraction : file.extractions)
        for (const Workload& workload : extraction.workloads) LookAt(workload);
    }
  }

  size_t count() const { return clusters_.size() + unclassed_.size() + hosts_.size(); }
  size_t unread() const { return unread_; }

  std::string Text() const {
    std::string text =
        "# What this project says of itself to domicile; `domicile init` wrote it. Lines behind `#` are suggestions: nothing is waived, left\n"
        "# out or taken for granted. Fill in the words in capitals, and take away the `#`. `domicile list facts` shows every fact.\n\n"
        "fail_on: error\n";
    if (!summary_.documents_by_format.empty()) text += fmt::format("\n# Manifests found here: {}.\n", Listed(summary_.documents_by_format, 0));
    if (!clusters_.empty() || !unclassed_.empty()) text += "\n# facts:\n";
    AddList(text, clusters_, "#   # Nothing says in which region these run.\n", "then: {provider: PROVIDER, region: REGION}");
    AddList(text, unclassed_, "#   # Nothing says which data these hold, whose, and who decides over them.\n", "then: {data_class: CLASS, subjects: [COUNTRY], controller_country: COUNTRY}");
    if (!hosts_.empty()) text += "\n# Hosts that no provider's file knows. Add `private: true` to those that are not reached over the internet.\n# hosts:\n";
    AddList(text, hosts_, "", "country: COUNTRY");
    return text;
  }

 private:
  void LookAt(const Workload& workload) {
    const std::string path = PathOf(workload);
    const std::string matcher = !workload.space.empty() ? "namespace: " + Quoted(Literal(workload.space)) : "path: " + Quoted(Literal(path));
    const std::string name = workload.name.empty() ? path : workload.name;
    const bool classed = std::any_of(workload.data.begin(), workload.data.end(), [&](const DataSet& data) { return data.facts.Has(known_.data_class); });
    if (!classed) unclassed_[matcher].Add(name);
    for (const Placement& placement : workload.placements) {
      const Fact* activity = placement.facts.Find(known_.activity);
      const Fact* places = placement.facts.Find(known_.places);
      const Fact* endpoint = placement.facts.Find(known_.endpoint);
      const bool compute = activity && !activity->terms.empty() && activity->terms[0].text == "compute";
      if (compute && places && places->hidden) clusters_[matcher].Add(name);
      if (!endpoint || endpoint->hidden || endpoint->terms.empty()) continue;
      const std::string host = ParseUrl(endpoint->terms[0].text).host;
      if (!host.empty() && !IsPrivateHost(host) && !session_.knowledge->catalogue.MatchHost(host)) hosts_["host: " + Quoted(host)].Add(path);
    }
  }

  std::string PathOf(const Workload& workload) const {
    const fs::path path = session_.sources.name(workload.source);
    return folder_.empty() ? path.generic_string() : path.lexically_relative(folder_).generic_string();
  }

  static void AddList(std::string& text, const Suggestions& suggestions, std::string_view title, std::string_view then) {
    if (suggestions.empty()) return;
    text += title;
    size_t said = 0;
    for (const auto& [matcher, behind] : suggestions) {
      if (said++ == kMostSuggested) break;
      text += fmt::format("#   - {{{}, {}}}   # {}\n", matcher, then, behind.Text());
    }
    if (suggestions.size() > kMostSuggested) text += fmt::format("#   # and {} more like these\n", suggestions.size() - kMostSuggested);
  }

  const Session& session_;
  const KnownFacts& known_;
  std::string folder_;
  Summary summary_;
  Suggestions clusters_, unclassed_, hosts_;   // By what an entry would match.
  size_t unread_ = 0;
};

// Asks on the terminal. No answer is no.
bool Confirm(const std::string& question) {
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

Run AddInit(CLI::App& app) {
  struct Options {
    std::vector<std::string> paths;
    bool yes = false, force = false;
  };
  auto options = std::make_shared<Options>();
  app.add_option("paths", options->paths, "files or folders to look at (all here otherwise)")->type_name("PATH");
  app.add_flag("--yes,-y", options->yes, "ask nothing");
  app.add_flag("--force", options->force, "overwrite a project file that is there");
  return [options](const SessionOptions& given) {
    const std::string target = given.config.empty() ? ".domicile.yaml" : given.config;
    std::error_code error;
    if (fs::exists(target, error)) {
      if (!options->force) return Trouble(fmt::format("`{}` is there already", target), "`--force` overwrites it");
      if (!options->yes && !Confirm(fmt::format("overwrite `{}`?", Printable(target)))) return Trouble(fmt::format("`{}` was left as it is", target));
    }
    // What is found is looked at as it is, not as a project file above explains it.
    SessionOptions alone = given;
    alone.config.clear();
    alone.isolated = true;
    Session session(alone);
    if (!session.Open()) return kExitTrouble;
    Diagnostics diagnostics;
    const std::vector<std::string> paths = options->paths.empty() ? std::vector<std::string>{"."} : options->paths;
    const Understood understood = Understand(session, paths, diagnostics, {.keep_silent = true});
    session.Print(diagnostics);
    if (diagnostics.error_count() > 0 && understood.files.empty()) return kExitTrouble;
    Survey survey(session, fs::path(target).parent_path().generic_string());
    survey.Look(understood);
    std::ofstream file(target, std::ios::binary | std::ios::trunc);
    file << survey.Text();
    file.close();
    if (!file) return Trouble(fmt::format("`{}` could not be written", target));
    fmt::print("wrote {} with {}\n", Printable(target), survey.count() == 0 ? "nothing to fill in" : Count(survey.count(), "suggestion"));
    if (survey.unread() > 0) fmt::print("{} could not be understood: `domicile facts` says why\n", Count(survey.unread(), "file"));
    return kExitOk;
  };
}

}  // namespace domicile
