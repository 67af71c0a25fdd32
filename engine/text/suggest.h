// Finds the name that was probably meant.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace domicile {

// The closest candidate by optimal string alignment distance (letter case and `_`/`-` do not count), or empty when none is
// near: at most a third of the length, and never more than 3 edits. Ties go to the first candidate.
std::string_view Closest(std::string_view written, std::span<const std::string_view> candidates);

// "did you mean `x`?" or an empty string.
std::string DidYouMean(std::string_view written, std::span<const std::string_view> candidates);

}  // namespace domicile
