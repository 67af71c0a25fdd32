#include "engine/formats/arm.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "engine/formats/arm_expression.h"
#include "engine/formats/arm_loops.h"
#include "engine/formats/joins.h"
#include "engine/formats/terms.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr int kShallow = 6;
constexpr size_t kMostResources = 20'000;
constexpr size_t kMostScopes = 2'000;       // Templates within templates.

bool Within(const Span& inner, const Span& outer) { return inner.source == outer.source && inner.begin >= outer.begin && inner.begin < outer.end; }

class Template {
 public:
  Template(const Template&) = delete;   // Its names lead back to it.
  Template& operator=(const Template&) = delete;
  // `loops` is null where none are written out, else `root` is the document that they make of `first`.
  Template(Value root, Value first, const Joins* joins, std::shared_ptr<const ArmLoops> loops) : root_(root), assumed_(joins ? joins->assumed() : nullptr), loops_(std::move(loops)) {
    names_.parameter = [this](std::string_view name, size_t where, int depth, ArmBudget& budget) { return Parameter(name, ScopeOf(where), depth, budget); };
    names_.variable = [this](std::string_view name, size_t where, int depth, ArmBudget& budget) { return Variable(name, ScopeOf(where), depth, budget); };
    names_.value = [this](Value value, int depth, ArmBudget& budget) { return FromNode(value, depth, budget); };
    names_.assumed = [this](std::string_view written) { return Assumed(written); };
    names_.turn = [this](std::string_view loop, size_t where) { return Turn(loop, where); };
    names_.deployed = [this](const ArmTarget& target, size_t where) { return Deployed(target, where); };
    scopes_.push_back(Scope{.self = root});
    Defaults(root);
    if (joins) JoinParameters(*joins, joins->FileOf(first));
    Collect(root["resources"], "", kNone, 0, 0);
    std::sort(defaults_.begin(), defaults_.end(), [](const Default& a, const Default& b) { return a.span.begin < b.span.begin; });
    for (size_t i = 0; i < resources_.size(); ++i) {
      by_value_.emplace(resources_[i].value.index(), i);
      by_name_.emplace(Lower(NameOf(resources_[i]).Written()), i);
      if (!resources_[i].key) continue;
      by_name_.emplace(Lower(resources_[i].key.text()), i);
      // `site[1]`: one turn of a loop.
      if (const size_t turn = loops_ ? loops_->TurnOf(resources_[i].value.index()) : 0; turn != 0 && loops_->turns[turn].begin == resources_[i].value.index())
        by_name_.emplace(fmt::format("{}[{}]", Lower(resources_[i].key.text()), loops_->turns[turn].index), i);
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
    const ArmNames names = NamesAt(span);
    return ArmMeaning(EvaluateArm(text, kNone, names, 0, budget, nullptr), span, names, budget);
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

  // What stands at a path below a place where an expression stands for the whole, as in `sku: "[parameters('sku')]"`.
  Meaning Absent(Value place, const Selector& path) const {
    const std::string& text = path.text();
    if (text.find_first_of("[\"*$") != std::string::npos || text.find("..") != std::string::npos) return {};
    ArmBudget budget;
    ArmOperand at;
    bool known = false;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('.', begin), text.size());
      const std::string key = text.substr(begin, end - begin);
      begin = end + 1;
      if (known) {
        if (at.nodes.size() == 1 && at.nodes[0].is_map() && !FindArm(at.nodes[0], key)) return {};
        if (at.object && std::none_of(at.keys.begin(), at.keys.end(), [&](const std::string& one) { return Lower(one) == Lower(key); })) return {};
        if (at.nodes.empty() && !at.made() && at.meaning.known()) return {};
        at = at.nodes.empty() && !at.made() ? at : BelowArm(at, ArmText(key), key, names_, budget, 0);
        continue;
      }
      place = place[key];
      if (!place || place.is_sequence() || place.is_null()) return {};
      known = place.is_scalar() && IsArmExpression(place.text()) && begin < text.size();
      if (place.is_scalar() && !known) return {};
      if (known) at = FromNode(place, 0, budget);
    }
    if (!known || !at.nodes.empty() || at.made()) return {};
    if (!at.meaning.span.known()) at.meaning.span = place.span();
    return std::move(at.meaning);
  }

  // Its loops written out; null when there are none. Only of a template that was not written out.
  std::shared_ptr<const ArmLoops> WriteOut() const {
    return WriteOutArmLoops(root_, [this](Value copy, Value body, const std::vector<ArmTurn>& turns, size_t outer) { return Turns(copy, body, turns, outer); });
  }

 private:
  static constexpr std::string_view kCrowded = "there are too many templates within the template";
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct Scope {
    Value self, given, deployment;   // A template, the parameters it is given, and the resource that deploys it.
    bool inner = true;               // It has parameters and variables of its own.
    size_t outer = 0;
  };
  struct Resource {
    Value value, key;
    std::string type;                // In lower case, with the types of the resources above.
    size_t parent = kNone, scope = 0;
  };
  // A value of a parameter that is written where it is not used.
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
      resources_.push_back(Resource{value, resources.is_map() ? resources.key(i) : Value(), type, parent, scope});
      if (const Value nested = value["properties"]["template"]; type == "microsoft.resources/deployments" && nested.is_map()) {
        if (scopes_.size() >= kMostScopes) {
          crowded_ = true;
          continue;
        }
        const bool inner = Lower(value["properties"]["expressionEvaluationOptions"]["scope"].text()) == "inner";
        scopes_.push_back(Scope{nested, value["properties"]["parameters"], value, inner, scope});
        if (inner) Defaults(nested);
        Collect(nested["resources"], "", kNone, scopes_.size() - 1, depth + 1);
      }
      Collect(value["resources"], type, index, scope, depth + 1);
    }
  }

  // The innermost template in which something is written.
  size_t ScopeOf(size_t where) const {
    if (where >= root_.document()->nodes.size()) return 0;
    const uint32_t node = static_cast<uint32_t>(where);
    const bool added = loops_ && node >= loops_->first_added();
    const Span span = Value(root_.document(), node).span();
    for (size_t i = scopes_.size(); i-- > 1;) {
      const uint32_t self = scopes_[i].self.index();
      // What is written out has the spans of what is written once.
      const bool apart = loops_ && self >= loops_->first_added();
      if (apart ? added && loops_->Below(node, self) : Within(span, scopes_[i].self.span())) return i;
    }
    return 0;
  }

  // For a text of which only the span is known: in no turn of a loop.
  ArmNames NamesAt(Span span) const {
    size_t scope = scopes_.size();
    while (--scope > 0 && !Within(span, scopes_[scope].self.span())) {}
    ArmNames names = names_;
    names.parameter = [this, scope](std::string_view name, size_t, int depth, ArmBudget& budget) { return Parameter(name, scope, depth, budget); };
    names.variable = [this, scope](std::string_view name, size_t, int depth, ArmBudget& budget) { return Variable(name, scope, depth, budget); };
    return names;
  }

  // ---- loops

  std::optional<size_t> Turn(std::string_view loop, size_t where) const {
    const ArmTurn* turn = nullptr;
    if (counting_) turn = ArmLoops::Find(*counting_, counted_, loop);
    else if (loops_ && where < loops_->nodes.size()) turn = ArmLoops::Find(loops_->turns, loops_->TurnOf(static_cast<uint32_t>(where)), loop);
    return turn ? std::optional(turn->index) : std::nullopt;
  }

  static std::optional<size_t> Whole(const Meaning& number) {
    if (!number.known() || number.text.empty() || number.text.size() > 6 || number.text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    return static_cast<size_t>(std::stoul(number.text));
  }

  // How many turns a loop has. Where only a deployment knows, as many as the longest list has items that the loop indexes: each of them may be.
  std::optional<size_t> Turns(Value copy, Value body, const std::vector<ArmTurn>& turns, size_t outer) const {
    if (counting_steps_ < 0) return std::nullopt;
    counting_ = &turns;
    counted_ = outer;
    const auto number = [&](bool defaults) -> std::optional<size_t> {
      ArmBudget budget{.defaults = defaults};
      const Meaning count = ArmMeaning(FromNode(copy["count"], 0, budget), {}, names_, budget);
      counting_steps_ -= 5'000 - budget.steps;
      return Whole(count);
    };
    std::optional<size_t> count = number(true);
    // What is never made by default may be made all the same.
    if (count == size_t{0}) count = number(false);
    if (!count) {
      ArmLongest longest{Lower(copy["name"].text()), body["type"].is_scalar() && body["copy"] == copy};
      FindLongest(body, longest, 0);
      if (longest.items > 0) count = longest.items;
    }
    counting_ = nullptr;
    variables_.clear();   // Of what is found in a turn nothing is kept.
    return count;
  }

  void FindLongest(Value value, ArmLongest& longest, int depth) const {
    if (depth > 60 || counting_steps_ < 0) return;
    if (value.is_scalar() && IsArmExpression(value.text()) && Lower(value.text()).find("copyindex") != std::string::npos) {
      ArmBudget budget{.longest = &longest};
      FromNode(value, 0, budget);
      counting_steps_ -= 5'000 - budget.steps;
    }
    for (size_t i = 0; i < value.size(); ++i) {
      const Value child = value.is_map() ? value.value(i) : value.item(i);
      if (!child["copy"].is_map() || !child["type"].is_scalar()) FindLongest(child, longest, depth + 1);   // Another loop counts for itself.
    }
  }

  // The template of a deployment that is written here.
  Value Deployed(const ArmTarget& target, size_t where) const {
    if (!target.type.empty() && target.type != "microsoft.resources/deployments") return Value();
    const Value deployment = Named(target, "microsoft.resources/deployments", ScopeOf(where));
    for (size_t i = 1; i < scopes_.size() && deployment; ++i)
      if (scopes_[i].deployment == deployment) return scopes_[i].self;
    return Value();
  }

  // ---- values that are given in another file

  // `azuredeploy.parameters.json` beside `azuredeploy.json`.
  void JoinParameters(const Joins& joins, std::string_view file) {
    if (!file.ends_with(".json")) return;
    const std::string name = fmt::format("{}.parameters.json", file.substr(0, file.size() - 5));
    const Value given = joins.In(name);
    if (Lower(given["$schema"].text()).find("deploymentparameters.json") == std::string::npos || !given["parameters"].is_map()) return;
    given_ = given["parameters"];
    given_file_ = name.substr(name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1);
    for (size_t i = 0; i < given_.size(); ++i)
      if (const Value value = given_.value(i)["value"]) given_values_.push_back(Default{value.span(), given_.key(i).span(), given_.key(i).text()});
    std::sort(given_values_.begin(), given_values_.end(), [](const Default& a, const Default& b) { return a.span.begin < b.span.begin; });
  }

  // The one in which something is written.
  static const Default* In(const std::vector<Default>& values, const Span& span) {
    const auto after = std::upper_bound(values.begin(), values.end(), span.begin, [](uint32_t at, const Default& one) { return at < one.span.begin; });
    return after != values.begin() && Within(span, (after - 1)->span) ? &*(after - 1) : nullptr;
  }

  bool NeverMade(Value resource) const {
    for (size_t step = 0; step < kMostScopes && resource; ++step) {
      if (const Value condition = resource["condition"]) {
        ArmBudget budget{.defaults = false};
        const Meaning meaning = ArmMeaning(FromNode(condition, 0, budget), condition.span(), names_, budget);
        if (meaning.known() && Lower(meaning.text) == "false") return true;
      }
      resource = scopes_[ScopeOf(resource.index())].deployment;
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
      if (const Value found = Named({type, Lower(name.Part(0, end).Written())}, "", resource.scope)) return found;
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
      const Meaning meaning = ArmMeaning(EvaluateArm(text.substr(1, text.size() - 2), reference.index(), names_, 0, budget, &targets), reference.span(), names_, budget);
      // A name, or `Microsoft.X/things/name` as older templates have it.
      if (targets.empty()) targets.push_back(PlainArmTarget(meaning.Written()));
    } else {
      targets.push_back(PlainArmTarget(reference.text()));
    }
    for (const ArmTarget& target : targets)
      if (const Value found = Named(target, type, ScopeOf(reference.index()))) return found;
    return Value();
  }

  // The one of that name in the same template, else in one around it, else anywhere.
  Value Named(const ArmTarget& target, const std::string& type, size_t scope) const {
    Value first;
    size_t tried = 0;
    const auto [begin, end] = by_name_.equal_range(target.name);
    for (;;) {
      for (auto one = begin; one != end && ++tried < kMostResources; ++one) {
        const Resource& resource = resources_[one->second];
        if ((!type.empty() && resource.type != type) || (!target.type.empty() && resource.type != target.type)) continue;
        if (resource.scope == scope) return resource.value;
        if (!first) first = resource.value;
      }
      if (scope == 0 || !first) return first;
      scope = scopes_[scope].outer;
    }
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
      // Files of parameters hold no expressions of ours.
      if (IsArmExpression(text) && value.document() == root_.document()) {
        operand = EvaluateArm(text.substr(1, text.size() - 2), value.index(), names_, depth + 1, budget, nullptr);
        if (!operand.meaning.span.known()) operand.meaning.span = value.span();
        return operand;
      }
      if (text.starts_with("[[")) text.remove_prefix(1);
      operand.meaning = Assume(ReadLiteral(text, value.span()), assumed_);
      if (!operand.meaning.known() || text.empty()) return operand;
      const bool given = value.document() == given_.document();
      if (const Default* from = In(given ? given_values_ : defaults_, value.span()))
        operand.meaning.because.push_back(Because{
            .text = given ? fmt::format("`{}` is what {} gives parameter `{}`", operand.meaning.text, given_file_, from->name)
                          : fmt::format("`{}` is the default of parameter `{}`; a deployment may say otherwise", operand.meaning.text, from->name),
            .span = from->named});
    }
    return operand;
  }

  ArmOperand Parameter(std::string_view name, size_t scope, int depth, ArmBudget& budget) const {
    while (scope > 0 && !scopes_[scope].inner) scope = scopes_[scope].outer;
    const std::string written = fmt::format("parameters('{}')", name);
    if (crowded_) return ArmHidden(written, std::string(kCrowded));
    const Value parameter = FindArm(scopes_[scope].self["parameters"], name);
    if (scope > 0) {
      const Value given = FindArm(scopes_[scope].given, name);
      if (given["value"]) return FromNode(given["value"], depth + 1, budget);
      if (given["reference"]) return ArmHidden(written, fmt::format("parameter `{}` is taken from a key vault", name));
    }
    if (auto assumed = Assumed(name)) return *assumed;
    if (auto assumed = Assumed(written)) return *assumed;
    // It counts as a default does where that matters: the same template may be deployed with other values.
    if (const Value given = scope == 0 && parameter && budget.defaults ? FindArm(given_, name) : Value(); given.is_map()) {
      if (given["value"]) return FromNode(given["value"], depth + 1, budget);
      if (given["reference"]) return ArmHidden(written, fmt::format("{} takes parameter `{}` from a key vault", given_file_, name));
    }
    if (!parameter) return ArmHidden(written, fmt::format("nothing in the template gives parameter `{}`", name));
    const Value allowed = parameter["allowedValues"], fallback = parameter["defaultValue"];
    if (allowed.is_sequence() && allowed.size() == 1 && allowed.item(0).is_scalar()) return FromNode(allowed.item(0), depth + 1, budget);
    if (!budget.defaults) return ArmHidden(written, fmt::format("parameter `{}`", name));
    if (fallback && !(fallback.is_scalar() && fallback.text().empty()) && !fallback.is_null()) return FromNode(fallback, depth + 1, budget);
    // Where a template is deployed by another one it is known that nothing is given.
    if (scope > 0 && !fallback && parameter["nullable"].text() == "true") return ArmOperand();
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
    if (crowded_) return ArmHidden(written, std::string(kCrowded));
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
        // Other loops may be as long.
        if (counting_) {
          const Meaning count = ArmMeaning(FromNode(copies.item(i)["count"], depth + 1, budget), {}, names_, budget);
          if (const std::optional<size_t> many = Whole(count)) operand.many = many;
        }
        return operand;
      }
    return ArmHidden(written, fmt::format("nothing in the template gives variable `{}`", name));
  }

  Value root_;
  const Assumptions* assumed_;
  std::shared_ptr<const ArmLoops> loops_;
  ArmNames names_;
  Value given_;                        // Parameters of a file that belongs to the template.
  std::string given_file_;
  bool crowded_ = false;               // There are templates of which nothing is known: what a name means in them is not, either.
  std::vector<Default> given_values_;
  // While loops are written out: the turns there are, that in which something is evaluated, and what all that may still cost.
  mutable const std::vector<ArmTurn>* counting_ = nullptr;
  mutable size_t counted_ = 0;
  mutable long counting_steps_ = 2'000'000;
  std::vector<Scope> scopes_;
  std::vector<Resource> resources_;
  mutable std::map<std::pair<uint32_t, bool>, ArmOperand> variables_;   // What they stand for, with defaults of parameters or without.
  std::map<uint32_t, size_t> by_value_;
  std::multimap<std::string, size_t> by_name_;   // Also by symbolic names; in lower case.
  std::vector<Default> defaults_;   // By where they are written; none within another.
};

}  // namespace

Expressions ArmExpressions(Value root, const Joins* joins) {
  auto made = std::make_shared<const Template>(root, root, joins, nullptr);
  const std::shared_ptr<const ArmLoops> loops = made->WriteOut();
  if (loops) made = std::make_shared<const Template>(Root(loops->document), root, joins, loops);
  Expressions expressions = Bind(made);
  expressions.absent = [made](Value place, const Selector& path) { return made->Absent(place, path); };
  if (loops) {
    expressions.root = Root(loops->document);
    expressions.kept = loops;
  }
  return expressions;
}

}  // namespace domicile
