// Manifest formats: how a document is recognised, and which path holds which fact. Read from rules/formats/; what a value means is
// the places stage's business.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/formats/selector.h"
#include "engine/formats/workload.h"
#include "engine/text/pattern.h"

namespace domicile {

// `{path: pattern}` lines that must all hold; a null pattern asks only that the path is there.
struct Shape {
  struct Line {
    Selector path;
    std::optional<Pattern> pattern;
    bool absent = false;                  // The path must not be there, or (with a pattern) must not match.
  };
  std::vector<Line> lines;
  std::optional<Pattern> file;            // `"@file"`: the path of the file must fit.
  // What a scalar says; without it what is written counts.
  using Read = std::function<std::string(Value)>;
  bool Holds(Value node, Value root, const Read* read = nullptr) const;
};

// The way from a reference to another document.
struct Hop {
  std::optional<Selector> path;           // Where the reference stands: a name, labels, or what the format writes.
  std::string kind;                       // What it refers to, as far as it does not say so itself.
  std::vector<Selector> refers;           // Instead of `path`: where documents of the kind name this one.
  bool same_namespace = false;            // These are in its namespace, or may be.
};

// One place where a fact may stand.
struct FactPath {
  Selector path;
  std::vector<Hop> through;               // References to other objects; `path` starts in the last one.
  bool required = false;                  // When it is not among the files, the fact is hidden.
  std::optional<Pattern> match;           // Only the named group `value` of the text.
  std::string says;                       // The fact is this text, where the path is there (and `match` fits).
  std::string unit;                       // Of a number: `d` makes `14` a duration of 14 days.
  bool hides = false;                     // What stands there only says where the value comes from: the fact is hidden.
};

// Where one fact comes from: the first path that is there. Of facts that are lists every match; of others one placement for each.
struct FactSource {
  FactId fact = kNoFact;
  std::vector<FactPath> paths;
  std::string constant;                   // `says:` instead of a path.
};

// What an environment variable or an option of a command means, from rules/formats/environment.yaml.
struct EnvironmentRow {
  std::vector<std::string> names;         // Of variables.
  std::optional<Pattern> match, except;   // Names that it is about, and those among them that it is not.
  std::vector<std::string> flags;         // Of commands: the value follows, or stands behind `=`.
  std::vector<std::string> after;         // Words of a command behind which the value stands.
  std::vector<std::string> programs;      // The option is theirs, and others may mean something else by it.
  std::optional<Pattern> in;              // Counts only where the image or the command fits.
  std::optional<Pattern> skip;            // Values that say nothing.
  std::optional<Pattern> only;            // Values that the row is about; with others the next row may fit.
  std::string unless;                     // A switch that makes the row say nothing.
  std::string split;                      // Characters between several values.
  bool here = false;                      // It runs where the container runs.
  bool fallback = false;                  // Counts only where the group has no known value of the fact.
  struct Fetch {                          // What is fetched because of the value.
    std::optional<Pattern> in, only;      // Where image or command fit; values that are fetched.
    std::string unless;                   // A switch that prevents it.
    std::string group;
    std::vector<std::pair<FactId, std::string>> says, otherwise;
  };
  std::optional<Fetch> fetch;
  std::string group;                      // Variables of one group make one placement.
  bool apart = false;                     // Each variable makes one of its own.
  FactId fact = kNoFact;                  // The fact that the value is.
  std::vector<std::pair<FactId, std::string>> says;   // Facts that its presence states.
  std::vector<std::pair<FactId, std::string>> otherwise;   // Facts of the group when no variable of the group gives them.
  std::vector<std::pair<FactId, std::string>> of_strangers;   // Stated where the catalogue does not know what its host does.
  std::string name_switch;                // A switch that the variable is, such as `hub-offline`.
  std::string on;                         // Pattern of the values that switch it on.
  std::optional<Pattern> on_pattern;
};
struct Environment {
  std::vector<EnvironmentRow> rows;
  std::map<std::string, std::vector<size_t>, std::less<>> by_name;
  std::vector<size_t> patterns;
  std::vector<EnvironmentRow> commands;
  std::map<std::string, std::vector<size_t>, std::less<>> by_flag, by_after;   // Of commands; `after` by its last word.
  const EnvironmentRow* Find(std::string_view name, std::string_view value) const;

 private:
  std::vector<size_t> RowsOf(std::string_view name) const;
  // Of names that were asked for: many workloads may be told the same ones, and to try all patterns takes long.
  struct Memo {
    std::shared_mutex mutex;
    std::unordered_map<std::string, std::vector<size_t>> rows;
  };
  static constexpr size_t kMostRemembered = 100'000;
  std::shared_ptr<Memo> memo_ = std::make_shared<Memo>();
};

// Software that reports to its maker how it is used, from rules/formats/usage-reports.yaml.
struct UsageReport {
  struct Off {
    std::vector<std::string> variables;   // Any of them, with a value that fits.
    std::optional<Pattern> value;
    std::vector<std::string> flag;        // Or words that follow each other in the command.
  };
  std::string software, host, source, read;
  std::vector<std::string> images;        // Last parts of their repositories.
  std::vector<std::vector<std::string>> commands;   // Words that follow each other; `*` ends one that goes on.
  std::vector<Off> off;
  bool RunsIn(std::string_view image) const;
};

// Placements that are found below one node.
struct PlacementRule {
  std::vector<Selector> at;               // Empty: the node itself.
  std::vector<Selector> embedded;         // Texts that are documents: their roots are the places.
  Shape only;                             // What must hold at the place.
  std::vector<Selector> name;
  std::string name_text;
  std::vector<FactSource> facts;
  FactId value = kNoFact;                 // The matched scalar itself is this fact.
  FactId key = kNoFact;                   // The key under which it stands is.
  std::optional<Pattern> match;           // The matched scalar must fit; groups named as keys of placements are facts.
  bool always = false;                    // A placement even when no fact was found.
  bool guess = false;                     // Kept only if the catalogue knows the host, the scheme, the provider or who made the model.
  bool incidental = false;                // No reason to look at the workload.
  bool counts = false;                    // As `always`, and reason enough to look at the workload.
  bool home = false;                      // Where all beside and below it runs: what runs there takes its place over.
  bool here = false;                      // It runs there.
  std::vector<Selector> environment, environment_from, environment_files, images, scan, commands;
  // Settings that it takes besides: names of objects and files, or maps that hold a name.
  enum class MountKind : uint8_t { kConfigMap, kSecret, kFile, kOther };
  std::vector<std::pair<MountKind, std::vector<Selector>>> mounts;
  std::vector<FactPath> notes;
  std::vector<std::string> use;           // Fragments applied at the place.
  std::vector<PlacementRule> inner;       // `placements:` below the place.
  std::optional<Selector> by;             // What stands there chooses among `cases`.
  std::vector<std::pair<std::string, std::vector<PlacementRule>>> cases;
  std::map<std::string, size_t, std::less<>> case_named;   // Exact names; those that end in `*` stand in case_prefixes.
  std::vector<std::pair<std::string, size_t>> case_prefixes;   // Longest first.
  bool cases_ignore_case = false;         // The names above are in lower case then.
  const std::vector<PlacementRule>* Case(std::string_view written) const;
};

struct WorkloadRule {
  std::vector<Selector> at;
  Shape only;
  std::vector<Selector> name;
  std::string name_text;
  std::vector<FactPath> notes;            // Maps or lists of {key, value} in which annotations, labels or tags stand.
  std::vector<FactSource> facts;          // Of scope workload and data.
  bool always = false;                    // A workload even when nothing was found.
  bool otherwise = false;                 // Only where the rules above found none.
  bool pods = false;                      // It is pods of a cluster: what its namespace and network policies say is about it.
  std::vector<Selector> pod_labels;
  std::optional<Pattern> added_labels;    // Keys of labels that they have besides.
  Shape pods_only;                        // What must hold for it to be pods.
  std::vector<Selector> services;         // Services of Compose, whose networks say what they reach.
  bool names_placements = false;          // Placements without a name of their own bear the workload's, not that of their key.
  std::vector<Hop> unless;                // Documents that tell of this one: then it does not stand for itself.
  std::vector<PlacementRule> placements;
};

// Rules as they are written, read when they are first asked for, on any thread: a run meets documents of few formats.
template <class Rule>
class LateRules {
 public:
  LateRules(Value written, const Vocabulary& vocabulary, bool builtin) : written_(written), vocabulary_(vocabulary), builtin_(builtin) {}

  bool empty() const { return written_.size() == 0; }
  bool builtin() const { return builtin_; }
  const std::vector<Rule>& Get() const {
    Diagnostics ignored;
    return Get(ignored);
  }
  // Reports what is wrong, when this is what reads them.
  const std::vector<Rule>& Get(Diagnostics& diagnostics) const;

 private:
  Value written_;
  const Vocabulary& vocabulary_;
  bool builtin_;
  mutable std::once_flag once_;
  mutable std::vector<Rule> rules_;
};

struct Format {
  std::string id, title, url;
  std::vector<Shape> detect;
  bool prefixed_models = false;
  std::vector<Hop> taken_by;              // Documents that take over what stands in this one: what they say of themselves holds for it.
  bool fallback = false;                  // Of documents that no other format recognises, and only of what it finds something in.
  bool skip = false;                      // Recognised so that it is named, and never read (schemas, lock files).
  std::string expressions;                // How values are written; see engine/formats/expressions.h.
  struct References {
    Pattern match;                        // What is filled in, as it is written; its group `name` is the key
    std::vector<Selector> under;          // of a map: of the first one that has it.
  };
  std::optional<References> references;   // Where the document itself gives values for what it leaves open.
  std::vector<Selector> embedded;         // Documents inside of this one, recognised on their own: texts, or maps.
  struct Files {
    std::vector<std::string> beside;      // In the same folder, by name,
    std::vector<Selector> named;          // and where it names them.
    bool empty() const { return beside.empty() && named.empty(); }
  };
  Files variables, documents;             // Files that it reads: of variables, and other manifests.
  std::unique_ptr<LateRules<WorkloadRule>> workloads;
  Value examples;
  bool builtin = true;
  Span span;
};

struct Formats {
  std::vector<std::unique_ptr<Format>> all;
  std::map<std::string, std::unique_ptr<LateRules<PlacementRule>>, std::less<>> fragments;
  Environment environment;
  std::vector<std::unique_ptr<LateRules<UsageReport>>> usage_reports;   // Of each file.

  void ReadFormat(Value root, bool builtin, const Vocabulary& vocabulary, Diagnostics& diagnostics);
  void ReadFragment(Value root, bool builtin, const Vocabulary& vocabulary, Diagnostics& diagnostics);
  void ReadEnvironment(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics);
  void ReadUsageReports(Value root, bool builtin, const Vocabulary& vocabulary, Diagnostics& diagnostics);
  // After all reads: reads the rules of the user's own files, or of all, and reports what is wrong with them.
  void Finish(bool everything, Diagnostics& diagnostics);
  // The format whose shape fits best (most lines), or null. `file` is the path of the file, empty for a document inside of another.
  const Format* Recognise(Value root, std::string_view file) const;
  // What documents are read as that no format recognises, or nullptr.
  const Format* Fallback() const;
};

}  // namespace domicile
