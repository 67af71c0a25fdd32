#include "engine/text/diagnostics.h"

#include <iterator>

namespace domicile {

Diagnostic& Diagnostics::Error(Span span, std::string message) {
  ++errors_;
  all_.push_back({Diagnostic::Level::kError, span, std::move(message), {}, {}});
  return all_.back();
}

Diagnostic& Diagnostics::Warning(Span span, std::string message) {
  all_.push_back({Diagnostic::Level::kWarning, span, std::move(message), {}, {}});
  return all_.back();
}

void Diagnostics::Append(Diagnostics&& other) {
  all_.insert(all_.end(), std::make_move_iterator(other.all_.begin()), std::make_move_iterator(other.all_.end()));
  errors_ += other.errors_;
  other.all_.clear();
  other.errors_ = 0;
}

}  // namespace domicile
