// Finds the workloads of documents, by the formats of rules/formats/.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/formats/format.h"
#include "engine/formats/joins.h"
#include "engine/formats/workload.h"

namespace domicile {

// What one document gave. A list (`kind: List`) gives one for each of its items, and a document inside of another one of its own.
struct Extraction {
  std::vector<Workload> workloads;   // Unless ExtractContext::take took them.
  size_t count = 0;              // Of the workloads that were kept or taken.
  std::string format;            // Id of the format; empty when none recognised it.
  std::string shape;             // Of a document that no format recognised: `apiVersion/kind` or its first keys.
  bool refused = false;          // Of our own format and wrong: an error was reported.
  bool inside = false;           // It stands within another document that was extracted too.
  std::vector<std::shared_ptr<const void>> kept;   // Documents made on the way, to which the workloads refer.
};

struct ExtractContext {
  const Formats* formats = nullptr;
  const Vocabulary* vocabulary = nullptr;
  const Joins* joins = nullptr;
  Diagnostics* diagnostics = nullptr;
  const Sources* sources = nullptr;   // Of the documents: for lines within blocks.
  std::string_view file;              // Path of the file; empty when there is none.
  bool keep_silent = false;           // Workloads about which nothing is declared, and that call nothing, are given all the same.
  // Whether the catalogue or the project knows a host (in lower case): in free text a name without a scheme is one only then.
  std::function<bool(std::string_view host)> knows_host = {};
  // What those that it knows do, as far as that is known; else empty.
  std::function<std::string(std::string_view host)> activity_of = {};
  // Names that may have been meant by wrong ones in labels: of thousands of resources most bear the same.
  std::shared_ptr<std::map<std::pair<FactId, std::string>, std::string>> nearest = std::make_shared<std::map<std::pair<FactId, std::string>, std::string>>();
  // Takes each workload as soon as it was read, and counts it: one document may hold very many.
  std::function<void(Extraction&, Workload)> take = {};
};

// Files that a document reads, as their paths are written there, each once: files of variables, and other manifests.
struct NamedFile {
  std::string path;
  bool variables = true;
};
std::vector<NamedFile> FilesReadBy(const Document& document, const Formats& formats, std::string_view file);

std::vector<Extraction> Extract(const Document& document, const ExtractContext& context);

}  // namespace domicile
