#include "engine/text/diagnostics.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

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

void Diagnostics::DropRepeated() {
  std::set<std::tuple<Diagnostic::Level, uint32_t, uint32_t, uint32_t, std::string>> known;
  std::erase_if(all_, [&](const Diagnostic& one) { return one.span.known() && !known.emplace(one.level, one.span.source, one.span.begin, one.span.end, one.message).second; });
  errors_ = static_cast<size_t>(std::count_if(all_.begin(), all_.end(), [](const Diagnostic& one) { return one.level == Diagnostic::Level::kError; }));
}

void Diagnostics::Append(Diagnostics&& other) {
  all_.insert(all_.end(), std::make_move_iterator(other.all_.begin()), std::make_move_iterator(other.all_.end()));
  errors_ += other.errors_;
  other.all_.clear();
  other.errors_ = 0;
}

}  // namespace domicile
