#include "engine/text/pattern.h"

#include <re2/re2.h>

#include <mutex>

namespace domicile {

struct Pattern::State {
  std::once_flag once;
  std::unique_ptr<RE2> expression;

  const RE2& Compiled(const std::string& text) {
    std::call_once(once, [&] { expression = std::make_unique<RE2>(text, RE2::Quiet); });
    return *expression;
  }
};

Pattern::Pattern(std::string expression) : expression_(std::move(expression)), state_(std::make_unique<State>()) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

std::string Pattern::Problem() const {
  const RE2& compiled = state_->Compiled(expression_);
  return compiled.ok() ? std::string() : compiled.error();
}

bool Pattern::Search(std::string_view text) const {
  const RE2& compiled = state_->Compiled(expression_);
  return compiled.ok() && compiled.Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

bool Pattern::CaptureParts(std::string_view text, std::vector<Part>* parts) const {
  parts->clear();
  const RE2& compiled = state_->Compiled(expression_);
  if (!compiled.ok()) return false;
  std::vector<re2::StringPiece> found(static_cast<size_t>(compiled.NumberOfCapturingGroups()) + 1);
  if (!compiled.Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, found.data(), static_cast<int>(found.size()))) {
    return false;
  }
  for (const auto& [number, name] : compiled.CapturingGroupNames()) {
    const re2::StringPiece& match = found[static_cast<size_t>(number)];
    if (match.data() == nullptr) continue;
    const size_t begin = static_cast<size_t>(match.data() - text.data());
    parts->push_back({name, begin, begin + match.size()});
  }
  return true;
}

bool Pattern::Capture(std::string_view text, std::vector<std::pair<std::string, std::string>>* groups) const {
  groups->clear();
  std::vector<Part> parts;
  if (!CaptureParts(text, &parts)) return false;
  for (Part& part : parts) groups->emplace_back(std::move(part.name), std::string(text.substr(part.begin, part.end - part.begin)));
  return true;
}

}  // namespace domicile
