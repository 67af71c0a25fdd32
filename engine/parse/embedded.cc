#include "engine/parse/embedded.h"

#include "engine/parse/alignment.h"

namespace domicile {

ParsedFile ParseEmbedded(const Sources* sources, Value scalar, const ParseLimits& limits) {
  const std::string_view text = scalar.text();
  if (!scalar.is_scalar() || text.find(':') == std::string_view::npos) return {};
  Sources own;
  const uint32_t source = own.Add("embedded", std::string(text));
  Diagnostics ignored;
  ParsedFile file = Parse(own, source, limits, ignored);
  const Alignment alignment(sources, scalar);
  for (const auto& storage : file.storage)
    for (Node& node : storage->nodes) {
      const Span span = alignment.Of(node.begin, node.end);
      node.begin = span.begin;
      node.end = span.end;
    }
  for (Document& document : file.documents) document.source = scalar.span().source;
  return file;
}

}  // namespace domicile
