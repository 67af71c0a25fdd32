// Reads one workload by the rules of one format.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/expressions.h"
#include "engine/formats/extract.h"

namespace domicile {

class WorkloadReader {
 public:
  WorkloadReader(const Format& format, Value root, const Expressions& expressions, const ExtractContext& context);

  // Empty when nothing was found that a policy could ask about.
  std::optional<Workload> Read(const WorkloadRule& rule, Selected at);

 private:
  bool AboutPlace(FactId id) const;

  // ---- facts (workload_reader.cc)
  bool Read(FactId id, const Meaning& meaning, bool split, Facts& facts) const;
  std::vector<Fact> Values(const FactSource& source, Value node, Span origin) const;
  void Take(const FactSource& source, Value node, Span origin, Facts& facts) const;
  void ReadNotes(Value notes, Facts& workload, Facts& data, Facts& placement);
  std::string TextOf(const std::vector<Selector>& paths, Value node, Span* span) const;
  std::vector<Selected> Select(const Selector& path, Value node) const { return path.Select(node, root_, expand_); }

  // ---- placements (workload_reader.cc)
  void Place(const PlacementRule& rule, Selected from, Span origin, int depth);
  void PlaceAt(const PlacementRule& rule, Selected at, Span origin);
  void AddDataSet(const std::string& name, Facts facts, Facts& placement);
  void AddPlacement(std::string name, Selected at, Facts facts, bool relevant);
  void AddImage(Selected image);

  // ---- environment variables and free text (variables.cc)
  struct Variable {
    std::string name;
    Meaning value;
  };
  struct Group;
  void ReadEnvironment(const PlacementRule& rule, Selected at);
  void AddVariables(Value list, std::vector<Variable>& variables) const;
  void ReadVariable(const Variable& variable, std::vector<Group>& groups);
  Meaning From(Value from, Value name) const;
  void Scan(Value value, int depth);
  void ScanText(const Meaning& meaning);

  const Selector items_ = *Selector::Make("[*]");
  const Format& format_;
  const Value root_;
  const Expressions& expressions_;
  const Expand* expand_ = nullptr;
  const ExtractContext& context_;
  const Vocabulary& vocabulary_;
  const KnownFacts& known_;
  std::string space_;
  Workload workload_;
  bool relevant_ = false;   // Something was found that a policy could ask about.
};

}  // namespace domicile
