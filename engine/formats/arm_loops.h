// The loops of Azure templates written out: what `copy` repeats stands there once for each turn, so that whatever a turn indexes by
// `copyIndex()` belongs together.
//
//   {type, copy: {name, count}}             a resource, in a list or under a symbolic name
//   copy: [{name, count, input}]            a list `name` beside `copy`, of a resource's properties or of variables
//
// Everything written out keeps the spans of what is written once. A loop whose turns are not known stays as it is; of properties one item
// stands for all of them. Loops may stand within loops; together they write no more than kMostNodes, and what would be more stays as it is.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/parse/document.h"

namespace domicile {

struct ArmTurn {
  std::string_view loop;      // Its name.
  size_t index = 0;
  bool of_resource = false;
  size_t outer = 0;           // The turn in which this loop stands; 0 is none.
  uint32_t begin = 0, end = 0;   // Its nodes.
};

struct ArmLoops {
  static constexpr size_t kMostTurns = 800;       // As many as Azure allows.
  static constexpr size_t kMostNodes = 200'000;

  Document document;          // Nodes of the first document keep their numbers. Views into:
  std::vector<Node> nodes;
  std::vector<uint32_t> children;
  std::vector<ArmTurn> turns{ArmTurn{}};   // By where they begin; those of a loop within a turn follow it.
  std::vector<uint32_t> ends;              // Of each node that was added: behind the last one below it.

  // The innermost turn in which a node stands.
  size_t TurnOf(uint32_t node) const;
  // Of the loop of that name, or, where it is empty, of the innermost loop of resources, else of the innermost one.
  static const ArmTurn* Find(const std::vector<ArmTurn>& turns, size_t turn, std::string_view loop);
  bool Below(uint32_t node, uint32_t above) const { return node >= above && node < ends[above - first_added()]; }
  uint32_t first_added() const { return static_cast<uint32_t>(nodes.size() - ends.size()); }
};

// How many turns the loop `copy` has that repeats `body`, in the turn `outer` of another loop (of `turns`); nothing where that is not known.
using CountArmTurns = std::function<std::optional<size_t>(Value copy, Value body, const std::vector<ArmTurn>& turns, size_t outer)>;

// Null when there is no loop, or none of which the turns are known.
std::shared_ptr<const ArmLoops> WriteOutArmLoops(Value root, const CountArmTurns& count);

}  // namespace domicile
