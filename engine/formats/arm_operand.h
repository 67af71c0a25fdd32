// What parts of expressions in Azure templates stand for: texts, places of the document, lists and objects that are made on the way.
//
// What a parameter, a variable or a place of the document stands for is asked of ArmNames. What a value costs is bounded by ArmBudget and the
// sizes below; beyond them it is hidden.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/expressions.h"
#include "engine/parse/document.h"

namespace domicile {

inline constexpr int kArmDeepest = 40;                  // Functions within functions, and values behind values.
inline constexpr size_t kArmMostAlternatives = 800;     // As many turns as a loop may have.
inline constexpr size_t kArmLongest = 30'000;           // Of one text, written or made.
inline constexpr size_t kArmLongestNamed = 60;          // Of an expression, in a reason.

// The longest list that is indexed by the turn of one loop.
struct ArmLongest {
  std::string loop;          // In lower case.
  bool unnamed = false;      // `copyIndex()` means this loop.
  size_t items = 0;
};

// What one value may cost, and whether defaults of parameters count.
struct ArmBudget {
  int steps = 5'000;
  bool defaults = true;
  bool turns = false;              // Where they do not, they do all the same for the item of a turn: without them there is no such turn.
  ArmLongest* longest = nullptr;   // Is told of lists that are indexed by a turn which is not known.
};

// What `resourceId('type', 'name', ...)` or a name refers to; in lower case, and the type is empty where only a name is written.
struct ArmTarget {
  std::string type, name;
};

// What a part of an expression is: a text, or places in the document.
struct ArmOperand {
  Meaning meaning;
  std::vector<Value> nodes;
  bool any = false;                 // Each of the places may be meant.
  bool unknown = false;             // A call whose value is known only later, and so is what stands below it.
  bool index = false;               // Which turn of the loop `loop` it is; that is not known.
  std::string loop;
  std::vector<ArmOperand> items;    // Of a list that is made on the way, or of an object:
  std::vector<std::string> keys;    // one for each of the items.
  std::optional<ArmTarget> target;  // What a `resourceId(...)` refers to.
  std::optional<size_t> many;       // A list that a loop makes: so many items like the one of `nodes`.
  Value deployed;                   // The template of the deployment to which a `reference(...)` leads.

  bool made() const { return !items.empty() || object; }
  void AddReasons(const ArmOperand& from) {
    for (const Because& step : from.meaning.because) meaning.because.push_back(step);
  }
  bool object = false;
};

// What the expressions of one template may name. `where` is the caller's own number of the place in which an expression is written.
struct ArmNames {
  std::function<ArmOperand(std::string_view name, size_t where, int depth, ArmBudget&)> parameter, variable;
  std::function<ArmOperand(Value, int depth, ArmBudget&)> value;                  // What is written at a place.
  std::function<std::optional<ArmOperand>(std::string_view written)> assumed;     // What the user says that an expression is.
  // Which turn of a loop it is, by the name of the loop, which may be empty; nothing where that is not known.
  std::function<std::optional<size_t>(std::string_view loop, size_t where)> turn;
  // The template that a deployment puts in place; missing where the target is none, or its template is not written here.
  std::function<Value(const ArmTarget&, size_t where)> deployed;
};

ArmOperand ArmText(std::string text);
// `written` is the expression without its brackets, here and below.
ArmOperand ArmHidden(std::string_view written, std::string reason);
// What is known only when the template is deployed, unless the user says what it is.
ArmOperand ArmLater(std::string_view written, const ArmNames& names);
// What stands at a key, or a position, of an operand.
ArmOperand BelowArm(const ArmOperand& from, const ArmOperand& key, std::string_view written, const ArmNames& names, ArmBudget& budget, int depth);
// An operand as a text. Of several places the text on which they agree.
Meaning ArmMeaning(const ArmOperand& operand, Span span, const ArmNames& names, ArmBudget& budget, int depth = 0);
// Missing for what is no whole number, and beyond those that are calculated with.
std::optional<long long> ArmNumber(std::string_view text);

// A name, or `Microsoft.X/things/name`.
ArmTarget PlainArmTarget(std::string_view text);
// What stands in a map under a key: names are the same in upper and lower case.
Value FindArm(Value map, std::string_view name);

}  // namespace domicile
