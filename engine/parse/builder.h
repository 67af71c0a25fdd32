// Builds one document out of the events of a reader, and keeps what both readers share: limits, shared nodes, equal keys, merge keys.
//
// Events come in document order. Once something was refused, failed() is true and further events do nothing: the readers are
// third-party code that cannot be stopped without an exception.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/parse/parse.h"

namespace domicile {

// Where an event stands in the source. `begin` and `end` become the node's span; the outer ones take in quotes as well.
struct Extent {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t outer_begin = 0;
  uint32_t outer_end = 0;
};

class Builder {
 public:
  Builder(const Sources& sources, uint32_t source, const ParseLimits& limits, Diagnostics& diagnostics);

  void StartDocument();
  // Of a large document: makes room for as many nodes, so that what there is need not be moved again and again.
  void Reserve(size_t nodes);
  // What was reported of the current document goes on to the diagnostics at the next one, or here; or it is forgotten, because the
  // document is read once more.
  void PassOnReports();
  void ForgetReports() { reports_ = Diagnostics(); }
  void Scalar(const Extent& extent, std::string_view text, bool quoted, std::string_view tag, size_t anchor);
  void Null(const Extent& extent, size_t anchor);
  // `begin` is where the node starts, or kFromChildren: then its span reaches from its first child to past its last.
  static constexpr uint32_t kFromChildren = 0xffffffffu;
  void Open(NodeKind kind, uint32_t begin, uint32_t position, std::string_view tag, size_t anchor);
  // `end` counts only for a node that was opened with a begin.
  void Close(uint32_t end);
  void Alias(uint32_t begin, uint32_t end, size_t anchor);
  // Moves the document into `file`, unless it is empty or failed.
  void FinishDocument(ParsedFile& file);

  // Reports, and refuses the document.
  void Fail(Span span, std::string message, std::string help);
  bool failed() const { return failed_; }
  // Whether the next node is a key of a map.
  bool expects_key() const;
  // Whether the next node is an item of a sequence.
  bool expects_item() const;
  // Whether an open node has a begin of its own, and the begin of the innermost such one.
  bool innermost_begin(uint32_t* begin) const;
  size_t depth() const { return frames_.size(); }

 private:
  struct Frame {
    uint32_t node = 0;
    uint32_t pending = 0;            // Where its children start in pending_.
    uint32_t begin = kFromChildren;
    uint32_t children_begin = 0;
    uint32_t children_end = 0;
    uint32_t height = 0;             // Of the highest child.
    uint64_t weight = 1;             // Nodes when all aliases are written out.
    size_t anchor = 0;
  };
  struct Anchor {
    uint32_t node = 0;
    uint32_t height = 0;
    uint64_t weight = 0;             // 0 while the node is open.
  };
  struct Pair {
    uint64_t hash = 0;
    uint32_t key = 0;
    uint32_t value = 0;
    uint32_t order = 0;
    uint32_t merge = 0;              // Of which `<<` it came, from 1; 0 when it is the map's own.
    bool dropped = false;
  };

  bool AddNode(const Node& node);
  uint16_t TagIndex(std::string_view tag);
  void Attach(uint32_t node, uint32_t begin, uint32_t end, uint64_t weight, uint32_t height);
  void SetAnchor(size_t anchor, uint32_t node, uint64_t weight, uint32_t height);
  void FinishMap(const Frame& frame, Node& node);
  bool HasEqualOrMergeKeys(size_t first) const;
  bool IsMergeKey(uint32_t node) const;
  bool Merge(uint32_t key, uint32_t value, uint32_t merge);
  void DropEqualKeys();
  void WarnEqualKeys(uint32_t first, uint32_t second);
  std::string_view TextOf(uint32_t node) const;
  Span SpanOf(uint32_t node) const;
  void CheckWeight(Span span);

  const uint32_t source_;
  const std::string_view text_;      // Empty where it does not stay.
  const ParseLimits& limits_;
  Diagnostics& diagnostics_;
  Diagnostics reports_;
  std::unique_ptr<ParsedFile::Storage> storage_;
  std::unordered_map<std::string, uint16_t> tag_indices_;
  std::vector<Frame> frames_;
  std::vector<uint32_t> pending_;    // Children of the open nodes, innermost last.
  std::vector<Anchor> anchors_;      // By the reader's number.
  std::vector<Pair> pairs_;          // Of the map that is being finished.
  std::vector<uint32_t> sorted_;
  uint64_t nodes_in_file_ = 0;
  uint64_t merged_pairs_ = 0;
  size_t equal_keys_ = 0;
  uint32_t first_equal_key_ = 0xffffffffu;
  bool has_aliases_ = false;
  bool failed_ = false;
};

}  // namespace domicile
