// `domicile matrix`: where may this data go? Every region or deployment type, judged.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/verbs.h"
#include "engine/formats/terms.h"
#include "engine/report/understood.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

std::string_view Answer(Verdict verdict) {
  switch (verdict) {
    case Verdict::kViolation: return "forbidden";
    case Verdict::kMissingEvidence: return "needs evidence";
    case Verdict::kUndetermined: return "undetermined";
    default: return "allowed";
  }
}

// What evidence would mend is not forbidden.
Verdict Curable(const Outcome& outcome) {
  if (outcome.check->level < Level::kWarning && outcome.verdict > Verdict::kPass) return outcome.verdict == Verdict::kUndetermined ? Verdict::kUndetermined : Verdict::kPass;
  return outcome.verdict == Verdict::kViolation && outcome.curable ? Verdict::kMissingEvidence : outcome.verdict;
}

struct Options {
  std::vector<std::string> classes, subjects, providers, policies, safeguards, set;
  std::string service, activity, output = "text";
  bool everything = false;
};

class MatrixMaker {
 public:
  MatrixMaker(const Session& session, const Options& options, const Checker& checker)
      : session_(session), options_(options), checker_(checker), knowledge_(*session.knowledge), known_(knowledge_.vocabulary.known()) {}

  std::vector<std::vector<std::string>> rows = {{"provider", "region", "deployment", "place", "answer", "law", "evidence"}};

  // Facts that the options state. False after a message.
  bool ReadFacts() {
    Diagnostics diagnostics;
    const TermOptions strict{.strict = true, .split = true};
    const auto all = [&](FactId id, const std::vector<std::string>& texts, Facts& facts) {
      std::string joined;
      for (const std::string& text : texts) joined += (joined.empty() ? "" : ",") + text;
      ReadFactText(id, joined, {}, knowledge_.vocabulary, strict, diagnostics, facts);
    };
    all(known_.data_class, options_.classes, data_);
    all(known_.data_subjects, options_.subjects, data_);
    all(known_.data_safeguards, options_.safeguards, data_);
    for (const std::string& pair : options_.set) {
      const size_t equal = pair.find('=');
      const std::string name = pair.substr(0, equal);
      const FactId id = knowledge_.vocabulary.Find(name);
      if (equal == std::string::npos || id == kNoFact) {
        Trouble(fmt::format("`{}` does not set a fact", pair), DidYouMean(name, knowledge_.vocabulary.Names()).empty() ? "write --set controller.kind=bank" : DidYouMean(name, knowledge_.vocabulary.Names()));
        return false;
      }
      const Scope scope = knowledge_.vocabulary.at(id).scope;
      ReadFactText(id, pair.substr(equal + 1), {}, knowledge_.vocabulary, strict, diagnostics, scope == Scope::kWorkload ? workload_ : scope == Scope::kData ? data_ : placement_);
    }
    session_.Print(diagnostics);
    return diagnostics.error_count() == 0;
  }

  void AddProvider(const Provider& provider) {
    std::vector<std::string> types = {""};
    if (!options_.service.empty()) {
      for (const RoutingRow& row : provider.routing)
        if (row.service.empty() || row.service == options_.service)
          for (const std::string& name : row.deployments)
            if (name != "none" && name != "any" && std::find(types.begin(), types.end(), name) == types.end()) types.push_back(name);
      if (types.size() > 1) types.erase(types.begin());
    }
    const size_t before = rows.size();
    for (const Region& region : provider.regions) {
      // Logical names, staging regions and other partitions are no places to choose.
      if (!options_.everything && ((!region.kind.empty() && region.kind != "region") || region.partition != Main(provider))) continue;
      for (const std::string& type : types) Judge(provider, region.id, type);
    }
    if (rows.size() == before) Judge(provider, "", "");
  }

 public:
  // Facts for want of which policies had nothing to say, and how many.
  std::map<std::string, std::set<std::string>> undeclared;

 private:
  // The partition of most of its regions.
  static std::string Main(const Provider& provider) {
    std::map<std::string, size_t> counts;
    for (const Region& region : provider.regions) ++counts[region.partition];
    const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == counts.end() ? "" : most->first;
  }

  void Judge(const Provider& provider, const std::string& region, const std::string& type) {
    Workload workload;
    workload.name = "matrix";
    workload.facts = workload_;
    workload.data.emplace_back();
    workload.data[0].facts = data_;
    Diagnostics ignored;
    std::vector<std::string> activities = {"storage", "inference"};
    if (!options_.service.empty()) activities = {"inference"};
    if (!options_.activity.empty()) activities = {options_.activity};
    for (const std::string& activity : activities) {
      Placement placement;
      placement.facts = placement_;
      const auto state = [&](FactId id, const std::string& text) {
        if (!text.empty()) ReadFactText(id, text, {}, knowledge_.vocabulary, {.strict = false}, ignored, placement.facts);
      };
      state(known_.provider, provider.id);
      state(known_.region, region);
      state(known_.service, options_.service);
      state(known_.deployment, type);
      state(known_.activity, activity);
      workload.placements.push_back(std::move(placement));
    }
    Resolve(workload, knowledge_.catalogue, knowledge_.vocabulary, ignored);
    const WorkloadResult result = checker_.Check(workload);
    for (const auto& [fact, policy] : result.undeclared) undeclared[knowledge_.vocabulary.at(fact).name].insert(policy->id);
    Verdict worst = Verdict::kPass;
    bool asked = false;
    for (const Outcome& outcome : result.outcomes) asked = asked || outcome.check->rule->id != "asks-no-location";
    for (const Outcome& outcome : result.outcomes) worst = std::max(worst, Curable(outcome));
    std::string law, evidence;
    for (const Finding& finding : result.findings) {
      const bool same = std::any_of(result.outcomes.begin(), result.outcomes.end(), [&](const Outcome& o) { return o.check == finding.check && Curable(o) == worst; });
      if (!same || finding.level < Level::kWarning) continue;
      const std::string one = fmt::format("{} ({})", finding.check->id, finding.check->cite);
      if (law.find(one) == std::string::npos) law += (law.empty() ? "" : "; ") + one;
      for (const std::string& help : finding.help)
        if (help.find(" to safeguards") != std::string::npos && evidence.find(help) == std::string::npos) evidence += (evidence.empty() ? "" : "; ") + help;
    }
    if (law.empty() && worst > Verdict::kPass) {
      for (const Finding& finding : result.findings)
        if (finding.verdict == worst) law += (law.empty() ? "for review: " : "; ") + finding.check->id;
    }
    const Fact* places = workload.placements[0].facts.Find(known_.places);
    rows.push_back({provider.id, region, type, places ? knowledge_.catalogue.Text(places->places) : "unknown", asked || worst > Verdict::kPass ? std::string(Answer(worst)) : "no law asked", law, evidence});
  }

  const Session& session_;
  const Options& options_;
  const Checker& checker_;
  const Knowledge& knowledge_;
  const KnownFacts& known_;
  Facts workload_, data_, placement_;
};

}  // namespace

Run AddMatrix(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--class", options->classes, "class of the data, such as health")->required()->delimiter(',')->allow_extra_args(false);
  app.add_option("--subjects", options->subjects, "where the people live, such as DE")->delimiter(',')->allow_extra_args(false);
  app.add_option("--safeguards", options->safeguards, "evidence in hand, such as scc,tia")->delimiter(',')->allow_extra_args(false);
  app.add_option("--provider", options->providers, "only these providers (the hyperscalers otherwise)")->delimiter(',')->allow_extra_args(false);
  app.add_option("--policy", options->policies, "only these policies")->delimiter(',')->allow_extra_args(false);
  app.add_option("--service", options->service, "judge the deployment types of this service, such as azure-openai");
  app.add_option("--activity", options->activity, "judge this activity only (storage and inference otherwise)");
  app.add_option("--set", options->set, "any other fact: --set controller.kind=bank")->type_name("FACT=VALUE")->allow_extra_args(false);
  app.add_flag("--all", options->everything, "logical locations, staging regions and other partitions too");
  app.add_option("--output,-o", options->output, "text, csv or json")->check(CLI::IsMember({"text", "csv", "json"}));
  return [options](const SessionOptions& given) {
    Session session(given);
    if (!session.Open()) return kExitTrouble;
    CheckOptions check;
    check.as_of = session.as_of;
    for (const std::string& id : options->policies) {
      const Policy* policy = session.FindPolicy(id);
      if (!policy) return kExitTrouble;
      check.only.push_back(policy);
    }
    if (check.only.empty())   // Law, not house rules: those have no jurisdiction.
      for (const auto& policy : session.knowledge->policies)
        if (!policy->jurisdiction.empty() && IsEnabled(policy->status)) check.only.push_back(policy.get());
    const Checker checker(*session.knowledge, check);
    MatrixMaker maker(session, *options, checker);
    if (!maker.ReadFacts()) return kExitTrouble;
    const Catalogue& catalogue = session.knowledge->catalogue;
    if (options->providers.empty()) {
      for (size_t i = 0; i < catalogue.provider_count(); ++i)
        if (catalogue.provider(i).category == "hyperscaler" && catalogue.provider(i).cloud.empty()) maker.AddProvider(catalogue.provider(i));
    }
    for (const std::string& name : options->providers) {
      const Provider* provider = catalogue.FindProvider(name);
      if (!provider) return Trouble(fmt::format("`{}` is not a known provider", name), DidYouMean(name, catalogue.ProviderNames()));
      if (!provider->cloud.empty()) {
        if (options->service.empty()) options->service = provider->service.empty() ? provider->id : provider->service;
        provider = catalogue.FindProvider(provider->cloud);
      }
      maker.AddProvider(*provider);
    }
    if (options->output == "text")   // The evidence column is long; CSV and JSON carry it.
      for (std::vector<std::string>& row : maker.rows) row.pop_back();
    std::string text = options->output == "csv" ? CsvTable(maker.rows) : options->output == "json" ? JsonTable(maker.rows) : TextTable(maker.rows);
    if (options->output == "text")
      for (const auto& [fact, policies] : maker.undeclared)
        text += fmt::format("{} had nothing to say without `{}`: add --set {}=...\n", policies.size() == 1 ? "1 policy" : fmt::format("{} policies", policies.size()), fact, fact);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  };
}

}  // namespace domicile
