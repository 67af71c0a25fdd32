// Manifest formats: how a document is recognised, and which path holds which fact.
#pragma once
#include <string>
#include <vector>

#include "engine/formats/workload.h"

namespace domicile {

struct Format {
  std::string id, title;
  Value root;               // The whole description.
  bool builtin = true;
  Span span;
};

}  // namespace domicile
