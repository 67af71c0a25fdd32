#include "engine/policy/knowledge.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/formats/native.h"
#include "engine/parse/fields.h"
#include "engine/policy/read.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

enum class FileKind : uint8_t { kFacts, kCountries, kGroups, kProvider, kMakers, kFormat, kFragment, kEnvironment, kUsageReports, kRule, kPolicy, kUnknown };

FileKind KindOf(Value root) {
  constexpr std::pair<std::string_view, FileKind> kKinds[] = {
      {"policy", FileKind::kPolicy},       {"rule", FileKind::kRule},     {"format", FileKind::kFormat},         {"fragment", FileKind::kFragment},
      {"provider", FileKind::kProvider},   {"groups", FileKind::kGroups}, {"countries", FileKind::kCountries},
      {"makers", FileKind::kMakers},       {"environment", FileKind::kEnvironment}, {"usage_reports", FileKind::kUsageReports}, {"facts", FileKind::kFacts}};
  for (const auto& [key, kind] : kKinds)
    if (root[key]) return kind;
  return FileKind::kUnknown;
}

}  // namespace

const Rule* Knowledge::FindRule(std::string_view id) const {
  for (const auto& rule : rules)
    if (rule->id == id) return rule.get();
  return nullptr;
}

const Policy* Knowledge::FindPolicy(std::string_view id_or_alias) const {
  const std::string key = NameKey(id_or_alias);
  for (const auto& policy : policies)
    if (policy->id == key) return policy.get();
  for (const auto& policy : policies)
    if (std::find(policy->aliases.begin(), policy->aliases.end(), key) != policy->aliases.end()) return policy.get();
  return nullptr;
}

bool Knowledge::HasBuiltinPolicies() const {
  return std::any_of(policies.begin(), policies.end(), [](const auto& policy) { return policy->builtin; });
}

std::pair<const Policy*, const Check*> Knowledge::FindCheck(std::string_view id) const {
  for (const auto& policy : policies)
    for (const Check& check : policy->checks())
      if (check.id == id) return {policy.get(), &check};
  return {nullptr, nullptr};
}

std::unique_ptr<Knowledge> ReadKnowledge(std::vector<KnowledgeFile> files, const Sources& sources, bool everything, Diagnostics& diagnostics) {
  auto knowledge = std::make_unique<Knowledge>();
  knowledge->files = std::move(files);
  // Documents in the order in which they build on each other; the user's after ours, so that theirs replace ours.
  struct Entry {
    FileKind kind;
    Value root;
    bool builtin;
  };
  std::vector<Entry> entries;
  for (const KnowledgeFile& file : knowledge->files) {
    for (const Document& document : file.documents) {
      const Value root = Root(document);
      if (!file.builtin && LooksNative(root)) {
        diagnostics.Error(root.span(), fmt::format("`{}` is a manifest, not a policy, rule, format or provider", sources.name(file.source))).help =
            "give manifests to `domicile check`";
        continue;
      }
      const FileKind kind = KindOf(root);
      if (kind == FileKind::kUnknown) {
        diagnostics.Error(root.span(), fmt::format("`{}` holds nothing that domicile knows", sources.name(file.source))).help =
            "a file of knowledge starts with policy, rule, format, provider, groups, countries, facts, makers, environment or usage_reports";
        continue;
      }
      entries.push_back({kind, root, file.builtin});
    }
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.builtin > b.builtin; });
  const auto each = [&](FileKind kind, auto&& visit) {
    for (const Entry& entry : entries)
      if (entry.kind == kind) visit(entry);
  };
  Vocabulary& vocabulary = knowledge->vocabulary;
  each(FileKind::kFacts, [&](const Entry& entry) { vocabulary.Read(entry.root["facts"], entry.root["evidence"], diagnostics); });
  each(FileKind::kPolicy, [&](const Entry& entry) { vocabulary.Read(entry.root["facts"], entry.root["evidence"], diagnostics); });
  if (!vocabulary.Finish(diagnostics)) return knowledge;

  Catalogue& catalogue = knowledge->catalogue;
  each(FileKind::kCountries, [&](const Entry& entry) { catalogue.ReadCountries(entry.root, entry.builtin, diagnostics); });
  each(FileKind::kGroups, [&](const Entry& entry) { catalogue.ReadGroups(entry.root, diagnostics); });
  each(FileKind::kProvider, [&](const Entry& entry) { catalogue.AddProvider(entry.root, entry.builtin, diagnostics); });
  each(FileKind::kMakers, [&](const Entry& entry) { catalogue.ReadMakers(entry.root, diagnostics); });
  catalogue.Finish(vocabulary, everything, diagnostics);

  Formats& formats = knowledge->formats;
  each(FileKind::kEnvironment, [&](const Entry& entry) { formats.ReadEnvironment(entry.root, vocabulary, diagnostics); });
  each(FileKind::kUsageReports, [&](const Entry& entry) { formats.ReadUsageReports(entry.root, entry.builtin, vocabulary, diagnostics); });
  each(FileKind::kFragment, [&](const Entry& entry) { formats.ReadFragment(entry.root, entry.builtin, vocabulary, diagnostics); });
  each(FileKind::kFormat, [&](const Entry& entry) { formats.ReadFormat(entry.root, entry.builtin, vocabulary, diagnostics); });
  formats.Finish(everything, diagnostics);

  RuleIndex& index = knowledge->rule_index;
  each(FileKind::kRule, [&](const Entry& entry) {
    auto rule = ReadRule(entry.root, vocabulary, diagnostics);
    if (!rule) return;
    index[rule->id] = rule.get();
    knowledge->rules.push_back(std::move(rule));
  });
  std::map<std::string, std::unique_ptr<Policy>> policies;
  each(FileKind::kPolicy, [&](const Entry& entry) {
    auto policy = ReadPolicy(entry.root, entry.builtin, everything, vocabulary, catalogue, index, diagnostics);
    if (!policy) return;
    if (policy->reviewed && *policy->reviewed > knowledge->catalogue_date) knowledge->catalogue_date = *policy->reviewed;
    const auto known = policies.find(policy->id);
    if (known != policies.end() && known->second->builtin == policy->builtin) {
      diagnostics.Error(policy->span, fmt::format("policy `{}` is written twice", policy->id)).labels = {{known->second->span, "first here"}};
      return;
    }
    policies[policy->id] = std::move(policy);
  });
  std::map<std::string_view, Span> checks;
  for (auto& [id, policy] : policies) {
    // Two policies with the same check are found when all are read, or when one of them is the user's.
    if (!everything && policy->builtin) {
      knowledge->policies.push_back(std::move(policy));
      continue;
    }
    for (const Check& check : policy->checks()) {
      const auto [known, added] = checks.emplace(check.id, check.span);
      if (!added) diagnostics.Error(check.span, fmt::format("check `{}` is written twice", check.id)).labels = {{known->second, "first here"}};
    }
    knowledge->policies.push_back(std::move(policy));
  }
  return knowledge;
}

}  // namespace domicile
