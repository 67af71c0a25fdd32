#include "engine/formats/terraform.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "engine/formats/joins.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr int kDeepest = 16;   // Modules within modules, variables behind variables.

// `module.a["x"].aws_s3_bucket.b[0]` without `["x"]` and `[0]`: the configuration names a resource once.
std::string WithoutIndexes(std::string_view address) {
  std::string plain;
  bool quoted = false;
  int depth = 0;
  for (size_t i = 0; i < address.size(); ++i) {
    const char c = address[i];
    if (quoted && c == '\\') ++i;
    else if (c == '"' && depth > 0) quoted = !quoted;
    else if (quoted) continue;
    else if (c == '[') ++depth;
    else if (c == ']') --depth;
    else if (depth == 0) plain += c;
  }
  return plain;
}

// `module.a.module.b`: the names, from the outside in.
std::vector<std::string> ModulePath(std::string_view text) {
  std::vector<std::string> names;
  while (text.starts_with("module.")) {
    text.remove_prefix(7);
    const size_t end = std::min(text.find('.'), text.size());
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

bool Contains(Value outer, Value inner) {
  const Span a = outer.span(), b = inner.span();
  return a.source == b.source && a.begin <= b.begin && b.end <= a.end;
}

class Plan {
 public:
  Plan(Value root, const Joins* joins) : root_(root), joins_(joins), configuration_(root["configuration"]) {
    AddList(root["resource_changes"]);
    for (const std::string_view part : {"planned_values", "values"}) AddModule(root[part]["root_module"], 0);
    AddModule(root["prior_state"]["values"]["root_module"], 0);
    std::sort(resources_.begin(), resources_.end(), [](const Value& a, const Value& b) { return a.span().begin < b.span().begin; });
    AddConfiguration(configuration_["root_module"], "", 0);
  }

  Meaning Read(Value value) const {
    if (!value.is_map()) return ReadLiteral(value.text(), value.span());
    return Resolve(value, ScopeOf(value), 0);
  }

  Meaning Absent(Value place, const Selector& path) const {
    Meaning meaning;
    if (path.FirstKey().empty()) return meaning;
    const Value resource = OwnerOf(place);
    // From the resource itself it is the same path from what it will be.
    if (constexpr std::string_view kAfter = "change.after."; place == resource && path.text().starts_with(kAfter)) {
      const auto below = Selector::Make(path.text().substr(kAfter.size()));
      return below && resource["change"]["after"] ? Absent(resource["change"]["after"], *below) : meaning;
    }
    const Value change = resource["change"];
    const Value unknown = Beside(change["after"], change["after_unknown"], place);
    if (!unknown) return meaning;
    const Value first = unknown[path.FirstKey()];
    const auto hides = [](Value value) { return value.is_scalar() && value.text() == "true"; };
    if (!hides(first)) {
      const std::vector<Selected> found = path.Select(unknown, root_);
      if (std::none_of(found.begin(), found.end(), [&](const Selected& one) { return hides(one.value); })) return meaning;
    }
    // What the provider fills in although nobody asked for it hides nothing.
    std::string written = fmt::format("{}.{}", resource["address"].text(), path.text());
    meaning.span = resource.KeyOf("address") ? resource["address"].span() : resource.span();
    if (const Value expressions = Beside(change["after"], ConfigurationOf(resource)["expressions"], place)) {
      const Value argument = expressions[path.FirstKey()];
      if (!argument) return {};
      const Value exact = path.First(expressions, root_);
      if (const std::string reference = FirstReference(exact ? exact : argument); !reference.empty()) written = reference;
    }
    meaning.Add(Hole{written, fmt::format("`{}` is known only when the plan is applied", written)});
    return meaning;
  }

  void Later(Value map, const std::function<void(std::string_view, Meaning)>& add) const {
    const Value resource = OwnerOf(map);
    const Value change = resource["change"];
    const Value unknown = Beside(change["after"], change["after_unknown"], map);
    for (size_t i = 0; i < unknown.size() && unknown.is_map(); ++i) {
      if (!unknown.value(i).is_scalar() || unknown.value(i).text() != "true") continue;
      const std::string_view key = unknown.key(i).text();
      Meaning meaning;
      meaning.span = unknown.key(i).span();
      const std::string_view address = resource["address"].text();
      meaning.Add(Hole{fmt::format("{}.{}", address, key), fmt::format("`{}` of `{}` is known only when the plan is applied", key, address)});
      add(key, std::move(meaning));
    }
  }

  void Follow(Value from, std::string_view kind, std::vector<Value>* found) const {
    const Value resource = OwnerOf(from);
    if (!resource) return;
    const Value configured = ConfigurationOf(resource);
    if (kind == "provider") {
      if (const Value provider = ProviderOf(resource, configured)) found->push_back(provider["expressions"]);
      return;
    }
    // By what the configuration says, else by the id that stands there.
    const Value values = resource["change"]["after"] ? resource["change"]["after"] : resource["values"];
    Value place = from, expressions = Beside(values, configured["expressions"], from);
    if (!expressions) {
      // From a text in it that is a document.
      place = values;
      expressions = configured["expressions"];
    }
    const std::string module = ModuleOf(resource);
    for (const std::string& reference : References(expressions, kind))
      if (AddReferred(module, reference, resource, 0, found)) return;
    const auto selector = Selector::Make(kind);
    const Value id = selector ? selector->First(place, root_) : Value();
    if (!id.is_scalar() || id.text().empty()) return;
    if (const auto known = by_id_.find(Lower(id.text())); known != by_id_.end()) found->push_back(known->second);
  }

 private:
  // `other` has the shape of `whole`: its part that goes with `part` of it.
  static Value Beside(Value whole, Value other, Value part) {
    while (whole && whole != part && other) {
      Value next, next_other;
      for (size_t i = 0; i < whole.size() && !next; ++i) {
        const Value child = whole.is_map() ? whole.value(i) : whole.item(i);
        if (child != part && !Contains(child, part)) continue;
        next = child;
        next_other = whole.is_map() ? other[whole.key(i).text()] : other.is_sequence() && i < other.size() ? other.item(i) : Value();
      }
      whole = next;
      other = next_other;
    }
    return whole == part ? other : Value();
  }

  void Add(Value resource) {
    const Value address = resource["address"];
    if (!address.is_scalar()) return;
    resources_.push_back(resource);
    by_address_.emplace(std::string(address.text()), resource);
    by_address_.emplace(WithoutIndexes(address.text()), resource);
    for (const Value values : {resource["change"]["after"], resource["change"]["before"], resource["values"]})
      for (const std::string_view key : {"id", "arn"})
        if (values[key].is_scalar() && !values[key].text().empty()) by_id_.emplace(Lower(values[key].text()), resource);
  }
  void AddList(Value list) {
    for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) Add(list.item(i));
  }
  void AddModule(Value module, int depth) {
    if (!module || depth > kDeepest) return;
    AddList(module["resources"]);
    const Value children = module["child_modules"];
    for (size_t i = 0; i < children.size() && children.is_sequence(); ++i) AddModule(children.item(i), depth + 1);
  }
  void AddConfiguration(Value module, const std::string& path, int depth) {
    if (!module || depth > kDeepest) return;
    const Value list = module["resources"], calls = module["module_calls"];
    for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) configured_.emplace(path + std::string(list.item(i)["address"].text()), list.item(i));
    for (size_t i = 0; i < calls.size() && calls.is_map(); ++i)
      AddConfiguration(calls.value(i)["module"], fmt::format("{}module.{}.", path, calls.key(i).text()), depth + 1);
  }

  // The resource in which a node stands.
  Value OwnerOf(Value node) const {
    const Span span = node.span();
    auto after = std::upper_bound(resources_.begin(), resources_.end(), span.begin, [](uint32_t at, const Value& resource) { return at < resource.span().begin; });
    if (after == resources_.begin()) return {};
    const Value resource = *--after;
    return Contains(resource, node) ? resource : Value();
  }
  Value ConfigurationOf(Value resource) const {
    const auto found = configured_.find(WithoutIndexes(resource["address"].text()));
    return found == configured_.end() ? Value() : found->second;
  }
  static std::string ModuleOf(Value resource) {
    const Value module = resource["module_address"];
    if (module.is_scalar()) return WithoutIndexes(module.text());
    std::string address = WithoutIndexes(resource["address"].text()), path;
    while (address.starts_with("module.")) {
      const size_t end = address.find('.', 7);
      if (end == std::string::npos) break;
      path += (path.empty() ? "" : ".") + address.substr(0, end);
      address.erase(0, end + 1);
    }
    return path;
  }

  // A module that configures no provider of its own has that of the module around it.
  Value ProviderOf(Value resource, Value configured) const {
    const Value providers = configuration_["provider_config"];
    std::string key(configured["provider_config_key"].text());
    if (key.empty()) {
      const std::string_view name = resource["provider_name"].text();
      key = std::string(name.substr(name.rfind('/') + 1));
    }
    const size_t colon = key.rfind(':');
    std::string module = colon == std::string::npos ? "" : key.substr(0, colon);
    const std::string local = colon == std::string::npos ? key : key.substr(colon + 1);
    for (int depth = 0; depth <= kDeepest; ++depth) {
      if (const Value found = providers[module.empty() ? local : module + ":" + local]; found && (found["expressions"] || module.empty())) return found;
      if (module.empty()) return {};
      const size_t last = module.rfind(".module.");
      module.erase(last == std::string::npos ? 0 : last);
    }
    return {};
  }

  static void CollectReferences(Value value, std::vector<std::string>& out, int depth) {
    if (depth > kDeepest) return;
    if (value.is_map()) {
      const Value list = value["references"];
      for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) out.emplace_back(list.item(i).text());
      for (size_t i = 0; i < value.size(); ++i)
        if (value.key(i).text() != "references" && value.key(i).text() != "constant_value") CollectReferences(value.value(i), out, depth + 1);
    } else if (value.is_sequence()) {
      for (size_t i = 0; i < value.size(); ++i) CollectReferences(value.item(i), out, depth + 1);
    }
  }
  static std::string FirstReference(Value argument) {
    std::vector<std::string> references;
    CollectReferences(argument, references, 0);
    return references.empty() ? "" : references[0];
  }
  std::vector<std::string> References(Value expressions, std::string_view path) const {
    std::vector<std::string> references;
    if (const auto selector = Selector::Make(path))
      for (const Selected& found : selector->Select(expressions, root_)) CollectReferences(found.value, references, 0);
    return references;
  }

  // The resource that a reference names, as it is seen from a module. An argument of the module may stand for it.
  bool AddReferred(const std::string& module, const std::string& reference, Value from, int depth, std::vector<Value>* found) const {
    if (depth > kDeepest) return false;
    if (reference.starts_with("var.") && !module.empty()) {
      const auto [call, outer] = CallOf(module);
      std::vector<std::string> references;
      CollectReferences(call["expressions"][reference.substr(4, reference.find('.', 4) - 4)], references, 0);
      for (const std::string& one : references)
        if (AddReferred(outer, one, from, depth + 1, found)) return true;
      return false;
    }
    // `module.a.id`: an output, which says whence it comes.
    if (reference.starts_with("module.")) {
      const size_t name_end = reference.find('.', 7);
      if (name_end == std::string::npos) return false;
      const std::string inner = (module.empty() ? "" : module + ".") + WithoutIndexes(reference.substr(0, name_end));
      const Value output = ModuleAt(inner)["outputs"][reference.substr(name_end + 1, reference.find('.', name_end + 1) - name_end - 1)];
      std::vector<std::string> references;
      CollectReferences(output["expression"], references, 0);
      for (const std::string& one : references)
        if (AddReferred(inner, one, from, depth + 1, found)) return true;
      return false;
    }
    const bool data = reference.starts_with("data.");
    size_t end = reference.find('.', data ? 5 : 0);
    if (end == std::string::npos) return false;
    end = std::min(reference.find_first_of(".[", end + 1), reference.size());
    const std::string_view index = Index(from["address"].text());
    const std::string name = reference.substr(0, end);
    // The one with the same key of `for_each` or `count`, else the only one.
    std::string prefix(from["module_address"].text());
    if (WithoutIndexes(prefix) != module) prefix = module;
    if (!prefix.empty()) prefix += '.';
    for (const std::string& address : {prefix + name + std::string(index), prefix + name, (module.empty() ? "" : module + ".") + name})
      if (const auto known = by_address_.find(address); known != by_address_.end()) {
        found->push_back(known->second);
        return true;
      }
    return false;
  }
  static std::string_view Index(std::string_view address) {
    if (!address.ends_with(']')) return {};
    const size_t open = address.rfind('[');
    return open == std::string_view::npos ? std::string_view() : address.substr(open);
  }

  Value ModuleAt(std::string_view path) const {
    Value module = configuration_["root_module"];
    for (const std::string& name : ModulePath(path)) module = module["module_calls"][name]["module"];
    return module;
  }
  // The call of a module, and the module that calls.
  std::pair<Value, std::string> CallOf(const std::string& module) const {
    const size_t last = module.rfind("module.");
    if (last == std::string::npos) return {};
    const std::string outer = last == 0 ? "" : module.substr(0, last - 1);
    return {ModuleAt(outer)["module_calls"][module.substr(last + 7)], outer};
  }

  // The module in which an expression of a provider is written.
  std::string ScopeOf(Value expression) const {
    const Value providers = configuration_["provider_config"];
    for (size_t i = 0; i < providers.size() && providers.is_map(); ++i) {
      if (!Contains(providers.value(i), expression)) continue;
      const std::string_view key = providers.key(i).text();
      const size_t colon = key.rfind(':');
      return colon == std::string_view::npos ? "" : std::string(key.substr(0, colon));
    }
    return "";
  }

  Meaning Resolve(Value expression, const std::string& module, int depth) const {
    Meaning meaning;
    meaning.span = expression.span();
    if (const Value constant = expression["constant_value"]) {
      if (constant.is_scalar()) return ReadLiteral(constant.text(), constant.span());
      return meaning;
    }
    std::vector<std::string> references;
    CollectReferences(expression, references, 0);
    const std::string reference = references.empty() ? "" : references[0];
    const Value first = expression["references"].item(0);
    const Span span = first ? first.span() : expression.span();
    if (depth < kDeepest && reference.starts_with("var.") && references.size() == 1) {
      const std::string name = reference.substr(4, reference.find_first_of(".[", 4) - 4);
      Meaning value;
      if (module.empty()) {
        const Value given = root_["variables"][name]["value"], silent = configuration_["root_module"]["variables"][name]["default"];
        const Value text = given ? given : silent;
        if (text.is_scalar() && name.size() + 4 == reference.size()) value = ReadLiteral(text.text(), text.span());
      } else {
        const auto [call, outer] = CallOf(module);
        if (const Value argument = call["expressions"][name]) value = Resolve(argument, outer, depth + 1);
        else if (const Value silent = ModuleAt(module)["variables"][name]["default"]; silent.is_scalar()) value = ReadLiteral(silent.text(), silent.span());
      }
      if (!value.text.empty() && value.known()) {
        Because because;
        because.text = fmt::format("the plan sets the variable `{}` to `{}`", name, value.text);
        because.span = value.span;
        value.because.push_back(std::move(because));
        return value;
      }
    } else if (reference.starts_with("data.") || (!reference.empty() && !reference.starts_with("local.") && !reference.starts_with("each."))) {
      // `data.aws_region.current.name`: the longest reference says which attribute.
      std::vector<Value> found;
      const size_t dot = reference.rfind('.');
      if (dot != std::string::npos && AddReferred(module, reference, {}, 0, &found)) {
        const Value values = found[0]["change"]["after"] ? found[0]["change"]["after"] : found[0]["values"];
        if (const Value attribute = values[reference.substr(dot + 1)]; attribute.is_scalar()) {
          Meaning value = ReadLiteral(attribute.text(), attribute.span());
          Because because;
          because.text = fmt::format("`{}` is `{}`", reference, attribute.text());
          because.span = attribute.span();
          value.because.push_back(std::move(because));
          return value;
        }
      }
    }
    meaning.span = span;
    if (reference.empty()) return meaning;
    meaning.Add(Hole{reference, fmt::format("`{}` fills this in", reference)});
    return Assume(std::move(meaning), joins_ ? joins_->assumed() : nullptr);
  }

  const Value root_;
  const Joins* joins_;
  const Value configuration_;
  std::vector<Value> resources_;                 // In the order of the file.
  std::map<std::string, Value> by_address_, by_id_, configured_;
};

}  // namespace

Expressions TerraformExpressions(Value root, const Joins* joins) {
  Expressions terraform = PlainExpressions(root, joins);
  const auto plan = std::make_shared<Plan>(root, joins);
  terraform.read = [plan](Value value) { return plan->Read(value); };
  terraform.absent = [plan](Value place, const Selector& path) { return plan->Absent(place, path); };
  terraform.later = [plan](Value map, const std::function<void(std::string_view, Meaning)>& add) { plan->Later(map, add); };
  terraform.follow = [plan](Value from, std::string_view kind, std::vector<Value>* found) { plan->Follow(from, kind, found); };
  return terraform;
}

}  // namespace domicile
