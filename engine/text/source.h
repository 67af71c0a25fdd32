// Holds the texts that were read and turns byte offsets into line and column.
//
// A source is one file, standard input, or one embedded file of rules/ or policies/. Its index is its identity: spans carry it.
// Texts are kept for the whole run, since every finding points into them.
#pragma once
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace domicile {

inline constexpr uint32_t kNoSource = 0xffffffffu;

// A half-open range of bytes of one source.
struct Span {
  uint32_t source = kNoSource;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool known() const { return source != kNoSource; }
  friend bool operator==(const Span&, const Span&) = default;
};

// Both count from 1; the column counts code points, as SARIF and editors do.
struct Position {
  uint32_t line = 1;
  uint32_t column = 1;
};

class Sources {
 public:
  Sources() = default;
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  // What may be read behind each text that Sources owns: parsers that read in blocks ask for it. Whoever reads a large file makes room
  // for it, so that the text need not be moved.
  static constexpr size_t kPadding = 64;

  // Takes the text (a leading byte order mark must be gone). Returns its index.
  uint32_t Add(std::string name, std::string text);
  // Keeps a view: for texts that live as long as the program (the embedded files).
  uint32_t AddView(std::string name, std::string_view text);

  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }
  const std::string& name(uint32_t source) const { return entries_[source].name; }
  std::string_view text(uint32_t source) const { return entries_[source].view; }
  std::string_view text(Span span) const;
  bool padded(uint32_t source) const { return !entries_[source].owned.empty(); }

  Position PositionOf(uint32_t source, uint32_t offset) const;
  // The line that holds the offset, without its line break, as a span.
  Span LineOf(uint32_t source, uint32_t offset) const;

 private:
  struct Index {
    std::vector<uint32_t> lines;   // Start of each line.
    std::vector<uint32_t> points;  // Code points before each block of 512 bytes, so that a line of 50 MB costs no walk.
  };
  struct Entry {
    std::string name;
    std::string owned;
    std::string_view view;
    mutable std::once_flag once;   // The index is made at the first question, from any thread.
    mutable Index index;
  };
  const Index& IndexOf(uint32_t source) const;
  std::deque<Entry> entries_;  // A deque: views into `owned` stay valid while it grows.
};

}  // namespace domicile
