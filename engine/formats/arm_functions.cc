#include "engine/formats/arm_functions.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "engine/text/escape.h"

namespace domicile {
namespace {

// Each is known.
bool Known(const std::vector<ArmOperand>& arguments) {
  return std::all_of(arguments.begin(), arguments.end(), [](const ArmOperand& one) { return one.nodes.empty() && one.items.empty() && one.meaning.known(); });
}

// `resourceId([subscription,] [group,] 'Microsoft.X/a/b', name, name)`: the type is the first with a slash.
std::optional<ArmTarget> Refer(const std::vector<ArmOperand>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].meaning.known() || arguments[i].meaning.text.find('/') == std::string::npos) continue;
    ArmTarget target{Lower(arguments[i].meaning.text), ""};
    for (size_t k = i + 1; k < arguments.size(); ++k) target.name += (target.name.empty() ? "" : "/") + Lower(arguments[k].meaning.Written());
    return target;
  }
  return std::nullopt;
}

std::optional<long long> NumberOf(const ArmOperand& one) { return one.nodes.empty() && !one.made() && one.meaning.known() ? ArmNumber(one.meaning.text) : std::nullopt; }

std::optional<std::string> Calculate(const std::string& function, const std::vector<ArmOperand>& arguments) {
  std::vector<long long> numbers;
  for (const ArmOperand& one : arguments) {
    const std::optional<long long> number = NumberOf(one);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  const long long a = numbers[0], b = numbers[1];
  const auto text = [](long long number) { return fmt::format("{}", number); };
  const auto truth = [](bool value) { return std::string(value ? "true" : "false"); };
  if (function == "min") return text(*std::min_element(numbers.begin(), numbers.end()));
  if (function == "max") return text(*std::max_element(numbers.begin(), numbers.end()));
  if (function == "add") return text(a + b);
  if (function == "sub") return text(a - b);
  if (function == "mul") return text(a * b);
  if (function == "div" && b != 0) return text(a / b);
  if (function == "mod" && b != 0) return text(a % b);
  if (function == "greater") return truth(a > b);
  if (function == "greaterorequals") return truth(a >= b);
  if (function == "less") return truth(a < b);
  if (function == "lessorequals") return truth(a <= b);
  return std::nullopt;
}

std::optional<size_t> Length(const ArmOperand& one) {
  if (one.many) return one.many;
  if (one.any || one.unknown) return std::nullopt;
  if (one.nodes.empty() && !one.made()) return one.meaning.known() ? std::optional(one.meaning.text.size()) : std::nullopt;
  size_t length = one.items.size();
  for (const Value node : one.nodes) {
    if (node.is_scalar()) return std::nullopt;
    length += node.size();
  }
  return length;
}

// One call, told apart by the name of its function.
class Call {
 public:
  Call(ArmCall call, const ArmNames& names, ArmBudget& budget, std::vector<ArmTarget>* targets)
      : call_(std::move(call)), names_(names), budget_(budget), targets_(targets) {}

  ArmOperand Run() {
    const std::string& function = call_.function;
    std::vector<ArmOperand>& arguments = call_.arguments;
    const size_t count = arguments.size();
    ArmOperand result;
    // What arguments say, with their reasons.
    const auto put = [&](Meaning part) {
      if (result.meaning.text.size() + part.text.size() <= kArmLongest) result.meaning.Add(std::move(part));
    };
    if (function == "parameters" && count == 1 && arguments[0].meaning.known()) return names_.parameter(arguments[0].meaning.text, call_.where, call_.depth, budget_);
    if (function == "variables" && count == 1 && arguments[0].meaning.known()) return names_.variable(arguments[0].meaning.text, call_.where, call_.depth, budget_);
    if (function == "copyindex") {
      std::string loop;
      long long offset = 0;
      for (size_t i = 0; i < count && i < 2; ++i) {
        const std::optional<long long> number = ArmNumber(arguments[i].meaning.text);
        if (number) offset = *number;
        else if (i == 0) loop = arguments[i].meaning.text;
      }
      if (const std::optional<size_t> turn = names_.turn(loop, call_.where)) return ArmText(fmt::format("{}", static_cast<long long>(*turn) + offset));
      result = ArmHidden(call_.written, "`copyIndex()` counts while the template is deployed");
      result.index = true;
      result.loop = Lower(loop);
      return result;
    }
    if (function == "true" || function == "false") return ArmText(function);
    if (function == "null") return result;
    if (function == "concat" || function == "union") {
      for (ArmOperand& one : arguments) {
        for (const Value node : one.nodes)
          if (result.nodes.size() < kArmMostAlternatives && !one.any) result.nodes.push_back(node);
        for (ArmOperand& item : one.items)
          if (result.items.size() < kArmMostAlternatives) result.items.push_back(std::move(item));
        if (one.nodes.empty() || one.any) put(Said(one));
      }
      return result;
    }
    if (function == "format" && count > 0 && arguments[0].nodes.empty()) {
      const Meaning shape = arguments[0].meaning;
      if (!shape.known()) return arguments[0];
      const std::string& text = shape.text;
      for (size_t i = 0; i < text.size(); ++i) {
        if ((text[i] == '{' || text[i] == '}') && i + 1 < text.size() && text[i + 1] == text[i]) {
          result.meaning.Add(text.substr(i++, 1));
          continue;
        }
        const size_t close = text[i] == '{' ? text.find('}', i) : std::string::npos;
        size_t index = 0, digits = 0;
        if (close != std::string::npos)
          for (size_t d = i + 1; d < close && std::isdigit(static_cast<unsigned char>(text[d])) != 0 && digits < 4; ++d, ++digits) index = index * 10 + static_cast<size_t>(text[d] - '0');
        if (digits == 0 || index + 1 >= count) {
          result.meaning.Add(text.substr(i, 1));
          continue;
        }
        put(Said(arguments[index + 1]));
        i = close;
      }
      return result;
    }
    if ((function == "tolower" || function == "toupper" || function == "trim" || function == "string" || function == "bool" || function == "int") && count == 1) {
      if (!arguments[0].nodes.empty() && !arguments[0].any) return ArmLater(call_.written, names_);
      result.meaning = Said(arguments[0]);
      result.unknown = false;
      if (function == "tolower") result.meaning.text = Lower(result.meaning.text);
      if (function == "toupper") result.meaning.text = Upper(result.meaning.text);
      if (function == "trim") {
        std::string& text = result.meaning.text;
        while (text.ends_with(' ')) text.pop_back();
        text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
      }
      if (function == "tolower" || function == "toupper" || function == "trim") result.meaning.exact = false;
      return result;
    }
    if (function == "if" && count == 3) {
      const Meaning decided = Said(arguments[0]);
      if (decided.known() && (Lower(decided.text) == "true" || Lower(decided.text) == "false")) {
        result = std::move(arguments[Lower(decided.text) == "true" ? 1 : 2]);
        result.AddReasons(arguments[0]);
        return result;
      }
      if ((!arguments[1].nodes.empty() || !arguments[2].nodes.empty()) && !arguments[1].made() && !arguments[2].made()) {
        for (size_t i = 1; i < 3; ++i)
          for (const Value node : arguments[i].nodes) result.nodes.push_back(node);
        return result;
      }
      const Meaning yes = Said(arguments[1]), no = Said(arguments[2]);
      const bool texts = std::none_of(arguments.begin() + 1, arguments.end(), [](const ArmOperand& one) { return one.made() || !one.nodes.empty(); });
      if (!texts) return ArmHidden(call_.written, fmt::format("condition `{}` decides", call_.condition));
      if (yes.known() && no.known() && yes.text == no.text) return arguments[1];
      return ArmHidden(call_.written, fmt::format("condition `{}` decides between `{}` and `{}`", call_.condition, yes.Written(), no.Written()));
    }
    if (function == "coalesce" && count > 0) {
      for (ArmOperand& one : arguments)
        if (!one.nodes.empty() || one.made() || !one.meaning.text.empty()) return std::move(one);
      return result;
    }
    if (function == "createobject" && count % 2 == 0) {
      result.object = true;
      for (size_t i = 0; i + 1 < count; i += 2) {
        if (!arguments[i].meaning.known()) return ArmHidden(call_.written, arguments[i].meaning.Reason());
        result.keys.push_back(arguments[i].meaning.text);
        result.items.push_back(std::move(arguments[i + 1]));
      }
      return result;
    }
    if (function == "tryget" && count > 1) {
      ArmOperand at = std::move(arguments[0]);
      for (size_t i = 1; i < count; ++i) {
        if (at.unknown || !at.meaning.known() || !arguments[i].meaning.known()) return BelowArm(at, arguments[i], call_.written, names_, budget_, call_.depth);
        if (Contains(at, arguments[i]) == false) return result;
        at = BelowArm(at, arguments[i], call_.written, names_, budget_, call_.depth);
      }
      return at;
    }
    if (function == "contains" && count == 2) {
      const std::optional<bool> found = Contains(arguments[0], arguments[1]);
      if (!found) return Unsettled();
      result = ArmText(*found ? "true" : "false");
      for (const ArmOperand& one : arguments) result.AddReasons(one);
      return result;
    }
    if (function == "length" && count == 1) {
      const std::optional<size_t> length = Length(arguments[0]);
      if (!length) return Unsettled();
      result = ArmText(fmt::format("{}", *length));
      result.AddReasons(arguments[0]);
      return result;
    }
    if (function == "range" && count == 2) {
      const std::optional<long long> from = NumberOf(arguments[0]), many = NumberOf(arguments[1]);
      if (!from || !many || *many < 0 || static_cast<size_t>(*many) > kArmMostAlternatives) return Unsettled();
      for (long long i = 0; i < *many; ++i) result.items.push_back(ArmText(fmt::format("{}", *from + i)));
      return result;
    }
    if (function == "padleft" && count > 1 && Known(arguments)) {
      const std::optional<long long> width = NumberOf(arguments[1]);
      const std::string fill = count > 2 ? arguments[2].meaning.text : " ";
      if (!width || *width > 64 || fill.size() != 1) return ArmLater(call_.written, names_);
      result.meaning = arguments[0].meaning;
      result.meaning.exact = false;
      while (static_cast<long long>(result.meaning.text.size()) < *width) result.meaning.text.insert(0, fill);
      return result;
    }
    if (std::optional<std::string> number = count > 1 ? Calculate(function, arguments) : std::nullopt) {
      result = ArmText(std::move(*number));
      for (const ArmOperand& one : arguments) result.AddReasons(one);
      return result;
    }
    if ((function == "createarray" || function == "array") && count > 0) {
      result.items = std::move(arguments);
      return result;
    }
    if ((function == "first" || function == "last") && count == 1) {
      if (!arguments[0].items.empty() && !arguments[0].object) return function == "first" ? arguments[0].items.front() : arguments[0].items.back();
      if (arguments[0].nodes.size() == 1 && arguments[0].nodes[0].is_sequence() && arguments[0].nodes[0].size() > 0)
        return names_.value(arguments[0].nodes[0].item(function == "first" ? 0 : arguments[0].nodes[0].size() - 1), call_.depth + 1, budget_);
      return ArmLater(call_.written, names_);
    }
    if (function == "split" && count == 2 && arguments[0].nodes.empty() && arguments[1].meaning.known() && !arguments[1].meaning.text.empty()) {
      const Meaning& whole = arguments[0].meaning;
      if (!whole.known()) return arguments[0];
      const std::string& delimiter = arguments[1].meaning.text;
      for (size_t from = 0; from <= whole.text.size() && result.items.size() < kArmMostAlternatives;) {
        const size_t end = std::min(whole.text.find(delimiter, from), whole.text.size());
        result.items.emplace_back();
        result.items.back().meaning = whole.Part(from, end);
        from = end + delimiter.size();
      }
      return result;
    }
    if (function == "replace" && count == 3 && Known(arguments) && !arguments[1].meaning.text.empty()) {
      result.meaning = arguments[0].meaning;
      result.meaning.exact = false;
      std::string& text = result.meaning.text;
      for (size_t at = text.find(arguments[1].meaning.text); at != std::string::npos && text.size() < kArmLongest; at = text.find(arguments[1].meaning.text, at + arguments[2].meaning.text.size()))
        text.replace(at, arguments[1].meaning.text.size(), arguments[2].meaning.text);
      return result;
    }
    // Where part of it is hidden nobody knows what is cut off, but that which hides it is known.
    if ((function == "replace" || function == "substring" || function == "take") && count > 1 && !arguments[0].meaning.known())
      return ArmHidden(call_.written, arguments[0].meaning.Reason());
    if (function == "take" && count == 2 && Known(arguments) && !arguments[1].meaning.text.empty() && arguments[1].meaning.text.size() < 5 &&
        std::all_of(arguments[1].meaning.text.begin(), arguments[1].meaning.text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      result.meaning = arguments[0].meaning.Part(0, std::min(arguments[0].meaning.text.size(), static_cast<size_t>(std::stoi(arguments[1].meaning.text))));
      return result;
    }
    if ((function == "equals" && count == 2) || function == "and" || function == "or" || (function == "not" && count == 1) || (function == "empty" && count == 1)) return Logic();
    std::optional<ArmTarget> target;
    if (function.ends_with("resourceid") && count > 1) target = Refer(arguments);
    if (function == "reference" && count > 0) {
      target = arguments[0].target;
      if (!target && arguments[0].meaning.known()) target = PlainArmTarget(arguments[0].meaning.text);
    }
    if (targets_ && target && (function != "reference" || !arguments[0].target)) targets_->push_back(*target);
    result = ArmLater(call_.written, names_);
    if (target && function == "reference" && result.unknown) result.deployed = names_.deployed(*target, call_.where);
    else result.target = std::move(target);
    return result;
  }

 private:
  Meaning Said(const ArmOperand& operand) { return ArmMeaning(operand, {}, names_, budget_); }

  ArmOperand Logic() const {
    const std::string& function = call_.function;
    const std::vector<ArmOperand>& arguments = call_.arguments;
    std::vector<std::optional<bool>> truths;
    ArmOperand result;
    for (const ArmOperand& one : arguments) {
      const bool known = one.nodes.empty() && one.items.empty() && one.meaning.known();
      const std::string lower = Lower(one.meaning.text);
      truths.push_back(known && (lower == "true" || lower == "false") ? std::optional(lower == "true") : std::nullopt);
      result.AddReasons(one);
    }
    std::optional<bool> value;
    if (function == "equals" && Known(arguments)) value = arguments[0].meaning.text == arguments[1].meaning.text;
    if (function == "not" && truths[0]) value = !*truths[0];
    if (function == "empty" && arguments[0].meaning.known())
      if (const std::optional<size_t> length = Length(arguments[0])) value = *length == 0;
    if (function == "and" || function == "or") {
      const bool decides = function == "or";
      if (std::find(truths.begin(), truths.end(), std::optional(decides)) != truths.end()) value = decides;
      else if (std::all_of(truths.begin(), truths.end(), [](const auto& one) { return one.has_value(); })) value = !decides;
    }
    if (!value) {
      for (const ArmOperand& one : arguments)
        if (!one.meaning.known()) return ArmHidden(call_.written, one.meaning.Reason());
      return ArmLater(call_.written, names_);
    }
    result.meaning.Add(std::string_view(*value ? "true" : "false"));
    return result;
  }

  // Whether an object has a key, a list an item, a text a part.
  std::optional<bool> Contains(const ArmOperand& in, const ArmOperand& what) {
    if (!what.meaning.known() || !what.nodes.empty() || what.made() || in.any || in.unknown || !in.meaning.known()) return std::nullopt;
    const std::string lower = Lower(what.meaning.text);
    if (in.object) return std::any_of(in.keys.begin(), in.keys.end(), [&](const std::string& key) { return Lower(key) == lower; });
    if (in.nodes.size() == 1 && in.nodes[0].is_map()) return static_cast<bool>(FindArm(in.nodes[0], what.meaning.text));
    if (in.nodes.empty() && in.items.empty()) return in.meaning.text.find(what.meaning.text) != std::string::npos;
    bool known = true;
    const auto is = [&](const Meaning& one) {
      known = known && one.known();
      return one.known() && one.text == what.meaning.text;
    };
    for (const ArmOperand& item : in.items)
      if (is(Said(item))) return true;
    for (const Value node : in.nodes)
      for (size_t i = 0; i < node.size() && node.is_sequence(); ++i)
        if (is(Said(names_.value(node.item(i), 1, budget_)))) return true;
    return known ? std::optional(false) : std::nullopt;
  }

  // Why a call has no value yet.
  ArmOperand Unsettled() const {
    for (const ArmOperand& one : call_.arguments)
      if (!one.meaning.known() && !one.unknown) return ArmHidden(call_.written, one.meaning.Reason());
    return ArmLater(call_.written, names_);
  }

  ArmCall call_;
  const ArmNames& names_;
  ArmBudget& budget_;
  std::vector<ArmTarget>* targets_;
};

}  // namespace

ArmOperand CallArm(ArmCall call, const ArmNames& names, ArmBudget& budget, std::vector<ArmTarget>* targets) {
  return Call(std::move(call), names, budget, targets).Run();
}

}  // namespace domicile
