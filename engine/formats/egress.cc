#include "engine/formats/egress.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "engine/formats/joins.h"
#include "engine/text/address.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

enum class Maybe : uint8_t { kNo, kUnknown, kYes };

Maybe All(Maybe a, Maybe b) { return std::min(a, b); }
Maybe Of(bool yes) { return yes ? Maybe::kYes : Maybe::kNo; }
bool Absent(Value value) { return !value || value.is_null(); }

// The text of a scalar that nothing hides.
std::optional<std::string> Settled(Value value, const Expressions& expressions) {
  if (!value.is_scalar()) return std::nullopt;
  Meaning meaning = expressions.read(value);
  return meaning.known() ? std::optional(std::move(meaning.text)) : std::nullopt;
}

// How far connections go that a policy allows.
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
  const auto hidden = [&](Value value) { take(Reach::kUnknown, value.span(), value.is_scalar() ? fmt::format("`{}`", value.text()) : "one of its rules"); };
  const Value rules = policy["spec"]["egress"];
  if (!Absent(rules) && !rules.is_sequence()) hidden(rules);
  for (size_t i = 0; i < rules.size() && rules.is_sequence(); ++i) {
    const Value rule = rules.item(i), to = rule["to"];
    if (!rule.is_map() && !rule.is_null()) hidden(rule);
    else if (!Absent(to) && !to.is_sequence()) hidden(to);
    else if (to.size() == 0 && !OnlyNames(rule["ports"])) take(Reach::kInternet, rule.span(), "every destination");
    for (size_t k = 0; k < to.size() && to.is_sequence() && !OnlyNames(rule["ports"]); ++k) {
      const Value peer = to.item(k), block = peer["ipBlock"];
      if (Absent(block)) {
        // Pods and namespaces are in the cluster, whichever they are.
        if (!peer["podSelector"] && !peer["namespaceSelector"]) hidden(peer);
        continue;
      }
      const std::optional<std::string> range = Settled(block["cidr"], expressions);
      const std::optional<bool> inside = range ? IsPrivateRange(Trim(*range)) : std::nullopt;
      if (!inside) hidden(block["cidr"].is_scalar() ? block["cidr"] : block);
      else if (!*inside) take(Reach::kInternet, block["cidr"].span(), fmt::format("`{}`", *range));
    }
  }
  return worst;
}

// Without types a policy is about egress when it has a rule for it; an empty list is none.
Maybe IsolatesEgress(Value policy, const Expressions& expressions) {
  const Value spec = policy["spec"], types = spec["policyTypes"], egress = spec["egress"];
  if (!spec.is_map() || (!Absent(types) && !types.is_sequence())) return Maybe::kUnknown;
  if (types.size() == 0) return Absent(egress) || egress.is_sequence() ? Of(egress.size() > 0) : Maybe::kUnknown;
  Maybe isolates = Maybe::kNo;
  for (size_t i = 0; i < types.size(); ++i) {
    const std::optional<std::string> type = Settled(types.item(i), expressions);
    isolates = std::max(isolates, type ? Of(*type == "Egress") : Maybe::kUnknown);
  }
  return isolates;
}

// `expressions` are those of the policy, `of_pods` those in which labels are written.
Maybe SelectsPods(Value selector, Value labels, const Pattern* added, const Expressions& expressions, const Expressions& of_pods) {
  if (!Absent(selector) && !selector.is_map()) return Maybe::kUnknown;
  // Whether the label with this key has a value that `fits`; `fits` is given nothing for a label that is not there.
  const auto label = [&](std::string_view key, auto fits) {
    const Value value = labels[key];
    if (!value && added && added->Search(key)) return Maybe::kUnknown;
    if (!value) return fits(std::optional<std::string>());
    const std::optional<std::string> text = Settled(value, of_pods);
    return text ? fits(text) : Maybe::kUnknown;
  };
  Maybe all = Maybe::kYes;
  const Value equal = selector["matchLabels"], rules = selector["matchExpressions"];
  if (!Absent(equal) && !equal.is_map()) all = Maybe::kUnknown;
  for (size_t i = 0; i < equal.size() && equal.is_map(); ++i) {
    const std::optional<std::string> wanted = Settled(equal.value(i), expressions);
    all = All(all, label(equal.key(i).text(), [&](const std::optional<std::string>& text) { return !text ? Maybe::kNo : wanted ? Of(*text == *wanted) : Maybe::kUnknown; }));
  }
  if (!Absent(rules) && !rules.is_sequence()) all = All(all, Maybe::kUnknown);
  for (size_t i = 0; i < rules.size() && rules.is_sequence(); ++i) {
    const Value rule = rules.item(i), values = rule["values"];
    const std::string how = Settled(rule["operator"], expressions).value_or("");
    const std::optional<std::string> key = Settled(rule["key"], expressions);
    if (!key || (how != "In" && how != "NotIn" && how != "Exists" && how != "DoesNotExist")) {
      all = All(all, Maybe::kUnknown);
      continue;
    }
    all = All(all, label(*key, [&](const std::optional<std::string>& text) {
      if (how == "Exists" || how == "DoesNotExist") return Of(text.has_value() == (how == "Exists"));
      if (!text) return Of(how == "NotIn");
      Maybe listed = values.is_sequence() ? Maybe::kNo : Maybe::kUnknown;
      for (size_t k = 0; k < values.size() && values.is_sequence(); ++k) {
        const std::optional<std::string> one = Settled(values.item(k), expressions);
        listed = std::max(listed, one ? Of(*one == *text) : Maybe::kUnknown);
      }
      return how == "In" || listed == Maybe::kUnknown ? listed : Of(listed == Maybe::kNo);
    }));
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

// Policies of network plug-ins, which allow or deny besides those of Kubernetes itself.
Value PluginPolicy(std::string_view space, Value root, const Joins& joins) {
  for (const std::string_view kind : {"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "NetworkPolicy"})
    for (const auto& [policy, sure] : joins.InSpace(kind, space, root))
      if (kind != "NetworkPolicy" || !OfKubernetes(policy)) return policy;
  return {};
}

}  // namespace

bool OfKubernetes(Value policy) {
  const std::string_view version = policy["apiVersion"].text();
  return version.starts_with("networking.k8s.io/") || version.starts_with("extensions/");
}

Egress EgressOfPods(Value root, std::string_view space, std::vector<Value> labels, const Pattern* added, Value host_network, const Expressions& expressions, const Joins* joins) {
  constexpr std::string_view kByDefault = "no NetworkPolicy among the files denies its pods the internet, and without one they may reach everything";
  if (const std::optional<std::string> host = Settled(host_network, expressions); host_network && (!host || Lower(*host) == "true"))
    return {Hidden(host_network.span(), "its pods are on the network of their node, to which network policies need not apply"), ""};
  if (labels.empty()) labels.emplace_back();
  struct Told {
    Maybe isolates;          // It is about what leaves the pods.
    Allowed allowed;
  };
  struct Policy {
    Value root;
    Maybe here;              // It is in the namespace of the pods.
    std::shared_ptr<const Told> told;
  };
  std::vector<Policy> policies;
  const Expressions plain = PlainExpressions(root, joins);   // Policies are written plainly, whatever the pods are written in.
  if (joins)
    for (const auto& [root_of_policy, sure] : joins->InSpace("NetworkPolicy", space, root)) {
      const Value policy = root_of_policy;
      if (!OfKubernetes(policy)) continue;
      // A policy may be about very many workloads.
      auto told = std::static_pointer_cast<const Told>(joins->Once(policy, [&] { return std::make_shared<const Told>(Told{IsolatesEgress(policy, plain), AllowedBy(policy, plain)}); }));
      if (told->isolates != Maybe::kNo) policies.push_back({policy, sure ? Maybe::kYes : Maybe::kUnknown, std::move(told)});
    }
  std::optional<Fact> open, unknown, denied;
  bool free = false;   // Pods that no policy selects.
  for (const Value pods : labels) {
    std::optional<Fact> may_open, may_deny, denies;
    for (const Policy& policy : policies) {
      const Maybe counts = All(All(SelectsPods(policy.root["spec"]["podSelector"], pods, added, plain, expressions), policy.here), policy.told->isolates);
      if (counts == Maybe::kNo) continue;
      const Value name = policy.root["metadata"]["name"];
      const auto unsure = [&](Span span) { return Hidden(span, fmt::format("nothing tells whether NetworkPolicy `{}` is about its pods", name.text())); };
      const Allowed& allowed = policy.told->allowed;
      if (allowed.reach == Reach::kUnknown) may_open = Hidden(allowed.span, fmt::format("nothing tells where {} leads, to which NetworkPolicy `{}` lets connections go", allowed.what, name.text()));
      else if (allowed.reach == Reach::kInternet && counts == Maybe::kUnknown) may_open = unsure(allowed.span);
      else if (allowed.reach == Reach::kInternet) open = Known("open", allowed.span, fmt::format("NetworkPolicy `{}` lets connections go to {}", name.text(), allowed.what));
      else if (counts == Maybe::kUnknown) may_deny = unsure(name.span());
      else denies = Known("denied", name.span(), fmt::format("NetworkPolicy `{}` lets connections go to private addresses only", name.text()));
    }
    if (may_open || (!denies && may_deny)) unknown = may_open ? may_open : may_deny;
    else if (denies) denied = denies;
    else free = true;
  }
  if (open) return {open, ""};
  if (unknown) return {unknown, ""};
  if (free) return {std::nullopt, std::string(kByDefault)};
  if (const Value other = PluginPolicy(space, root, *joins))
    return {Hidden(other["metadata"]["name"].span(), fmt::format("`{}` is a policy of a network plug-in, which is not read", other["metadata"]["name"].text())), ""};
  return {denied, ""};
}

Egress EgressOfServices(Value root, const std::vector<Selected>& services, const Expressions& expressions) {
  const Value networks = root["networks"];
  // Why a service reaches more than its neighbours by a network; empty when it does not.
  const auto leads_out = [&](std::string_view service, std::string_view name) -> std::string {
    const Value network = networks[name];
    if (Lower(expressions.read(network["external"]).text) == "true" || network["external"].is_map())
      return fmt::format("service `{}` is on network `{}`, which others made", service, name);
    const Meaning internal = expressions.read(network["internal"]);
    if (!internal.known()) return fmt::format("nothing tells whether network `{}` is internal: {}", name, internal.Reason());
    return Lower(internal.text) == "true" ? "" : fmt::format("service `{}` is on network `{}`, which is not `internal`", service, name);
  };
  Span span;
  for (const Selected& service : services) {
    const Value mode = service.value["network_mode"], own = service.value["networks"];
    const std::string_view shared = mode.text().starts_with("service:") ? mode.text().substr(8) : std::string_view();
    if (mode.text() == "none" || (!shared.empty() && root["services"][shared])) {   // What is shared is looked at where it is.
      if (!span.known()) span = mode.span();
      continue;
    }
    if (!mode.text().empty()) return {std::nullopt, fmt::format("service `{}` is on the network `{}` of its host", service.key.text(), mode.text())};
    std::vector<std::string_view> names;
    for (size_t i = 0; i < own.size(); ++i) names.push_back(own.is_map() ? own.key(i).text() : own.item(i).text());
    if (names.empty()) names.push_back("default");
    for (const std::string_view name : names) {
      if (std::string why = leads_out(service.key.text(), name); !why.empty()) return {std::nullopt, std::move(why)};
      if (!span.known()) span = networks.KeyOf(name).span();
    }
  }
  if (services.empty() || !span.known()) return {};
  return {Known("denied", span, "each network of its services is internal"), ""};
}

}  // namespace domicile
