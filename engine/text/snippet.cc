#include "engine/text/snippet.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kTab = 4;
constexpr std::string_view kDots = "...";

// A marked part of one line, in bytes of that line.
struct Mark {
  size_t begin = 0;
  size_t end = 0;
  bool primary = false;
  std::string text;
};

struct Line {
  uint32_t number = 0;
  std::string_view text;
  std::vector<Mark> marks;
};

struct Block {
  uint32_t source = kNoSource;
  Position position;
  std::vector<Line> lines;
};

// One character as it is printed.
struct Cell {
  size_t begin = 0;    // Byte in the line.
  size_t column = 0;   // Where it starts on the terminal, from the start of the line.
  std::string shown;
};

// The part of a line that is printed, and where its bytes are on the terminal.
struct Window {
  std::string shown;
  size_t first_byte = 0;
  size_t last_byte = 0;                               // Past the last character shown.
  std::vector<std::pair<size_t, size_t>> columns;     // Byte and column of each character shown, and of the end.

  size_t ColumnOf(size_t byte) const {
    const auto it = std::lower_bound(columns.begin(), columns.end(), byte,
                                     [](const std::pair<size_t, size_t>& c, size_t value) { return c.first < value; });
    return it == columns.end() ? columns.back().second : it->second;
  }
};

size_t CharacterStart(std::string_view text, size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

// Only the neighbourhood of the mark is looked at: a line may be as long as the file.
Window MakeWindow(std::string_view line, const Mark& mark, size_t available) {
  size_t from = 0;
  size_t to = line.size();
  if (line.size() > 16 * available) {
    from = CharacterStart(line, mark.begin > 2 * available ? mark.begin - 2 * available : 0);
    to = CharacterStart(line, std::min(line.size(), mark.begin + 4 * available));
  }
  std::vector<Cell> cells;
  size_t column = 0;
  for (size_t at = from; at < to;) {
    const CodePoint point = DecodeUtf8(line, at);
    std::string shown = line[at] == '\t' ? std::string(kTab - column % kTab, ' ') : Printable(line.substr(at, point.bytes));
    const size_t width = DisplayWidth(shown);
    cells.push_back({at, column, std::move(shown)});
    column += width;
    at += point.bytes;
  }
  const size_t total = column;
  const auto column_of = [&](size_t byte) {
    const auto cell = std::partition_point(cells.begin(), cells.end(), [&](const Cell& c) { return c.begin < byte; });
    return cell == cells.end() ? total : cell->column;
  };

  size_t first = 0;
  size_t last = total;
  if (from > 0 || to < line.size() || total > available) {
    const size_t room = available - 2 * kDots.size();
    const size_t begin = column_of(mark.begin);
    const size_t marked = std::min(column_of(mark.end) - begin, room);
    const size_t before = (room - marked) / 2;
    first = begin > before ? begin - before : 0;
    if (to == line.size() && first + room > total) first = total > room ? total - room : 0;
    last = std::min(total, first + room);
  }

  Window window;
  window.first_byte = to;
  window.last_byte = from;
  bool any = false;
  column = 0;
  if (first > 0 || from > 0) {
    window.shown += kDots;
    column = kDots.size();
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    const size_t end_column = i + 1 < cells.size() ? cells[i + 1].column : total;
    if (cells[i].column < first || end_column > last) continue;
    const size_t end_byte = i + 1 < cells.size() ? cells[i + 1].begin : to;
    if (!any) window.first_byte = cells[i].begin;
    any = true;
    window.columns.emplace_back(cells[i].begin, column);
    window.shown += cells[i].shown;
    column += end_column - cells[i].column;
    window.last_byte = end_byte;
  }
  if (!any) window.first_byte = window.last_byte = from;
  window.columns.emplace_back(window.last_byte, column);
  if (window.last_byte < line.size()) window.shown += kDots;
  return window;
}

std::string Row(const Paint& paint, size_t gutter, std::string_view number, std::string_view text) {
  std::string row = fmt::format("{}{:>{}} |{}", paint.blue(), number, gutter, paint.reset());
  if (!text.empty()) row += fmt::format(" {}", text);
  return row + "\n";
}

void AppendLine(std::string& out, const Line& line, size_t gutter, const Paint& paint) {
  const size_t available = std::max<size_t>(24, paint.width > gutter + 3 ? paint.width - gutter - 3 : 0);
  std::vector<Mark> waiting = line.marks;
  while (!waiting.empty()) {
    const Window window = MakeWindow(line.text, waiting.front(), available);
    out += Row(paint, gutter, std::to_string(line.number), window.shown);
    std::vector<Mark> later;
    bool first = true;
    for (Mark& mark : waiting) {
      const bool fits = mark.begin >= window.first_byte && mark.end <= window.last_byte;
      if (!first && !fits) {
        later.push_back(std::move(mark));
        continue;
      }
      first = false;
      const size_t begin = window.ColumnOf(mark.begin);
      const size_t end = window.ColumnOf(mark.end);
      const std::string carets(end > begin ? end - begin : 1, mark.primary ? '^' : '-');
      const std::string label = mark.text.empty() ? std::string() : " " + Printable(mark.text);
      out += Row(paint, gutter, "",
                 fmt::format("{}{}{}{}{}", std::string(begin, ' '), mark.primary ? paint.red() : paint.blue(), carets, label,
                             paint.reset()));
    }
    waiting = std::move(later);
  }
}

std::vector<Block> Arrange(const Sources& sources, const std::vector<Label>& labels) {
  std::vector<Block> blocks;
  for (size_t i = 0; i < labels.size(); ++i) {
    const Span span = labels[i].span;
    if (!span.known() || span.source >= sources.size()) continue;
    auto block = std::find_if(blocks.begin(), blocks.end(), [&](const Block& b) { return b.source == span.source; });
    const Position position = sources.PositionOf(span.source, span.begin);
    if (block == blocks.end()) block = blocks.insert(block, Block{span.source, position, {}});
    const Span whole = sources.LineOf(span.source, span.begin);
    const std::string_view text = sources.text(whole);
    Mark mark{std::min<size_t>(span.begin - whole.begin, text.size()), 0, i == 0, labels[i].text};
    mark.end = std::clamp<size_t>(std::max(span.end, span.begin) - whole.begin, mark.begin, text.size());
    while (mark.end > mark.begin && span.end > whole.end && (text[mark.end - 1] == ' ' || text[mark.end - 1] == '\t')) --mark.end;
    auto line = std::find_if(block->lines.begin(), block->lines.end(), [&](const Line& l) { return l.number == position.line; });
    if (line == block->lines.end()) line = block->lines.insert(line, Line{position.line, text, {}});
    line->marks.push_back(std::move(mark));
  }
  for (Block& block : blocks) {
    std::sort(block.lines.begin(), block.lines.end(), [](const Line& a, const Line& b) { return a.number < b.number; });
  }
  return blocks;
}

size_t GutterOf(const std::vector<Block>& blocks) {
  size_t gutter = 1;
  for (const Block& block : blocks) {
    for (const Line& line : block.lines) gutter = std::max(gutter, std::to_string(line.number).size());
  }
  return gutter;
}

std::string Render(const Sources& sources, const std::vector<Block>& blocks, size_t gutter, const Paint& paint) {
  std::string out;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    out += fmt::format("{}{}{}{} {}:{}:{}\n", std::string(gutter, ' '), paint.blue(), i == 0 ? "-->" : ":::", paint.reset(),
                       Printable(sources.name(block.source)), block.position.line, block.position.column);
    out += Row(paint, gutter, "", "");
    for (size_t j = 0; j < block.lines.size(); ++j) {
      if (j > 0 && block.lines[j].number > block.lines[j - 1].number + 1) {
        out += fmt::format("{}{}{}\n", paint.blue(), kDots, paint.reset());
      }
      AppendLine(out, block.lines[j], gutter, paint);
    }
  }
  return out;
}

}  // namespace

std::string Snippet(const Sources& sources, const std::vector<Label>& labels, const Paint& paint) {
  const std::vector<Block> blocks = Arrange(sources, labels);
  return Render(sources, blocks, GutterOf(blocks), paint);
}

std::string RenderDiagnostic(const Sources& sources, const Diagnostic& diagnostic, const Paint& paint) {
  const bool error = diagnostic.level == Diagnostic::Level::kError;
  std::string out = fmt::format("{}{}{}{}: {}{}\n", error ? paint.red() : paint.yellow(), error ? "error" : "warning", paint.reset(),
                                paint.bold(), Printable(diagnostic.message), paint.reset());
  std::vector<Label> labels = {{diagnostic.span, ""}};
  labels.insert(labels.end(), diagnostic.labels.begin(), diagnostic.labels.end());
  const std::vector<Block> blocks = Arrange(sources, labels);
  const size_t gutter = GutterOf(blocks);
  out += Render(sources, blocks, gutter, paint);
  if (!diagnostic.help.empty()) {
    out += fmt::format("{}{} = {}help: {}\n", std::string(gutter, ' '), paint.blue(), paint.reset(), Printable(diagnostic.help));
  }
  return out;
}

}  // namespace domicile
