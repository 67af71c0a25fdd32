// Reads one workload by the rules of one format.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/command_words.h"
#include "engine/formats/expressions.h"
#include "engine/formats/extract.h"

namespace domicile {

// Whether two facts say the same, wherever it is written.
bool SameValue(const Fact& a, const Fact& b);
bool SameFacts(const Facts& a, const Facts& b);

// Where a node without a name of its own is pointed at.
Span FirstKey(Value node);

class WorkloadReader {
 public:
  WorkloadReader(const Format& format, Value root, const Expressions& expressions, const ExtractContext& context);

  // Empty when nothing was found that a policy could ask about.
  std::optional<Workload> Read(const WorkloadRule& rule, Selected at);

 private:
  bool AboutPlace(FactId id) const;
  void ReadNamespace(Facts& placement);
  void ReadEgress(const WorkloadRule& rule, Value node, bool pods);
  void HideEgress(Selected service, Fact& egress);

  // ---- facts (workload_reader.cc)
  bool Read(FactId id, const Meaning& meaning, bool split, Facts& facts) const;
  std::vector<Fact> Values(const FactSource& source, Value node, Span origin) const;
  void Take(const FactSource& source, Value node, Span origin, Facts& facts) const;
  template <class Missing>
  std::vector<Value> Reached(const FactPath& path, Value node, Missing missing) const;
  void EachNotes(const std::vector<FactPath>& paths, Value node, const std::function<void(Value notes, bool own)>& visit, const std::function<void(Meaning)>& hidden) const;
  void HideData(const std::vector<Meaning>& notes, Facts& data) const;
  void ReadNotes(Value notes, Facts& workload, Facts& data, Facts& placement, std::vector<std::pair<Value, Value>>* seen, bool own,
                 std::vector<Meaning>* hidden);
  std::string TextOf(const std::vector<Selector>& paths, Value node, Span* span) const;
  std::vector<Selected> Select(const Selector& path, Value node) const {
    std::vector<Selected> found = path.Select(node, root_, expand_);
    full_ = full_ || found.size() >= Selector::kMost;
    return found;
  }

  // ---- placements (placements.cc)
  void Place(const std::vector<PlacementRule>& rules, Selected from, Span origin, int depth);
  void Place(const PlacementRule& rule, Selected from, Span origin, int depth, std::vector<size_t>& homes);
  void PlaceBelow(const PlacementRule& rule, Selected at, Span origin, int depth, std::vector<size_t>& homes);
  void PlaceAt(const PlacementRule& rule, Selected at, Span origin);
  void Multiply(FactId id, const std::vector<Fact>& values, std::vector<Facts>& variants);
  void AddDataSet(const std::string& name, Facts facts, Facts& placement);
  void AddPlacement(std::string name, Selected at, Facts facts, bool relevant, bool here);
  Span SpanOf(Selected at, const Facts& facts) const;
  void Push(std::string name, Span span, Facts facts, bool relevant, bool here);
  void AddImage(Selected image);

  // ---- environment variables and commands (variables.cc)
  struct Variable {
    std::string name;
    Meaning value;
    bool either = false;   // One of the values that it may have: branches of a condition.
    bool again = false;    // Not the first of them.
    bool plain = false;    // It stands among variables and nothing else, so its name may be written in any case.
  };
  struct Group;
  struct Settings;
  struct Source;
  void ReadSettings(const PlacementRule& rule, const std::vector<Value>& layers);
  std::vector<Value> Alternatives(Value value) const;
  void AddVariables(Value list, std::vector<Variable>& variables, bool plain = false);
  void AddVariables(const PlacementRule& rule, const std::vector<Value>& layers, Settings& settings);
  std::shared_ptr<const Source> SourceOf(Value object, std::string_view kind);
  void AddUnread(std::string name, Span span);
  void AddUnseen(Value value);
  std::vector<Value> LayersOf(Value place);
  std::vector<Selected> SelectFirst(const Selector& path, const std::vector<Value>& layers) const;
  void ReadMounts(const PlacementRule& rule, const std::vector<Value>& layers);
  void ReadOption(const std::vector<CommandWord>& words, size_t i, Settings& settings) const;
  void Apply(const EnvironmentRow& row, const Variable& variable, Settings& settings) const;
  Meaning From(Value from, Value name);

  // ---- free text (free_text.cc)
  void Scan(Value value, int depth);
  void ScanText(const Meaning& meaning);
  void ScanScript(Value value);
  void ScanConfigMap(Value object, Value items);
  void AddFound(std::string_view scheme, const Meaning& address);

  // ---- software that reports how it is used (usage_reports.cc)
  void ReadUsageReports(const std::vector<Meaning>& images, const std::vector<CommandWord>& words, const Lookup& lookup);

  const Selector items_ = *Selector::Make("[*]");
  const Selector itself_ = *Selector::Make(".");
  const Format& format_;
  const Value root_;
  const Expressions& expressions_;
  const Expand* expand_ = nullptr;
  const Shape::Read says_ = [this](Value scalar) { return SettledText(expressions_, scalar); };
  const ExtractContext& context_;
  const Vocabulary& vocabulary_;
  const KnownFacts& known_;
  std::string space_;
  Workload workload_;
  bool names_placements_ = false;
  Fact switched_;                 // Switches that are on in its environment.
  Fact unread_;                   // What it is told by files and objects that are not among the input.
  std::vector<size_t> homes_;     // Placements that say where what is being read runs.
  std::set<size_t> replaced_;     // Homes for which others stand.
  std::set<size_t> at_home_;      // Homes, and what runs there.
  static constexpr size_t kMostVariants = 64;   // Placements that one rule makes at one place, where facts have several values.
  static constexpr size_t kMostPlacements = 500'000;   // Of one workload.
  mutable bool full_ = false;     // There is more than was looked at.
  bool relevant_ = false;         // Something was found that a policy could ask about.
};

}  // namespace domicile
