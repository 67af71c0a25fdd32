#include "engine/formats/extract.h"

#include <fmt/format.h>

#include "engine/formats/native.h"

namespace domicile {

Extraction Extract(const Document& document, const std::vector<Format>& formats, const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  (void)formats;
  Extraction extraction;
  const Value root = Root(document);
  if (LooksNative(root)) {
    extraction.format = "workload";
    if (auto workload = ReadNative(root, vocabulary, diagnostics)) {
      extraction.workloads.push_back(std::move(*workload));
    } else {
      extraction.refused = true;
    }
    return extraction;
  }
  extraction.shape = "unknown";
  return extraction;
}

}  // namespace domicile
