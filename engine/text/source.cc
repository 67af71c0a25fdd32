#include "engine/text/source.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace domicile {
namespace {

constexpr uint32_t kBlock = 512;

// Code points that start in the bytes.
uint32_t CountCodePoints(std::string_view bytes) {
  uint32_t count = 0;
  for (char c : bytes) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

}  // namespace

uint32_t Sources::Add(std::string name, std::string text) {
  Entry& entry = entries_.emplace_back();
  entry.name = std::move(name);
  entry.owned = std::move(text);
  const size_t length = entry.owned.size();
  entry.owned.append(kPadding, '\0');
  entry.view = std::string_view(entry.owned).substr(0, length);
  return size() - 1;
}

uint32_t Sources::AddView(std::string name, std::string_view text) {
  Entry& entry = entries_.emplace_back();
  entry.name = std::move(name);
  entry.view = text;
  return size() - 1;
}

std::string_view Sources::text(Span span) const {
  if (span.source >= size()) return {};
  const std::string_view all = text(span.source);
  const size_t begin = std::min<size_t>(span.begin, all.size());
  const size_t end = std::clamp<size_t>(span.end, begin, all.size());
  return all.substr(begin, end - begin);
}

const Sources::Index& Sources::IndexOf(uint32_t source) const {
  const Entry& entry = entries_[source];
  std::call_once(entry.once, [&] {
    const std::string_view text = entry.view;
    std::vector<uint32_t>& lines = entry.index.lines;
    lines.push_back(0);
    for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
      lines.push_back(static_cast<uint32_t>(at + 1));
    }
    uint32_t points = 0;
    for (size_t at = 0; at < text.size(); at += kBlock) {
      entry.index.points.push_back(points);
      points += CountCodePoints(text.substr(at, kBlock));
    }
    entry.index.points.push_back(points);
  });
  return entry.index;
}

Position Sources::PositionOf(uint32_t source, uint32_t offset) const {
  assert(source < size());
  const Index& index = IndexOf(source);
  const std::string_view text = entries_[source].view;
  offset = std::min(offset, static_cast<uint32_t>(text.size()));
  const auto next = std::upper_bound(index.lines.begin(), index.lines.end(), offset);
  const uint32_t start = *(next - 1);
  const auto points_before = [&](uint32_t at) {
    const uint32_t block = at / kBlock;
    return index.points[block] + CountCodePoints(text.substr(block * kBlock, at - block * kBlock));
  };
  uint32_t column = 0;
  if (offset - start < 2 * kBlock) {
    column = CountCodePoints(text.substr(start, offset - start));
  } else {
    column = points_before(offset) - points_before(start);
  }
  return {static_cast<uint32_t>(next - index.lines.begin()), column + 1};
}

Span Sources::LineOf(uint32_t source, uint32_t offset) const {
  assert(source < size());
  const Index& index = IndexOf(source);
  const std::string_view text = entries_[source].view;
  offset = std::min(offset, static_cast<uint32_t>(text.size()));
  const auto next = std::upper_bound(index.lines.begin(), index.lines.end(), offset);
  const uint32_t begin = *(next - 1);
  uint32_t end = next == index.lines.end() ? static_cast<uint32_t>(text.size()) : *next - 1;
  if (end > begin && text[end - 1] == '\r') --end;
  return {source, begin, end};
}

}  // namespace domicile
