// What a project says of itself in `.domicile.yaml` and in waiver comments: read strictly, names resolved, ready to be used.
//
// README.md in this folder describes the file. A default Project says nothing.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/terms.h"
#include "engine/load/ignore.h"
#include "engine/policy/knowledge.h"

namespace domicile {

// A path as in .gitignore, relative to the folder of the project file.
class PathGlob {
 public:
  explicit PathGlob(std::string text) : text_(std::move(text)), lines_(text_) {}
  const std::string& text() const { return text_; }
  bool Matches(std::string_view path) const { return lines_.Covers(path, false); }
  // Names one file and no more.
  bool literal() const { return text_.find_first_of("*?[\\") == std::string::npos && text_.find('/') != std::string::npos && !text_.ends_with('/'); }

 private:
  std::string text_;
  IgnoreFile lines_;
};

struct WithoutPolicy {
  const Policy* policy = nullptr;
  std::string reason;
  Span span;
};

// Facts of workloads that match and do not say otherwise.
struct StatedFacts {
  std::optional<PathGlob> path;
  std::string space, workload, placement;   // Globs of names; empty matches all.
  std::vector<std::pair<std::string, std::string>> labels;   // Key, and glob of the value; all must be there.
  std::vector<std::string> activities;      // Of placements; empty with a glob of placements matches all, else `compute`.
  Facts workload_facts, data_facts, placement_facts;
  std::string matches;                      // "namespace `support`", for people.
  Span span;
};

// A finding that somebody accepts until a day, for a reason.
struct Waiver {
  std::string id;                           // As written.
  const Policy* policy = nullptr;           // Null when the built-in policies were left out with --no-builtin.
  const Check* check = nullptr;             // Null for all checks of the policy.
  std::optional<PathGlob> path;             // Of the project file. Path and name of the workload; none and empty match all.
  std::string workload;
  uint32_t line = 0;                        // Of a comment: the line that it is about.
  bool in_source = false;                   // A comment.
  Date until;                               // The last day.
  std::string reason;
  Span span;                                // Of the id.
  bool used = false;                        // Has waived something in this run.
};

// A value of the configuration and who set it, for `domicile config`.
struct Setting {
  std::string name, value, by;
};

struct Project {
  std::string file;                         // As it is named in messages; empty when there is none.
  std::string folder;                       // Absolute, normal: what the paths in the file are relative to.
  std::string working_folder;               // Absolute: what names of sources are relative to.
  std::vector<const Policy*> only;
  std::vector<WithoutPolicy> without;
  std::string fail_on;                      // Empty when not said.
  std::string exclude;                      // Lines as in .gitignore.
  Assumptions assumed;                      // Those of the command line first.
  std::vector<StatedFacts> facts;
  std::vector<Waiver> waivers;
  std::vector<Setting> settings;            // What the file sets, in the order of the file.

  // The path of a source relative to the folder of the project; as it is when it lies elsewhere.
  std::string PathOf(std::string_view source_name) const;
};

// The paths under `policies:`, with the values that name them. Read before everything else: what they hold is needed to check the rest.
// What is wrong with them is left to ReadProject.
std::vector<std::pair<std::string, Span>> PolicyPathsOf(Value root);

// Fills the project from its file (null when the file is empty) and gives the catalogue its hosts. `project.file` and the two folders
// are set before. False when an error was reported.
bool ReadProject(Value root, const Sources& sources, Knowledge& knowledge, Diagnostics& diagnostics, Project& project);

// Waivers in the comments of one file: `# domicile: waive CHECK, POLICY until 2027-01-31: reason`, behind what it is about or on a line
// of its own above. A malformed one is an error and waives nothing.
std::vector<Waiver> ReadWaivers(const Sources& sources, uint32_t source, std::span<const Document> documents, const Knowledge& knowledge,
                                Diagnostics& diagnostics);

// States the facts of the project for one workload, not yet resolved: what it says itself stays. True when something was stated.
bool StateFacts(const Project& project, const Sources& sources, const Knowledge& knowledge, Workload& workload);

// "line 12 of .domicile.yaml"
std::string LineText(const Sources& sources, Span span);

}  // namespace domicile
