#include "engine/formats/arm_operand.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kLongestHole = 200;            // Of an expression that is shown as it is written.
constexpr long long kLargest = 1'000'000'000;   // Of numbers that are calculated with.

// Such as `reference(...).endpoint` where it is long.
std::string Short(std::string_view written) {
  if (written.size() <= kArmLongestNamed) return std::string(written);
  const size_t open = written.find('(');
  size_t close = open;
  for (int depth = 0; close < written.size(); ++close)
    if (depth += (written[close] == '(') - (written[close] == ')'); depth == 0) break;
  if (open == std::string_view::npos || close >= written.size()) return std::string(written.substr(0, kArmLongestNamed));
  return fmt::format("{}(...){}", written.substr(0, open), written.substr(close + 1).substr(0, kArmLongestNamed));
}

// How many items a list has that is indexed by a turn of the loop which is asked for.
void Count(const ArmOperand& key, const ArmOperand& list, ArmBudget& budget) {
  ArmLongest* longest = budget.longest;
  if (!longest || (key.loop.empty() ? !longest->unnamed : key.loop != longest->loop)) return;
  size_t items = list.many ? *list.many : list.object ? 0 : list.items.size();
  for (const Value node : list.nodes)
    if (node.is_sequence()) items += node.size();
  longest->items = std::max(longest->items, items);
}

}  // namespace

ArmOperand ArmText(std::string text) {
  ArmOperand operand;
  operand.meaning.Add(text);
  return operand;
}

ArmOperand ArmHidden(std::string_view written, std::string reason) {
  ArmOperand operand;
  operand.meaning.Add(Hole{fmt::format("[{}{}]", written.substr(0, kLongestHole), written.size() > kLongestHole ? "..." : ""), std::move(reason)});
  return operand;
}

ArmOperand ArmLater(std::string_view written, const ArmNames& names) {
  if (auto assumed = names.assumed(written)) return *assumed;
  ArmOperand operand = ArmHidden(written, fmt::format("`{}` is known only when the template is deployed", Short(written)));
  operand.unknown = true;
  return operand;
}

ArmOperand BelowArm(const ArmOperand& from, const ArmOperand& key, std::string_view written, const ArmNames& names, ArmBudget& budget, int depth) {
  if (key.index) Count(key, from, budget);
  if (from.many && from.nodes.size() == 1 && (key.index || (key.meaning.known() && ArmNumber(key.meaning.text)))) return names.value(from.nodes[0], depth + 1, budget);
  if (from.made() && !from.nodes.empty()) return ArmLater(written, names);   // Put together of what is written and what is made: nobody counts that.
  if (from.made() && key.meaning.known()) {
    const std::optional<long long> index = from.object ? std::nullopt : ArmNumber(key.meaning.text);
    if (index && *index >= 0 && static_cast<size_t>(*index) < from.items.size()) return from.items[static_cast<size_t>(*index)];
    for (size_t i = 0; i < from.keys.size(); ++i)
      if (Lower(from.keys[i]) == Lower(key.meaning.text)) return from.items[i];
  }
  // Lists that were put together count on.
  std::optional<size_t> at_index;
  if (const std::optional<long long> index = key.meaning.known() && !key.index ? ArmNumber(key.meaning.text) : std::nullopt; index && *index >= 0) at_index = static_cast<size_t>(*index);
  const bool joined = at_index && !from.any && from.nodes.size() > 1 && std::all_of(from.nodes.begin(), from.nodes.end(), [](Value one) { return one.is_sequence(); });
  std::vector<Value> next;
  bool any = from.any;
  for (const Value node : from.nodes) {
    Value at = node;
    if (at.is_scalar()) {
      const ArmOperand inner = names.value(at, depth + 1, budget);
      at = inner.nodes.size() == 1 ? inner.nodes[0] : Value();
    }
    if (key.meaning.known() && !key.index) {
      if (at.is_map()) {
        if (const Value found = FindArm(at, key.meaning.text)) next.push_back(found);
      } else if (at.is_sequence() && at_index) {
        if (*at_index < at.size()) {
          next.push_back(at.item(*at_index));
          if (joined) break;
        } else if (joined) {
          *at_index -= at.size();
        }
      }
    } else if (key.index && at.is_sequence()) {
      any = true;
      for (size_t i = 0; i < at.size() && next.size() < kArmMostAlternatives; ++i) next.push_back(at.item(i));
    } else if (!key.meaning.known() && at.is_map()) {
      std::string listed;
      for (size_t i = 0; i < at.size() && i < 8; ++i) listed += fmt::format("{}`{}`", i ? ", " : "", at.key(i).text());
      return ArmHidden(written, fmt::format("{} decides between {}", key.meaning.Reason(), listed));
    }
    if (next.size() >= kArmMostAlternatives) break;
  }
  if (next.size() == 1) {
    ArmOperand operand = names.value(next[0], depth + 1, budget);
    operand.AddReasons(key);
    operand.AddReasons(from);
    return operand;
  }
  if (next.empty()) {
    if (!from.meaning.known()) return ArmHidden(written, from.meaning.Reason());
    if (!key.meaning.known()) return ArmHidden(written, key.meaning.Reason());
    return ArmHidden(written, fmt::format("nothing in the template gives `{}`", Short(written)));
  }
  ArmOperand operand;
  operand.nodes = std::move(next);
  operand.any = any;
  operand.AddReasons(key);
  operand.AddReasons(from);
  return operand;
}

Meaning ArmMeaning(const ArmOperand& operand, Span span, const ArmNames& names, ArmBudget& budget, int depth) {
  Meaning meaning = operand.meaning;
  if (!meaning.span.known()) meaning.span = span;
  if (operand.nodes.empty() || !operand.any) return meaning;
  std::string listed;
  bool same = true;
  for (size_t i = 0; i < operand.nodes.size() && i < kArmMostAlternatives; ++i) {
    Meaning one = ArmMeaning(names.value(operand.nodes[i], depth + 1, budget), operand.nodes[i].span(), names, budget, depth + 1);
    if (i < 8) listed += fmt::format("{}`{}`", i ? ", " : "", one.Written());
    same = same && one.known() && (i == 0 || one.text == meaning.text);
    if (i == 0) meaning = std::move(one);
  }
  if (same) return meaning;
  meaning = ArmHidden("copyIndex()", fmt::format("it is one of {} by `copyIndex()`", listed)).meaning;
  meaning.span = span;
  return meaning;
}

std::optional<long long> ArmNumber(std::string_view text) {
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number > kLargest || number < -kLargest) return std::nullopt;
  return number;
}

ArmTarget PlainArmTarget(std::string_view text) {
  const size_t first = text.find('/'), last = text.rfind('/');
  if (first == std::string_view::npos || first == last) return {"", Lower(text)};
  return {Lower(text.substr(0, last)), Lower(text.substr(last + 1))};
}

Value FindArm(Value map, std::string_view name) {
  if (const Value exact = map[name]) return exact;
  const std::string lower = Lower(name);
  for (size_t i = 0; i < map.size() && map.is_map(); ++i)
    if (map.key(i).text().size() == name.size() && Lower(map.key(i).text()) == lower) return map.value(i);
  return Value();
}

}  // namespace domicile
