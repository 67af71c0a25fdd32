#include "engine/text/suggest.h"

#include <algorithm>

#include "engine/text/escape.h"

namespace domicile {
namespace {

std::string Normalized(std::string_view name) {
  std::string text;
  for (char c : Lower(name)) {
    if (c != '_' && c != '-') text += c;
  }
  return text;
}

// Optimal string alignment: insert, delete, replace, or swap two neighbours.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::string_view Closest(std::string_view written, std::span<const std::string_view> candidates) {
  constexpr size_t kMaxEdits = 3;
  constexpr size_t kMaxLength = 200;  // Nobody mistypes a name this long, and the distance costs length times length.
  if (written.empty() || written.size() > kMaxLength) return {};
  const std::string wanted = Normalized(written);
  std::string_view best;
  size_t best_distance = kMaxEdits + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > kMaxLength) continue;
    const std::string name = Normalized(candidate);
    const size_t longer = std::max(name.size(), wanted.size());
    const size_t allowed = std::min(kMaxEdits, longer / 3);
    if (longer - std::min(name.size(), wanted.size()) > allowed) continue;
    const size_t distance = Distance(wanted, name);
    if (distance > allowed || distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string DidYouMean(std::string_view written, std::span<const std::string_view> candidates) {
  const std::string_view closest = Closest(written, candidates);
  if (closest.empty()) return {};
  return "did you mean `" + std::string(closest) + "`?";
}

}  // namespace domicile
