#include "engine/formats/arm.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/formats/joins.h"
#include "engine/formats/terms.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr int kDeepest = 40;              // Functions within functions, and values behind values.
constexpr int kShallow = 6;
constexpr int kMostSteps = 5'000;         // Of one value.
constexpr size_t kLongest = 30'000;       // Of one text, written or made.
constexpr size_t kMostArguments = 256;
constexpr size_t kMostResources = 20'000;
constexpr size_t kMostScopes = 200;       // Templates within templates.
constexpr size_t kMostAlternatives = 800;   // As many turns as a loop may have.
constexpr size_t kLongestHole = 200;      // Of an expression that is shown as it is written.
constexpr size_t kLongestNamed = 60;      // Of an expression, in a reason.

// What one value may cost, and whether defaults of parameters count.
struct Budget {
  int steps = kMostSteps;
  bool defaults = true;
};

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

bool IsExpression(std::string_view text) { return text.size() > 2 && text.front() == '[' && text[1] != '[' && text.back() == ']'; }
bool Within(const Span& inner, const Span& outer) { return inner.source == outer.source && inner.begin >= outer.begin && inner.begin < outer.end; }

// What a part of an expression is: a text, or places in the document.
struct Operand {
  Meaning meaning;
  std::vector<Value> nodes;
  bool any = false;              // Each of the places may be meant.
  bool unknown = false;          // A call whose value is known only later, and so is what stands below it.
  bool index = false;            // Which turn of a loop it is.
  std::vector<Operand> items;    // Of a list that is made on the way.
};

// `resourceId('type', 'name', ...)`, or a name.
struct Target {
  std::string type, name;
};

class Template {
 public:
  Template(Value root, const Assumptions* assumed) : root_(root), assumed_(assumed) {
    scopes_.push_back(Scope{.self = root});
    Defaults(root);
    Collect(root["resources"], "", kNone, 0, 0);
    std::sort(defaults_.begin(), defaults_.end(), [](const Default& a, const Default& b) { return a.span.begin < b.span.begin; });
    for (size_t i = 0; i < resources_.size(); ++i) {
      by_value_.emplace(resources_[i].value.index(), i);
      by_name_.emplace(Lower(NameOf(resources_[i]).Written()), i);
      if (resources_[i].key) by_name_.emplace(Lower(resources_[i].key.text()), i);
    }
  }

  Meaning Read(Value value) const {
    Budget budget;
    return ToMeaning(FromNode(value, 0, budget), value.span(), budget);
  }

  Meaning Piece(std::string_view text, Span span) const {
    Budget budget;
    if (text.starts_with("${") && text.ends_with("}")) text = text.substr(2, text.size() - 3);
    else if (!IsExpression(text)) return Assume(ReadLiteral(text, span), assumed_);
    else text = text.substr(1, text.size() - 2);
    return ToMeaning(Evaluate(text, span, 0, budget, nullptr), span, budget);
  }

  bool Expand(Value value, std::vector<Value>* found) const {
    if (value.is_map()) return value["type"].is_scalar() && NeverMade(value);
    if (!value.is_scalar() || !IsExpression(value.text())) return false;
    Budget budget;
    const Operand operand = FromNode(value, 0, budget);
    if (operand.nodes.empty() || (operand.nodes.size() == 1 && operand.nodes[0].is_scalar())) return false;
    for (const Value node : operand.nodes)
      if (node != value) found->push_back(node);
    return true;
  }

  void Follow(Value reference, std::string_view kind, std::vector<Value>* found) const {
    if (kind == "top") {
      if (const auto resource = by_value_.find(reference.index()); resource != by_value_.end() && resources_[resource->second].value == reference)
        if (const Value top = Top(resources_[resource->second])) found->push_back(top);
      return;
    }
    if (const Value value = Referred(reference, Lower(kind))) found->push_back(value);
  }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct Scope {
    Value self, given, deployment;   // A template, the parameters it is given, and the resource that deploys it.
    bool inner = true;               // It has parameters and variables of its own.
    size_t outer = 0;
  };
  struct Resource {
    Value value, key;
    std::string type;                // In lower case, with the types of the resources above.
    size_t parent = kNone;
  };
  struct Default {
    Span span, named;
    std::string_view name;
  };

  // ---- what there is

  void Defaults(Value self) {
    const Value parameters = self["parameters"];
    for (size_t i = 0; i < parameters.size() && parameters.is_map(); ++i)
      if (const Value value = parameters.value(i)["defaultValue"]) defaults_.push_back(Default{value.span(), parameters.key(i).span(), parameters.key(i).text()});
  }

  void Collect(Value resources, std::string_view above, size_t parent, size_t scope, int depth) {
    if (depth > kDeepest || (!resources.is_map() && !resources.is_sequence())) return;
    for (size_t i = 0; i < resources.size() && resources_.size() < kMostResources; ++i) {
      const Value value = resources.is_map() ? resources.value(i) : resources.item(i);
      if (!value.is_map()) continue;
      std::string type = Lower(value["type"].text().substr(0, value["type"].text().find('@')));
      if (!above.empty() && type.find('.') >= type.find('/')) type = fmt::format("{}/{}", above, type);
      const size_t index = resources_.size();
      resources_.push_back(Resource{value, resources.is_map() ? resources.key(i) : Value(), type, parent});
      if (const Value nested = value["properties"]["template"]; type == "microsoft.resources/deployments" && nested.is_map() && scopes_.size() < kMostScopes) {
        const bool inner = Lower(value["properties"]["expressionEvaluationOptions"]["scope"].text()) == "inner";
        scopes_.push_back(Scope{nested, value["properties"]["parameters"], value, inner, scope});
        if (inner) Defaults(nested);
        Collect(nested["resources"], "", kNone, scopes_.size() - 1, depth + 1);
      }
      Collect(value["resources"], type, index, scope, depth + 1);
    }
  }

  // The innermost template in which something is written.
  size_t ScopeOf(const Span& span) const {
    for (size_t i = scopes_.size(); i-- > 1;)
      if (Within(span, scopes_[i].self.span())) return i;
    return 0;
  }

  bool NeverMade(Value resource) const {
    for (size_t step = 0; step < kMostScopes && resource; ++step) {
      if (const Value condition = resource["condition"]) {
        Budget budget{.defaults = false};
        const Meaning meaning = ToMeaning(FromNode(condition, 0, budget), condition.span(), budget);
        if (meaning.known() && Lower(meaning.text) == "false") return true;
      }
      resource = scopes_[ScopeOf(resource.span())].deployment;
    }
    return false;
  }

  // ---- references

  Meaning NameOf(const Resource& resource) const { return Read(resource.value["name"]); }

  // The first resource of those in which, or below which, this one is.
  Value Top(const Resource& resource) const {
    size_t outer = resource.parent;
    while (outer != kNone && resources_[outer].parent != kNone) outer = resources_[outer].parent;
    if (outer != kNone && std::count(resources_[outer].type.begin(), resources_[outer].type.end(), '/') < 2) return resources_[outer].value;
    const Resource& below = outer == kNone ? resource : resources_[outer];
    const size_t slash = below.type.find('/', std::min(below.type.find('/'), below.type.size() - 1) + 1);
    if (slash == std::string::npos) return Value();
    const std::string type = below.type.substr(0, slash);
    const Meaning name = NameOf(below);
    if (const size_t end = name.text.find('/'); end != std::string::npos)
      if (const Value found = Named({type, Lower(name.Part(0, end).Written())}, "")) return found;
    const Value depends = below.value["dependsOn"];
    for (size_t i = 0; i < depends.size() && depends.is_sequence() && i < kMostAlternatives; ++i)
      if (const Value found = Referred(depends.item(i), type)) return found;
    return Value();
  }

  Value Referred(Value reference, const std::string& type) const {
    if (!reference.is_scalar()) return Value();
    std::vector<Target> targets;
    Budget budget;
    if (IsExpression(reference.text())) {
      const std::string_view text = reference.text();
      const Meaning meaning = ToMeaning(Evaluate(text.substr(1, text.size() - 2), reference.span(), 0, budget, &targets), reference.span(), budget);
      // A name, or `Microsoft.X/things/name` as older templates have it.
      if (targets.empty()) targets.push_back(Plain(meaning.Written()));
    } else {
      targets.push_back(Plain(reference.text()));
    }
    for (const Target& target : targets)
      if (const Value found = Named(target, type)) return found;
    return Value();
  }

  static Target Plain(std::string_view text) {
    const size_t first = text.find('/'), last = text.rfind('/');
    if (first == std::string_view::npos || first == last) return {"", Lower(text)};
    return {Lower(text.substr(0, last)), Lower(text.substr(last + 1))};
  }

  Value Named(const Target& target, const std::string& type) const {
    for (auto [one, end] = by_name_.equal_range(target.name); one != end; ++one) {
      const Resource& resource = resources_[one->second];
      if ((type.empty() || resource.type == type) && (target.type.empty() || resource.type == target.type)) return resource.value;
    }
    return Value();
  }

  // ---- values

  static Operand Text(std::string text) {
    Operand operand;
    operand.meaning.Add(text);
    return operand;
  }

  static Operand Hidden(std::string_view written, std::string reason) {
    Operand operand;
    operand.meaning.Add(Hole{fmt::format("[{}{}]", written.substr(0, kLongestHole), written.size() > kLongestHole ? "..." : ""), std::move(reason)});
    return operand;
  }

  // What the user says it is.
  std::optional<Operand> Assumed(std::string_view name) const {
    Filled given = FillName(name, assumed_);
    if (given.because.empty()) return std::nullopt;
    Operand operand = Text(std::move(given.text));
    operand.meaning.because = std::move(given.because);
    return operand;
  }

  Operand FromNode(Value value, int depth, Budget& budget) const {
    Operand operand;
    operand.meaning.span = value.span();
    if (depth > kDeepest || --budget.steps < 0) return Hidden("", "the expression is too deep");
    if (value.is_map() || value.is_sequence()) {
      operand.nodes.push_back(value);
    } else if (value.is_scalar()) {
      std::string_view text = value.text();
      if (IsExpression(text)) {
        operand = Evaluate(text.substr(1, text.size() - 2), value.span(), depth + 1, budget, nullptr);
        if (!operand.meaning.span.known()) operand.meaning.span = value.span();
        return operand;
      }
      if (text.starts_with("[[")) text.remove_prefix(1);
      operand.meaning = Assume(ReadLiteral(text, value.span()), assumed_);
      const auto after = std::upper_bound(defaults_.begin(), defaults_.end(), value.span().begin, [](uint32_t at, const Default& one) { return at < one.span.begin; });
      if (after != defaults_.begin() && operand.meaning.known() && Within(value.span(), (after - 1)->span) && !text.empty())
        operand.meaning.because.push_back(
            Because{.text = fmt::format("`{}` is the default of parameter `{}`; a deployment may say otherwise", operand.meaning.text, (after - 1)->name), .span = (after - 1)->named});
    }
    return operand;
  }

  // Of several places the text on which they agree.
  Meaning ToMeaning(const Operand& operand, Span span, Budget& budget, int depth = 0) const {
    Meaning meaning = operand.meaning;
    if (!meaning.span.known()) meaning.span = span;
    if (operand.nodes.empty() || !operand.any) return meaning;
    std::string listed;
    bool same = true;
    for (size_t i = 0; i < operand.nodes.size() && i < kMostAlternatives; ++i) {
      Meaning one = ToMeaning(FromNode(operand.nodes[i], depth + 1, budget), operand.nodes[i].span(), budget, depth + 1);
      if (i < 8) listed += fmt::format("{}`{}`", i ? ", " : "", one.Written());
      same = same && one.known() && (i == 0 || one.text == meaning.text);
      if (i == 0) meaning = std::move(one);
    }
    if (same) return meaning;
    meaning = Hidden("copyIndex()", fmt::format("it is one of {} by `copyIndex()`", listed)).meaning;
    meaning.span = span;
    return meaning;
  }

  Operand Evaluate(std::string_view text, Span span, int depth, Budget& budget, std::vector<Target>* targets) const;
  class Reader;

  Operand Parameter(std::string_view name, size_t scope, int depth, Budget& budget) const {
    while (scope > 0 && !scopes_[scope].inner) scope = scopes_[scope].outer;
    const std::string written = fmt::format("parameters('{}')", name);
    const Value parameter = Find(scopes_[scope].self["parameters"], name);
    if (scope > 0) {
      const Value given = Find(scopes_[scope].given, name);
      if (given["value"]) return FromNode(given["value"], depth + 1, budget);
      if (given["reference"]) return Hidden(written, fmt::format("parameter `{}` is taken from a key vault", name));
    }
    if (auto assumed = Assumed(name)) return *assumed;
    if (auto assumed = Assumed(written)) return *assumed;
    if (!parameter) return Hidden(written, fmt::format("nothing in the template gives parameter `{}`", name));
    const Value allowed = parameter["allowedValues"], fallback = parameter["defaultValue"];
    if (allowed.is_sequence() && allowed.size() == 1 && allowed.item(0).is_scalar()) return FromNode(allowed.item(0), depth + 1, budget);
    if (!budget.defaults) return Hidden(written, fmt::format("parameter `{}`", name));
    if (fallback && !(fallback.is_scalar() && fallback.text().empty()) && !fallback.is_null()) return FromNode(fallback, depth + 1, budget);
    if (allowed.is_sequence() && allowed.size() > 1) {
      std::string listed;
      for (size_t i = 0; i < allowed.size() && i < 8; ++i) listed += fmt::format("{}`{}`", i ? ", " : "", allowed.item(i).text());
      return Hidden(written, fmt::format("parameter `{}` has no default; it may be {}{}", name, listed, allowed.size() > 8 ? ", ..." : ""));
    }
    return Hidden(written, fallback ? fmt::format("parameter `{}` is empty unless a deployment gives it", name) : fmt::format("parameter `{}` has no default", name));
  }

  Operand Variable(std::string_view name, size_t scope, int depth, Budget& budget) const {
    while (scope > 0 && !scopes_[scope].inner) scope = scopes_[scope].outer;
    const std::string written = fmt::format("variables('{}')", name);
    if (auto assumed = Assumed(written)) return *assumed;
    const Value variables = scopes_[scope].self["variables"];
    if (const Value value = Find(variables, name)) {
      // Once for all places that use it; not where little is left of what the value there may cost.
      const std::pair<uint32_t, bool> key{value.index(), budget.defaults};
      if (const auto known = variables_.find(key); known != variables_.end()) return known->second;
      Operand operand = FromNode(value, depth + 1, budget);
      if (depth < kShallow) variables_.emplace(key, operand);
      return operand;
    }
    const Value copies = variables["copy"];
    for (size_t i = 0; i < copies.size() && copies.is_sequence(); ++i)
      if (Lower(copies.item(i)["name"].text()) == Lower(name) && copies.item(i)["input"]) {
        Operand operand;
        operand.nodes.push_back(copies.item(i)["input"]);
        operand.any = true;
        return operand;
      }
    return Hidden(written, fmt::format("nothing in the template gives variable `{}`", name));
  }

  // Names are the same in upper and lower case.
  static Value Find(Value map, std::string_view name) {
    if (const Value exact = map[name]) return exact;
    const std::string lower = Lower(name);
    for (size_t i = 0; i < map.size() && map.is_map(); ++i)
      if (map.key(i).text().size() == name.size() && Lower(map.key(i).text()) == lower) return map.value(i);
    return Value();
  }

  Value root_;
  const Assumptions* assumed_;
  std::vector<Scope> scopes_;
  std::vector<Resource> resources_;
  mutable std::map<std::pair<uint32_t, bool>, Operand> variables_;   // What they stand for, with defaults of parameters or without.
  std::map<uint32_t, size_t> by_value_;
  std::multimap<std::string, size_t> by_name_;   // Also by symbolic names; in lower case.
  std::vector<Default> defaults_;   // By where they are written; none within another.
};

// Reads one expression from left to right and says what it stands for.
class Template::Reader {
 public:
  Reader(const Template& in, std::string_view text, size_t scope, Budget& budget, std::vector<Target>* targets)
      : in_(in), text_(text), scope_(scope), budget_(budget), targets_(targets) {}

  Operand Whole(int depth) {
    Operand operand = Expression(depth);
    Blanks();
    if (failed_ || at_ < text_.size()) return Hidden(text_.substr(0, kLongestNamed), "the expression is not well formed");
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
  Operand Fail() {
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

  Operand Later(size_t begin) const {
    const std::string_view written = text_.substr(begin, at_ - begin);
    if (auto assumed = in_.Assumed(written)) return *assumed;
    Operand operand = Hidden(written, fmt::format("`{}` is known only when the template is deployed", Short(begin)));
    operand.unknown = true;
    return operand;
  }

  Operand Expression(int depth) {
    Blanks();
    const size_t begin = at_;
    if (depth > kDeepest || --budget_.steps < 0) {
      Fail();
      return {};
    }
    Operand operand = Primary(depth);
    while (!failed_) {
      Blanks();
      if (at_ >= text_.size() || (text_[at_] != '.' && text_[at_] != '[')) break;
      const bool bracket = text_[at_++] == '[';
      if (at_ < text_.size() && text_[at_] == '?') ++at_;
      Operand key;
      if (bracket) {
        key = Expression(depth + 1);
        if (!Take(']')) return Fail();
      } else {
        Blanks();
        const size_t from = at_;
        while (Word()) ++at_;
        if (at_ == from) return Fail();
        key = Text(std::string(text_.substr(from, at_ - from)));
      }
      operand = operand.unknown ? Later(begin) : Below(operand, key, begin, depth);
    }
    return operand;
  }

  // What stands at a key, or a position, of an operand.
  Operand Below(const Operand& from, const Operand& key, size_t begin, int depth) {
    if (!from.items.empty() && key.meaning.known() && !key.meaning.text.empty() && key.meaning.text.size() < 4 && std::all_of(key.meaning.text.begin(), key.meaning.text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      const size_t index = static_cast<size_t>(std::stoi(key.meaning.text));
      if (index < from.items.size()) return from.items[index];
    }
    std::vector<Value> next;
    bool any = from.any;
    for (const Value node : from.nodes) {
      Value at = node;
      if (at.is_scalar()) {
        const Operand inner = in_.FromNode(at, depth + 1, budget_);
        at = inner.nodes.size() == 1 ? inner.nodes[0] : Value();
      }
      if (key.meaning.known() && !key.index) {
        if (at.is_map()) {
          if (const Value found = Find(at, key.meaning.text)) next.push_back(found);
        } else if (at.is_sequence()) {
          const std::string& text = key.meaning.text;
          if (text.empty() || text.size() > 6 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
          if (const size_t index = static_cast<size_t>(std::stoi(text)); index < at.size()) next.push_back(at.item(index));
        }
      } else if (key.index && at.is_sequence()) {
        any = true;
        for (size_t i = 0; i < at.size() && next.size() < kMostAlternatives; ++i) next.push_back(at.item(i));
      } else if (!key.meaning.known() && at.is_map()) {
        std::string listed;
        for (size_t i = 0; i < at.size() && i < 8; ++i) listed += fmt::format("{}`{}`", i ? ", " : "", at.key(i).text());
        return Hidden(text_.substr(begin, at_ - begin), fmt::format("{} decides between {}", key.meaning.Reason(), listed));
      }
      if (next.size() >= kMostAlternatives) break;
    }
    if (next.size() == 1) {
      Operand operand = in_.FromNode(next[0], depth + 1, budget_);
      Reasons(key, operand);
      Reasons(from, operand);
      return operand;
    }
    if (next.empty()) {
      if (!from.meaning.known()) return Hidden(text_.substr(begin, at_ - begin), from.meaning.Reason());
      if (!key.meaning.known()) return Hidden(text_.substr(begin, at_ - begin), key.meaning.Reason());
      return Hidden(text_.substr(begin, at_ - begin), fmt::format("nothing in the template gives `{}`", Short(begin)));
    }
    Operand operand;
    operand.nodes = std::move(next);
    operand.any = any;
    Reasons(key, operand);
    Reasons(from, operand);
    return operand;
  }

  static void Reasons(const Operand& from, Operand& to) {
    for (const Because& step : from.meaning.because) to.meaning.because.push_back(step);
  }

  Operand Primary(int depth) {
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
      return Text(std::move(literal));
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
    if (!Take('(')) return std::isalpha(static_cast<unsigned char>(name[0])) != 0 && name != "true" && name != "false" && name != "null" ? Fail() : Text(name == "null" ? "" : std::string(name));
    const std::string function = Lower(name);
    std::vector<Operand> arguments;
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

  Meaning Said(const Operand& operand) { return in_.ToMeaning(operand, {}, budget_); }

  // Each is known.
  bool Known(const std::vector<Operand>& arguments) {
    return std::all_of(arguments.begin(), arguments.end(), [&](const Operand& one) { return one.nodes.empty() && one.items.empty() && one.meaning.known(); });
  }

  Operand Call(const std::string& function, std::vector<Operand>& arguments, const std::string& condition, size_t begin, int depth) {
    const size_t count = arguments.size();
    Operand result;
    // What arguments say, with their reasons.
    const auto put = [&](Meaning part) {
      if (result.meaning.text.size() + part.text.size() <= kLongest) result.meaning.Add(std::move(part));
    };
    if (function == "parameters" && count == 1 && arguments[0].meaning.known()) return in_.Parameter(arguments[0].meaning.text, scope_, depth, budget_);
    if (function == "variables" && count == 1 && arguments[0].meaning.known()) return in_.Variable(arguments[0].meaning.text, scope_, depth, budget_);
    if (function == "copyindex") {
      result = Hidden(text_.substr(begin, at_ - begin), "`copyIndex()` counts while the template is deployed");
      result.index = true;
      return result;
    }
    if (function == "true" || function == "false") return Text(function);
    if (function == "null") return result;
    if (function == "concat" || function == "union") {
      for (Operand& one : arguments) {
        for (const Value node : one.nodes)
          if (result.nodes.size() < kMostAlternatives && !one.any) result.nodes.push_back(node);
        for (Operand& item : one.items)
          if (result.items.size() < kMostAlternatives) result.items.push_back(std::move(item));
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
      return Hidden(text_.substr(begin, at_ - begin), fmt::format("condition `{}` decides between `{}` and `{}`", condition, yes.Written(), no.Written()));
    }
    if (function == "coalesce" && count > 0) {
      for (Operand& one : arguments)
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
        return in_.FromNode(arguments[0].nodes[0].item(function == "first" ? 0 : arguments[0].nodes[0].size() - 1), depth + 1, budget_);
      return Later(begin);
    }
    if (function == "split" && count == 2 && arguments[0].nodes.empty() && arguments[1].meaning.known() && !arguments[1].meaning.text.empty()) {
      const Meaning& whole = arguments[0].meaning;
      if (!whole.known()) return arguments[0];
      const std::string& delimiter = arguments[1].meaning.text;
      for (size_t from = 0; from <= whole.text.size() && result.items.size() < kMostAlternatives;) {
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
      return Hidden(text_.substr(begin, at_ - begin), arguments[0].meaning.Reason());
    if (function == "take" && count == 2 && Known(arguments) && !arguments[1].meaning.text.empty() && arguments[1].meaning.text.size() < 5 &&
        std::all_of(arguments[1].meaning.text.begin(), arguments[1].meaning.text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      result.meaning = arguments[0].meaning.Part(0, std::min(arguments[0].meaning.text.size(), static_cast<size_t>(std::stoi(arguments[1].meaning.text))));
      return result;
    }
    if ((function == "equals" && count == 2) || function == "and" || function == "or" || (function == "not" && count == 1) || (function == "empty" && count == 1)) return Logic(function, arguments, begin);
    if (targets_ && function.ends_with("resourceid") && count > 1) Refer(arguments);
    if (targets_ && function == "reference" && count > 0 && arguments[0].meaning.known()) targets_->push_back(Plain(arguments[0].meaning.text));
    return Later(begin);
  }

  Operand Logic(const std::string& function, const std::vector<Operand>& arguments, size_t begin) {
    std::vector<std::optional<bool>> truths;
    Operand result;
    for (const Operand& one : arguments) {
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
      for (const Operand& one : arguments)
        if (!one.meaning.known()) return Hidden(text_.substr(begin, at_ - begin), one.meaning.Reason());
      return Later(begin);
    }
    result.meaning.Add(std::string_view(*value ? "true" : "false"));
    return result;
  }

  // `resourceId([subscription,] [group,] 'Microsoft.X/a/b', name, name)`: the type is the first with a slash.
  void Refer(const std::vector<Operand>& arguments) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i].meaning.known() || arguments[i].meaning.text.find('/') == std::string::npos) continue;
      Target target{Lower(arguments[i].meaning.text), ""};
      for (size_t k = i + 1; k < arguments.size(); ++k) target.name += (target.name.empty() ? "" : "/") + Lower(arguments[k].meaning.Written());
      targets_->push_back(std::move(target));
      return;
    }
  }

  const Template& in_;
  std::string_view text_;
  size_t scope_, at_ = 0;
  Budget& budget_;
  std::vector<Target>* targets_;
  bool failed_ = false;
};

Operand Template::Evaluate(std::string_view text, Span span, int depth, Budget& budget, std::vector<Target>* targets) const {
  if (depth > kDeepest || budget.steps < 0) return Hidden("", "the expression is too deep");
  if (text.size() > kLongest) return Hidden("", "the expression is too long");
  return Reader(*this, text, ScopeOf(span), budget, targets).Whole(depth);
}

}  // namespace

Expressions ArmExpressions(Value root, const Joins* joins) {
  return Bind(std::make_shared<const Template>(root, joins ? joins->assumed() : nullptr));
}

}  // namespace domicile
