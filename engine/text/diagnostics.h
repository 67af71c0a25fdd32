// Collects what is wrong with files: bad syntax, unknown keys, wrong types. Findings about workloads are not diagnostics.
//
// Functions that can fail take `Diagnostics&` and return an empty optional if, and only if, they reported an error.
// Messages: lower case, no full stop, the user's text in backticks, what was seen before what was wanted; the help apart.
#pragma once
#include <string>
#include <vector>

#include "engine/text/source.h"

namespace domicile {

struct Label {
  Span span;
  std::string text;
};

struct Diagnostic {
  enum class Level : uint8_t { kError, kWarning };
  Level level = Level::kError;
  Span span;
  std::string message;
  std::string help;             // Empty when there is nothing to suggest.
  std::vector<Label> labels;    // Other places that matter, such as the first of two equal keys.
};

class Diagnostics {
 public:
  // The reference is valid until the next report; meant for `diagnostics.Error(...).help = ...`.
  Diagnostic& Error(Span span, std::string message);
  Diagnostic& Warning(Span span, std::string message);

  const std::vector<Diagnostic>& all() const { return all_; }
  size_t error_count() const { return errors_; }
  // Keeps the first of those that say the same of the same place: it may be read for several workloads.
  void DropRepeated();
  // Moves what `other` holds behind what is here.
  void Append(Diagnostics&& other);

 private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
};

}  // namespace domicile
