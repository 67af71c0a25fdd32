// Workloads as manifests declare them: facts with their spans, known or hidden. The places stage adds derived facts to them.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/formats/place_set.h"
#include "engine/formats/vocabulary.h"
#include "engine/text/date.h"

namespace domicile {

// One written value of a fact.
struct Term {
  std::string text;                   // Canonical for names and evidence, as written otherwise.
  Span span;
  bool hidden = false;                // A variable or template stands here; `text` is what was written.
  std::string masked;                 // Hidden only in part: the text with each hidden part as one '\x01'.
  std::string id;                     // Evidence: reference number or the like.
  std::optional<Date> valid_until;    // Evidence.
  std::optional<Date> issued;         // Evidence.
  double share = -1;                  // Owners: percent, -1 when not said.
};

// One step of how a fact came about: "`us.` profile runs in us-east-1, us-east-2 or us-west-2", with its source and date.
struct Because {
  std::string text;
  Span span;                          // Where in the manifest, if there.
  std::string source;                 // Title or address of the source of the claim, if it is one about the world.
  std::string read;                   // The day the source was read.
  bool unverified = false;            // The claim was not looked up: it must not block.
};

// How a fact came about, step by step. Facts that came about in the same way share the steps: there are many facts, and few ways.
class Chain {
 public:
  Chain() = default;
  Chain(std::vector<Because> steps) : steps_(steps.empty() ? nullptr : std::make_shared<std::vector<Because>>(std::move(steps))) {}
  Chain(std::initializer_list<Because> steps) : Chain(std::vector<Because>(steps)) {}
  size_t size() const { return steps_ ? steps_->size() : 0; }
  bool empty() const { return size() == 0; }
  const Because* begin() const { return steps_ ? steps_->data() : nullptr; }
  const Because* end() const { return begin() + size(); }
  // What shares the steps keeps them as they are.
  void Add(Because step) { Own().push_back(std::move(step)); }
  void AddFirst(Because step) { Own().insert(steps_->begin(), std::move(step)); }

 private:
  std::vector<Because>& Own() {
    if (!steps_ || steps_.use_count() > 1) steps_ = steps_ ? std::make_shared<std::vector<Because>>(*steps_) : std::make_shared<std::vector<Because>>();
    return *steps_;
  }
  std::shared_ptr<std::vector<Because>> steps_;
};

struct Fact {
  FactId id = kNoFact;
  bool stated = false;                // A manifest says it; otherwise it follows from what manifests say.
  bool hidden = false;                // Nothing usable is known; `reason` says why. A list may be known in part: see Term::hidden.
  std::vector<Term> terms;
  double number = 0;                  // Flag (0, 1), number, percent, hours of a duration, days of a date.
  PlaceSet places;                    // Of kPlace and kPlaces; filled by the places stage.
  Span span;                          // What to underline; unknown for facts that nobody wrote.
  std::string reason;
  bool overrides = false;             // Its value comes from elsewhere: what runs there cannot say it itself.
  FactId cause = kNoFact;             // Of a derived fact that is unknown: the fact that would settle it.
  Chain because;
};

// Facts of one scope. Few; found by a linear search.
class Facts {
 public:
  const Fact* Find(FactId id) const;
  Fact* Find(FactId id);
  Fact& Set(FactId id);               // Replaces what was there.
  const std::vector<Fact>& all() const { return facts_; }
  bool Has(FactId id) const { return Find(id) != nullptr; }

 private:
  std::vector<Fact> facts_;
};

struct DataSet {
  std::string name;
  Facts facts;
  Span span;
};

// The host that answers by the name of an endpoint; where it is hidden, why.
struct StandIn {
  std::string host, reason;
  std::string says;                   // "the Service `llm` stands for".
  Span span;
};

struct Placement {
  std::string name;
  Facts facts;
  Span span;                          // Narrowest span that stands for the placement.
  bool synthetic = false;             // Made from a fact of another placement (access_from).
  bool guessed = false;               // Found in what nobody knows the shape of: dropped when the catalogue knows nothing of it.
  bool borrowed = false;              // Nothing but where the workload itself runs says where it is.
  std::optional<StandIn> stand_in;
  bool twin = false;                  // The second placement of a short form without an activity.
};

struct Workload {
  std::string name;
  std::string format;                 // Id of the format that found it.
  Facts facts;                        // Of scope workload (workload.*, controller.*).
  std::vector<DataSet> data;          // Never empty: a workload that declares no data has one unnamed set without facts.
  std::vector<Placement> placements;
  Span span;
  uint32_t source = kNoSource;
  std::string space;                  // Namespace; empty where there is none.
  std::vector<std::pair<Value, Value>> notes;  // Labels, annotations and tags: key and value.
  bool prefixed_models = false;       // Model ids start with a provider (`bedrock/...`): the format says so.
  bool tentative = false;             // Nothing was found but images and guesses.
  bool unrecognised = false;          // Of a document that no format recognises: there is no workload where no guess comes true.
  std::string reaches_out;            // Why nothing keeps it from the internet; empty where nobody says, or something does.
};

// A tentative workload of which no guess came true, and whose images may come from anywhere.
bool SaysNothing(const Workload& workload, const Vocabulary& vocabulary);

// The text of a fact for people: `personal, health`, `24h`, `DE, FR`; "unknown" when hidden.
std::string FactText(const Fact& fact, const Vocabulary& vocabulary);

}  // namespace domicile
