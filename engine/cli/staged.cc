#include "engine/cli/staged.h"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "engine/cli/session.h"

namespace domicile {
namespace {

namespace fs = std::filesystem;

// The folder that holds `.git`, upward from the working folder; empty when there is none.
fs::path Repository() {
  std::error_code error;
  for (fs::path folder = fs::current_path(error); !folder.empty(); folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", error)) return folder;
    if (!folder.has_relative_path()) break;
  }
  return {};
}

bool IsBelow(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

std::optional<std::vector<std::string>> StagedFiles(const std::vector<std::string>& below) {
  const fs::path root = Repository();
  if (root.empty()) {
    Trouble("--staged needs a git repository, and there is none here");
    return std::nullopt;
  }
  // Nothing of the user's goes into the command. Deleted files are left out; paths are relative to the root.
  std::FILE* pipe = popen("git diff --cached --name-only -z --no-relative --diff-filter=d", "r");
  std::string listed;
  char buffer[4096];
  for (size_t got = 0; pipe && (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) listed.append(buffer, got);
  if (!pipe || pclose(pipe) != 0) {
    Trouble("git could not list the staged files");
    return std::nullopt;
  }
  std::error_code error;
  const fs::path here = fs::current_path(error);
  std::vector<fs::path> wanted;
  for (const std::string& path : below) wanted.push_back(fs::weakly_canonical(path, error));
  std::vector<std::string> files;
  for (size_t begin = 0; begin < listed.size();) {
    const size_t end = std::min(listed.find('\0', begin), listed.size());
    const fs::path path = root / listed.substr(begin, end - begin);
    begin = end + 1;
    const bool asked = wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const fs::path& folder) { return IsBelow(path, folder); });
    // Submodules are folders; a link may lead nowhere.
    if (asked && fs::is_regular_file(path, error)) files.push_back(path.lexically_relative(here).generic_string());
  }
  return files;
}

}  // namespace domicile
