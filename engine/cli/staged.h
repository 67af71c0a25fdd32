// What git has staged for the next commit.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace domicile {

// Files that were added or changed, as named from the working folder; only those that are one of `below` or inside of one, unless it is
// empty. Empty after a message when git cannot tell.
std::optional<std::vector<std::string>> StagedFiles(const std::vector<std::string>& below);

}  // namespace domicile
