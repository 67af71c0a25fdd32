#include <algorithm>
#include <filesystem>
#include <tuple>

#include <fmt/format.h>

#include "engine/parse/fields.h"
#include "engine/parse/parse.h"
#include "engine/project/project.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

constexpr std::string_view kLevels[] = {"error", "warning", "review", "note", "never"};

class ProjectReader {
 public:
  ProjectReader(const Sources& sources, Knowledge& knowledge, Diagnostics& diagnostics, Project& project)
      : sources_(sources), knowledge_(knowledge), vocabulary_(knowledge.vocabulary), diagnostics_(diagnostics), project_(project) {}

  void Read(Value root) {
    Fields fields(root, "the project file", diagnostics_);
    if (!root.is_map()) return;
    const Value policies = fields.Get("policies");
    if (policies)
      for (const std::string& path : TextsOf(policies, "policies", diagnostics_)) Note("policies", path, policies);
    ReadOnly(fields.Get("only"));
    Each(fields.Get("without"), "without", [&](Value entry) { ReadWithout(entry); });
    if (const Value level = fields.Get("fail_on"); level && !level.is_null()) {
      project_.fail_on = std::string(level.text());
      if (std::find(std::begin(kLevels), std::end(kLevels), project_.fail_on) == std::end(kLevels)) {
        const std::string help = DidYouMean(level.text(), kLevels);
        diagnostics_.Error(level.span(), fmt::format("`{}` is not a level", level.text())).help = help.empty() ? "write error, warning, review, note or never" : help;
      }
      Note("fail_on", project_.fail_on, level);
    }
    ReadExclude(fields.Get("exclude"));
    ReadAssume(fields.Get("assume"));
    Each(fields.Get("hosts"), "hosts", [&](Value entry) { ReadHost(entry); });
    Each(fields.Get("facts"), "facts", [&](Value entry) { ReadFacts(entry); });
    Each(fields.Get("waivers"), "waivers", [&](Value entry) { ReadWaiver(entry); });
    fields.Done();
  }

  std::vector<OwnHost> hosts;

 private:
  void Note(std::string_view name, std::string value, Value where) {
    project_.settings.push_back({std::string(name), std::move(value), Where(where)});
  }
  // "line 12 of .domicile.yaml"
  std::string Where(Value value) const { return LineText(sources_, value.span()); }

  template <class Visit>
  void Each(Value list, std::string_view key, Visit visit) {
    if (!list || list.is_null()) return;
    if (!list.is_sequence()) {
      diagnostics_.Error(list.span(), fmt::format("{} here, where `{}` is a list", KindName(list), key));
      return;
    }
    for (size_t i = 0; i < list.size(); ++i) visit(list.item(i));
  }

  const Policy* FindPolicy(Value id) {
    if (const Policy* policy = knowledge_.FindPolicy(id.text())) return policy;
    std::vector<std::string_view> names;
    for (const auto& policy : knowledge_.policies) {
      names.push_back(policy->id);
      for (const std::string& alias : policy->aliases) names.push_back(alias);
    }
    std::string help = DidYouMean(id.text(), names);
    if (help.empty()) help = "`domicile list policies` shows them all";
    diagnostics_.Error(id.span(), fmt::format("there is no policy `{}`", id.text())).help = std::move(help);
    return nullptr;
  }

  void ReadOnly(Value list) {
    Each(list, "only", [&](Value id) {
      if (!TextOf(id, "only", diagnostics_)) return;
      const Policy* policy = FindPolicy(id);
      if (!policy) return;
      project_.only.push_back(policy);
      Note("only", policy->id, id);
    });
  }

  void ReadWithout(Value entry) {
    Fields fields(entry, "a policy to leave out", diagnostics_);
    if (!fields.valid()) return;
    const std::string id = fields.Need("policy");
    const std::string reason = fields.Need("reason");
    fields.Done();
    if (id.empty()) return;
    const Policy* policy = FindPolicy(entry["policy"]);
    if (!policy) return;
    if (std::find(project_.only.begin(), project_.only.end(), policy) != project_.only.end())
      diagnostics_.Error(entry["policy"].span(), fmt::format("`{}` stands in `only` and in `without`", policy->id)).help = "choose one";
    project_.without.push_back({policy, reason, entry["policy"].span()});
    Note("without", fmt::format("{}: {}", policy->id, reason), entry["policy"]);
  }

  std::optional<PathGlob> ReadPath(Value value) {
    if (!value || value.is_null()) return std::nullopt;
    auto text = TextOf(value, "path", diagnostics_);
    if (!text) return std::nullopt;
    if (text->starts_with('!') || text->starts_with('#') || text->find('\n') != std::string::npos)
      diagnostics_.Error(value.span(), fmt::format("`{}` is not a path", *text)).help = "write it as in .gitignore: deploy/, *.prod.yaml, k8s/**/chat.yaml";
    return PathGlob(std::move(*text));
  }

  void ReadExclude(Value list) {
    if (!list || list.is_null()) return;
    const auto one = [&](Value value) {
      const auto text = TextOf(value, "exclude", diagnostics_);
      if (!text) return;
      if (text->empty() || text->starts_with('#') || text->find('\n') != std::string::npos)
        diagnostics_.Error(value.span(), fmt::format("`{}` excludes nothing", *text)).help = "write it as in .gitignore: vendor/, *.gen.yaml, !keep.yaml";
      project_.exclude += *text + "\n";
      Note("exclude", *text, value);
    };
    if (!list.is_sequence()) return one(list);
    for (size_t i = 0; i < list.size(); ++i) one(list.item(i));
  }

  void ReadAssume(Value map) {
    if (!map || map.is_null()) return;
    if (!map.is_map()) {
      diagnostics_.Error(map.span(), fmt::format("{} here, where `assume` is a map", KindName(map))).help = "write `assume: {REGION: eu-central-1}`";
      return;
    }
    for (size_t i = 0; i < map.size(); ++i) {
      const Value key = map.key(i), value = map.value(i);
      if (!value.is_scalar()) {
        diagnostics_.Error(value.is_null() ? key.span() : value.span(), fmt::format("{} here, where the value of `{}` is text", KindName(value), key.text()));
        continue;
      }
      project_.assumed.push_back({std::string(key.text()), std::string(value.text()), Where(key), value.span()});
      Note("assume", fmt::format("{}={}", key.text(), value.text()), key);
    }
  }

  // Reads one fact and gives it its places, so that what is wrong is said once, and here.
  void ReadFact(FactId id, Value value, Facts& facts) {
    Facts read;
    if (!domicile::ReadFact(id, value, vocabulary_, {.strict = true, .split = false}, diagnostics_, read)) return;
    ResolvePlaces(read, knowledge_.catalogue, vocabulary_, diagnostics_);
    const Fact* fact = read.Find(id);
    if (!fact) return;
    if (fact->hidden && fact->reason.find("is not a place") == std::string::npos)
      diagnostics_.Error(value.span(), fmt::format("`{}` is a variable, and the project file is read as it is", value.text()));
    facts.Set(id) = *fact;
  }

  void ReadHost(Value entry) {
    Fields fields(entry, "a host", diagnostics_);
    if (!fields.valid()) return;
    const KnownFacts& known = vocabulary_.known();
    OwnHost own;
    const std::string pattern = fields.Need("host");
    if (const Value closed = fields.Get("private"); closed && !closed.is_null()) own.closed = FlagOf(closed, "private", diagnostics_);
    const Value provider = fields.Get("provider"), region = fields.Get("region"), country = fields.Get("country");
    fields.Done();
    if (provider) ReadFact(known.provider, provider, own.facts);
    if (region) ReadFact(known.region, region, own.facts);
    if (country) ReadFact(known.country, country, own.facts);
    if (pattern.empty()) return;
    const Value host = entry["host"];
    own.span = host.span();
    own.by = Where(host);
    auto made = HostPattern::Make(pattern);
    if (!made || pattern.find_first_of("/:@ ") != std::string::npos) {
      diagnostics_.Error(host.span(), fmt::format("`{}` is not a pattern of hosts", pattern)).help = "write a name such as llm.corp.example, *.corp.example (one label) or **.corp.example (one or more)";
      return;
    }
    own.host = std::move(*made);
    if (!own.closed && own.facts.all().empty())
      diagnostics_.Error(host.span(), fmt::format("nothing is said about `{}`", pattern)).help = "add `private: true`, or provider, region or country";
    CheckRegion(own.facts, provider, region);
    std::string value = pattern;
    if (own.closed) value += *own.closed ? ", private" : ", public";
    for (const Fact& fact : own.facts.all()) value += fmt::format(", {} {}", vocabulary_.at(fact.id).key, FactText(fact, vocabulary_));
    Note("host", std::move(value), host);
    hosts.push_back(std::move(own));
  }

  // A provider that nobody knows, or a region that it does not have, is a typo here: nothing else could say what was meant.
  void CheckRegion(const Facts& facts, Value provider, Value region) {
    const Fact* named = facts.Find(vocabulary_.known().provider);
    if (!named || named->terms.empty()) return;
    const Catalogue& catalogue = knowledge_.catalogue;
    const Provider* found = catalogue.FindProvider(named->terms[0].text);
    if (!found) {
      diagnostics_.Error(provider.span(), fmt::format("`{}` is not a known provider", named->terms[0].text)).help = DidYouMean(named->terms[0].text, catalogue.ProviderNames());
      return;
    }
    if (!found->cloud.empty())
      if (const Provider* cloud = catalogue.FindProvider(found->cloud)) found = cloud;
    const Fact* where = facts.Find(vocabulary_.known().region);
    if (!where || where->terms.empty() || found->regions.empty() || found->FindRegion(where->terms[0].text)) return;
    std::vector<std::string_view> names;
    for (const Region& one : found->regions) names.push_back(one.id);
    diagnostics_.Error(region.span(), fmt::format("`{}` is not a region of {}", where->terms[0].text, found->id)).help = DidYouMean(where->terms[0].text, names);
  }

  void ReadFacts(Value entry) {
    Fields fields(entry, "an entry of `facts`", diagnostics_);
    if (!fields.valid()) return;
    StatedFacts stated;
    stated.span = entry.span();
    stated.path = ReadPath(fields.Get("path"));
    stated.space = fields.Text("namespace");
    stated.workload = fields.Text("workload");
    stated.placement = fields.Text("placement");
    const Value activity = fields.Get("activity"), label = fields.Get("label"), then = fields.Get("then");
    fields.Done();
    const auto say = [&](std::string_view what, const std::string& name) {
      if (!name.empty()) stated.matches += fmt::format("{}{} `{}`", stated.matches.empty() ? "" : ", ", what, name);
    };
    say("path", stated.path ? stated.path->text() : "");
    say("namespace", stated.space);
    ReadLabels(label, stated);
    for (const auto& [key, value] : stated.labels) say("label", key + ": " + value);
    say("workload", stated.workload);
    say("placement", stated.placement);
    if (stated.matches.empty()) stated.matches = "every workload";
    ReadActivities(activity, stated);
    if (!then.is_map() || then.size() == 0) {
      diagnostics_.Error(then ? then.span() : entry.span(), "an entry of `facts` states nothing").help = "write what holds: `then: {data_class: personal, provider: aws, region: eu-central-1}`";
      return;
    }
    std::string value;
    for (size_t i = 0; i < then.size(); ++i) {
      const FactId id = FindFact(then.key(i));
      if (id == kNoFact) continue;
      const Scope scope = vocabulary_.at(id).scope;
      Facts& into = scope == Scope::kWorkload ? stated.workload_facts : scope == Scope::kData ? stated.data_facts : stated.placement_facts;
      ReadFact(id, then.value(i), into);
      if (const Fact* fact = into.Find(id)) value += fmt::format("{}{} {}", value.empty() ? "" : ", ", vocabulary_.at(id).name, FactText(*fact, vocabulary_));
    }
    const auto at = [&](FactId id) {
      for (size_t i = 0; i < then.size(); ++i)
        if (FindFactOf(then.key(i).text()) == id) return then.value(i);
      return then;
    };
    CheckRegion(stated.placement_facts, at(vocabulary_.known().provider), at(vocabulary_.known().region));
    Note("facts", fmt::format("{}: {}", stated.matches, value), entry);
    project_.facts.push_back(std::move(stated));
  }

  void ReadLabels(Value label, StatedFacts& stated) {
    if (!label || label.is_null()) return;
    if (!label.is_map()) {
      diagnostics_.Error(label.span(), fmt::format("{} here, where `label` is a map", KindName(label))).help = "write `label: {team: chat}`";
      return;
    }
    for (size_t i = 0; i < label.size(); ++i)
      if (const auto value = TextOf(label.value(i), label.key(i).text(), diagnostics_)) stated.labels.emplace_back(std::string(label.key(i).text()), *value);
  }

  void ReadActivities(Value activity, StatedFacts& stated) {
    if (!activity || activity.is_null()) return;
    const auto one = [&](Value name) {
      Facts read;
      if (!name.is_scalar() || !domicile::ReadFact(vocabulary_.known().activity, name, vocabulary_, {.strict = true, .split = false}, diagnostics_, read)) return;
      if (const Fact* fact = read.Find(vocabulary_.known().activity); fact && !fact->hidden && !fact->terms.empty()) stated.activities.push_back(fact->terms[0].text);
    };
    if (!activity.is_sequence()) return one(activity);
    for (size_t i = 0; i < activity.size(); ++i) one(activity.item(i));
  }

  FactId FindFactOf(std::string_view name) const {
    const FactId id = vocabulary_.Find(name);
    return id == kNoFact ? vocabulary_.ByShortKey(name) : id;
  }

  FactId FindFact(Value key) {
    const FactId id = FindFactOf(key.text());
    const KnownFacts& known = vocabulary_.known();
    if (id == kNoFact) {
      std::vector<std::string_view> names = vocabulary_.Names();
      for (const FactDefinition& fact : vocabulary_.all())
        if (!fact.derived && !fact.short_key.empty()) names.push_back(fact.short_key);
      std::string help = DidYouMean(key.text(), names);
      if (help.empty()) help = "`domicile list facts` shows every fact";
      diagnostics_.Error(key.span(), fmt::format("there is no fact `{}`", key.text())).help = std::move(help);
      return kNoFact;
    }
    if (vocabulary_.at(id).derived) {
      diagnostics_.Error(key.span(), fmt::format("`{}` follows from other facts and cannot be stated", key.text()));
      return kNoFact;
    }
    if (id == known.workload_name || id == known.data_name || id == known.name || id == known.data) {
      diagnostics_.Error(key.span(), fmt::format("`{}` tells things apart and cannot be stated of many", key.text()));
      return kNoFact;
    }
    return id;
  }

  void ReadWaiver(Value entry) {
    Fields fields(entry, "a waiver", diagnostics_);
    if (!fields.valid()) return;
    Waiver waiver;
    const std::string check = fields.Text("check"), policy = fields.Text("policy");
    waiver.path = ReadPath(fields.Get("path"));
    waiver.workload = fields.Text("workload");
    const std::optional<Date> until = fields.Day("until");
    waiver.reason = fields.Need("reason");
    fields.Done();
    if (check.empty() == policy.empty()) {
      diagnostics_.Error(entry.span(), check.empty() ? "a waiver names no check and no policy" : "a waiver names a check and a policy").help = "write one of `check` and `policy`";
      return;
    }
    if (!until) {
      if (!entry["until"]) diagnostics_.Error(entry.span(), "a waiver has no `until`").help = "every waiver ends: write the last day, as `until: 2027-01-31`";
      return;
    }
    waiver.until = *until;
    const Value id = entry[check.empty() ? "policy" : "check"];
    waiver.id = std::string(id.text());
    waiver.span = id.span();
    if (!check.empty()) {
      std::tie(waiver.policy, waiver.check) = knowledge_.FindCheck(check);
      if (!waiver.check && knowledge_.HasBuiltinPolicies()) {
        std::vector<std::string_view> names;
        for (const auto& each : knowledge_.policies)
          for (const Check& one : each->checks()) names.push_back(one.id);
        std::string help = DidYouMean(check, names);
        if (help.empty() && knowledge_.FindPolicy(check)) help = "it is a policy: write `policy` instead of `check`";
        diagnostics_.Error(id.span(), fmt::format("there is no check `{}`", check)).help = std::move(help);
        return;
      }
    } else if (knowledge_.HasBuiltinPolicies() || knowledge_.FindPolicy(policy)) {
      waiver.policy = FindPolicy(id);
      if (!waiver.policy) return;
    }
    std::string value = fmt::format("{} until {}: {}", waiver.id, FormatDate(waiver.until), waiver.reason);
    if (waiver.path) value += fmt::format(" (path {})", waiver.path->text());
    if (!waiver.workload.empty()) value += fmt::format(" (workload {})", waiver.workload);
    Note("waiver", std::move(value), id);
    project_.waivers.push_back(std::move(waiver));
  }

  const Sources& sources_;
  Knowledge& knowledge_;
  const Vocabulary& vocabulary_;
  Diagnostics& diagnostics_;
  Project& project_;
};

}  // namespace

std::string LineText(const Sources& sources, Span span) {
  if (!span.known()) return "";
  return fmt::format("line {} of {}", sources.PositionOf(span.source, span.begin).line, sources.name(span.source));
}

std::string Project::PathOf(std::string_view source_name) const {
  namespace fs = std::filesystem;
  const fs::path path = fs::path(source_name).is_absolute() ? fs::path(source_name) : fs::path(working_folder) / source_name;
  const std::string whole = path.lexically_normal().generic_string();
  const std::string base = folder.ends_with('/') ? folder : folder + "/";
  return whole.starts_with(base) ? whole.substr(base.size()) : std::string(source_name);
}

std::vector<std::pair<std::string, Span>> PolicyPathsOf(Value root) {
  std::vector<std::pair<std::string, Span>> paths;
  const Value list = root["policies"];
  if (list.is_scalar()) paths.emplace_back(std::string(list.text()), list.span());
  for (size_t i = 0; i < list.size() && list.is_sequence(); ++i)
    if (list.item(i).is_scalar()) paths.emplace_back(std::string(list.item(i).text()), list.item(i).span());
  return paths;
}

bool ReadProject(Value root, const Sources& sources, Knowledge& knowledge, Diagnostics& diagnostics, Project& project) {
  const size_t errors = diagnostics.error_count();
  if (!root) return true;
  ProjectReader reader(sources, knowledge, diagnostics, project);
  reader.Read(root);
  for (const PlacedComment& placed : CommentsThatStartWith(sources, root.span().source, {root.document(), 1}, "domicile: waive"))
    diagnostics.Error(placed.comment.span, "a waiver in a comment of the project file").help = "write it under `waivers`";
  knowledge.catalogue.SetOwnHosts(std::move(reader.hosts));
  return diagnostics.error_count() == errors;
}

}  // namespace domicile
