// A parsed document: flat arrays of nodes addressed by index, with a byte span on every key and value.
//
// The arrays are trivially copyable, so the build can embed them: a built-in document is a set of views into the program itself and
// costs nothing to open. Aliases share the node of their anchor (a document is a directed graph without cycles); merge keys `<<` are
// applied, own keys winning. Scalars keep their text; nothing is resolved to booleans or numbers here (`NO` is Norway).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/diagnostics.h"
#include "engine/text/source.h"

namespace domicile {

enum class NodeKind : uint8_t { kNull, kScalar, kSequence, kMap };

struct Node {
  NodeKind kind = NodeKind::kNull;
  uint8_t quoted = 0;      // A scalar in quotes or a block scalar: a string whatever it looks like.
  uint16_t tag = 0;        // Index into tags; 0 is no tag of its own.
  uint32_t begin = 0;      // Byte span in the source, half-open, without anchor and tag: of a quoted scalar without the quotes, of a
  uint32_t end = 0;        // block scalar its content lines, of a collection in brackets with these, of others from its first to
                           // past its last child. Empty, and behind the colon or dash, for a value that was left out.
  uint32_t first = 0;      // Scalar: offset of its text in the document's text, or behind its end in the arena. Collection: index of its first entry in children.
  uint32_t count = 0;      // Scalar: bytes of text. Sequence: items. Map: pairs (two entries of children each: key, value).
};
static_assert(sizeof(Node) == 20);

// Views; whoever made the document owns the arrays (ParsedFile, or the program itself), and Sources the text.
struct Document {
  uint32_t source = kNoSource;
  uint32_t root = 0;
  uint32_t equal_key = 0xffffffffu;   // Offset of the first key that is written twice; only the last one counts.
  std::span<const Node> nodes;
  std::span<const uint32_t> children;
  std::string_view text;            // Of the source: scalars that stand in it as they are read are not copied. Or empty.
  std::string_view arena;           // Of all other scalars.
  std::span<const uint32_t> tags;   // Pairs of offset and length in the arena; pair 0 is empty.

  std::string_view TextOf(const Node& scalar) const {
    return scalar.first < text.size() ? text.substr(scalar.first, scalar.count) : arena.substr(scalar.first - text.size(), scalar.count);
  }
};

// One node of one document: what everything else works with. Cheap to copy. A default one is a missing node; asking it for
// anything gives empty answers, so that chains need no checks.
class Value {
 public:
  Value() = default;
  Value(const Document* document, uint32_t index) : document_(document), index_(index) {}

  explicit operator bool() const { return document_ != nullptr; }
  NodeKind kind() const { return document_ ? node().kind : NodeKind::kNull; }
  bool is_map() const { return kind() == NodeKind::kMap; }
  bool is_sequence() const { return kind() == NodeKind::kSequence; }
  bool is_scalar() const { return kind() == NodeKind::kScalar; }
  // Missing, or `~`, `null` or nothing written.
  bool is_null() const { return kind() == NodeKind::kNull; }
  bool quoted() const { return document_ && node().quoted; }
  // Text of a scalar; empty for anything else.
  std::string_view text() const;
  // `!Ref`, `!Sub`...; empty when none was written.
  std::string_view tag() const;
  Span span() const;
  size_t size() const { return document_ ? node().count : 0; }

  Value item(size_t index) const;                       // Of a sequence.
  Value key(size_t index) const;                        // Of a map.
  Value value(size_t index) const;
  Value operator[](std::string_view key) const;         // Of a map; missing when not there.
  Value KeyOf(std::string_view key) const;              // The key's own node, for pointing at it.

  const Document* document() const { return document_; }
  uint32_t index() const { return index_; }
  friend bool operator==(const Value&, const Value&) = default;

 private:
  const Node& node() const { return document_->nodes[index_]; }
  const Document* document_ = nullptr;
  uint32_t index_ = 0;
};

inline Value Root(const Document& document) { return Value(&document, document.root); }

}  // namespace domicile
