// Everything the program knows, read from rules/ and policies/ (embedded, or the user's own) and checked.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/formats/format.h"
#include "engine/places/catalogue.h"
#include "engine/policy/policy.h"

namespace domicile {

struct KnowledgeFile {
  std::string name;                 // `policies/eu-gdpr.yaml`. What a file is, its keys say: policy, rule, format, provider, groups,
                                    // countries, facts, makers, environment.
  uint32_t source = kNoSource;
  std::vector<Document> documents;
  bool builtin = true;
};

class Knowledge {
 public:
  std::vector<KnowledgeFile> files;                   // Own the documents that everything else looks into.
  Vocabulary vocabulary;
  Catalogue catalogue;
  Formats formats;
  std::vector<std::unique_ptr<Rule>> rules;
  RuleIndex rule_index;
  std::vector<std::unique_ptr<Policy>> policies;      // Sorted by id.

  const Rule* FindRule(std::string_view id) const;
  const Policy* FindPolicy(std::string_view id_or_alias) const;
  // False after --no-builtin: then ids of built-in policies are not known, and no typos.
  bool HasBuiltinPolicies() const;
  // The check and its policy.
  std::pair<const Policy*, const Check*> FindCheck(std::string_view id) const;
  // The newest `reviewed` or `read` date of all files: "the catalogue's date".
  Date catalogue_date{};
};

// Reads all files. Reports everything that is wrong; the result is usable only when nothing was reported.
// Files of the user's replace built-in ones of the same id.
// Of built-in files only what every run needs is read at once; with `everything` all is, and all that is wrong is reported.
std::unique_ptr<Knowledge> ReadKnowledge(std::vector<KnowledgeFile> files, const Sources& sources, bool everything, Diagnostics& diagnostics);

}  // namespace domicile
