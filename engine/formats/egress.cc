#include "engine/formats/egress.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "engine/formats/cilium.h"
#include "engine/formats/joins.h"
#include "engine/formats/network_policy.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

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

// Kinds of policies that are read. What a plug-in adds to Kubernetes counts together with its own
// (https://docs.cilium.io/en/stable/security/policy/deny/).
struct PolicyKind {
  std::string_view kind;
  bool (*is)(Value policy);   // Null when the name of the kind is enough.
  bool clusterwide;
  std::vector<PolicyRules> (*read)(Value policy, const Expressions& expressions, const Joins* joins);
  // Null where keys are plain.
  LabelValue (*label)(std::string_view key, std::string_view space, const LabelOf& own);
};
constexpr PolicyKind kPolicyKinds[] = {
    {"NetworkPolicy", OfKubernetes, false, ReadNetworkPolicy, nullptr},
    {"CiliumNetworkPolicy", nullptr, false, ReadCiliumPolicy, CiliumLabel},
    {"CiliumClusterwideNetworkPolicy", nullptr, true, ReadCiliumPolicy, CiliumLabel},
};

// Policies of network plug-ins that are not read.
Value OtherPolicy(std::string_view space, Value root, const Joins& joins) {
  for (const std::string_view kind : {"GlobalNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "NetworkPolicy"})
    for (const auto& [policy, sure] : joins.InSpace(kind, space, root))
      if (kind != "NetworkPolicy" || !OfKubernetes(policy)) return policy;
  return {};
}

struct Policy {
  const PolicyKind* kind;
  Value name;
  Maybe here;              // It is in the namespace, or the cluster, of the pods.
  std::shared_ptr<const std::vector<PolicyRules>> rules;

  std::string Called() const { return fmt::format("{} `{}`", kind->kind, name.text()); }
};

std::vector<Policy> PoliciesAbout(Value root, std::string_view space, const Expressions& expressions, const Joins& joins) {
  std::vector<Policy> policies;
  for (const PolicyKind& kind : kPolicyKinds)
    for (const auto& [root_of_policy, sure] : kind.clusterwide ? joins.InCluster(kind.kind, root) : joins.InSpace(kind.kind, space, root)) {
      const Value policy = root_of_policy;
      if (kind.is && !kind.is(policy)) continue;
      // A policy may be about very many workloads.
      const auto read = [&] { return std::make_shared<const std::vector<PolicyRules>>(kind.read(policy, expressions, &joins)); };
      policies.push_back({&kind, policy["metadata"]["name"], sure ? Maybe::kYes : Maybe::kUnknown, std::static_pointer_cast<const std::vector<PolicyRules>>(joins.Once(policy, read))});
    }
  return policies;
}

// Rules that select pods, or may.
struct Selecting {
  const Policy* policy;
  const PolicyRules* rules;
  Maybe selects;

  Fact Unsure(Span span) const { return Hidden(span, fmt::format("nothing tells whether {} is about its pods", policy->Called())); }
};

// What of a way out is closed, and by whom.
struct Closed {
  Maybe closed = Maybe::kYes;
  const Selecting* by = nullptr;
};
Closed ClosedOf(const Outlet& outlet, const std::vector<Selecting>& all) {
  Closed closed;
  Maybe some = Maybe::kNo;
  for (const std::string& range : outlet.ranges) {
    Maybe most = Maybe::kNo;
    for (const Selecting& one : all)
      for (const Outlet& denied : one.rules->denies) {
        const Maybe closes = Both(one.selects, Closes(denied, outlet, range));
        if (closes > most) closed.by = &one;
        most = std::max(most, closes);
      }
    closed.closed = Both(closed.closed, most);
    some = std::max(some, most);
  }
  // Of two protocols one is closed: whether the cluster speaks the other one nobody says.
  if (some != Maybe::kNo) closed.closed = std::max(closed.closed, Maybe::kUnknown);
  return closed;
}

// What holds for pods with the same labels: `open`, `denied`, or hidden; empty when nothing denies them anything.
std::optional<Fact> EgressUnder(const std::vector<Selecting>& all) {
  Maybe isolated = Maybe::kNo;
  const Selecting *isolates = nullptr, *denies = nullptr, *closes = nullptr;
  std::string_view closed_off = "the internet";
  std::optional<Fact> may_open;
  for (const Selecting& one : all) {
    const Maybe does = Both(one.selects, one.rules->isolates);
    if (does == Maybe::kNo || does < isolated) continue;
    isolated = does;
    isolates = &one;
    if (does == Maybe::kYes && one.rules->lets_out.empty()) denies = &one;
  }
  const auto unsure_of = [](const Selecting& by, std::string_view of) { return Hidden(by.policy->name.span(), fmt::format("nothing tells whether {} denies all {}", by.policy->Called(), of)); };
  for (const Selecting& one : all)
    for (const Outlet& outlet : one.rules->lets_out) {
      const Closed closed = ClosedOf(outlet, all);
      const Maybe counts = Both(one.selects, one.rules->counts);
      if (closed.closed == Maybe::kYes) {
        closes = closed.by;
        closed_off = outlet.what;
        continue;
      }
      if (!outlet.known) may_open = Hidden(outlet.span, fmt::format("nothing tells where {} leads, to which {} lets connections go", outlet.what, one.policy->Called()));
      else if (counts == Maybe::kUnknown) may_open = one.Unsure(outlet.span);
      else if (closed.closed == Maybe::kUnknown) may_open = unsure_of(*closed.by, fmt::format("of {}, to which {} lets connections go", outlet.what, one.policy->Called()));
      else if (isolated != Maybe::kNo) return Known("open", outlet.span, fmt::format("{} lets connections go to {}", one.policy->Called(), outlet.what));
    }
  if (isolated != Maybe::kYes) {   // Then everything may be let out.
    const Closed closed = ClosedOf(Outlet(), all);
    if (closed.closed == Maybe::kNo && isolated == Maybe::kNo) return std::nullopt;
    if (closed.closed != Maybe::kYes) return may_open ? may_open : isolates ? isolates->Unsure(isolates->policy->name.span()) : unsure_of(*closed.by, "of the internet");
    closes = closed.by;
    closed_off = "the internet";
  }
  if (may_open) return may_open;
  if (closes) return Known("denied", closes->policy->name.span(), fmt::format("{} denies connections to {}", closes->policy->Called(), closed_off));
  return Known("denied", denies->policy->name.span(), fmt::format("{} lets connections go to private addresses only", denies->policy->Called()));
}

}  // namespace

Egress EgressOfPods(Value root, std::string_view space, std::vector<Value> labels, const Pattern* added, Value host_network, const Expressions& expressions, const Joins* joins) {
  constexpr std::string_view kByDefault = "no network policy among the files denies its pods the internet, and without one they may reach everything";
  if (const std::optional<std::string> host = Settled(host_network, expressions); host_network && (!host || Lower(*host) == "true"))
    return {Hidden(host_network.span(), "its pods are on the network of their node, to which network policies need not apply"), ""};
  if (labels.empty()) labels.emplace_back();
  const Expressions plain = PlainExpressions(root, joins);   // Policies are written plainly, whatever the pods are written in.
  const std::vector<Policy> policies = joins ? PoliciesAbout(root, space, plain, *joins) : std::vector<Policy>();
  std::optional<Fact> open, unknown, denied;
  bool free = false;   // Pods that nothing denies anything.
  for (const Value pods : labels) {
    const LabelOf own = [&](std::string_view key) -> LabelValue {
      const Value value = pods[key];
      if (!value) return {.known = !added || !added->Search(key), .text = {}};
      std::optional<std::string> text = Settled(value, expressions);
      return {.known = text.has_value(), .text = std::move(text)};
    };
    std::vector<Selecting> all;
    for (const Policy& policy : policies) {
      // The selector of a policy in a namespace names none (https://docs.cilium.io/en/stable/security/policy/kubernetes/#known-pitfalls).
      const LabelOf label = [&](std::string_view key) { return policy.kind->label ? policy.kind->label(key, policy.kind->clusterwide ? space : "", own) : own(key); };
      for (const PolicyRules& rules : *policy.rules)
        if (const Maybe selects = Both(Both(SelectsPods(rules.selector, label, plain), policy.here), rules.selects); selects != Maybe::kNo) all.push_back({&policy, &rules, selects});
    }
    std::optional<Fact> fact = EgressUnder(all);
    if (!fact) free = true;
    else (fact->hidden ? unknown : fact->terms[0].text == "open" ? open : denied) = std::move(fact);
  }
  if (open) return {open, ""};
  if (unknown) return {unknown, ""};
  if (free) return {std::nullopt, std::string(kByDefault)};
  if (const Value other = OtherPolicy(space, root, *joins))
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
