#include "engine/formats/stand_ins.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/formats/expressions.h"
#include "engine/formats/selector.h"
#include "engine/text/address.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr int kMostSteps = 4;            // A Service may stand for another one.
constexpr size_t kMostAddresses = 1000;  // Of one Service.

// Host of a URL as it is written; names of a cluster need no more.
std::string PlainHost(std::string_view text) {
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find_first_of("/?#\\"));
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  text = text.substr(0, text.find(':'));
  while (text.ends_with('.')) text.remove_suffix(1);
  return Lower(text);
}

// Under `kind:name.namespace`, and under `kind:name.*` for those who do not know their namespace.
std::vector<Joins::Told> TellServices(Value root, const Joins&) {
  std::vector<Joins::Told> told;
  const auto tell = [&](Value object) {
    const Value kind = object["kind"], metadata = object["metadata"];
    const bool slice = kind.text() == "EndpointSlice";
    if (!kind.is_scalar() || (kind.text() != "Service" && kind.text() != "Endpoints" && !slice)) return;
    const Value name = slice ? metadata["labels"]["kubernetes.io/service-name"] : metadata["name"];
    if (!name.is_scalar()) return;
    const std::string key = fmt::format("{}:{}.", kind.text() == "Service" ? "service" : "endpoints", Lower(name.text()));
    told.push_back({key + std::string(metadata["namespace"].text()), object});
    told.push_back({key + "*", object});
  };
  const Value items = root["items"];
  for (size_t i = 0; i < items.size() && items.is_sequence(); ++i) tell(items.item(i));
  tell(root);
  return told;
}

std::vector<Value> Named(const Joins& joins, std::string_view kind, std::string_view name, std::string_view space, Value from) {
  if (space.empty()) return joins.Shared(TellServices, fmt::format("{}:{}.*", kind, name), from);
  std::vector<Value> found = joins.Shared(TellServices, fmt::format("{}:{}.{}", kind, name, space), from);
  return found.empty() ? joins.Shared(TellServices, fmt::format("{}:{}.", kind, name), from) : found;
}

bool IsPrivateAddress(std::string_view text) {
  const auto four = ParseIpv4(text);
  if (four) return IsPrivate(*four);
  const auto six = ParseIpv6(text);
  return six && IsPrivate(*six);
}

// Of several, those that are elsewhere count.
StandIn Among(const std::vector<Value>& hosts, const std::string& says) {
  StandIn out;
  for (const Value value : hosts) {
    if (!value.is_scalar()) continue;
    const Meaning meaning = ReadLiteral(value.text(), value.span());
    std::string host = Lower(Trim(meaning.text));
    if (host.find(':') != std::string::npos && ParseIpv6(host)) host = "[" + host + "]";
    if (!meaning.known()) {
      out = {.host = "", .reason = meaning.Reason(), .says = says, .span = value.span()};
      return out;
    }
    if (host.empty() || (!out.host.empty() && IsPrivateAddress(host))) continue;
    if (out.host.empty() || IsPrivateAddress(out.host)) {
      out = {.host = host, .reason = "", .says = says, .span = value.span()};
    } else if (out.host != host) {
      out = {.host = "", .reason = says + " several hosts", .says = says, .span = value.span()};
      return out;
    }
  }
  return out;
}

StandIn OfService(std::string host, std::string_view space, const Joins& joins, Value from) {
  StandIn out;
  std::string in(space);
  for (int step = 0; step < kMostSteps; ++step) {
    for (const std::string_view end : {".cluster.local", ".svc"})
      if (host.ends_with(end)) host.resize(host.size() - end.size());
    const size_t dot = host.find('.');
    if (dot != std::string::npos && host.find('.', dot + 1) != std::string::npos) break;
    if (dot != std::string::npos) in = host.substr(dot + 1);
    const std::string name = host.substr(0, dot);
    const std::vector<Value> services = Named(joins, "service", name, in, from);
    std::vector<Value> hosts;
    for (const Value service : services) {
      const Value spec = service["spec"];
      if (spec["type"].text() == "ExternalName") {
        hosts.push_back(spec["externalName"]);
      } else if (spec["selector"].size() == 0) {
        for (const Value object : Named(joins, "endpoints", name, in, from))
          for (const char* path : {"subsets[*].addresses[*].ip", "endpoints[*].addresses[*]"})
            for (const Selected& address : Selector::Make(path)->Select(object, object))
              if (hosts.size() < kMostAddresses) hosts.push_back(address.value);
      }
    }
    const StandIn next = Among(hosts, fmt::format("the Service `{}` stands for", name));
    if (next.host.empty() && next.reason.empty()) break;
    out = next;
    host = out.host;
    if (host.empty()) break;
  }
  return out;
}

StandIn OfAliases(Value root, const std::string& host) {
  std::vector<Value> addresses;
  for (const Selected& alias : Selector::Make("..hostAliases[*]")->Select(root, root))
    for (size_t i = 0; i < alias.value["hostnames"].size() && alias.value["hostnames"].is_sequence(); ++i)
      if (Lower(alias.value["hostnames"].item(i).text()) == host) addresses.push_back(alias.value["ip"]);
  if (!addresses.empty()) return Among(addresses, fmt::format("`hostAliases` says that `{}` is", host));
  StandIn out;
  for (const Selected& extra : Selector::Make("..extra_hosts")->Select(root, root)) {
    const Value list = extra.value;
    for (size_t i = 0; i < list.size(); ++i) {
      const Value entry = list.is_map() ? list.value(i) : list.item(i);
      std::string_view address = entry.text();
      std::string name = list.is_map() ? Lower(list.key(i).text()) : "";
      if (!list.is_map()) {
        const size_t end = std::min(address.find_first_of(":="), address.size());
        name = Lower(address.substr(0, end));
        address = end < address.size() ? address.substr(end + 1) : "";
      }
      if (name != host || address == "host-gateway") continue;
      const Meaning meaning = ReadLiteral(address, entry.span());
      const std::string says = fmt::format("`extra_hosts` says that `{}` is", host);
      if (!meaning.known()) return {.host = "", .reason = meaning.Reason(), .says = says, .span = entry.span()};
      const bool brackets = address.find(':') != std::string_view::npos && !address.starts_with('[');
      if (out.host.empty() || IsPrivateAddress(out.host))
        out = {.host = brackets ? fmt::format("[{}]", Lower(address)) : Lower(address), .reason = "", .says = says, .span = entry.span()};
    }
  }
  return out;
}

}  // namespace

void FindStandIns(Workload& workload, Value root, bool services, const Joins* joins, const KnownFacts& known) {
  std::map<std::string, StandIn> seen;   // The aliases of a large document are looked through once for each name.
  for (Placement& placement : workload.placements) {
    const Fact* endpoint = placement.facts.Find(known.endpoint);
    if (!endpoint || endpoint->hidden || endpoint->terms.empty()) continue;
    const std::string host = PlainHost(endpoint->terms[0].text);
    if (host.empty()) continue;
    const auto [known_host, added] = seen.try_emplace(host);
    if (added) {
      StandIn& found = known_host->second;
      found = OfAliases(root, host);
      if (found.host.empty() && found.reason.empty() && services && joins) found = OfService(host, workload.space, *joins, root);
    }
    const StandIn& found = known_host->second;
    if (!found.host.empty() || !found.reason.empty()) placement.stand_in = found;
  }
}

}  // namespace domicile
