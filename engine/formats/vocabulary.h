// The vocabulary of facts: names, types and permitted values, read from rules/formats/facts.yaml and from the policies that add
// facts of their own. Everything that names a fact (manifests, formats, rules, policies, help texts) is checked against it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/parse/document.h"

namespace domicile {

using FactId = uint16_t;
inline constexpr FactId kNoFact = 0xffff;

enum class FactType : uint8_t {
  kFlag, kNumber, kPercent, kDuration, kDate, kText, kTexts, kName, kNames, kPlace, kPlaces, kEvidence, kOwners
};
enum class Scope : uint8_t { kWorkload, kData, kPlacement };
// What a condition says when a fact is not declared. kUnknown also for hidden facts.
enum class Truth : uint8_t { kNo, kMissing, kUnknown, kYes };   // In this order: `all` is the minimum, `any` the maximum.

struct NameValue {
  std::string name;
  std::string means;
  std::vector<std::string> aliases;
  std::vector<std::string> implies;
};

struct FactDefinition {
  std::string name;                 // `placement.region`
  std::string key;                  // `region`: the key in the long form
  std::string prefix;               // `placement`
  FactType type = FactType::kText;
  Scope scope = Scope::kWorkload;
  std::string means;
  std::string question;             // What is unknown when it is: "the place" (the name of the fact otherwise).
  std::string short_key;            // Key in the short form; empty when it has none.
  std::string note;                 // After `domicile/` in annotations; empty when it has none.
  std::vector<std::string> spelled; // Other keys of labels, annotations and tags that say it.
  std::optional<std::string> absent;  // The value that silence stands for.
  bool derived = false;
  std::vector<NameValue> values;    // Closed list of kName and kNames; empty means any.
  Span span;
};

struct EvidenceDefinition {
  std::string name;
  std::string means;
  std::vector<std::string> aliases;
  std::string max_age;              // A duration counted from `issued`; empty when there is none.
  Span span;
};

// Names that code refers to; resolved once, so that code and vocabulary cannot drift apart silently.
struct KnownFacts {
  FactId workload_name, air_gapped, switches, egress, settings_read, controller_country, controller_parent;
  FactId data_name, data_class, data_subjects, data_safeguards;
  FactId name, activity, provider, service, region, country, deployment, model, endpoint, image, bucket, access_from, data,
      safeguards, tenancy, network_isolation, storage, processing, places, home, is_public, bounded;
  FactId operator_name, operator_country, operator_parent, operator_owners, operator_kind, operator_certified,
      operator_compelled_by, model_maker, model_origin, model_open_weights;
};

class Vocabulary {
 public:
  // Adds `facts:` and `evidence:` of one file. The same fact may be declared again only with the same type.
  void Read(Value facts, Value evidence, Diagnostics& diagnostics);
  // Reports what code needs and no file declares. Call once, after all reads.
  bool Finish(Diagnostics& diagnostics);

  FactId Find(std::string_view name) const;         // kNoFact when there is none.
  const FactDefinition& at(FactId id) const { return facts_[id]; }
  const std::vector<FactDefinition>& all() const { return facts_; }
  const std::vector<EvidenceDefinition>& evidence() const { return evidence_; }
  const EvidenceDefinition* FindEvidence(std::string_view written) const;  // Canonical or alias, `_` as `-`, any case.
  const KnownFacts& known() const { return known_; }
  // By key of the long form (`prefix` such as `placement`), by short key, by annotation key. kNoFact when there is none.
  FactId ByKey(std::string_view prefix, std::string_view key) const;
  FactId ByShortKey(std::string_view key) const;
  FactId ByNote(std::string_view key) const;
  // By another common key of labels and tags; letter case, `-`, `_` and a prefix before `/` do not count.
  FactId BySpelling(std::string_view key) const;
  std::string SuggestNote(std::string_view key) const;
  // The permitted value that was written, or nullptr. For facts with a closed list.
  const NameValue* Canonical(FactId id, std::string_view written) const;
  // Where a person writes the fact: "`subjects` (short form), `data[].subjects`, annotation `domicile/subjects`".
  std::string WhereToWrite(FactId id) const;
  std::vector<std::string_view> Names() const;

 private:
  void IndexNames(FactDefinition& fact, Value values, Diagnostics& diagnostics);
  std::vector<FactDefinition> facts_;
  std::vector<EvidenceDefinition> evidence_;
  std::unordered_map<std::string, FactId> by_name_, by_key_, by_short_, by_note_, by_spelling_;
  std::unordered_map<std::string, uint32_t> evidence_by_name_;
  KnownFacts known_{};
};

// `Standard_Contract` and `standard-contract` are one name.
std::string NameKey(std::string_view written);
std::string_view FactTypeName(FactType type);

}  // namespace domicile
