#include <algorithm>

#include "engine/parse/parse.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

// Whether the offset is inside of a scalar: a `#` there is text. Nodes are in the order of the source.
bool InsideScalar(const Document& document, uint32_t offset) {
  const auto after = std::upper_bound(document.nodes.begin(), document.nodes.end(), offset,
                                      [](uint32_t value, const Node& node) { return value < node.begin; });
  for (auto node = after; node != document.nodes.begin();) {
    --node;
    // A collection starts with its first child, so that only brackets stand between here and the last scalar.
    if (node->kind == NodeKind::kScalar || node->kind == NodeKind::kNull) return offset < node->end;
  }
  return false;
}

// The `#` that starts a comment on the line, or the line's end. Documents follow each other in the source, so that only the last one
// that starts before a `#` may hold it.
uint32_t CommentStart(std::span<const Document> documents, std::string_view text, Span line) {
  for (uint32_t i = line.begin; i < line.end; ++i) {
    if (text[i] != '#') continue;
    const bool apart = i == line.begin || text[i - 1] == ' ' || text[i - 1] == '\t';
    if (!apart) continue;
    const auto after = std::upper_bound(documents.begin(), documents.end(), i,
                                        [](uint32_t offset, const Document& document) { return offset < document.nodes[document.root].begin; });
    if (after == documents.begin() || !InsideScalar(*(after - 1), i)) return i;
  }
  return line.end;
}

bool IsOnlyComment(std::string_view text, Span line, uint32_t hash) {
  return hash < line.end && Trim(text.substr(line.begin, hash - line.begin)).empty();
}

Comment MakeComment(uint32_t source, std::string_view text, uint32_t hash, uint32_t end) {
  const std::string_view inner = Trim(text.substr(hash + 1, end - hash - 1));
  const uint32_t begin = inner.empty() ? end : static_cast<uint32_t>(inner.data() - text.data());
  return {{source, begin, begin + static_cast<uint32_t>(inner.size())}, inner};
}

}  // namespace

std::vector<Comment> CommentsAt(const Sources& sources, const Document& document, uint32_t offset) {
  const std::string_view text = sources.text(document.source);
  std::vector<Comment> comments;
  const Span own = sources.LineOf(document.source, offset);
  for (uint32_t below = own.begin; below > 0;) {
    const Span line = sources.LineOf(document.source, below - 1);
    const uint32_t hash = CommentStart({&document, 1}, text, line);
    if (!IsOnlyComment(text, line, hash)) break;
    comments.push_back(MakeComment(document.source, text, hash, line.end));
    below = line.begin;
  }
  std::reverse(comments.begin(), comments.end());
  const uint32_t hash = CommentStart({&document, 1}, text, own);
  if (hash < own.end) comments.push_back(MakeComment(document.source, text, hash, own.end));
  return comments;
}

std::vector<PlacedComment> CommentsThatStartWith(const Sources& sources, uint32_t source, std::span<const Document> documents,
                                                 std::string_view prefix) {
  const std::string_view text = sources.text(source);
  std::vector<PlacedComment> found;
  uint32_t below = 0;   // The line below the last run of comments that was walked: what stands above it is about it, too.
  for (size_t at = text.find(prefix); at != std::string_view::npos;) {
    const Span line = sources.LineOf(source, static_cast<uint32_t>(at));
    const uint32_t hash = CommentStart(documents, text, line);
    const Comment comment = hash < line.end ? MakeComment(source, text, hash, line.end) : Comment{};
    if (comment.text.starts_with(prefix)) {
      Span about = line;
      for (uint32_t own = hash; line.begin >= below && IsOnlyComment(text, about, own); own = CommentStart(documents, text, about)) {
        const size_t next = text.find('\n', about.end);
        if (next == std::string_view::npos) break;
        about = sources.LineOf(source, static_cast<uint32_t>(next + 1));
      }
      below = std::max(below, about.begin);
      found.push_back({comment, below});
    }
    at = text.find(prefix, line.end);
  }
  return found;
}

}  // namespace domicile
