#include "engine/formats/arm.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/formats/arm_expression.h"
#include "engine/formats/joins.h"
#include "engine/formats/terms.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr int kShallow = 6;
constexpr size_t kMostResources = 20'000;
constexpr size_t kMostScopes = 200;       // Templates within templates.

bool Within(const Span& inner, const Span& outer) { return inner.source == outer.source && inner.begin >= outer.begin && inner.begin < outer.end; }

class Template {
 public:
  Template(const Template&) = delete;   // Its names lead back to it.
  Template& operator=(const Template&) = delete;
  Template(Value root, const Assumptions* assumed) : root_(root), assumed_(assumed) {
    names_.parameter = [this](std::string_view name, size_t scope, int depth, ArmBudget& budget) { return Parameter(name, scope, depth, budget); };
    names_.variable = [this](std::string_view name, size_t scope, int depth, ArmBudget& budget) { return Variable(name, scope, depth, budget); };
    names_.value = [this](Value value, int depth, ArmBudget& budget) { return FromNode(value, depth, budget); };
    names_.assumed = [this](std::string_view written) { return Assumed(written); };
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
    ArmBudget budget;
    return ArmMeaning(FromNode(value, 0, budget), value.span(), names_, budget);
  }

  Meaning Piece(std::string_view text, Span span) const {
    ArmBudget budget;
    if (text.starts_with("${") && text.ends_with("}")) text = text.substr(2, text.size() - 3);
    else if (!IsArmExpression(text)) return Assume(ReadLiteral(text, span), assumed_);
    else text = text.substr(1, text.size() - 2);
    return ArmMeaning(Evaluate(text, span, 0, budget, nullptr), span, names_, budget);
  }

  bool Expand(Value value, std::vector<Value>* found) const {
    if (value.is_map()) return value["type"].is_scalar() && NeverMade(value);
    if (!value.is_scalar() || !IsArmExpression(value.text())) return false;
    ArmBudget budget;
    const ArmOperand operand = FromNode(value, 0, budget);
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
    if (depth > kArmDeepest || (!resources.is_map() && !resources.is_sequence())) return;
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
        ArmBudget budget{.defaults = false};
        const Meaning meaning = ArmMeaning(FromNode(condition, 0, budget), condition.span(), names_, budget);
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
    for (size_t i = 0; i < depends.size() && depends.is_sequence() && i < kArmMostAlternatives; ++i)
      if (const Value found = Referred(depends.item(i), type)) return found;
    return Value();
  }

  Value Referred(Value reference, const std::string& type) const {
    if (!reference.is_scalar()) return Value();
    std::vector<ArmTarget> targets;
    ArmBudget budget;
    if (IsArmExpression(reference.text())) {
      const std::string_view text = reference.text();
      const Meaning meaning = ArmMeaning(Evaluate(text.substr(1, text.size() - 2), reference.span(), 0, budget, &targets), reference.span(), names_, budget);
      // A name, or `Microsoft.X/things/name` as older templates have it.
      if (targets.empty()) targets.push_back(PlainArmTarget(meaning.Written()));
    } else {
      targets.push_back(PlainArmTarget(reference.text()));
    }
    for (const ArmTarget& target : targets)
      if (const Value found = Named(target, type)) return found;
    return Value();
  }

  Value Named(const ArmTarget& target, const std::string& type) const {
    for (auto [one, end] = by_name_.equal_range(target.name); one != end; ++one) {
      const Resource& resource = resources_[one->second];
      if ((type.empty() || resource.type == type) && (target.type.empty() || resource.type == target.type)) return resource.value;
    }
    return Value();
  }

  // ---- values

  // What the user says it is.
  std::optional<ArmOperand> Assumed(std::string_view name) const {
    Filled given = FillName(name, assumed_);
    if (given.because.empty()) return std::nullopt;
    ArmOperand operand = ArmText(std::move(given.text));
    operand.meaning.because = std::move(given.because);
    return operand;
  }

  ArmOperand FromNode(Value value, int depth, ArmBudget& budget) const {
    ArmOperand operand;
    operand.meaning.span = value.span();
    if (depth > kArmDeepest || --budget.steps < 0) return ArmHidden("", "the expression is too deep");
    if (value.is_map() || value.is_sequence()) {
      operand.nodes.push_back(value);
    } else if (value.is_scalar()) {
      std::string_view text = value.text();
      if (IsArmExpression(text)) {
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

  ArmOperand Evaluate(std::string_view text, Span span, int depth, ArmBudget& budget, std::vector<ArmTarget>* targets) const {
    return EvaluateArm(text, ScopeOf(span), names_, depth, budget, targets);
  }

  ArmOperand Parameter(std::string_view name, size_t scope, int depth, ArmBudget& budget) const {
    while (scope > 0 && !scopes_[scope].inner) scope = scopes_[scope].outer;
    const std::string written = fmt::format("parameters('{}')", name);
    const Value parameter = FindArm(scopes_[scope].self["parameters"], name);
    if (scope > 0) {
      const Value given = FindArm(scopes_[scope].given, name);
      if (given["value"]) return FromNode(given["value"], depth + 1, budget);
      if (given["reference"]) return ArmHidden(written, fmt::format("parameter `{}` is taken from a key vault", name));
    }
    if (auto assumed = Assumed(name)) return *assumed;
    if (auto assumed = Assumed(written)) return *assumed;
    if (!parameter) return ArmHidden(written, fmt::format("nothing in the template gives parameter `{}`", name));
    const Value allowed = parameter["allowedValues"], fallback = parameter["defaultValue"];
    if (allowed.is_sequence() && allowed.size() == 1 && allowed.item(0).is_scalar()) return FromNode(allowed.item(0), depth + 1, budget);
    if (!budget.defaults) return ArmHidden(written, fmt::format("parameter `{}`", name));
    if (fallback && !(fallback.is_scalar() && fallback.text().empty()) && !fallback.is_null()) return FromNode(fallback, depth + 1, budget);
    if (allowed.is_sequence() && allowed.size() > 1) {
      std::string listed;
      for (size_t i = 0; i < allowed.size() && i < 8; ++i) listed += fmt::format("{}`{}`", i ? ", " : "", allowed.item(i).text());
      return ArmHidden(written, fmt::format("parameter `{}` has no default; it may be {}{}", name, listed, allowed.size() > 8 ? ", ..." : ""));
    }
    return ArmHidden(written, fallback ? fmt::format("parameter `{}` is empty unless a deployment gives it", name) : fmt::format("parameter `{}` has no default", name));
  }

  ArmOperand Variable(std::string_view name, size_t scope, int depth, ArmBudget& budget) const {
    while (scope > 0 && !scopes_[scope].inner) scope = scopes_[scope].outer;
    const std::string written = fmt::format("variables('{}')", name);
    if (auto assumed = Assumed(written)) return *assumed;
    const Value variables = scopes_[scope].self["variables"];
    if (const Value value = FindArm(variables, name)) {
      // Once for all places that use it; not where little is left of what the value there may cost.
      const std::pair<uint32_t, bool> key{value.index(), budget.defaults};
      if (const auto known = variables_.find(key); known != variables_.end()) return known->second;
      ArmOperand operand = FromNode(value, depth + 1, budget);
      if (depth < kShallow) variables_.emplace(key, operand);
      return operand;
    }
    const Value copies = variables["copy"];
    for (size_t i = 0; i < copies.size() && copies.is_sequence(); ++i)
      if (Lower(copies.item(i)["name"].text()) == Lower(name) && copies.item(i)["input"]) {
        ArmOperand operand;
        operand.nodes.push_back(copies.item(i)["input"]);
        operand.any = true;
        return operand;
      }
    return ArmHidden(written, fmt::format("nothing in the template gives variable `{}`", name));
  }

  Value root_;
  const Assumptions* assumed_;
  ArmNames names_;
  std::vector<Scope> scopes_;
  std::vector<Resource> resources_;
  mutable std::map<std::pair<uint32_t, bool>, ArmOperand> variables_;   // What they stand for, with defaults of parameters or without.
  std::map<uint32_t, size_t> by_value_;
  std::multimap<std::string, size_t> by_name_;   // Also by symbolic names; in lower case.
  std::vector<Default> defaults_;   // By where they are written; none within another.
};

}  // namespace

Expressions ArmExpressions(Value root, const Joins* joins) {
  return Bind(std::make_shared<const Template>(root, joins ? joins->assumed() : nullptr));
}

}  // namespace domicile
