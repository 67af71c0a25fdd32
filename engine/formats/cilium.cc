#include "engine/formats/cilium.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/formats/joins.h"
#include "engine/formats/terms.h"
#include "engine/text/escape.h"
#include "engine/text/host.h"
#include "engine/text/pattern.h"

namespace domicile {
namespace {

constexpr std::string_view kNamespace = "io.kubernetes.pod.namespace";

// A key without the source of its label: `k8s:app`, `any:app`. Empty where the source is another one (`reserved:world`).
std::string_view WithoutSource(std::string_view key) {
  for (const std::string_view source : {"k8s:", "any:"})
    if (key.starts_with(source)) return key.substr(source.size());
  return key.find(':') == std::string_view::npos ? key : std::string_view();
}

class RuleReader {
 public:
  RuleReader(Value policy, const Expressions& expressions, const Joins* joins) : policy_(policy), expressions_(expressions), joins_(joins) {}

  // Of a list of rules that let out, or deny.
  std::vector<Outlet> Read(Value rules) {
    if (!Absent(rules) && !rules.is_sequence()) Hide(rules);
    for (size_t i = 0; i < rules.size() && rules.is_sequence(); ++i) {
      const size_t before = outlets_.size();
      const Value ports = rules.item(i)["toPorts"], pings = rules.item(i)["icmps"];
      const bool some = (!Absent(ports) && (!ports.is_sequence() || ports.size() > 0)) || (!Absent(pings) && (!pings.is_sequence() || pings.size() > 0));
      ReadRule(rules.item(i), some);
      for (size_t k = before; k < outlets_.size(); ++k) outlets_[k].ports = some;
    }
    return std::move(outlets_);
  }

 private:
  using Member = void (RuleReader::*)(Value item);

  // A rule lets out what all of its members are true of, and has one member that names destinations: a rule without any is about none
  // (https://docs.cilium.io/en/stable/security/policy/layer3/#ingress-egress-default-deny), with ports alone about all
  // (https://docs.cilium.io/en/stable/security/policy/layer4/#limit-ingress-egress-ports).
  void ReadRule(Value rule, bool some_ports) {
    static constexpr std::array<std::pair<std::string_view, Member>, 8> kMembers = {{
        {"toCIDR", &RuleReader::Range},
        {"toCIDRSet", &RuleReader::RangeOfSet},
        {"toEndpoints", &RuleReader::Endpoint},
        {"toEntities", &RuleReader::Entity},
        {"toFQDNs", &RuleReader::Host},
        {"toGroups", &RuleReader::Hide},
        {"toNodes", &RuleReader::Node},
        {"toServices", &RuleReader::Service},
    }};
    if (rule.is_null()) return;
    if (!rule.is_map()) return Hide(rule);
    const Value ports = rule["toPorts"];
    if (!Absent(ports) && !ports.is_sequence()) return Hide(ports);
    bool names = ports.is_sequence() && ports.size() > 0;
    for (size_t i = 0; i < ports.size() && names; ++i) names = OnlyNames(ports.item(i)["ports"]);
    if (names) return;
    Value items;
    Member read = nullptr;
    for (size_t i = 0; i < rule.size(); ++i) {
      const std::string_view key = rule.key(i).text();
      if (Absent(rule.value(i)) || key == "toPorts" || key == "icmps" || key == "authentication") continue;
      const auto member = std::find_if(kMembers.begin(), kMembers.end(), [&](const auto& one) { return one.first == key; });
      if (member == kMembers.end() || read) return Hide(rule);
      items = rule.value(i);
      read = member->second;
    }
    if (!read && some_ports) return Add(rule, "every destination");
    if (!read) return;
    // An empty list beside ports was all destinations once, and is none now.
    if (!items.is_sequence() || (items.size() == 0 && some_ports)) return Hide(items.size() > 0 || items.is_scalar() ? items : rule);
    for (size_t i = 0; i < items.size(); ++i) (this->*read)(items.item(i));
  }

  void Add(Value value, std::string what) { outlets_.push_back({.span = value.span(), .what = std::move(what)}); }
  void Hide(Value value) { outlets_.push_back(HiddenOutlet(value)); }
  void Hide(Value value, std::string what) {
    Hide(value);
    outlets_.back().what = std::move(what);
  }

  void Range(Value range) { AddRange(range, {}, expressions_, outlets_); }

  // https://docs.cilium.io/en/stable/network/kubernetes/ciliumcidrgroup/
  void RangeOfSet(Value item) {
    const Value group = item["cidrGroupRef"];
    if (item["cidr"] && !group) return AddRange(item["cidr"], item["except"], expressions_, outlets_);
    const std::optional<std::string> name = Settled(group, expressions_);
    if (!name) return Hide(group ? group : item);
    const Value found = joins_ ? joins_->Find("CiliumCIDRGroup", "", *name, policy_) : Value(), ranges = found["spec"]["externalCIDRs"];
    if (!ranges.is_sequence()) return Hide(group, fmt::format("CiliumCIDRGroup `{}`{}", *name, found ? "" : ", which is not among the files,"));
    for (size_t i = 0; i < ranges.size(); ++i) AddRange(ranges.item(i), item["except"], expressions_, outlets_);
  }

  // https://docs.cilium.io/en/stable/security/policy/layer3/#entities-based. In a cluster of both protocols `0.0.0.0/0` is not all of
  // `world`, whatever is said there: https://github.com/cilium/cilium/blob/main/pkg/policy/api/cidr.go.
  void Entity(Value item) { AddNamed(Settled(item, expressions_).value_or(""), item); }
  void AddNamed(std::string_view name, Value written) {
    if (name == "world" || name == "all") return Add(written, fmt::format("`{}`", name));
    if (name == "world-ipv4" || name == "world-ipv6") {
      Add(written, fmt::format("`{}`", name));
      outlets_.back().ranges = {name == "world-ipv4" ? "0.0.0.0/0" : "::/0"};
      return;
    }
    for (const std::string_view inside : {"cluster", "health", "host", "ingress", "init", "kube-apiserver", "none", "remote-node", "unmanaged"})
      if (name == inside) return;
    Hide(written);
  }

  // Without a word of namespaces these are pods of the policy's own namespace, or of a clusterwide policy all that are in one
  // (https://docs.cilium.io/en/stable/security/policy/kubernetes/#namespaces). Who is in none has labels of other sources.
  void Endpoint(Value item) {
    if (item.is_null()) return;
    if (!item.is_map()) return Hide(item);
    const Value equal = item["matchLabels"], rules = item["matchExpressions"];
    if ((!Absent(equal) && !equal.is_map()) || (!Absent(rules) && !rules.is_sequence())) return Hide(item);
    bool spaces_left_out = false, picked = false;
    for (size_t i = 0; i < equal.size(); ++i) {
      const std::string_view key = equal.key(i).text();
      if (key.starts_with("reserved:")) return AddNamed(key.substr(9), equal.key(i));
      if (WithoutSource(key).empty()) return Hide(equal.key(i));
      picked = true;
    }
    for (size_t i = 0; i < rules.size(); ++i) {
      const std::string key = Settled(rules.item(i)["key"], expressions_).value_or(":"), how = Settled(rules.item(i)["operator"], expressions_).value_or("");
      const std::string_view plain = WithoutSource(key);
      if (plain.empty()) return Hide(rules.item(i));
      if (how == "In" || how == "Exists") picked = true;
      else if (plain == kNamespace || plain.starts_with("io.cilium.k8s.namespace.labels")) spaces_left_out = true;
    }
    if (spaces_left_out && !picked) Hide(item);   // The world is in none of these, either.
  }

  // Names of the cluster lead into it, and rules for addresses are about what is outside of it
  // (https://docs.cilium.io/en/stable/security/policy/layer3/#dns-based).
  void Host(Value item) {
    if (!item["matchName"] && !item["matchPattern"]) return Hide(item);
    for (const std::string_view key : {"matchName", "matchPattern"}) {
      const Value written = item[key];
      if (!written) continue;
      const std::optional<std::string> name = Settled(written, expressions_);
      if (!name) {
        Hide(written);
        continue;
      }
      std::string host = Lower(Trim(*name));
      while (host.ends_with('.')) host.pop_back();
      const size_t last = host.rfind('.');
      const bool any = host.find('*', last == std::string::npos ? 0 : last) != std::string::npos;
      std::replace(host.begin(), host.end(), '*', 'x');
      if (any || !IsPrivateHost(host)) Add(written, fmt::format("`{}`", *name));
    }
  }

  void Node(Value) {}   // In the cluster, whichever they are.

  // A service without a selector leads to whatever addresses its endpoints have
  // (https://docs.cilium.io/en/stable/security/policy/layer3/#services-based).
  void Service(Value item) {
    const Value service = item["k8sService"];
    const std::optional<std::string> name = Settled(service["serviceName"], expressions_);
    const Value written = service["namespace"];
    const std::optional<std::string> space = Settled(Absent(written) ? policy_["metadata"]["namespace"] : written, expressions_);
    if (!name || (!Absent(written) && !space)) return Hide(item);
    if (*name == "kubernetes" && space == "default") return;
    const Value found = joins_ ? joins_->Find("Service", space.value_or(""), *name, policy_) : Value(), selector = found["spec"]["selector"];
    if (selector.is_map() && selector.size() > 0) return;
    Hide(service["serviceName"], fmt::format("Service `{}`, {}", *name, found ? "which selects no pods," : "which is not among the files,"));
  }

  const Value policy_;
  const Expressions& expressions_;
  const Joins* joins_;
  std::vector<Outlet> outlets_;
};

// An empty list of rules is none, and with `enableDefaultDeny` a policy may isolate without any, or have some and not isolate
// (https://docs.cilium.io/en/stable/security/policy/intro/#endpoint-default-policy, and `Rule` in
// https://pkg.go.dev/github.com/cilium/cilium/pkg/policy/api#Rule).
Maybe Isolates(Value spec, const Expressions& expressions) {
  const Value said = spec["enableDefaultDeny"], egress = said["egress"];
  if (!Absent(said) && !said.is_map()) return Maybe::kUnknown;
  if (!Absent(egress)) {
    const std::string text = Lower(Settled(egress, expressions).value_or(""));
    return text == "true" ? Maybe::kYes : text == "false" ? Maybe::kNo : Maybe::kUnknown;
  }
  Maybe isolates = Maybe::kNo;
  for (const std::string_view key : {"egress", "egressDeny"}) {
    const Value rules = spec[key];
    isolates = std::max(isolates, Absent(rules) || rules.is_sequence() ? Of(rules.size() > 0) : Maybe::kUnknown);
  }
  return isolates;
}

}  // namespace

std::vector<PolicyRules> ReadCiliumPolicy(Value policy, const Expressions& expressions, const Joins* joins) {
  std::vector<PolicyRules> all;
  const auto read = [&](Value spec) {
    PolicyRules told;
    const Value pods = spec["endpointSelector"], nodes = spec["nodeSelector"];
    if (!spec.is_map() || Absent(pods) == Absent(nodes)) {   // Cilium refuses it, or nobody can tell.
      told.selects = told.isolates = Maybe::kUnknown;
      told.lets_out.push_back(HiddenOutlet(spec));
    } else if (Absent(pods)) {
      return;
    } else {
      told.selector = pods;
      told.isolates = Isolates(spec, expressions);
      told.lets_out = RuleReader(policy, expressions, joins).Read(spec["egress"]);
      told.denies = RuleReader(policy, expressions, joins).Read(spec["egressDeny"]);
      if (told.isolates == Maybe::kNo && told.lets_out.empty() && told.denies.empty()) return;
    }
    all.push_back(std::move(told));
  };
  const Value spec = policy["spec"], specs = policy["specs"];
  if (!Absent(spec) || Absent(specs)) read(spec ? spec : policy);
  if (!Absent(specs) && !specs.is_sequence()) read(specs);
  for (size_t i = 0; i < specs.size() && specs.is_sequence(); ++i) read(specs.item(i));
  return all;
}

LabelValue CiliumLabel(std::string_view key, std::string_view space, const LabelOf& own) {
  // https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/: by default no policy sees them.
  static const Pattern kIgnored(R"(^(io\.kubernetes|kubernetes\.io|statefulset\.kubernetes\.io/pod-name|apps\.kubernetes\.io/pod-index|batch\.kubernetes\.io/(job-completion-index|controller-uid)|beta\.kubernetes\.io|k8s\.io|pod-template-(generation|hash)|controller-revision-hash|annotation|controller-uid|etcd_node|io\.cilium\.))");
  const std::string_view plain = WithoutSource(key);
  if (plain == kNamespace || plain == "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name")
    return space.empty() || !HiddenReason(space).empty() ? LabelValue{.known = false, .text = {}} : LabelValue{.known = true, .text = std::string(space)};
  if (plain.empty() || kIgnored.Search(plain)) return {.known = false, .text = {}};
  return own(plain);
}

}  // namespace domicile
