// Finds the files to read and reads them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/text/diagnostics.h"
#include "engine/text/source.h"

namespace domicile {

struct LoadOptions {
  size_t max_file_bytes = 200u << 20;   // Larger files are refused with an error.
  size_t max_depth = 64;                // Of folders.
  bool gitignore = true;                // Files that git ignores are skipped when a folder is walked (named ones never are).
  std::string standard_input;           // What `-` reads; the program fills it, since the engine reads no streams itself.
  std::string exclude;                  // Lines as in .gitignore, of files and folders that are passed over, named ones too.
  std::string exclude_base;             // Absolute path of the folder to which they are relative.
  bool named_as_found = false;          // Named files are chosen by their names as files in folders are: git names them, not a person.
};

// A file that was found and not read, and why. Shown in the summary; never silent.
struct Skipped {
  enum class Reason : uint8_t { kIgnored, kExcluded, kBinary, kOtherType, kSymlinkLoop, kFolderLink, kTooLarge, kUnreadable };
  std::string path;
  Reason reason = Reason::kOtherType;
};

struct Loaded {
  std::vector<uint32_t> sources;   // In the order of the arguments, folders sorted by path: the same input gives the same order.
  std::vector<Skipped> skipped;
};

// Paths are files, folders (walked; only .yaml, .yml, .json, .template, .tmpl, .tpl, .yaml.j2 and .yml.j2 are read, and of those not
// `.domicile.yaml`, the project's own settings) or `-`, which is named `<stdin>`. Links are followed, once. What git ignores is told from
// the .gitignore files and .git/info/exclude alone: a file that matches and is tracked all the same is left out. A leading UTF-8 byte order mark is removed; UTF-16 and UTF-32 are refused; invalid UTF-8 and NUL are errors that name the
// offset's line. A path that does not exist is an error without a span. A file reached twice is read once. `.git` is never entered.
Loaded Load(const std::vector<std::string>& paths, const LoadOptions& options, Sources& sources, Diagnostics& diagnostics);

// Reads a file that a manifest names (its `.env`): `path` is relative to the folder of the source `from`. Manifests are hostile, so only
// text files up to a megabyte are read that lie in the folder of `from` or in the repository around it, links followed. Empty, without a
// report, when there is no such file; the caller says what that hides. One that is no text in UTF-8 is an error.
std::optional<uint32_t> LoadNamed(uint32_t from, const std::string& path, const LoadOptions& options, Sources& sources, Diagnostics& diagnostics);

}  // namespace domicile
