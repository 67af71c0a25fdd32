#include "engine/parse/document.h"

namespace domicile {

std::string_view Value::text() const {
  if (!is_scalar()) return {};
  return document_->TextOf(node());
}

std::string_view Value::tag() const {
  if (document_ == nullptr || node().tag == 0) return {};
  const size_t pair = 2 * static_cast<size_t>(node().tag);
  return document_->arena.substr(document_->tags[pair], document_->tags[pair + 1]);
}

Span Value::span() const {
  if (document_ == nullptr) return {};
  return {document_->source, node().begin, node().end};
}

Value Value::item(size_t index) const {
  if (!is_sequence() || index >= node().count) return {};
  return Value(document_, document_->children[node().first + index]);
}

Value Value::key(size_t index) const {
  if (!is_map() || index >= node().count) return {};
  return Value(document_, document_->children[node().first + 2 * index]);
}

Value Value::value(size_t index) const {
  if (!is_map() || index >= node().count) return {};
  return Value(document_, document_->children[node().first + 2 * index + 1]);
}

Value Value::KeyOf(std::string_view name) const {
  if (!is_map()) return {};
  for (size_t i = 0; i < node().count; ++i) {
    const Value candidate = key(i);
    if (candidate.is_scalar() && candidate.text() == name) return candidate;
  }
  return {};
}

Value Value::operator[](std::string_view name) const {
  if (!is_map()) return {};
  for (size_t i = 0; i < node().count; ++i) {
    const Value candidate = key(i);
    if (candidate.is_scalar() && candidate.text() == name) return value(i);
  }
  return {};
}

}  // namespace domicile
