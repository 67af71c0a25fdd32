// What network policies say of connections that leave pods: one description, whatever the kind of policy.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/expressions.h"
#include "engine/parse/document.h"

namespace domicile {

enum class Maybe : uint8_t { kNo, kUnknown, kYes };
inline Maybe Both(Maybe a, Maybe b) { return a < b ? a : b; }
inline Maybe Of(bool yes) { return yes ? Maybe::kYes : Maybe::kNo; }

inline bool Absent(Value value) { return !value || value.is_null(); }
// The text of a scalar that nothing hides.
std::optional<std::string> Settled(Value value, const Expressions& expressions);

// A way out of the private addresses that a rule lets connections take, or denies them. Ways that stay inside are none.
struct Outlet {
  std::vector<std::string> ranges = {"0.0.0.0/0", "::/0"};   // In which its addresses lie.
  Maybe whole = Maybe::kYes;   // All public addresses of the ranges, without an exception.
  bool known = true;           // Otherwise it may lead anywhere, or nowhere.
  bool ports = false;          // Not every port.
  Span span;
  std::string what;            // Where it leads, for people.
};
// A way that nobody can tell.
Outlet HiddenOutlet(Value value);
// What a range in CIDR notation, less its exceptions, adds.
void AddRange(Value range, Value except, const Expressions& expressions, std::vector<Outlet>& outlets);
// Whether a rule that denies `denied` closes what of `outlet` lies in one of its ranges.
Maybe Closes(const Outlet& denied, const Outlet& outlet, std::string_view range);

// What holds for the pods that one selector selects.
struct PolicyRules {
  Value selector;
  Maybe selects = Maybe::kYes;    // No more than this, whatever the selector says.
  Maybe isolates = Maybe::kNo;    // Only what rules let out leaves the pods.
  Maybe counts = Maybe::kYes;     // What it lets out is let out.
  std::vector<Outlet> lets_out, denies;
};

// The value that pods have for a label, none without it; or nobody knows.
struct LabelValue {
  bool known = true;
  std::optional<std::string> text;
};
using LabelOf = std::function<LabelValue(std::string_view key)>;
// `expressions` are those of the policy.
Maybe SelectsPods(Value selector, const LabelOf& label, const Expressions& expressions);

// Every rule is about names alone: they are resolved on port 53 wherever that leads.
bool OnlyNames(Value ports);

// Of Kubernetes itself (https://kubernetes.io/docs/concepts/services-networking/network-policies/, read 2026-11-30).
std::vector<PolicyRules> ReadNetworkPolicy(Value policy, const Expressions& expressions, const Joins* joins);
// Whether a `NetworkPolicy` is one of Kubernetes itself: plug-ins have some of the same name.
bool OfKubernetes(Value policy);

}  // namespace domicile
