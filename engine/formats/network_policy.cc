#include "engine/formats/network_policy.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/text/address.h"
#include "engine/text/escape.h"

namespace domicile {

std::optional<std::string> Settled(Value value, const Expressions& expressions) {
  if (!value.is_scalar()) return std::nullopt;
  Meaning meaning = expressions.read(value);
  return meaning.known() ? std::optional(std::move(meaning.text)) : std::nullopt;
}

Outlet HiddenOutlet(Value value) {
  Outlet outlet;
  outlet.known = false;
  outlet.span = value.span();
  outlet.what = value.is_scalar() ? fmt::format("`{}`", value.text()) : "one of its rules";
  return outlet;
}

void AddRange(Value range, Value except, const Expressions& expressions, std::vector<Outlet>& outlets) {
  const std::optional<std::string> text = Settled(range, expressions);
  const std::string_view addresses = text ? Trim(*text) : std::string_view();
  const std::optional<bool> inside = IsPrivateRange(addresses);
  if (!inside) return outlets.push_back(HiddenOutlet(range));
  if (*inside) return;
  Outlet outlet;
  outlet.ranges = {std::string(addresses)};
  outlet.span = range.span();
  outlet.what = fmt::format("`{}`", *text);
  if (!Absent(except) && !except.is_sequence()) outlet.whole = Maybe::kUnknown;
  for (size_t i = 0; i < except.size() && except.is_sequence(); ++i) {
    const std::optional<std::string> one = Settled(except.item(i), expressions);
    const std::optional<bool> spared = one ? IsPrivateRange(Trim(*one)) : std::nullopt;
    if (spared && IsRangeWithin(addresses, Trim(*one))) return;
    if (!spared || !*spared) outlet.whole = Both(outlet.whole, spared ? Maybe::kNo : Maybe::kUnknown);
  }
  outlets.push_back(std::move(outlet));
}

Maybe Closes(const Outlet& denied, const Outlet& outlet, std::string_view range) {
  if (denied.ports && !outlet.ports) return Maybe::kNo;
  if (!denied.known) return Maybe::kUnknown;
  if (std::none_of(denied.ranges.begin(), denied.ranges.end(), [&](const std::string& other) { return IsRangeWithin(range, other); })) return Maybe::kNo;
  return denied.ports ? Both(denied.whole, Maybe::kUnknown) : denied.whole;
}

Maybe SelectsPods(Value selector, const LabelOf& label, const Expressions& expressions) {
  if (!Absent(selector) && !selector.is_map()) return Maybe::kUnknown;
  Maybe all = Maybe::kYes;
  const Value equal = selector["matchLabels"], rules = selector["matchExpressions"];
  if (!Absent(equal) && !equal.is_map()) all = Maybe::kUnknown;
  for (size_t i = 0; i < equal.size() && equal.is_map(); ++i) {
    const std::optional<std::string> key = Settled(equal.key(i), expressions), wanted = Settled(equal.value(i), expressions);
    const LabelValue has = key ? label(*key) : LabelValue{.known = false, .text = {}};
    if (has.known && !has.text) all = Maybe::kNo;
    else all = Both(all, has.known && wanted ? Of(*has.text == *wanted) : Maybe::kUnknown);
  }
  if (!Absent(rules) && !rules.is_sequence()) all = Both(all, Maybe::kUnknown);
  for (size_t i = 0; i < rules.size() && rules.is_sequence(); ++i) {
    const Value rule = rules.item(i), values = rule["values"];
    const std::string how = Settled(rule["operator"], expressions).value_or("");
    const std::optional<std::string> key = Settled(rule["key"], expressions);
    const LabelValue has = key ? label(*key) : LabelValue{.known = false, .text = {}};
    if (!has.known || (how != "In" && how != "NotIn" && how != "Exists" && how != "DoesNotExist")) {
      all = Both(all, Maybe::kUnknown);
      continue;
    }
    Maybe listed = values.is_sequence() ? Maybe::kNo : Maybe::kUnknown;
    for (size_t k = 0; k < values.size() && values.is_sequence() && has.text; ++k) {
      const std::optional<std::string> one = Settled(values.item(k), expressions);
      listed = std::max(listed, one ? Of(*one == *has.text) : Maybe::kUnknown);
    }
    if (how == "Exists" || how == "DoesNotExist") listed = Of(has.text.has_value());
    else if (!has.text) listed = Maybe::kNo;
    const bool wanted = how == "In" || how == "Exists";
    all = Both(all, wanted || listed == Maybe::kUnknown ? listed : Of(listed == Maybe::kNo));
  }
  return all;
}

bool OnlyNames(Value ports) {
  for (size_t i = 0; i < ports.size(); ++i) {
    const Value port = ports.item(i)["port"];
    if (port.text() != "53" && Lower(port.text()) != "dns" && Lower(port.text()) != "domain") return false;
    if (ports.item(i)["endPort"]) return false;
  }
  return ports.is_sequence() && ports.size() > 0;
}

namespace {

// Without types a policy is about egress when it has a rule for it; an empty list is none.
Maybe IsolatesEgress(Value spec, const Expressions& expressions) {
  const Value types = spec["policyTypes"], egress = spec["egress"];
  if (!spec.is_map() || (!Absent(types) && !types.is_sequence())) return Maybe::kUnknown;
  if (types.size() == 0) return Absent(egress) || egress.is_sequence() ? Of(egress.size() > 0) : Maybe::kUnknown;
  Maybe isolates = Maybe::kNo;
  for (size_t i = 0; i < types.size(); ++i) {
    const std::optional<std::string> type = Settled(types.item(i), expressions);
    isolates = std::max(isolates, type ? Of(*type == "Egress") : Maybe::kUnknown);
  }
  return isolates;
}

}  // namespace

bool OfKubernetes(Value policy) {
  const std::string_view version = policy["apiVersion"].text();
  return version.starts_with("networking.k8s.io/") || version.starts_with("extensions/");
}

std::vector<PolicyRules> ReadNetworkPolicy(Value policy, const Expressions& expressions, const Joins*) {
  const Value spec = policy["spec"], rules = spec["egress"];
  PolicyRules told;
  told.selector = spec["podSelector"];
  told.isolates = told.counts = IsolatesEgress(spec, expressions);
  if (told.isolates == Maybe::kNo) return {};
  std::vector<Outlet>& outlets = told.lets_out;
  const auto hidden = [&](Value value) { outlets.push_back(HiddenOutlet(value)); };
  if (!spec.is_map()) hidden(spec ? spec : policy);
  if (!Absent(rules) && !rules.is_sequence()) hidden(rules);
  for (size_t i = 0; i < rules.size() && rules.is_sequence(); ++i) {
    const Value rule = rules.item(i), to = rule["to"], ports = rule["ports"];
    if (OnlyNames(ports)) continue;
    const size_t before = outlets.size();
    if (!rule.is_map() && !rule.is_null()) hidden(rule);
    else if (!Absent(to) && !to.is_sequence()) hidden(to);
    else if (to.size() == 0) outlets.push_back({.span = rule.span(), .what = "every destination"});
    for (size_t k = 0; k < to.size() && to.is_sequence(); ++k) {
      const Value peer = to.item(k), block = peer["ipBlock"];
      if (!Absent(block)) AddRange(block["cidr"] ? block["cidr"] : block, block["except"], expressions, outlets);
      else if (!peer["podSelector"] && !peer["namespaceSelector"]) hidden(peer);   // Pods and namespaces are in the cluster, whichever they are.
    }
    for (size_t k = before; k < outlets.size(); ++k) outlets[k].ports = !Absent(ports) && ports.size() > 0;
  }
  return {std::move(told)};
}

}  // namespace domicile
