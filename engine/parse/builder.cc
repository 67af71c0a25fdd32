#include "engine/parse/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace domicile {
namespace {

// More than this many equal keys in one document are counted, not listed.
constexpr size_t kListedEqualKeys = 50;
// Up to this many keys, comparing each with each is faster than sorting.
constexpr size_t kFewKeys = 8;

}  // namespace

Builder::Builder(const Sources& sources, uint32_t source, const ParseLimits& limits, Diagnostics& diagnostics)
    : source_(source), text_(limits.text_stays ? sources.text(source) : std::string_view()), limits_(limits), diagnostics_(diagnostics) {}

void Builder::PassOnReports() { diagnostics_.Append(std::move(reports_)); }

void Builder::StartDocument() {
  PassOnReports();
  storage_ = std::make_unique<ParsedFile::Storage>();
  storage_->tags = {0, 0};
  tag_indices_.clear();
  frames_.clear();
  pending_.clear();
  anchors_.clear();
  merged_pairs_ = 0;
  equal_keys_ = 0;
  first_equal_key_ = 0xffffffffu;
  has_aliases_ = false;
  failed_ = false;
}

void Builder::Reserve(size_t nodes) {
  storage_->nodes.reserve(nodes);
  storage_->children.reserve(nodes);
}

void Builder::Scalar(const Extent& extent, std::string_view text, bool quoted, std::string_view tag, size_t anchor) {
  if (failed_) return;
  Node node{NodeKind::kScalar, static_cast<uint8_t>(quoted), TagIndex(tag), extent.begin, extent.end};
  node.count = static_cast<uint32_t>(text.size());
  if (extent.begin < text_.size() && text_.compare(extent.begin, text.size(), text) == 0) {
    node.first = extent.begin;
  } else {
    node.first = static_cast<uint32_t>(text_.size() + storage_->arena.size());
    storage_->arena += text;
  }
  if (!AddNode(node)) return;
  const uint32_t index = static_cast<uint32_t>(storage_->nodes.size() - 1);
  SetAnchor(anchor, index, 1, 0);
  Attach(index, extent.outer_begin, extent.outer_end, 1, 0);
}

void Builder::Null(const Extent& extent, size_t anchor) {
  if (failed_) return;
  if (!AddNode({NodeKind::kNull, 0, 0, extent.begin, extent.end})) return;
  const uint32_t index = static_cast<uint32_t>(storage_->nodes.size() - 1);
  SetAnchor(anchor, index, 1, 0);
  Attach(index, extent.outer_begin, extent.outer_end, 1, 0);
}

void Builder::Open(NodeKind kind, uint32_t begin, uint32_t position, std::string_view tag, size_t anchor) {
  if (failed_) return;
  if (frames_.size() >= limits_.max_depth) {
    return Fail({source_, position, position + 1}, fmt::format("nested more than {} levels deep", limits_.max_depth), "");
  }
  if (!AddNode({kind, 0, TagIndex(tag), position, position})) return;
  Frame frame;
  frame.node = static_cast<uint32_t>(storage_->nodes.size() - 1);
  frame.pending = static_cast<uint32_t>(pending_.size());
  frame.begin = begin;
  frame.children_begin = frame.children_end = position;
  frame.anchor = anchor;
  SetAnchor(anchor, frame.node, 0, 0);
  frames_.push_back(frame);
}

void Builder::Close(uint32_t end) {
  if (failed_) return;
  const Frame frame = frames_.back();
  Node& node = storage_->nodes[frame.node];
  if (frame.begin != kFromChildren) {
    node.begin = frame.begin;
    node.end = end;
  } else {
    node.begin = frame.children_begin;
    node.end = frame.children_end;
  }
  if (node.kind == NodeKind::kMap) {
    FinishMap(frame, node);
    if (failed_) return;
  } else {
    node.first = static_cast<uint32_t>(storage_->children.size());
    node.count = static_cast<uint32_t>(pending_.size() - frame.pending);
    storage_->children.insert(storage_->children.end(), pending_.begin() + frame.pending, pending_.end());
  }
  pending_.resize(frame.pending);
  frames_.pop_back();
  SetAnchor(frame.anchor, frame.node, frame.weight, frame.height + 1);
  Attach(frame.node, node.begin, node.end, frame.weight, frame.height + 1);
  CheckWeight(SpanOf(frame.node));
}

void Builder::Alias(uint32_t begin, uint32_t end, size_t anchor) {
  if (failed_) return;
  const Span span{source_, begin, end};
  // yaml-cpp knows every anchor it gives a number to.
  const Anchor& target = anchors_[anchor];
  if (target.weight == 0) return Fail(span, "this alias stands inside the node that it refers to", "");
  if (frames_.size() + target.height > limits_.max_depth) {
    return Fail(span, fmt::format("nested more than {} levels deep when aliases are written out", limits_.max_depth), "");
  }
  has_aliases_ = true;
  Attach(target.node, begin, end, target.weight, target.height);
  CheckWeight(span);
}

// Without aliases the limit on the nodes of a file is enough.
void Builder::CheckWeight(Span span) {
  if (!has_aliases_ || frames_.empty() || frames_.back().weight <= limits_.max_expanded) return;
  Fail(span, fmt::format("more than {} nodes when aliases are written out", limits_.max_expanded), "split the file");
}

void Builder::FinishDocument(ParsedFile& file) {
  if (equal_keys_ > kListedEqualKeys) {
    reports_.Warning({source_, 0, 0}, fmt::format("{} more keys are written twice", equal_keys_ - kListedEqualKeys));
  }
  if (failed_ || storage_->nodes.empty() || storage_->nodes[0].kind == NodeKind::kNull) return;
  const ParsedFile::Storage& storage = *storage_;
  Document document;
  document.source = source_;
  document.root = 0;
  document.nodes = storage.nodes;
  document.children = storage.children;
  document.text = text_;
  document.arena = storage.arena;
  document.tags = storage.tags;
  document.equal_key = first_equal_key_;
  file.storage.push_back(std::move(storage_));
  file.documents.push_back(document);
}

bool Builder::expects_key() const {
  if (frames_.empty() || storage_->nodes[frames_.back().node].kind != NodeKind::kMap) return false;
  return (pending_.size() - frames_.back().pending) % 2 == 0;
}

bool Builder::expects_item() const {
  return !frames_.empty() && storage_->nodes[frames_.back().node].kind == NodeKind::kSequence;
}

bool Builder::innermost_begin(uint32_t* begin) const {
  for (size_t i = frames_.size(); i-- > 0;) {
    if (frames_[i].begin == kFromChildren) continue;
    *begin = frames_[i].begin;
    return true;
  }
  return false;
}

bool Builder::AddNode(const Node& node) {
  if (++nodes_in_file_ > limits_.max_nodes) {
    Fail({source_, node.begin, node.end}, fmt::format("more than {} nodes in one file", limits_.max_nodes), "split the file");
    return false;
  }
  storage_->nodes.push_back(node);
  return true;
}

uint16_t Builder::TagIndex(std::string_view tag) {
  if (tag.empty()) return 0;
  const size_t known = storage_->tags.size() / 2;
  // The 65,536th different tag and those behind it share an index: nobody writes them, and nothing reads them.
  const auto [it, added] = tag_indices_.try_emplace(std::string(tag), static_cast<uint16_t>(std::min<size_t>(known, 0xffff)));
  if (added && known <= 0xffff) {
    storage_->tags.push_back(static_cast<uint32_t>(storage_->arena.size()));
    storage_->tags.push_back(static_cast<uint32_t>(tag.size()));
    storage_->arena += tag;
  }
  return it->second;
}

void Builder::Attach(uint32_t node, uint32_t begin, uint32_t end, uint64_t weight, uint32_t height) {
  if (frames_.empty()) return;
  Frame& frame = frames_.back();
  if (pending_.size() == frame.pending) frame.children_begin = begin;
  frame.children_end = std::max(end, frame.children_begin);
  frame.weight += weight;
  frame.height = std::max(frame.height, height);
  pending_.push_back(node);
}

void Builder::SetAnchor(size_t anchor, uint32_t node, uint64_t weight, uint32_t height) {
  if (anchor == 0) return;
  if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
  anchors_[anchor] = {node, height, weight};
}

std::string_view Builder::TextOf(uint32_t node) const {
  const Node& n = storage_->nodes[node];
  return n.first < text_.size() ? text_.substr(n.first, n.count) : std::string_view(storage_->arena).substr(n.first - text_.size(), n.count);
}

Span Builder::SpanOf(uint32_t node) const { return {source_, storage_->nodes[node].begin, storage_->nodes[node].end}; }

bool Builder::IsMergeKey(uint32_t node) const {
  const Node& n = storage_->nodes[node];
  return n.kind == NodeKind::kScalar && n.quoted == 0 && n.count == 2 && TextOf(node) == "<<";
}

// The usual map has neither, and then its children are copied as they are.
bool Builder::HasEqualOrMergeKeys(size_t first) const {
  const size_t count = (pending_.size() - first) / 2;
  const bool few = count <= kFewKeys;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t key = pending_[first + 2 * i];
    if (IsMergeKey(key)) return true;
    if (!few) continue;
    const Node& a = storage_->nodes[key];
    for (size_t j = 0; j < i; ++j) {
      const Node& b = storage_->nodes[pending_[first + 2 * j]];
      if (a.count == b.count && a.kind == NodeKind::kScalar && b.kind == NodeKind::kScalar &&
          TextOf(key) == TextOf(pending_[first + 2 * j])) {
        return true;
      }
    }
  }
  return !few;
}

void Builder::FinishMap(const Frame& frame, Node& node) {
  std::vector<uint32_t>& children = storage_->children;
  node.first = static_cast<uint32_t>(children.size());
  node.count = static_cast<uint32_t>((pending_.size() - frame.pending) / 2);
  if (!HasEqualOrMergeKeys(frame.pending)) {
    children.insert(children.end(), pending_.begin() + frame.pending, pending_.end());
    return;
  }
  pairs_.clear();
  for (size_t i = frame.pending; i + 1 < pending_.size(); i += 2) {
    if (!IsMergeKey(pending_[i])) pairs_.push_back({0, pending_[i], pending_[i + 1]});
  }
  if (pairs_.size() < node.count) {
    uint32_t merge = 0;
    for (size_t i = frame.pending; i + 1 < pending_.size(); i += 2) {
      if (IsMergeKey(pending_[i]) && !Merge(pending_[i], pending_[i + 1], ++merge)) pairs_.push_back({0, pending_[i], pending_[i + 1]});
      if (failed_) return;
    }
  }
  DropEqualKeys();
  node.count = 0;
  for (const Pair& pair : pairs_) {
    if (pair.dropped) continue;
    children.push_back(pair.key);
    children.push_back(pair.value);
    ++node.count;
  }
}

// Adds the pairs of a map, or of each map of a list. False when the value is neither.
bool Builder::Merge(uint32_t key, uint32_t value, uint32_t merge) {
  const auto add = [&](const Node& map) {
    merged_pairs_ += map.count;
    if (merged_pairs_ > limits_.max_expanded) {
      return Fail(SpanOf(key), fmt::format("more than {} keys come in through `<<`", limits_.max_expanded), "");
    }
    for (uint32_t i = 0; i < map.count; ++i) {
      const uint32_t at = map.first + 2 * i;
      pairs_.push_back({0, storage_->children[at], storage_->children[at + 1], 0, merge});
    }
  };
  const Node& node = storage_->nodes[value];
  bool good = node.kind == NodeKind::kMap;
  if (good) {
    add(node);
  } else if (node.kind == NodeKind::kSequence) {
    good = true;
    for (uint32_t i = 0; i < node.count; ++i) {
      good = good && storage_->nodes[storage_->children[node.first + i]].kind == NodeKind::kMap;
    }
    for (uint32_t i = 0; good && i < node.count && !failed_; ++i) add(storage_->nodes[storage_->children[node.first + i]]);
  }
  if (!good) reports_.Warning(SpanOf(key), "`<<` is followed by neither a map nor a list of maps").help = "refer to a map, as in `<<: *name`";
  return good;
}

// Of equal keys the last one written in the map itself counts, else the first that came with the last `<<`.
void Builder::DropEqualKeys() {
  sorted_.clear();
  for (uint32_t i = 0; i < pairs_.size(); ++i) {
    pairs_[i].order = i;
    if (storage_->nodes[pairs_[i].key].kind != NodeKind::kScalar) continue;
    pairs_[i].hash = std::hash<std::string_view>()(TextOf(pairs_[i].key));
    sorted_.push_back(i);
  }
  std::sort(sorted_.begin(), sorted_.end(), [&](uint32_t a, uint32_t b) {
    if (pairs_[a].hash != pairs_[b].hash) return pairs_[a].hash < pairs_[b].hash;
    const int order = TextOf(pairs_[a].key).compare(TextOf(pairs_[b].key));
    return order != 0 ? order < 0 : a < b;
  });
  std::vector<std::pair<uint32_t, uint32_t>> equal;  // Pairs of the map's own keys, to be reported in the order of the text.
  for (size_t i = 0; i < sorted_.size();) {
    size_t end = i + 1;
    while (end < sorted_.size() && pairs_[sorted_[end]].hash == pairs_[sorted_[i]].hash &&
           TextOf(pairs_[sorted_[end]].key) == TextOf(pairs_[sorted_[i]].key)) {
      ++end;
    }
    // Own keys stand before merged ones.
    size_t winner = i;
    for (size_t j = i + 1; j < end; ++j) {
      const uint32_t merge = pairs_[sorted_[j]].merge, before = pairs_[sorted_[winner]].merge;
      if (merge != 0 && (before == 0 || merge == before)) continue;
      winner = j;
      equal.emplace_back(sorted_[j], sorted_[i]);
    }
    for (size_t j = i; j < end; ++j) pairs_[sorted_[j]].dropped = j != winner;
    i = end;
  }
  std::sort(equal.begin(), equal.end());
  for (const auto& [second, first] : equal) WarnEqualKeys(pairs_[first].key, pairs_[second].key);
}

void Builder::WarnEqualKeys(uint32_t first, uint32_t second) {
  if (equal_keys_ == 0) first_equal_key_ = SpanOf(second).begin;
  if (++equal_keys_ > kListedEqualKeys) return;
  Diagnostic& warning = reports_.Warning(SpanOf(second), fmt::format("key `{}` is written twice", TextOf(second)));
  warning.help = "remove one of the two: only the last one counts";
  warning.labels.push_back({SpanOf(first), "first written here"});
}

void Builder::Fail(Span span, std::string message, std::string help) {
  failed_ = true;
  reports_.Error(span, std::move(message)).help = std::move(help);
}

}  // namespace domicile
