#include "engine/formats/arm_loops.h"

#include <algorithm>
#include <utility>

#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kMostWork = 4 * ArmLoops::kMostNodes;   // Also of what was written in vain.

bool Has(const Document& document, std::string_view word) {
  return std::any_of(document.nodes.begin(), document.nodes.end(), [&](const Node& node) {
    return node.kind == NodeKind::kScalar && node.count == word.size() && document.TextOf(node) == word;
  });
}

class Writer {
 public:
  Writer(Value root, const CountArmTurns& count) : first_(*root.document()), root_(root), count_(count), made_(std::make_shared<ArmLoops>()) {
    made_->nodes.assign(first_.nodes.begin(), first_.nodes.end());
    made_->children.assign(first_.children.begin(), first_.children.end());
    seen_.resize(first_.nodes.size());
  }

  std::shared_ptr<const ArmLoops> Write() {
    Make(root_.index(), 0);
    if (!changed_) return nullptr;
    made_->document = first_;
    made_->document.root = root_.index();
    made_->document.nodes = made_->nodes;
    made_->document.children = made_->children;
    return made_;
  }

 private:
  size_t first_count() const { return first_.nodes.size(); }

  uint32_t Push(Node node) {
    ++work_;
    made_->nodes.push_back(node);
    made_->ends.push_back(0);
    return static_cast<uint32_t>(made_->nodes.size() - 1);
  }

  void SetChildren(uint32_t node, const std::vector<uint32_t>& list) {
    Node& changed = made_->nodes[node];
    changed.first = static_cast<uint32_t>(made_->children.size());
    changed.count = static_cast<uint32_t>(changed.kind == NodeKind::kMap ? list.size() / 2 : list.size());
    made_->children.insert(made_->children.end(), list.begin(), list.end());
  }

  // A node of the first document as it stands in a turn: a copy of it with all below. Outside of loops it stays where it is.
  uint32_t Make(uint32_t node, size_t turn) {
    if (turn == 0) {
      if (seen_[node]) return node;
      seen_[node] = true;
    }
    const Node source = first_.nodes[node];
    const uint32_t made = turn == 0 ? node : Push(source);
    if (source.kind == NodeKind::kMap || source.kind == NodeKind::kSequence) {
      const std::vector<uint32_t> list = Children(node, turn);
      const auto old = first_.children.subspan(source.first, source.kind == NodeKind::kMap ? 2 * source.count : source.count);
      if (turn != 0 || !std::equal(list.begin(), list.end(), old.begin(), old.end())) SetChildren(made, list);
    }
    if (turn != 0) made_->ends[made - first_count()] = static_cast<uint32_t>(made_->nodes.size());
    return made;
  }

  std::vector<uint32_t> Children(uint32_t node, size_t turn) {
    std::vector<uint32_t> list;
    const Value value(&first_, node);
    for (size_t i = 0; i < value.size(); ++i) {
      const Value child = value.is_map() ? value.value(i) : value.item(i);
      std::vector<uint32_t> turns;
      const Value copy = child["copy"];
      if (copy.is_map() && child["type"].is_scalar() && WriteTurns(copy, child, true, turn, turns)) {
        for (const uint32_t one : turns) {
          if (value.is_map()) list.push_back(value.key(i).index());
          list.push_back(one);
        }
        continue;
      }
      if (value.is_map()) list.push_back(value.key(i).index());
      if (value.is_map() && child.is_map() && value.key(i).text() == "variables") variables_.push_back(child.index());
      list.push_back(Make(child.index(), turn));
    }
    const Value loops = value.is_map() ? value["copy"] : Value();
    for (size_t i = 0; i < loops.size() && loops.is_sequence(); ++i) WriteList(value, loops.item(i), turn, list);
    return list;
  }

  // `{name: disks, count: 3, input: {...}}` becomes the list `disks`.
  void WriteList(Value beside, Value loop, size_t turn, std::vector<uint32_t>& list) {
    const Value name = loop["name"], input = loop["input"];
    if (!name.is_scalar() || !input || beside[name.text()]) return;
    const size_t nodes = made_->nodes.size(), ends = made_->ends.size();
    Node all{.kind = NodeKind::kSequence, .begin = static_cast<uint32_t>(loop.span().begin), .end = static_cast<uint32_t>(loop.span().end)};
    const uint32_t made = Push(all);
    std::vector<uint32_t> turns;
    if (!WriteTurns(loop, input, false, turn, turns)) {
      // Variables that are not written out are known to the template as such.
      if (std::find(variables_.begin(), variables_.end(), beside.index()) != variables_.end()) {
        made_->nodes.resize(nodes);
        made_->ends.resize(ends);
        return;
      }
      turns.push_back(Make(input.index(), turn));
      changed_ = true;
    }
    SetChildren(made, turns);
    made_->ends[made - first_count()] = static_cast<uint32_t>(made_->nodes.size());
    list.push_back(name.index());
    list.push_back(made);
  }

  bool WriteTurns(Value copy, Value body, bool of_resource, size_t outer, std::vector<uint32_t>& written) {
    if (work_ > kMostWork) return false;
    const std::optional<size_t> count = count_(copy, body, made_->turns, outer);
    if (!count || *count > ArmLoops::kMostTurns) return false;
    const size_t nodes = made_->nodes.size(), ends = made_->ends.size(), children = made_->children.size(), turns = made_->turns.size();
    for (size_t i = 0; i < *count; ++i) {
      const size_t turn = made_->turns.size();
      const uint32_t begin = static_cast<uint32_t>(made_->nodes.size());
      made_->turns.push_back(ArmTurn{copy["name"].text(), i, of_resource, outer, begin, 0});
      written.push_back(Make(body.index(), turn));
      made_->turns[turn].end = static_cast<uint32_t>(made_->nodes.size());
      if (made_->nodes.size() - first_count() <= ArmLoops::kMostNodes && work_ <= kMostWork) continue;
      made_->nodes.resize(nodes);
      made_->ends.resize(ends);
      made_->children.resize(children);
      made_->turns.resize(turns);
      written.clear();
      return false;
    }
    changed_ = true;
    return true;
  }

  const Document& first_;
  const Value root_;
  const CountArmTurns& count_;
  std::shared_ptr<ArmLoops> made_;
  std::vector<bool> seen_;                // Of the first document: what was looked at in no turn.
  std::vector<uint32_t> variables_;       // Of each template.
  size_t work_ = 0;
  bool changed_ = false;
};

}  // namespace

size_t ArmLoops::TurnOf(uint32_t node) const {
  if (node < first_added()) return 0;
  const auto after = std::upper_bound(turns.begin() + 1, turns.end(), node, [](uint32_t at, const ArmTurn& one) { return at < one.begin; });
  size_t turn = static_cast<size_t>(after - turns.begin()) - 1;
  while (turn != 0 && node >= turns[turn].end) turn = turns[turn].outer;
  return turn;
}

const ArmTurn* ArmLoops::Find(const std::vector<ArmTurn>& turns, size_t turn, std::string_view loop) {
  const ArmTurn* innermost = turn == 0 ? nullptr : &turns[turn];
  const std::string name = Lower(loop);
  for (; turn != 0; turn = turns[turn].outer)
    if (name.empty() ? turns[turn].of_resource : Lower(turns[turn].loop) == name) return &turns[turn];
  return name.empty() ? innermost : nullptr;
}

std::shared_ptr<const ArmLoops> WriteOutArmLoops(Value root, const CountArmTurns& count) {
  return root && Has(*root.document(), "copy") ? Writer(root, count).Write() : nullptr;
}

}  // namespace domicile
