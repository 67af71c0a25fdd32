#include "engine/formats/egress.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/formats/joins.h"
#include "engine/text/address.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

enum class Reach : uint8_t { kInside, kUnknown, kInternet };
struct Allowed {
  Reach reach = Reach::kInside;
  Span span;
  std::string what;
};

// Only names are asked for.
bool OnlyNames(Value ports) {
  for (size_t i = 0; i < ports.size(); ++i) {
    const Value port = ports.item(i)["port"];
    if (port.text() != "53" && Lower(port.text()) != "dns" && Lower(port.text()) != "domain") return false;
    if (ports.item(i)["endPort"]) return false;
  }
  return ports.is_sequence() && ports.size() > 0;
}

Allowed AllowedBy(Value policy, const Expressions& expressions) {
  Allowed worst;
  const auto take = [&](Reach reach, Span span, std::string what) {
    if (reach > worst.reach) worst = {reach, span, std::move(what)};
  };
  const Value rules = policy["spec"]["egress"];
  for (size_t i = 0; i < rules.size() && rules.is_sequence(); ++i) {
    const Value rule = rules.item(i), to = rule["to"];
    if (OnlyNames(rule["ports"])) continue;
    if (to.size() == 0) take(Reach::kInternet, rule.span(), "every destination");
    for (size_t k = 0; k < to.size() && to.is_sequence(); ++k) {
      const Value block = to.item(k)["ipBlock"]["cidr"];
      if (!block) continue;
      const Meaning cidr = expressions.read(block);
      const std::optional<bool> inside = cidr.known() ? IsPrivateRange(Trim(cidr.text)) : std::nullopt;
      if (!inside) take(Reach::kUnknown, block.span(), fmt::format("`{}`", cidr.Written()));
      else if (!*inside) take(Reach::kInternet, block.span(), fmt::format("`{}`", cidr.text));
    }
  }
  return worst;
}

bool IsolatesEgress(Value policy) {
  const Value types = policy["spec"]["policyTypes"];
  if (types.size() == 0) return static_cast<bool>(policy["spec"]["egress"]);
  for (size_t i = 0; i < types.size(); ++i)
    if (types.item(i).text() == "Egress") return true;
  return false;
}

enum class Selects : uint8_t { kNo, kUnknown, kYes };

Selects SelectsPods(Value selector, Value labels, bool generated) {
  Selects all = Selects::kYes;
  const auto need = [&](std::string_view key, auto fits) {
    const Value value = labels[key];
    const bool unsure = (!value && generated) || !HiddenReason(value.text()).empty();
    all = std::min(all, unsure ? Selects::kUnknown : fits(value) ? Selects::kYes : Selects::kNo);
  };
  const Value equal = selector["matchLabels"], expressions = selector["matchExpressions"];
  for (size_t i = 0; i < equal.size() && equal.is_map(); ++i)
    need(equal.key(i).text(), [&](Value value) { return value && value.text() == equal.value(i).text(); });
  for (size_t i = 0; i < expressions.size() && expressions.is_sequence(); ++i) {
    const Value one = expressions.item(i), values = one["values"];
    const std::string_view how = one["operator"].text();
    need(one["key"].text(), [&](Value value) {
      bool listed = false;
      for (size_t k = 0; k < values.size() && values.is_sequence(); ++k) listed = listed || (value && values.item(k).text() == value.text());
      if (how == "In") return listed;
      if (how == "NotIn") return !listed;
      return how == "Exists" ? static_cast<bool>(value) : !value;
    });
  }
  return all;
}

Fact Known(std::string value, Span span, std::string why) {
  Fact fact;
  fact.span = span;
  fact.terms.push_back(Term{.text = std::move(value), .span = span});
  fact.because.Add(Because{.text = std::move(why), .span = span});
  return fact;
}

Fact Hidden(Span span, std::string reason) {
  Fact fact;
  fact.hidden = true;
  fact.span = span;
  fact.reason = std::move(reason);
  return fact;
}

}  // namespace

Egress EgressOfPods(Value root, std::string_view space, std::vector<Value> labels, bool generated, const Expressions& expressions, const Joins* joins) {
  constexpr std::string_view kByDefault = "no NetworkPolicy among the files denies its pods the internet, and without one they may reach everything";
  if (labels.empty()) labels.emplace_back();
  std::vector<Value> policies = joins ? joins->InSpace("NetworkPolicy", space, root) : std::vector<Value>{};
  std::erase_if(policies, [](Value policy) { return !IsolatesEgress(policy); });
  std::optional<Fact> open, unknown, denied;
  bool free = false;   // Pods that no policy selects.
  for (const Value pods : labels) {
    bool selected = false;
    for (const Value policy : policies) {
      const Selects selects = SelectsPods(policy["spec"]["podSelector"], pods, generated);
      if (selects == Selects::kNo) continue;
      selected = true;
      const Value name = policy["metadata"]["name"];
      const Allowed allowed = AllowedBy(policy, expressions);
      if (allowed.reach == Reach::kUnknown) unknown = Hidden(allowed.span, fmt::format("nothing tells where {} leads, to which NetworkPolicy `{}` lets connections go", allowed.what, name.text()));
      else if (selects == Selects::kUnknown) unknown = Hidden(name.span(), fmt::format("nothing tells whether NetworkPolicy `{}` selects its pods: an operator makes their labels", name.text()));
      else if (allowed.reach == Reach::kInternet) open = Known("open", allowed.span, fmt::format("NetworkPolicy `{}` lets connections go to {}", name.text(), allowed.what));
      else denied = Known("denied", name.span(), fmt::format("NetworkPolicy `{}` lets no connection out", name.text()));
    }
    free = free || !selected;
  }
  if (open) return {open, ""};
  if (unknown) return {unknown, ""};
  if (free) return {std::nullopt, std::string(kByDefault)};
  return {denied, ""};
}

Egress EgressOfServices(Value root, const std::vector<Selected>& services, const Expressions& expressions) {
  const Value networks = root["networks"];
  const auto internal = [&](std::string_view name) { return Lower(expressions.read(networks[name]["internal"]).text) == "true"; };
  Span span;
  for (const Selected& service : services) {
    const Value mode = service.value["network_mode"], own = service.value["networks"];
    if (mode.text() == "none" || mode.text().starts_with("service:")) {   // That of another service, which is looked at too.
      if (!span.known()) span = mode.span();
      continue;
    }
    std::vector<std::string_view> names;
    for (size_t i = 0; i < own.size(); ++i) names.push_back(own.is_map() ? own.key(i).text() : own.item(i).text());
    if (names.empty()) names.push_back(mode ? mode.text() : "default");
    for (const std::string_view name : names) {
      if (!internal(name)) return {std::nullopt, fmt::format("service `{}` is on network `{}`, which is not `internal`", service.key.text(), name)};
      if (!span.known()) span = networks.KeyOf(name).span();
    }
  }
  if (services.empty() || !span.known()) return {};
  return {Known("denied", span, "each network of its services is internal"), ""};
}

}  // namespace domicile
