#include "engine/formats/arm_expression.h"

#include <algorithm>
#include <cctype>

#include "engine/formats/arm_functions.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kMostArguments = 256;
constexpr size_t kFarthest = 2'000;   // That is looked ahead.

// Reads one expression from left to right and says what it stands for.
class Reader {
 public:
  Reader(const ArmNames& names, std::string_view text, size_t where, ArmBudget& budget, std::vector<ArmTarget>* targets)
      : names_(names), text_(text), where_(where), budget_(budget), targets_(targets) {}

  ArmOperand Whole(int depth) {
    ArmOperand operand = Expression(depth);
    Blanks();
    if (failed_ || at_ < text_.size()) return ArmHidden(text_.substr(0, kArmLongestNamed), "the expression is not well formed");
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
      const std::string_view written = text_.substr(begin, at_ - begin);
      operand = operand.unknown ? ArmLater(written, names_) : BelowArm(operand, key, written, names_, budget_, depth);
    }
    return operand;
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
    ArmCall call{.function = Lower(name), .where = where_, .depth = depth};
    const bool counted = budget_.defaults;
    // `coalesce(parameters('x'), createArray())[copyIndex()]`
    if (call.function == "coalesce" && budget_.turns && !counted) budget_.defaults = AtTurn(Closing());
    if (!Take(')')) {
      for (;;) {
        Blanks();
        const size_t from = at_;
        const bool before = budget_.defaults, turns = budget_.turns;
        const bool decides = call.function == "if" && call.arguments.empty();
        if (decides) {
          budget_.defaults = false;
          budget_.turns = before || turns;
        }
        call.arguments.push_back(Expression(depth + 1));
        budget_.defaults = before;
        budget_.turns = turns;
        if (decides) call.condition = std::string(text_.substr(from, std::min(at_ - from, kArmLongestNamed)));
        if (!failed_ && call.arguments.size() <= kMostArguments && Take(')')) break;
        if (!failed_ && call.arguments.size() <= kMostArguments && Take(',')) continue;
        budget_.defaults = counted;
        return Fail();
      }
    }
    call.written = text_.substr(begin, at_ - begin);
    budget_.defaults = counted || (budget_.turns && call.function == "parameters" && AtTurn(at_));
    ArmOperand operand = CallArm(std::move(call), names_, budget_, targets_);
    budget_.defaults = counted;
    return operand;
  }

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

  const ArmNames& names_;
  std::string_view text_;
  size_t where_, at_ = 0;
  ArmBudget& budget_;
  std::vector<ArmTarget>* targets_;
  bool failed_ = false;
};

}  // namespace

bool IsArmExpression(std::string_view text) { return text.size() > 2 && text.front() == '[' && text[1] != '[' && text.back() == ']'; }

ArmOperand EvaluateArm(std::string_view text, size_t where, const ArmNames& names, int depth, ArmBudget& budget, std::vector<ArmTarget>* targets) {
  if (depth > kArmDeepest || budget.steps < 0) return ArmHidden("", "the expression is too deep");
  if (text.size() > kArmLongest) return ArmHidden("", "the expression is too long");
  return Reader(names, text, where, budget, targets).Whole(depth);
}

}  // namespace domicile
