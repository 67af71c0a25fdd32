// Manifest formats: how a document is recognised, and which path holds which fact. Read from rules/formats/; what a value means is
// the places stage's business.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
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
  bool Holds(Value node, Value root) const;
};

// One place where a fact may stand.
struct FactPath {
  Selector path;
  std::optional<Selector> through;        // A reference to another object, in which `path` starts.
  std::string kind;                       // What the reference refers to, as far as it does not say so itself.
  std::optional<Pattern> match;           // Only the named group `value` of the text.
  std::string says;                       // The fact is this text, where the path is there (and `match` fits).
};

// Where one fact comes from: the first path that is there. Of facts that are lists every match; of others one placement for each.
struct FactSource {
  FactId fact = kNoFact;
  std::vector<FactPath> paths;
  std::string constant;                   // `says:` instead of a path.
};

// What environment variables mean, from rules/formats/environment.yaml.
struct EnvironmentRow {
  std::vector<std::string> names;
  std::optional<Pattern> match;
  std::string group;                      // Variables of one group make one placement.
  FactId fact = kNoFact;                  // The fact that the value is.
  std::vector<std::pair<FactId, std::string>> says;   // Facts that its presence states.
  std::vector<std::pair<FactId, std::string>> otherwise;   // Facts of the group when no variable of the group gives them.
  std::string name_switch;                // A switch that the variable is, such as `hub-offline`.
  std::string on;                         // Pattern of the values that switch it on.
  std::optional<Pattern> on_pattern;
};
struct Environment {
  std::vector<EnvironmentRow> rows;
  std::map<std::string, std::vector<size_t>, std::less<>> by_name;
  std::vector<size_t> patterns;
  const EnvironmentRow* Find(std::string_view name) const;
};

// Placements that are found below one node.
struct PlacementRule {
  std::vector<Selector> at;               // Empty: the node itself.
  Shape only;                             // What must hold at the place.
  std::vector<Selector> name;
  std::string name_text;
  std::vector<FactSource> facts;
  FactId value = kNoFact;                 // The matched scalar itself is this fact.
  std::optional<Pattern> match;           // The matched scalar must fit; groups named as keys of placements are facts.
  bool always = false;                    // A placement even when no fact was found.
  bool counts = false;                    // As `always`, and reason enough to look at the workload.
  std::vector<Selector> environment, environment_from, images, scan, notes;
  std::vector<std::string> use;           // Fragments applied at the place.
  std::vector<PlacementRule> inner;       // `placements:` below the place.
  std::optional<Selector> by;             // What stands there chooses among `cases`.
  std::vector<std::pair<std::string, std::vector<PlacementRule>>> cases;
  std::map<std::string, size_t, std::less<>> case_named;   // Exact names; those that end in `*` stand in case_prefixes.
  std::vector<std::pair<std::string, size_t>> case_prefixes;   // Longest first.
  const std::vector<PlacementRule>* Case(std::string_view what) const;
};

struct WorkloadRule {
  std::vector<Selector> at;
  Shape only;
  std::vector<Selector> name;
  std::string name_text;
  std::vector<Selector> notes;            // Maps or lists of {key, value} in which annotations, labels or tags stand.
  std::vector<FactSource> facts;          // Of scope workload and data.
  std::vector<PlacementRule> placements;
};

struct Format {
  std::string id, title, url;
  std::vector<Shape> detect;
  bool prefixed_models = false;
  bool skip = false;                      // Recognised so that it is named, and never read (schemas, lock files).
  std::string reader;                     // Name of a C++ function where paths are not enough.
  std::string expressions;                // How values are written; see engine/formats/expressions.h.
  std::vector<WorkloadRule> workloads;
  Value examples;
  bool builtin = true;
  Span span;
};

struct Formats {
  std::vector<std::unique_ptr<Format>> all;
  std::map<std::string, std::vector<PlacementRule>, std::less<>> fragments;
  Environment environment;

  void ReadFormat(Value root, bool builtin, const Vocabulary& vocabulary, Diagnostics& diagnostics);
  void ReadFragment(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics);
  void ReadEnvironment(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics);
  // After all reads: fragments exist, names are unique.
  void Finish(Diagnostics& diagnostics);
  // The format whose shape fits best (most lines), or null.
  const Format* Recognise(Value root) const;
};

}  // namespace domicile
