#include "engine/formats/arm_expression.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kLongest = 30'000;       // Of one text, written or made.
constexpr size_t kMostArguments = 256;
constexpr size_t kLongestHole = 200;      // Of an expression that is shown as it is written.
constexpr size_t kLongestNamed = 60;      // Of an expression, in a reason.

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// Reads one expression from left to right and says what it stands for.
class Reader {
 public:
  Reader(const ArmNames& names, std::string_view text, size_t scope, ArmBudget& budget, std::vector<ArmTarget>* targets)
      : names_(names), text_(text), scope_(scope), budget_(budget), targets_(targets) {}

  ArmOperand Whole(int depth) {
    ArmOperand operand = Expression(depth);
    Blanks();
    if (failed_ || at_ < text_.size()) return ArmHidden(text_.substr(0, kLongestNamed), "the expression is not well formed");
    return operand;
  }

 private:
  void Blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool Take(char c) {
    Blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool Word() const { return at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'); }
  ArmOperand Fail() {
    failed_ = true;
    at_ = text_.size();
    return {};
  }

  // Such as `reference(...).endpoint` where it is long.
  std::string Short(size_t begin) const {
    const std::string_view written = text_.substr(begin, at_ - begin);
    if (written.size() <= kLongestNamed) return std::string(written);
    const size_t open = written.find('('), close = written.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos) return std::string(written.substr(0, kLongestNamed));
    return fmt::format("{}(...){}", written.substr(0, open), written.substr(close + 1).substr(0, kLongestNamed));
  }

  ArmOperand Later(size_t begin) const {
    const std::string_view written = text_.substr(begin, at_ - begin);
    if (auto assumed = names_.assumed(written)) return *assumed;
    ArmOperand operand = ArmHidden(written, fmt::format("`{}` is known only when the template is deployed", Short(begin)));
    operand.unknown = true;
    return operand;
  }

  ArmOperand Expression(int depth) {
    Blanks();
    const size_t begin = at_;
    if (depth > kArmDeepest || --budget_.steps < 0) {
      Fail();
      return {};
    }
    ArmOperand operand = Primary(depth);
    while (!failed_) {
      Blanks();
      if (at_ >= text_.size() || (text_[at_] != '.' && text_[at_] != '[')) break;
      const bool bracket = text_[at_++] == '[';
      if (at_ < text_.size() && text_[at_] == '?') ++at_;
      ArmOperand key;
      if (bracket) {
        key = Expression(depth + 1);
        if (!Take(']')) return Fail();
      } else {
        Blanks();
        const size_t from = at_;
        while (Word()) ++at_;
        if (at_ == from) return Fail();
        key = ArmText(std::string(text_.substr(from, at_ - from)));
      }
      operand = operand.unknown ? Later(begin) : Below(operand, key, begin, depth);
    }
    return operand;
  }

  // What stands at a key, or a position, of an operand.
  ArmOperand Below(const ArmOperand& from, const ArmOperand& key, size_t begin, int depth) {
    if (!from.items.empty() && key.meaning.known() && !key.meaning.text.empty() && key.meaning.text.size() < 4 && std::all_of(key.meaning.text.begin(), key.meaning.text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      const size_t index = static_cast<size_t>(std::stoi(key.meaning.text));
      if (index < from.items.size()) return from.items[index];
    }
    std::vector<Value> next;
    bool any = from.any;
    for (const Value node : from.nodes) {
      Value at = node;
      if (at.is_scalar()) {
        const ArmOperand inner = names_.value(at, depth + 1, budget_);
        at = inner.nodes.size() == 1 ? inner.nodes[0] : Value();
      }
      if (key.meaning.known() && !key.index) {
        if (at.is_map()) {
          if (const Value found = FindArm(at, key.meaning.text)) next.push_back(found);
        } else if (at.is_sequence()) {
          const std::string& text = key.meaning.text;
          if (text.empty() || text.size() > 6 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
          if (const size_t index = static_cast<size_t>(std::stoi(text)); index < at.size()) next.push_back(at.item(index));
        }
      } else if (key.index && at.is_sequence()) {
        any = true;
        for (size_t i = 0; i < at.size() && next.size() < kArmMostAlternatives; ++i) next.push_back(at.item(i));
      } else if (!key.meaning.known() && at.is_map()) {
        std::string listed;
        for (size_t i = 0; i < at.size() && i < 8; ++i) listed += fmt::format("{}`{}`", i ? ", " : "", at.key(i).text());
        return ArmHidden(text_.substr(begin, at_ - begin), fmt::format("{} decides between {}", key.meaning.Reason(), listed));
      }
      if (next.size() >= kArmMostAlternatives) break;
    }
    if (next.size() == 1) {
      ArmOperand operand = names_.value(next[0], depth + 1, budget_);
      Reasons(key, operand);
      Reasons(from, operand);
      return operand;
    }
    if (next.empty()) {
      if (!from.meaning.known()) return ArmHidden(text_.substr(begin, at_ - begin), from.meaning.Reason());
      if (!key.meaning.known()) return ArmHidden(text_.substr(begin, at_ - begin), key.meaning.Reason());
      return ArmHidden(text_.substr(begin, at_ - begin), fmt::format("nothing in the template gives `{}`", Short(begin)));
    }
    ArmOperand operand;
    operand.nodes = std::move(next);
    operand.any = any;
    Reasons(key, operand);
    Reasons(from, operand);
    return operand;
  }

  static void Reasons(const ArmOperand& from, ArmOperand& to) {
    for (const Because& step : from.meaning.because) to.meaning.because.push_back(step);
  }

  ArmOperand Primary(int depth) {
    if (at_ >= text_.size()) return Fail();
    if (text_[at_] == '\'') {
      std::string literal;
      for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '\'') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '\'') break;
          ++at_;
        }
        if (text_[at_] != Meaning::kHole) literal += text_[at_];
      }
      if (at_ >= text_.size()) return Fail();
      ++at_;
      return ArmText(std::move(literal));
    }
    const size_t begin = at_;
    if (text_[at_] == '-') ++at_;
    while (Word()) ++at_;
    if (at_ == begin) return Fail();
    // `namespace.function(`
    if (at_ < text_.size() && text_[at_] == '.' && std::isdigit(static_cast<unsigned char>(text_[begin])) == 0) {
      ++at_;
      while (Word()) ++at_;
    }
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (!Take('(')) return std::isalpha(static_cast<unsigned char>(name[0])) != 0 && name != "true" && name != "false" && name != "null" ? Fail() : ArmText(name == "null" ? "" : std::string(name));
    const std::string function = Lower(name);
    std::vector<ArmOperand> arguments;
    std::string condition;
    if (!Take(')')) {
      for (;;) {
        Blanks();
        const size_t from = at_;
        const bool before = budget_.defaults;
        const bool decides = function == "if" && arguments.empty();
        if (decides) budget_.defaults = false;
        arguments.push_back(Expression(depth + 1));
        budget_.defaults = before;
        if (decides) condition = std::string(text_.substr(from, std::min(at_ - from, kLongestNamed)));
        if (failed_ || arguments.size() > kMostArguments) return Fail();
        if (Take(')')) break;
        if (!Take(',')) return Fail();
      }
    }
    return Call(function, arguments, condition, begin, depth);
  }

  Meaning Said(const ArmOperand& operand) { return ArmMeaning(operand, {}, names_, budget_); }

  // Each is known.
  bool Known(const std::vector<ArmOperand>& arguments) {
    return std::all_of(arguments.begin(), arguments.end(), [&](const ArmOperand& one) { return one.nodes.empty() && one.items.empty() && one.meaning.known(); });
  }

  ArmOperand Call(const std::string& function, std::vector<ArmOperand>& arguments, const std::string& condition, size_t begin, int depth) {
    const size_t count = arguments.size();
    ArmOperand result;
    // What arguments say, with their reasons.
    const auto put = [&](Meaning part) {
      if (result.meaning.text.size() + part.text.size() <= kLongest) result.meaning.Add(std::move(part));
    };
    if (function == "parameters" && count == 1 && arguments[0].meaning.known()) return names_.parameter(arguments[0].meaning.text, scope_, depth, budget_);
    if (function == "variables" && count == 1 && arguments[0].meaning.known()) return names_.variable(arguments[0].meaning.text, scope_, depth, budget_);
    if (function == "copyindex") {
      result = ArmHidden(text_.substr(begin, at_ - begin), "`copyIndex()` counts while the template is deployed");
      result.index = true;
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
      if (!arguments[0].nodes.empty() && !arguments[0].any) return Later(begin);
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
        Reasons(arguments[0], result);
        return result;
      }
      if (!arguments[1].nodes.empty() || !arguments[2].nodes.empty()) {
        for (size_t i = 1; i < 3; ++i)
          for (const Value node : arguments[i].nodes) result.nodes.push_back(node);
        return result;
      }
      const Meaning yes = Said(arguments[1]), no = Said(arguments[2]);
      if (yes.known() && no.known() && yes.text == no.text) return arguments[1];
      return ArmHidden(text_.substr(begin, at_ - begin), fmt::format("condition `{}` decides between `{}` and `{}`", condition, yes.Written(), no.Written()));
    }
    if (function == "coalesce" && count > 0) {
      for (ArmOperand& one : arguments)
        if (!one.nodes.empty() || !one.items.empty() || !one.meaning.text.empty()) return std::move(one);
      return result;
    }
    if ((function == "createarray" || function == "array") && count > 0) {
      result.items = std::move(arguments);
      return result;
    }
    if ((function == "first" || function == "last") && count == 1) {
      if (!arguments[0].items.empty()) return function == "first" ? arguments[0].items.front() : arguments[0].items.back();
      if (arguments[0].nodes.size() == 1 && arguments[0].nodes[0].is_sequence() && arguments[0].nodes[0].size() > 0)
        return names_.value(arguments[0].nodes[0].item(function == "first" ? 0 : arguments[0].nodes[0].size() - 1), depth + 1, budget_);
      return Later(begin);
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
      for (size_t at = text.find(arguments[1].meaning.text); at != std::string::npos && text.size() < kLongest; at = text.find(arguments[1].meaning.text, at + arguments[2].meaning.text.size()))
        text.replace(at, arguments[1].meaning.text.size(), arguments[2].meaning.text);
      return result;
    }
    // Where part of it is hidden nobody knows what is cut off, but that which hides it is known.
    if ((function == "replace" || function == "substring" || function == "take") && count > 1 && !arguments[0].meaning.known())
      return ArmHidden(text_.substr(begin, at_ - begin), arguments[0].meaning.Reason());
    if (function == "take" && count == 2 && Known(arguments) && !arguments[1].meaning.text.empty() && arguments[1].meaning.text.size() < 5 &&
        std::all_of(arguments[1].meaning.text.begin(), arguments[1].meaning.text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      result.meaning = arguments[0].meaning.Part(0, std::min(arguments[0].meaning.text.size(), static_cast<size_t>(std::stoi(arguments[1].meaning.text))));
      return result;
    }
    if ((function == "equals" && count == 2) || function == "and" || function == "or" || (function == "not" && count == 1) || (function == "empty" && count == 1)) return Logic(function, arguments, begin);
    if (targets_ && function.ends_with("resourceid") && count > 1) Refer(arguments);
    if (targets_ && function == "reference" && count > 0 && arguments[0].meaning.known()) targets_->push_back(PlainArmTarget(arguments[0].meaning.text));
    return Later(begin);
  }

  ArmOperand Logic(const std::string& function, const std::vector<ArmOperand>& arguments, size_t begin) {
    std::vector<std::optional<bool>> truths;
    ArmOperand result;
    for (const ArmOperand& one : arguments) {
      const bool known = one.nodes.empty() && one.items.empty() && one.meaning.known();
      const std::string lower = Lower(one.meaning.text);
      truths.push_back(known && (lower == "true" || lower == "false") ? std::optional(lower == "true") : std::nullopt);
      for (const Because& step : one.meaning.because) result.meaning.because.push_back(step);
    }
    std::optional<bool> value;
    if (function == "equals" && Known(arguments)) value = arguments[0].meaning.text == arguments[1].meaning.text;
    if (function == "not" && truths[0]) value = !*truths[0];
    if (function == "empty" && Known(arguments)) value = arguments[0].meaning.text.empty();
    if (function == "and" || function == "or") {
      const bool decides = function == "or";
      if (std::find(truths.begin(), truths.end(), std::optional(decides)) != truths.end()) value = decides;
      else if (std::all_of(truths.begin(), truths.end(), [](const auto& one) { return one.has_value(); })) value = !decides;
    }
    if (!value) {
      for (const ArmOperand& one : arguments)
        if (!one.meaning.known()) return ArmHidden(text_.substr(begin, at_ - begin), one.meaning.Reason());
      return Later(begin);
    }
    result.meaning.Add(std::string_view(*value ? "true" : "false"));
    return result;
  }

  // `resourceId([subscription,] [group,] 'Microsoft.X/a/b', name, name)`: the type is the first with a slash.
  void Refer(const std::vector<ArmOperand>& arguments) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i].meaning.known() || arguments[i].meaning.text.find('/') == std::string::npos) continue;
      ArmTarget target{Lower(arguments[i].meaning.text), ""};
      for (size_t k = i + 1; k < arguments.size(); ++k) target.name += (target.name.empty() ? "" : "/") + Lower(arguments[k].meaning.Written());
      targets_->push_back(std::move(target));
      return;
    }
  }

  const ArmNames& names_;
  std::string_view text_;
  size_t scope_, at_ = 0;
  ArmBudget& budget_;
  std::vector<ArmTarget>* targets_;
  bool failed_ = false;
};

}  // namespace

bool IsArmExpression(std::string_view text) { return text.size() > 2 && text.front() == '[' && text[1] != '[' && text.back() == ']'; }

ArmOperand EvaluateArm(std::string_view text, size_t scope, const ArmNames& names, int depth, ArmBudget& budget, std::vector<ArmTarget>* targets) {
  if (depth > kArmDeepest || budget.steps < 0) return ArmHidden("", "the expression is too deep");
  if (text.size() > kLongest) return ArmHidden("", "the expression is too long");
  return Reader(names, text, scope, budget, targets).Whole(depth);
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
