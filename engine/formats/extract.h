// Finds the workloads of documents, by the formats of rules/formats/.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/formats/format.h"
#include "engine/formats/workload.h"

namespace domicile {

// What one document gave. A list (`kind: List`) gives one for each of its items.
struct Extraction {
  std::vector<Workload> workloads;
  std::string format;            // Id of the format; empty when none recognised it.
  std::string shape;             // Of a document that no format recognised: `apiVersion/kind` or its first keys.
  bool refused = false;          // Of our own format and wrong: an error was reported.
};

// What other documents of the same run say: values behind names.
struct Joins {
  struct Key {
    std::string kind, space, name;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  std::map<Key, std::vector<Value>> objects;   // Kubernetes-like documents by kind, namespace and name.

  void Add(const Document& document);
  Value Find(std::string_view kind, std::string_view space, std::string_view name) const;
  // The object to which a name, or a map of labels, refers. `kind` may have the start of the API group in front: `cognitiveservices/Account`.
  void Follow(Value reference, std::string_view kind, std::string_view space, std::vector<Value>* found) const;
};

struct ExtractContext {
  const Formats* formats = nullptr;
  const Vocabulary* vocabulary = nullptr;
  const Joins* joins = nullptr;
  Diagnostics* diagnostics = nullptr;
};

std::vector<Extraction> Extract(const Document& document, const ExtractContext& context);

}  // namespace domicile
