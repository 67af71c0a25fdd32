// `domicile where`: where one provider's region, endpoint or model stores and processes, and who can be made to disclose it.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/verbs.h"
#include "engine/formats/terms.h"
#include "engine/report/understood.h"
#include "engine/text/host.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

std::vector<std::string> Split(const std::string& text, char by) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i)
    if (i == text.size() || text[i] == by) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  return parts;
}

// Turns what was asked for into a placement; false after a message when nobody knows it.
bool ReadQuestion(const std::string& question, const Knowledge& knowledge, Facts& facts, Diagnostics& diagnostics) {
  const KnownFacts& known = knowledge.vocabulary.known();
  const auto state = [&](FactId id, const std::string& text) {
    if (!text.empty()) ReadFactText(id, text, {}, knowledge.vocabulary, {.strict = false}, diagnostics, facts);
  };
  const Url url = ParseUrl(question);
  if (!url.scheme.empty() && url.scheme != "http" && url.scheme != "https") {
    state(known.bucket, question);
    if (knowledge.catalogue.FindScheme(url.scheme)) return true;
    Trouble(fmt::format("nobody's storage has the scheme `{}://`", url.scheme));
    return false;
  }
  const std::vector<std::string> parts = Split(question, '/');
  const Provider* provider = knowledge.catalogue.FindProvider(parts[0]);
  if (provider && parts.size() >= 2) {
    const Provider* cloud = provider->cloud.empty() ? provider : knowledge.catalogue.FindProvider(provider->cloud);
    state(known.provider, parts[0]);
    if (cloud && cloud->FindRegion(parts[1])) {
      state(known.region, parts[1]);
      if (parts.size() >= 3) {
        state(known.deployment, parts[2]);
        state(known.activity, "inference");
      }
      return true;
    }
    std::vector<std::string_view> names;
    if (cloud)
      for (const Region& region : cloud->regions) names.push_back(region.id);
    if (const std::string hint = DidYouMean(parts[1], names); !hint.empty()) {
      Trouble(fmt::format("`{}` is not a region of {}", parts[1], cloud->id), hint);
      return false;
    }
    state(known.model, question.substr(parts[0].size() + 1));
    state(known.activity, "inference");
    return true;
  }
  if (provider) {
    state(known.provider, parts[0]);
    return true;
  }
  if (url.has_host() && url.host.find('.') != std::string::npos && knowledge.catalogue.MatchHost(url.host)) {
    state(known.endpoint, question);
    return true;
  }
  if (knowledge.catalogue.FindMaker(question)) {
    state(known.model, question);
    return true;
  }
  std::string help = DidYouMean(parts[0], knowledge.catalogue.ProviderNames());
  if (help.empty()) help = "ask for PROVIDER/REGION, PROVIDER/REGION/DEPLOYMENT, an endpoint, a bucket URI or a model id";
  Trouble(fmt::format("nothing is known about `{}`", question), help);
  return false;
}

}  // namespace

Run AddWhere(CLI::App& app) {
  struct Options {
    std::string question, service, output = "text";
  };
  auto options = std::make_shared<Options>();
  app.add_option("what", options->question, "PROVIDER/REGION[/DEPLOYMENT], an endpoint, a bucket URI or a model id")->required();
  app.add_option("--service", options->service, "service of the provider, such as azure-openai");
  app.add_option("--output,-o", options->output, "text or json")->check(CLI::IsMember({"text", "json"}));
  return [options](const SessionOptions& given) {
    Session session(given);
    if (!session.Open()) return kExitTrouble;
    const Knowledge& knowledge = *session.knowledge;
    const KnownFacts& known = knowledge.vocabulary.known();
    Diagnostics diagnostics;
    Workload workload;
    workload.prefixed_models = true;
    workload.data.emplace_back();
    workload.placements.emplace_back();
    Facts& facts = workload.placements[0].facts;
    if (!ReadQuestion(options->question, knowledge, facts, diagnostics)) return kExitTrouble;
    if (!options->service.empty()) ReadFactText(known.service, options->service, {}, knowledge.vocabulary, {.strict = false}, diagnostics, facts);
    Resolve(workload, knowledge.catalogue, knowledge.vocabulary, diagnostics);
    const Facts& found = workload.placements[0].facts;
    std::vector<std::string> keys, values;
    const std::pair<std::string_view, FactId> rows[] = {
        {"provider", known.provider},   {"service", known.service},           {"region", known.region},           {"deployment", known.deployment},
        {"model", known.model},         {"made by", known.model_maker},       {"made in", known.model_origin},    {"stored in", known.storage},
        {"processed in", known.processing}, {"bounded", known.bounded},       {"public", known.is_public},        {"operator", known.operator_name},
        {"seat", known.operator_country}, {"parent in", known.operator_parent}, {"compelled by", known.operator_compelled_by}};
    for (const auto& [title, id] : rows) {
      const Fact* fact = found.Find(id);
      if (!fact) continue;
      std::string value = fact->hidden ? fmt::format("unknown: {}", fact->reason) : FactText(*fact, knowledge.vocabulary);
      if (id == known.storage || id == known.processing) {
        // All of them: this is the question.
        std::string all;
        if (!fact->hidden && !fact->places.anywhere) {
          PlaceSet countries;
          fact->places.ForEach([&](PlaceId place) { (fact->places.count() > 3 ? countries.Add(knowledge.catalogue.CountryOf(place)) : countries.Add(place)); });
          countries.ForEach([&](PlaceId place) { all += (all.empty() ? "" : ", ") + knowledge.catalogue.place(place).code; });
          if (fact->places.open) all += " or an unknown place";
          if (!all.empty()) value = all;
        }
      }
      keys.emplace_back(title);
      values.push_back(std::move(value));
    }
    std::vector<std::vector<std::string>> because = {{"because", "source", "read"}};
    if (const Fact* chain = found.Find(known.operator_name) && found.Find(known.operator_name)->because.size() > 0 ? found.Find(known.operator_name) : found.Find(known.places))
      for (const Because& step : chain->because) because.push_back({step.text + (step.unverified ? " (not verified)" : ""), step.source, step.read});
    std::string text;
    if (options->output == "json") {
      keys.emplace_back("because");
      std::string steps;
      for (size_t i = 1; i < because.size(); ++i)
        steps += fmt::format("{}{}{}", i > 1 ? "; " : "", because[i][0], because[i][1].empty() ? "" : fmt::format(" ({}, read {})", because[i][1], because[i][2]));
      values.push_back(steps);
      text = JsonTable({keys, values});
    } else {
      std::vector<std::vector<std::string>> table;
      for (size_t i = 0; i < keys.size(); ++i) table.push_back({keys[i], values[i]});
      text = TextTable(table);
      for (size_t i = 1; i < because.size(); ++i)
        text += fmt::format("because {}{}\n", because[i][0], because[i][1].empty() ? "" : fmt::format(" ({}{})", because[i][1], because[i][2].empty() ? "" : ", read " + because[i][2]));
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  };
}

}  // namespace domicile
