// Policies and rules, checked and ready to be evaluated: names resolved, parameters typed and put in, dates read.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/formats/workload.h"
#include "engine/places/catalogue.h"
#include "engine/text/pattern.h"

namespace domicile {

enum class Level : uint8_t { kNote, kReview, kWarning, kError };
std::string_view LevelName(Level level);
std::optional<Level> ParseLevel(std::string_view text);

struct Condition;

// One entry of a list of places: single places, already with their subdivisions, or a group.
struct PlaceMember {
  PlaceSet places;
  std::optional<Date> since, until;             // Both days belong.
  std::vector<Condition> when;                  // Of the placement at hand; all must hold.
};
struct PlaceList {
  std::vector<PlaceMember> members;
  PlaceSet parts;                               // Countries of which a member without a condition names only a part.
  bool complete = true;                         // False: a place that is not named is unknown rather than outside.
  std::string text;                             // For messages: `eea, eu-adequate`.
};

enum class Op : uint8_t {
  kIs, kAnyOf, kNoneOf, kAllOf, kWithin, kOutside, kAnyIn, kMatches, kKnown,
  kAtLeast, kMoreThan, kAtMost, kBelow, kOnOrAfter, kBefore, kAgeAtMost, kAgeMoreThan, kHas, kShare
};

struct Condition {
  enum class Kind : uint8_t { kAll, kAny, kNot, kSomePlacement, kEveryPlacement, kSomeData, kEveryData, kAlways, kDeclared, kLeaf };
  Kind kind = Kind::kAll;
  std::vector<Condition> children;
  Span span;

  // kLeaf (and `facts` of kDeclared).
  FactId fact = kNoFact;
  Op op = Op::kIs;
  std::optional<Truth> if_absent, if_hidden;
  double number = 0;                            // Bounds, flags (0, 1), dates (days), `always`.
  bool as_of = false;                           // The day of the check stands for the date.
  std::string text;                             // kIs on texts, durations as written for kAge*.
  std::vector<std::string> names;               // kAnyOf, kNoneOf, kAllOf on names and texts.
  std::unique_ptr<const PlaceList> places;
  std::unique_ptr<const Pattern> pattern;
  std::vector<std::vector<std::string>> evidence;  // Alternatives, each a set of names.
  struct Bound { Op op; double number; };
  std::vector<Bound> bounds;                    // kShare.
  bool share_outside = false, share_each = false;
  std::vector<FactId> facts;                    // kDeclared.
};

struct ParameterDefinition {
  std::string name, type, means;
  FactId of = kNoFact;
  bool optional = false;
  Value fallback;                               // `default:`
};

struct Rule {
  std::string id, summary, why, message;
  std::vector<std::string> help;
  Scope scope = Scope::kPlacement;
  bool inbound = false;                         // Looks at what is fetched (images, downloads) as well: no data go there.
  std::vector<ParameterDefinition> parameters;
  Value when, require, examples;
  Span span;
};

using RuleIndex = std::map<std::string, const Rule*, std::less<>>;

struct SourceReference {
  std::string title, url, read;
};

struct Check {
  std::string id, title, cite, message;
  std::vector<std::string> help;                // Before the rule's.
  const Rule* rule = nullptr;
  std::vector<Condition> when;                  // The rule's and the check's own: all must hold.
  Condition require;
  Level level = Level::kError;
  Level undecided = Level::kError;
  bool absent_is_violation = false;
  std::optional<Date> effective, until;
  std::vector<std::pair<std::string, std::string>> arguments;   // Parameter name and its text, for messages and `explain`.
  Span span;
};

enum class Status : uint8_t { kInForce, kPartlyInForce, kNotInForce, kDraft, kRepealed, kContract, kGuidance };
std::string_view StatusName(Status status);
inline bool IsEnabled(Status s) { return s != Status::kNotInForce && s != Status::kDraft && s != Status::kRepealed; }

struct Policy {
  std::string id, title, summary, instrument, confidence, confidence_note, penalties;
  std::vector<std::string> aliases;
  std::vector<std::string> jurisdiction;
  std::vector<std::string> notes;
  std::vector<SourceReference> sources;
  Status status = Status::kInForce;
  std::optional<Date> effective, until, reviewed, review_by;
  Condition applies;
  bool applies_to_placements = false;           // `applies` looks at facts of a placement.
  Value examples;
  bool builtin = true;
  Span span;

  // Read when they are first asked for: most policies do not apply to most workloads.
  const std::vector<Check>& checks() const {
    std::call_once(once_, [this] {
      if (read) read(loaded_);
    });
    return loaded_;
  }
  std::function<void(std::vector<Check>&)> read;

 private:
  mutable std::once_flag once_;
  mutable std::vector<Check> loaded_;
};

}  // namespace domicile
