#include "engine/parse/pack.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

namespace domicile {
namespace {

// The order of a pack, all numbers 32 bits:
//   magic (8 bytes), size of the whole, count of files
//   for each file: name, text, count of documents
//     for each document: root, whether scalars stand in the text, nodes, children, arena, tags
// A text or an array is its count of elements and then the elements, filled up to a multiple of 4.
constexpr std::string_view kMagic = "DOMPACK2";
static_assert(std::endian::native == std::endian::little, "a pack is read without copying");
static_assert(std::has_unique_object_representations_v<Node>, "padding would make packs differ from build to build");

class Writer {
 public:
  void Number(size_t value) {
    const uint32_t number = static_cast<uint32_t>(value);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  template <typename T>
  void Array(const T* first, size_t count) {
    Number(count);
    if (count > 0) bytes_.append(reinterpret_cast<const char*>(first), count * sizeof(T));
    bytes_.append((4 - bytes_.size() % 4) % 4, '\0');
  }
  void Text(std::string_view text) { Array(text.data(), text.size()); }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_{kMagic};
};

// Gives empty answers and stays !good() once it ran out of bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  uint32_t Number() {
    uint32_t number = 0;
    if (!Take(sizeof number)) return 0;
    std::memcpy(&number, bytes_.data() + at_ - sizeof number, sizeof number);
    return number;
  }
  template <typename T>
  std::span<const T> Array() {
    const size_t count = Number();
    const size_t start = at_;
    if (!Take(count * sizeof(T)) || !Take((4 - at_ % 4) % 4)) return {};
    return {reinterpret_cast<const T*>(bytes_.data() + start), count};
  }
  std::string_view Text() {
    const std::span<const char> text = Array<char>();
    return {text.data(), text.size()};
  }
  bool good() const { return good_; }
  bool at_end() const { return at_ == bytes_.size(); }
  size_t left() const { return bytes_.size() - at_; }

 private:
  bool Take(size_t count) {
    if (!good_ || count > bytes_.size() - at_) return good_ = false;
    at_ += count;
    return true;
  }

  std::string_view bytes_;
  size_t at_ = 0;
  bool good_ = true;
};

bool NodesInBounds(const Document& document, size_t text_size) {
  const size_t shared = document.text.size();
  if (document.root >= document.nodes.size()) return false;
  if (document.tags.size() < 2 || document.tags.size() % 2 != 0) return false;
  for (size_t i = 0; i < document.tags.size(); i += 2) {
    if (uint64_t{document.tags[i]} + document.tags[i + 1] > document.arena.size()) return false;
  }
  for (const Node& node : document.nodes) {
    if (node.begin > node.end || node.end > text_size || node.tag >= document.tags.size() / 2) return false;
    switch (node.kind) {
      case NodeKind::kNull: break;
      case NodeKind::kScalar:
        if (node.first < shared ? uint64_t{node.first} + node.count > shared : node.first - shared + node.count > document.arena.size()) return false;
        break;
      case NodeKind::kSequence:
      case NodeKind::kMap:
        if (node.first + uint64_t{node.count} * (node.kind == NodeKind::kMap ? 2 : 1) > document.children.size()) return false;
        break;
      default: return false;
    }
  }
  return std::all_of(document.children.begin(), document.children.end(),
                     [&](uint32_t child) { return child < document.nodes.size(); });
}

// No cycles, no nesting and no aliases beyond what the parser lets through: others walk documents with plain recursion.
bool ShapeWithinLimits(const Document& document) {
  constexpr ParseLimits kLimits;
  struct Shape {
    uint64_t weight = 0;  // 0: not seen; kOpen: its children are being walked.
    uint32_t height = 0;
  };
  constexpr uint64_t kOpen = ~uint64_t{0};
  struct Step {
    uint32_t node = 0;
    uint32_t next = 0;
  };
  std::vector<Shape> shapes(document.nodes.size());
  std::vector<Step> steps = {{document.root, 0}};
  shapes[document.root] = {kOpen, 0};
  while (!steps.empty()) {
    Step& step = steps.back();
    const Node& node = document.nodes[step.node];
    const bool leaf = node.kind == NodeKind::kNull || node.kind == NodeKind::kScalar;
    const uint32_t count = leaf ? 0 : node.kind == NodeKind::kMap ? 2 * node.count : node.count;
    if (step.next < count) {
      const uint32_t child = document.children[node.first + step.next++];
      if (shapes[child].weight == kOpen) return false;
      if (shapes[child].weight != 0) continue;
      if (steps.size() > kLimits.max_depth) return false;
      shapes[child].weight = kOpen;
      steps.push_back({child, 0});
      continue;
    }
    Shape shape{1, leaf ? 0u : 1u};
    for (uint32_t i = 0; i < count; ++i) {
      const Shape& child = shapes[document.children[node.first + i]];
      shape.weight += child.weight;
      shape.height = std::max(shape.height, child.height + 1);
    }
    if (shape.weight > kLimits.max_expanded || shape.height > kLimits.max_depth + 1) return false;
    shapes[step.node] = shape;
    steps.pop_back();
  }
  return true;
}

}  // namespace

std::string WritePack(const std::vector<PackInput>& files) {
  Writer writer;
  writer.Number(0);
  writer.Number(files.size());
  for (const PackInput& input : files) {
    writer.Text(input.name);
    writer.Text(input.text);
    writer.Number(input.file->documents.size());
    for (const Document& document : input.file->documents) {
      writer.Number(document.root);
      writer.Number(document.text.empty() ? 0 : 1);
      writer.Array(document.nodes.data(), document.nodes.size());
      writer.Array(document.children.data(), document.children.size());
      writer.Text(document.arena);
      writer.Array(document.tags.data(), document.tags.size());
    }
  }
  const uint32_t size = static_cast<uint32_t>(writer.bytes().size());
  std::memcpy(writer.bytes().data() + kMagic.size(), &size, sizeof size);
  return std::move(writer.bytes());
}

std::optional<std::vector<PackedFile>> OpenPack(std::string_view bytes, bool trusted) {
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(Node) != 0) return std::nullopt;
  if (bytes.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  Reader reader(bytes.substr(kMagic.size()));
  if (reader.Number() != bytes.size()) return std::nullopt;
  const uint32_t file_count = reader.Number();
  // Each file takes 12 bytes at least, each document 24: a count beyond that is not believed.
  if (!reader.good() || file_count > reader.left() / 12) return std::nullopt;
  std::vector<PackedFile> files(file_count);
  for (PackedFile& file : files) {
    file.name = reader.Text();
    file.text = reader.Text();
    const uint32_t document_count = reader.Number();
    if (!reader.good() || document_count > reader.left() / 24) return std::nullopt;
    file.documents.resize(document_count);
    for (Document& document : file.documents) {
      document.root = reader.Number();
      if (reader.Number() != 0) document.text = file.text;
      document.nodes = reader.Array<Node>();
      document.children = reader.Array<uint32_t>();
      document.arena = reader.Text();
      document.tags = reader.Array<uint32_t>();
      if (!reader.good()) return std::nullopt;
      if (!trusted && !(NodesInBounds(document, file.text.size()) && ShapeWithinLimits(document))) return std::nullopt;
    }
  }
  if (!reader.good() || !reader.at_end()) return std::nullopt;
  return files;
}

}  // namespace domicile
