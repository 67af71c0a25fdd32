// The repository's rules/ and policies/, read from disk once for a test program, and workloads written in a test.
#pragma once
#include <cstdlib>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/formats/native.h"
#include "engine/load/load.h"
#include "engine/parse/parse.h"
#include "engine/policy/knowledge.h"
#include "engine/text/snippet.h"

namespace domicile {

// Everything that a test parses stays here until its program ends, since facts and findings point into it.
class Repository {
 public:
  static Repository& Get() {
    static Repository repository;
    return repository;
  }

  // Reads a text as a file of that name.
  const ParsedFile& Read(std::string name, std::string text, Diagnostics& diagnostics) {
    return parsed_.emplace_back(Parse(sources, sources.Add(std::move(name), std::move(text)), {}, diagnostics));
  }

  // rules/, and policies/ where wanted, and files of the test's own (`policy: ...`, as a user's). Without `everything`, what is built
  // in is read when it is first asked for, as the program does.
  std::unique_ptr<Knowledge> Open(bool policies, const std::vector<std::string>& own, bool everything, Diagnostics& diagnostics) {
    std::vector<KnowledgeFile> files;
    for (const auto& [name, source, index] : files_)
      if (policies || !name.starts_with("policies/")) files.push_back({name, source, parsed_[index].documents, true});
    for (const std::string& text : own) {
      const std::string name = fmt::format("own-{}.yaml", sources.size());
      const ParsedFile& file = Read(name, text, diagnostics);
      files.push_back({name, sources.size() - 1, file.documents, false});
    }
    return ReadKnowledge(std::move(files), sources, everything, diagnostics);
  }

  // As people see them.
  std::string Text(const Diagnostics& diagnostics) const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.all()) text += RenderDiagnostic(sources, diagnostic, Paint{});
    return text;
  }

  Sources sources;
  Diagnostics problems;   // Of parsing the files.

 private:
  struct File {
    std::string name;
    uint32_t source;
    size_t parsed;
  };

  Repository() {
    const Loaded loaded = Load({"rules", "policies"}, {}, sources, problems);
    for (const uint32_t source : loaded.sources) {
      parsed_.push_back(Parse(sources, source, {}, problems));
      files_.push_back({sources.name(source), source, parsed_.size() - 1});
    }
    if (files_.size() < 50) {
      fmt::print(stderr, "run me in the root of the source\n");
      std::abort();
    }
  }

  std::deque<ParsedFile> parsed_;
  std::vector<File> files_;
};

// rules/ without policies; stops the program when they are wrong (knowledge_test says how).
inline const Knowledge& Rules() {
  static const std::unique_ptr<Knowledge> rules = [] {
    Diagnostics diagnostics;
    auto knowledge = Repository::Get().Open(false, {}, true, diagnostics);
    if (diagnostics.error_count() == 0) return knowledge;
    fmt::print(stderr, "{}", Repository::Get().Text(diagnostics));
    std::abort();
  }();
  return *rules;
}

// A workload in our own form, not resolved. Empty if, and only if, an error was reported.
inline std::optional<Workload> ReadWorkload(const std::string& text, const Knowledge& knowledge, Diagnostics& diagnostics) {
  const ParsedFile& file = Repository::Get().Read("workload.yaml", text, diagnostics);
  if (file.documents.empty()) return std::nullopt;
  return ReadNative(Root(file.documents[0]), knowledge.vocabulary, diagnostics);
}

// The same with what follows from its facts.
inline std::optional<Workload> ReadResolved(const std::string& text, const Knowledge& knowledge, Diagnostics& diagnostics) {
  auto workload = ReadWorkload(text, knowledge, diagnostics);
  if (!workload) return workload;
  Resolve(*workload, knowledge.catalogue, knowledge.vocabulary, diagnostics);
  if (diagnostics.error_count() > 0) return std::nullopt;
  return workload;
}

// A diagnostic as one line: "error: `x` is not a place; did you mean `y`?".
inline std::string Line(const Diagnostic& diagnostic) {
  return fmt::format("{}: {}{}{}", diagnostic.level == Diagnostic::Level::kError ? "error" : "warning", diagnostic.message, diagnostic.help.empty() ? "" : "; ",
                     diagnostic.help);
}

}  // namespace domicile
