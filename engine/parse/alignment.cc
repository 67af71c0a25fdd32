#include "engine/parse/alignment.h"

#include <algorithm>

#include "engine/parse/template.h"

namespace domicile {
namespace {

bool White(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

Alignment::Alignment(const Sources* sources, Span whole, std::string_view text) : whole_(whole) {
  if (!sources || !whole_.known()) return;
  const std::string_view source = sources->text(whole_);
  size_t s = 0;
  for (size_t t = 0; t < text.size();) {
    if (White(text[t])) {
      ++t;
      continue;
    }
    const size_t begin = t;
    while (t < text.size() && !White(text[t])) ++t;
    const size_t length = t - begin;
    while (true) {
      while (s < source.size() && White(source[s])) ++s;
      // Lines of nothing but actions are left out of the text of a template.
      if (source.substr(s, length) == text.substr(begin, length) || !IsTemplateMarker(source, s)) break;
      s = std::min(EndOfAction(source, s), source.size());
    }
    if (source.substr(s, length) != text.substr(begin, length) || (s + length < source.size() && !White(source[s + length]))) {
      runs_.clear();
      return;
    }
    runs_.push_back({static_cast<uint32_t>(begin), whole_.begin + static_cast<uint32_t>(s), static_cast<uint32_t>(length)});
    s += length;
  }
}

Span Alignment::Of(size_t begin, size_t end) const {
  if (runs_.empty()) return whole_;
  const auto at = [&](size_t offset) {
    const auto after = std::upper_bound(runs_.begin(), runs_.end(), offset, [](size_t wanted, const Run& run) { return wanted < run.text; });
    return after == runs_.begin() ? runs_.begin() : after - 1;
  };
  auto first = at(begin);
  // White space is not told apart; a part starts with its first word.
  if (begin >= first->text + first->length && first + 1 != runs_.end() && (first + 1)->text < end) ++first;
  const uint32_t from = first->source + static_cast<uint32_t>(begin > first->text ? std::min<size_t>(begin - first->text, first->length) : 0);
  if (end <= begin) return {whole_.source, from, from};
  const auto last = at(end - 1);
  const uint32_t to = last->source + static_cast<uint32_t>(std::min<size_t>(end > last->text ? end - last->text : 0, last->length));
  return {whole_.source, from, std::max(from, to)};
}

}  // namespace domicile
