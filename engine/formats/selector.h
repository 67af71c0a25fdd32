// Paths into documents, as format descriptions write them: a closed list of steps, no expressions.
//
//   a.b        key by key                 "x/y"        a key with dots or slashes
//   [*]        every item of a list       [0]          one item
//   [k=v,l=w]  items whose `k` is `v`     *            every value of a map
//   ..a        every `a` at any depth     $            the root of the document
//   "x/*"      every key that fits: `*` stands for any characters
//   ..*        everything at any depth    .            the place itself
//   .."x*"     every key that fits at any depth
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/parse/document.h"

namespace domicile {

// A value and the key under which it stands (missing for items of lists).
struct Selected {
  Value key, value;
};

// The values that stand in place of one that is an expression; false when it stands for itself.
using Expand = std::function<bool(Value, std::vector<Value>*)>;

class Selector {
 public:
  static constexpr size_t kMost = 1'000'000;   // Matches: a hostile document must not make one selector cost more.
  // Empty when the path is not well formed.
  static std::optional<Selector> Make(std::string_view path);

  const std::string& text() const { return text_; }
  // Matches below `from`; `root` is where `$` starts. In document order; null values are left out.
  std::vector<Selected> Select(Value from, Value root, const Expand* expand = nullptr) const;
  Value First(Value from, Value root) const;
  // The key with which a path starts; empty when it does not start with one.
  std::string_view FirstKey() const { return !from_root_ && !steps_.empty() && steps_[0].kind == Step::Kind::kKey ? std::string_view(steps_[0].name) : std::string_view(); }

 private:
  struct Step {
    enum class Kind : uint8_t { kKey, kEach, kIndex, kWhere, kAnyKey, kGlob, kDescend };
    Kind kind = Kind::kKey;
    std::string name;
    std::vector<std::pair<std::string, std::string>> wanted;
    size_t index = 0;
  };
  void Walk(size_t step, Selected at, const Expand* expand, size_t most, std::vector<Selected>& out, int depth) const;
  static void Descend(const std::string& name, Value value, std::vector<Selected>& out, int depth);

  std::string text_;
  bool from_root_ = false;
  std::vector<Step> steps_;
};

}  // namespace domicile
