#include "engine/formats/arm_expression.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kLongest = 30'000;       // Of one text, written or made.
constexpr size_t kMostArguments = 256;
constexpr size_t kLongestHole = 200;      // Of an expression that is shown as it is written.
constexpr size_t kLongestNamed = 60;      // Of an expression, in a reason.
constexpr size_t kFarthest = 2'000;       // That is looked ahead.
constexpr long long kLargest = 1'000'000'000;   // Of numbers that are calculated with.

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

// Reads one expression from left to right and says what it stands for.
class Reader {
 public:
  Reader(const ArmNames& names, std::string_view text, size_t where, ArmBudget& budget, std::vector<ArmTarget>* targets)
      : names_(names), text_(text), where_(where), budget_(budget), targets_(targets) {}

  ArmOperand Whole(int depth) {
    ArmOperand operand = Expression(depth);
    Blanks();
    if (failed_ || at_ < text_.size()) return ArmHidden(text_.substr(0, kLongestNamed), "the expression is not well formed");
    return operand;
  }

  // The text is one key.
  ArmOperand BelowKey(const ArmOperand& from, int depth) {
    at_ = text_.size();
    return Below(from, ArmText(std::string(text_)), 0, depth);
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
    const size_t open = written.find('(');
    size_t close = open;
    for (int depth = 0; close < written.size(); ++close)
      if (depth += (written[close] == '(') - (written[close] == ')'); depth == 0) break;
    if (open == std::string_view::npos || close >= written.size()) return std::string(written.substr(0, kLongestNamed));
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
      if (operand.deployed) {
        // `reference(...).outputs`, or `.properties.outputs` of all of it.
        const std::string step = Lower(key.meaning.text);
        if (step == "properties") continue;
        const Value outputs = step == "outputs" ? FindArm(operand.deployed, step) : Value();
        operand.deployed = Value();
        if (outputs.is_map()) {
          operand = {};
          operand.nodes.push_back(outputs);
          continue;
        }
      }
      operand = operand.unknown ? Later(begin) : Below(operand, key, begin, depth);
    }
    return operand;
  }

  // What stands at a key, or a position, of an operand.
  ArmOperand Below(const ArmOperand& from, const ArmOperand& key, size_t begin, int depth) {
    if (key.index) Count(key, from);
    if (from.many && from.nodes.size() == 1 && (key.index || (key.meaning.known() && Number(key.meaning.text)))) return names_.value(from.nodes[0], depth + 1, budget_);
    if (from.made() && !from.nodes.empty()) return Later(begin);   // Put together of what is written and what is made: nobody counts that.
    if (from.made() && key.meaning.known()) {
      const std::optional<long long> index = from.object ? std::nullopt : Number(key.meaning.text);
      if (index && *index >= 0 && static_cast<size_t>(*index) < from.items.size()) return from.items[static_cast<size_t>(*index)];
      for (size_t i = 0; i < from.keys.size(); ++i)
        if (Lower(from.keys[i]) == Lower(key.meaning.text)) return from.items[i];
    }
    // Lists that were put together count on.
    std::optional<size_t> at_index;
    if (const std::optional<long long> index = key.meaning.known() && !key.index ? Number(key.meaning.text) : std::nullopt; index && *index >= 0) at_index = static_cast<size_t>(*index);
    const bool joined = at_index && !from.any && from.nodes.size() > 1 && std::all_of(from.nodes.begin(), from.nodes.end(), [](Value one) { return one.is_sequence(); });
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

  // How many items a list has that is indexed by a turn of the loop which is asked for.
  void Count(const ArmOperand& key, const ArmOperand& list) {
    ArmLongest* longest = budget_.longest;
    if (!longest || (key.loop.empty() ? !longest->unnamed : key.loop != longest->loop)) return;
    size_t items = list.many ? *list.many : list.object ? 0 : list.items.size();
    for (const Value node : list.nodes)
      if (node.is_sequence()) items += node.size();
    longest->items = std::max(longest->items, items);
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
    const bool counted = budget_.defaults;
    // `coalesce(parameters('x'), createArray())[copyIndex()]`
    if (function == "coalesce" && budget_.turns && !counted) budget_.defaults = AtTurn(Closing());
    if (!Take(')')) {
      for (;;) {
        Blanks();
        const size_t from = at_;
        const bool before = budget_.defaults, turns = budget_.turns;
        const bool decides = function == "if" && arguments.empty();
        if (decides) {
          budget_.defaults = false;
          budget_.turns = before || turns;
        }
        arguments.push_back(Expression(depth + 1));
        budget_.defaults = before;
        budget_.turns = turns;
        if (decides) condition = std::string(text_.substr(from, std::min(at_ - from, kLongestNamed)));
        if (!failed_ && arguments.size() <= kMostArguments && Take(')')) break;
        if (!failed_ && arguments.size() <= kMostArguments && Take(',')) continue;
        budget_.defaults = counted;
        return Fail();
      }
    }
    budget_.defaults = counted;
    return Call(function, arguments, condition, begin, depth);
  }

  Meaning Said(const ArmOperand& operand) { return ArmMeaning(operand, {}, names_, budget_); }

  // Behind a list: the turn picks an item of it.
  bool AtTurn(size_t at) const { return Lower(text_.substr(std::min(at, text_.size()), 11)) == "[copyindex(" && names_.turn("", where_); }

  // Behind the bracket that closes the call whose arguments begin here; not looked for in what is long.
  size_t Closing() const {
    int open = 0;
    bool quoted = false;
    for (size_t at = at_; at < text_.size() && at < at_ + kFarthest; ++at) {
      if (text_[at] == '\'') quoted = !quoted;
      if (quoted) continue;
      if (text_[at] == '(') ++open;
      if (text_[at] == ')' && --open < 0) return at + 1;
    }
    return text_.size();
  }

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
    if (function == "parameters" && count == 1 && arguments[0].meaning.known()) {
      const bool before = budget_.defaults;
      budget_.defaults = before || (budget_.turns && AtTurn(at_));
      result = names_.parameter(arguments[0].meaning.text, where_, depth, budget_);
      budget_.defaults = before;
      return result;
    }
    if (function == "variables" && count == 1 && arguments[0].meaning.known()) return names_.variable(arguments[0].meaning.text, where_, depth, budget_);
    if (function == "copyindex") {
      std::string loop;
      long long offset = 0;
      for (size_t i = 0; i < count && i < 2; ++i) {
        const std::optional<long long> number = Number(arguments[i].meaning.text);
        if (number) offset = *number;
        else if (i == 0) loop = arguments[i].meaning.text;
      }
      if (const std::optional<size_t> turn = names_.turn(loop, where_)) return ArmText(fmt::format("{}", static_cast<long long>(*turn) + offset));
      result = ArmHidden(text_.substr(begin, at_ - begin), "`copyIndex()` counts while the template is deployed");
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
      if ((!arguments[1].nodes.empty() || !arguments[2].nodes.empty()) && !arguments[1].made() && !arguments[2].made()) {
        for (size_t i = 1; i < 3; ++i)
          for (const Value node : arguments[i].nodes) result.nodes.push_back(node);
        return result;
      }
      const Meaning yes = Said(arguments[1]), no = Said(arguments[2]);
      const bool texts = std::none_of(arguments.begin() + 1, arguments.end(), [](const ArmOperand& one) { return one.made() || !one.nodes.empty(); });
      if (!texts) return ArmHidden(text_.substr(begin, at_ - begin), fmt::format("condition `{}` decides", condition));
      if (yes.known() && no.known() && yes.text == no.text) return arguments[1];
      return ArmHidden(text_.substr(begin, at_ - begin), fmt::format("condition `{}` decides between `{}` and `{}`", condition, yes.Written(), no.Written()));
    }
    if (function == "coalesce" && count > 0) {
      for (ArmOperand& one : arguments)
        if (!one.nodes.empty() || one.made() || !one.meaning.text.empty()) return std::move(one);
      return result;
    }
    if (function == "createobject" && count % 2 == 0) {
      result.object = true;
      for (size_t i = 0; i + 1 < count; i += 2) {
        if (!arguments[i].meaning.known()) return ArmHidden(text_.substr(begin, at_ - begin), arguments[i].meaning.Reason());
        result.keys.push_back(arguments[i].meaning.text);
        result.items.push_back(std::move(arguments[i + 1]));
      }
      return result;
    }
    if (function == "tryget" && count > 1) {
      ArmOperand at = std::move(arguments[0]);
      for (size_t i = 1; i < count; ++i) {
        if (at.unknown || !at.meaning.known() || !arguments[i].meaning.known()) return Below(at, arguments[i], begin, depth);
        if (Contains(at, arguments[i]) == false) return result;
        at = Below(at, arguments[i], begin, depth);
      }
      return at;
    }
    if (function == "contains" && count == 2) {
      const std::optional<bool> found = Contains(arguments[0], arguments[1]);
      if (!found) return Unsettled(arguments, begin);
      result = ArmText(*found ? "true" : "false");
      for (const ArmOperand& one : arguments) Reasons(one, result);
      return result;
    }
    if (function == "length" && count == 1) {
      const std::optional<size_t> length = Length(arguments[0]);
      if (!length) return Unsettled(arguments, begin);
      result = ArmText(fmt::format("{}", *length));
      Reasons(arguments[0], result);
      return result;
    }
    if (function == "range" && count == 2) {
      const std::optional<long long> from = NumberOf(arguments[0]), many = NumberOf(arguments[1]);
      if (!from || !many || *many < 0 || static_cast<size_t>(*many) > kArmMostAlternatives) return Unsettled(arguments, begin);
      for (long long i = 0; i < *many; ++i) result.items.push_back(ArmText(fmt::format("{}", *from + i)));
      return result;
    }
    if (function == "padleft" && count > 1 && Known(arguments)) {
      const std::optional<long long> width = NumberOf(arguments[1]);
      const std::string fill = count > 2 ? arguments[2].meaning.text : " ";
      if (!width || *width > 64 || fill.size() != 1) return Later(begin);
      result.meaning = arguments[0].meaning;
      result.meaning.exact = false;
      while (static_cast<long long>(result.meaning.text.size()) < *width) result.meaning.text.insert(0, fill);
      return result;
    }
    if (std::optional<std::string> number = count > 1 ? Calculate(function, arguments) : std::nullopt) {
      result = ArmText(std::move(*number));
      for (const ArmOperand& one : arguments) Reasons(one, result);
      return result;
    }
    if ((function == "createarray" || function == "array") && count > 0) {
      result.items = std::move(arguments);
      return result;
    }
    if ((function == "first" || function == "last") && count == 1) {
      if (!arguments[0].items.empty() && !arguments[0].object) return function == "first" ? arguments[0].items.front() : arguments[0].items.back();
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
    std::optional<ArmTarget> target;
    if (function.ends_with("resourceid") && count > 1) target = Refer(arguments);
    if (function == "reference" && count > 0) {
      target = arguments[0].target;
      if (!target && arguments[0].meaning.known()) target = PlainArmTarget(arguments[0].meaning.text);
    }
    if (targets_ && target && (function != "reference" || !arguments[0].target)) targets_->push_back(*target);
    result = Later(begin);
    if (target && function == "reference" && result.unknown) result.deployed = names_.deployed(*target, where_);
    else result.target = std::move(target);
    return result;
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
    if (function == "empty" && arguments[0].meaning.known())
      if (const std::optional<size_t> length = Length(arguments[0])) value = *length == 0;
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
  static std::optional<ArmTarget> Refer(const std::vector<ArmOperand>& arguments) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i].meaning.known() || arguments[i].meaning.text.find('/') == std::string::npos) continue;
      ArmTarget target{Lower(arguments[i].meaning.text), ""};
      for (size_t k = i + 1; k < arguments.size(); ++k) target.name += (target.name.empty() ? "" : "/") + Lower(arguments[k].meaning.Written());
      return target;
    }
    return std::nullopt;
  }

  // ---- numbers, and what is in what

  static std::optional<long long> Number(std::string_view text) {
    long long number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || number > kLargest || number < -kLargest) return std::nullopt;
    return number;
  }
  static std::optional<long long> NumberOf(const ArmOperand& one) { return one.nodes.empty() && !one.made() && one.meaning.known() ? Number(one.meaning.text) : std::nullopt; }

  static std::optional<std::string> Calculate(const std::string& function, const std::vector<ArmOperand>& arguments) {
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

  static std::optional<size_t> Length(const ArmOperand& one) {
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
  ArmOperand Unsettled(const std::vector<ArmOperand>& arguments, size_t begin) const {
    for (const ArmOperand& one : arguments)
      if (!one.meaning.known() && !one.unknown) return ArmHidden(text_.substr(begin, at_ - begin), one.meaning.Reason());
    return Later(begin);
  }

  const ArmNames& names_;
  std::string_view text_;
  size_t where_, at_ = 0;
  ArmBudget& budget_;
  std::vector<ArmTarget>* targets_;
  bool failed_ = false;
};

}  // namespace

ArmOperand BelowArm(const ArmOperand& from, const std::string& key, const ArmNames& names, ArmBudget& budget, int depth) {
  return Reader(names, key, static_cast<size_t>(-1), budget, nullptr).BelowKey(from, depth);
}

bool IsArmExpression(std::string_view text) { return text.size() > 2 && text.front() == '[' && text[1] != '[' && text.back() == ']'; }

ArmOperand EvaluateArm(std::string_view text, size_t where, const ArmNames& names, int depth, ArmBudget& budget, std::vector<ArmTarget>* targets) {
  if (depth > kArmDeepest || budget.steps < 0) return ArmHidden("", "the expression is too deep");
  if (text.size() > kLongest) return ArmHidden("", "the expression is too long");
  return Reader(names, text, where, budget, targets).Whole(depth);
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
