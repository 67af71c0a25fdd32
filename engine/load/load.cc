#include "engine/load/load.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

#include "engine/load/ignore.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kProjectFile = ".domicile.yaml";
constexpr size_t kBinaryProbe = 8192;  // Git, too, looks for NUL in the first 8 KB.

// The identity of a file or folder, whatever the path that leads to it.
using FileId = std::pair<uint64_t, uint64_t>;
FileId IdOf(const struct stat& status) { return {static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino)}; }

bool IsManifestName(std::string_view name) {
  constexpr std::string_view kEndings[] = {".yaml", ".yml", ".json", ".template", ".tmpl", ".tpl", ".yaml.j2", ".yml.j2"};
  const std::string lower = Lower(name);
  return std::any_of(std::begin(kEndings), std::end(kEndings), [&](std::string_view ending) { return lower.ends_with(ending); });
}

std::string Join(const std::string& folder, const std::string& name) {
  if (folder.empty() || folder == ".") return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

std::string Reason(int error) { return Lower(std::generic_category().message(error)); }

class File {
 public:
  explicit File(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool good() const { return descriptor_ >= 0; }

  // Reads to the end, or one byte beyond `limit`. False, with errno, when reading fails.
  bool Read(size_t limit, std::string* text) const {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) return false;
    constexpr size_t kStep = 1 << 16;
    const bool regular = S_ISREG(status.st_mode);
    size_t used = 0;
    const size_t expected = std::min(regular ? static_cast<size_t>(status.st_size) + 1 : kStep, limit + 1);
    text->reserve(expected + Sources::kPadding);
    text->resize(expected);
    for (;;) {
      const ssize_t got = read(descriptor_, text->data() + used, text->size() - used);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return false;
      used += static_cast<size_t>(got);
      if (got == 0 || used > limit) break;
      if (used == text->size()) text->resize(std::min(std::max(used * 2, kStep), limit + 1));
    }
    text->resize(used);
    return true;
  }

 private:
  int descriptor_;
};

std::optional<std::string> ReadSmallFile(const std::string& path) {
  constexpr size_t kSmall = 1 << 20;
  const File file(path);
  std::string text;
  if (!file.good() || !file.Read(kSmall, &text) || text.size() > kSmall) return std::nullopt;
  return text;
}

// The folder in which `.git` is, upward from `folder`; `folder` itself without a repository.
fs::path RepositoryOf(const fs::path& folder) {
  std::error_code error;
  fs::path root = folder;
  while (!fs::exists(root / ".git", error) && root.has_relative_path()) root = root.parent_path();
  return fs::exists(root / ".git", error) ? root : folder;
}

// The .gitignore files that apply in a folder, outermost first, and where the folder is.
struct IgnoreLevel {
  std::string folder;   // Relative to the root of the repository, with `/` at the end; empty for the root itself.
  IgnoreFile file;
};

class Loader {
 public:
  Loader(const LoadOptions& options, Sources& sources, Diagnostics& diagnostics)
      : options_(options), sources_(sources), diagnostics_(diagnostics), exclude_(options.exclude) {}

  void Take(const std::string& path) {
    if (path == "-") return TakeStandardInput();
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return SayMissing(path, errno);
    std::string name = fs::path(path).lexically_normal().generic_string();
    if (name.size() > 1 && name.back() == '/') name.pop_back();
    SetArgument(name, S_ISDIR(status.st_mode));
    if (Excluded(name, S_ISDIR(status.st_mode))) {
      loaded_.skipped.push_back({S_ISDIR(status.st_mode) ? name + "/" : name, Skipped::Reason::kExcluded});
      return;
    }
    if (S_ISDIR(status.st_mode)) return TakeFolder(name, status);
    if (options_.named_as_found) {
      TakeEntryFile(name, name, {});
      return ReadFound();
    }
    // A pipe has no identity worth keeping.
    if (S_ISREG(status.st_mode) && !seen_.insert(IdOf(status)).second) return;
    ReadFile(name, true);
  }

  Loaded Finish() { return std::move(loaded_); }

 private:
  struct Link {
    std::string path;
    std::string relative;
    size_t depth = 0;
    std::vector<FileId> above;         // The folders it stands in.
    std::vector<IgnoreLevel> levels;
  };

  void TakeStandardInput() {
    if (standard_input_taken_) return;
    standard_input_taken_ = true;
    const std::string& text = options_.standard_input;
    if (text.size() > options_.max_file_bytes) {
      diagnostics_.Error({}, fmt::format("standard input is larger than {} bytes", options_.max_file_bytes)).help = "split it";
      loaded_.skipped.push_back({"<stdin>", Skipped::Reason::kTooLarge});
      return;
    }
    // Whatever should have written it failed, most likely.
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
      diagnostics_.Error({}, "standard input is empty").help = "see whether the command before the pipe failed";
      return;
    }
    AddText("<stdin>", text, true);
  }

  void SayMissing(const std::string& path, int error) {
    if (error != ENOENT && error != ENOTDIR) {
      diagnostics_.Error({}, fmt::format("`{}` cannot be read: {}", path, Reason(error)));
      return;
    }
    const fs::path missing = fs::path(path).lexically_normal();
    std::vector<std::string> names;
    std::error_code ignored;
    const fs::path parent = missing.has_parent_path() ? missing.parent_path() : fs::path(".");
    for (fs::directory_iterator it(parent, ignored), end; !ignored && it != end; it.increment(ignored)) {
      names.push_back(it->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    diagnostics_.Error({}, fmt::format("`{}` does not exist", path)).help = DidYouMean(missing.filename().string(), candidates);
  }

  // Real files first, links after them, so that a file is named by its own path and not by that of a link.
  void TakeFolder(const std::string& folder, const struct stat& status) {
    if (!folders_.insert(IdOf(status)).second) return;
    std::vector<IgnoreLevel> levels;
    std::string relative;
    if (options_.gitignore) relative = ReadIgnoreFilesAbove(folder, &levels);
    std::vector<FileId> above = {IdOf(status)};
    Walk(folder, relative, 1, above, levels);
    for (size_t i = 0; i < links_.size(); ++i) {
      Link link = std::move(links_[i]);
      Follow(link);
    }
    links_.clear();
    std::sort(found_.begin(), found_.end());
    ReadFound();
  }

  void ReadFound() {
    for (const std::string& path : found_) ReadFile(path, false);
    found_.clear();
  }

  // Remembers where the argument is, so that paths below it can be held against the excluded ones.
  void SetArgument(const std::string& name, bool is_folder) {
    if (options_.exclude.empty()) return;
    std::error_code ignored;
    const fs::path path = fs::absolute(name, ignored);
    const fs::path real = is_folder ? fs::weakly_canonical(path, ignored) : fs::weakly_canonical(path.parent_path(), ignored) / path.filename();
    argument_ = name == "." ? "" : name;
    argument_path_ = real.generic_string();
  }

  // `path` is the argument or below it.
  bool Excluded(const std::string& path, bool is_folder) const {
    if (options_.exclude.empty()) return false;
    std::string_view below = path == "." ? std::string_view() : std::string_view(path).substr(argument_.size());
    std::string whole = argument_path_;
    if (!below.empty() && below.front() != '/') whole += '/';
    whole += below;
    const std::string base = options_.exclude_base.ends_with('/') ? options_.exclude_base : options_.exclude_base + "/";
    return whole.starts_with(base) && exclude_.Covers(std::string_view(whole).substr(base.size()), is_folder);
  }

  // Collects the ignore files from the root of the repository down to the folder, which is not included. Returns the folder's path
  // relative to the root. Without a repository the folder is taken for the root.
  std::string ReadIgnoreFilesAbove(const std::string& folder, std::vector<IgnoreLevel>* levels) {
    std::error_code error;
    const fs::path here = fs::canonical(folder, error);
    if (error) return {};
    const fs::path root = RepositoryOf(here);
    if (!fs::exists(root / ".git", error)) return {};
    AddIgnoreFile(root / ".git" / "info" / "exclude", "", levels);
    std::string relative;
    fs::path at = root;
    for (const fs::path& part : here.lexically_relative(root)) {
      if (part == ".") break;
      AddIgnoreFile(at / ".gitignore", relative, levels);
      at /= part;
      relative += part.string() + "/";
    }
    return relative;
  }

  void AddIgnoreFile(const fs::path& path, const std::string& relative, std::vector<IgnoreLevel>* levels) {
    const std::optional<std::string> text = ReadSmallFile(path.string());
    if (text) levels->push_back({relative, IgnoreFile(*text)});
  }

  static bool Ignored(const std::vector<IgnoreLevel>& levels, const std::string& relative, bool is_folder) {
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
      const IgnoreFile::Answer answer = level->file.Ask(std::string_view(relative).substr(level->folder.size()), is_folder);
      if (answer != IgnoreFile::Answer::kNothing) return answer == IgnoreFile::Answer::kIgnored;
    }
    return false;
  }

  // `relative` is the folder's path from the root of the repository, with `/` at its end.
  void Walk(const std::string& folder, const std::string& relative, size_t depth, std::vector<FileId>& above,
            std::vector<IgnoreLevel>& levels) {
    if (depth > options_.max_depth) {
      diagnostics_.Error({}, fmt::format("`{}` is nested more than {} folders deep", folder, options_.max_depth));
      loaded_.skipped.push_back({folder, Skipped::Reason::kUnreadable});
      return;
    }
    std::vector<fs::directory_entry> entries;
    std::error_code error;
    for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end; !error && it != end; it.increment(error)) {
      entries.push_back(*it);
    }
    if (error) {
      diagnostics_.Error({}, fmt::format("`{}` cannot be read: {}", folder, Lower(error.message())));
      loaded_.skipped.push_back({folder, Skipped::Reason::kUnreadable});
      return;
    }
    std::sort(entries.begin(), entries.end(), [](const fs::directory_entry& a, const fs::directory_entry& b) {
      return a.path().filename().native() < b.path().filename().native();
    });
    const size_t levels_above = levels.size();
    if (options_.gitignore) AddIgnoreFile(fs::path(folder) / ".gitignore", relative, &levels);
    for (const fs::directory_entry& entry : entries) {
      const std::string name = entry.path().filename().string();
      if (name == ".git") continue;
      const std::string path = Join(folder, name);
      if (entry.is_symlink(error)) {
        links_.push_back({path, relative + name, depth, above, levels});
      } else if (entry.is_directory(error)) {
        TakeEntryFolder(path, relative + name, depth, above, levels);
      } else {
        TakeEntryFile(path, relative + name, levels);
      }
    }
    while (levels.size() > levels_above) levels.pop_back();
  }

  void TakeEntryFolder(const std::string& path, const std::string& relative, size_t depth, std::vector<FileId>& above,
                       std::vector<IgnoreLevel>& levels) {
    if (Ignored(levels, relative, true)) {
      loaded_.skipped.push_back({path + "/", Skipped::Reason::kIgnored});
      return;
    }
    if (Excluded(path, true)) {
      loaded_.skipped.push_back({path + "/", Skipped::Reason::kExcluded});
      return;
    }
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
      loaded_.skipped.push_back({path, Skipped::Reason::kUnreadable});
      return;
    }
    const FileId id = IdOf(status);
    if (std::find(above.begin(), above.end(), id) != above.end()) {
      loaded_.skipped.push_back({path, Skipped::Reason::kSymlinkLoop});
      return;
    }
    if (!folders_.insert(id).second) return;
    above.push_back(id);
    Walk(path, relative + "/", depth + 1, above, levels);
    above.pop_back();
  }

  void TakeEntryFile(const std::string& path, const std::string& relative, const std::vector<IgnoreLevel>& levels) {
    const size_t slash = path.rfind('/');
    const std::string_view name = slash == std::string::npos ? path : std::string_view(path).substr(slash + 1);
    if (name == kProjectFile) return;
    struct stat status {};
    if (!IsManifestName(name)) {
      loaded_.skipped.push_back({path, Skipped::Reason::kOtherType});
    } else if (Ignored(levels, relative, false)) {
      loaded_.skipped.push_back({path, Skipped::Reason::kIgnored});
    } else if (Excluded(path, false)) {
      loaded_.skipped.push_back({path, Skipped::Reason::kExcluded});
    } else if (stat(path.c_str(), &status) != 0) {
      loaded_.skipped.push_back({path, Skipped::Reason::kUnreadable});
    } else if (!S_ISREG(status.st_mode)) {
      loaded_.skipped.push_back({path, Skipped::Reason::kOtherType});
    } else if (seen_.insert(IdOf(status)).second) {
      found_.push_back(path);
    }
  }

  void Follow(Link& link) {
    struct stat status {};
    if (stat(link.path.c_str(), &status) != 0) {
      const Skipped::Reason reason = errno == ELOOP ? Skipped::Reason::kSymlinkLoop : Skipped::Reason::kUnreadable;
      loaded_.skipped.push_back({link.path, reason});
    } else if (S_ISDIR(status.st_mode)) {
      // As git does: a run that was given a folder does not leave it. One that leads back is told apart.
      const bool back = std::find(link.above.begin(), link.above.end(), IdOf(status)) != link.above.end();
      loaded_.skipped.push_back({link.path, back ? Skipped::Reason::kSymlinkLoop : Skipped::Reason::kFolderLink});
    } else {
      TakeEntryFile(link.path, link.relative, link.levels);
    }
  }

  void ReadFile(const std::string& path, bool named) {
    const File file(path);
    std::string text;
    if (!file.good() || !file.Read(options_.max_file_bytes, &text)) {
      diagnostics_.Error({}, fmt::format("`{}` cannot be read: {}", path, Reason(errno)));
      loaded_.skipped.push_back({path, Skipped::Reason::kUnreadable});
      return;
    }
    if (text.size() > options_.max_file_bytes) {
      diagnostics_.Error({}, fmt::format("`{}` is larger than {} bytes", path, options_.max_file_bytes)).help = "split it";
      loaded_.skipped.push_back({path, Skipped::Reason::kTooLarge});
      return;
    }
    AddText(path, std::move(text), named);
  }

  // A file that is no text is an error when it was named, or when it says what it is; else it is passed over.
  void AddText(const std::string& name, std::string text, bool named) {
    const std::string_view encoding = OtherEncoding(text, named);
    if (!encoding.empty()) {
      diagnostics_.Error({}, fmt::format("`{}` is {}, not UTF-8", name, encoding)).help =
          fmt::format("convert it, for example with `iconv -f {} -t UTF-8`", encoding);
      loaded_.skipped.push_back({name, Skipped::Reason::kBinary});
      return;
    }
    if (!named && text.find('\0') < kBinaryProbe) {
      loaded_.skipped.push_back({name, Skipped::Reason::kBinary});
      return;
    }
    if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
    const size_t nul = text.find('\0');
    size_t bad = nul;
    const bool utf8 = IsValidUtf8(text, &bad);
    const uint32_t source = sources_.Add(name, std::move(text));
    if (utf8 && nul == std::string::npos) {
      loaded_.sources.push_back(source);
      return;
    }
    const bool is_nul = nul != std::string::npos && (utf8 || nul < bad);
    const uint32_t at = static_cast<uint32_t>(is_nul ? nul : bad);
    diagnostics_.Error({source, at, at + 1}, is_nul ? "a NUL byte: this is no text file" : "a byte that is not UTF-8").help =
        is_nul ? "" : "save the file as UTF-8";
    loaded_.skipped.push_back({name, Skipped::Reason::kBinary});
  }

  // By the byte order mark, or by a NUL next to the first character, which has to be ASCII in YAML and JSON.
  static std::string_view OtherEncoding(std::string_view text, bool named) {
    const auto starts = [&](std::string_view bytes) { return text.substr(0, bytes.size()) == bytes; };
    using namespace std::string_view_literals;
    if (starts("\xff\xfe\0\0"sv)) return "UTF-32LE";
    if (starts("\0\0\xfe\xff"sv)) return "UTF-32BE";
    if (starts("\xff\xfe"sv)) return "UTF-16LE";
    if (starts("\xfe\xff"sv)) return "UTF-16BE";
    if (!named || text.size() < 4) return {};
    if (text[0] != '\0' && text[1] == '\0' && text[2] != '\0' && text[3] == '\0') return "UTF-16LE";
    if (text[0] == '\0' && text[1] != '\0' && text[2] == '\0' && text[3] != '\0') return "UTF-16BE";
    return {};
  }

  const LoadOptions& options_;
  Sources& sources_;
  Diagnostics& diagnostics_;
  Loaded loaded_;
  IgnoreFile exclude_;
  std::string argument_, argument_path_;   // As named (empty for `.`), and where it is.
  std::set<FileId> seen_;          // Files.
  std::set<FileId> folders_;
  std::vector<std::string> found_; // Files of the folder that is being walked.
  std::vector<Link> links_;
  bool standard_input_taken_ = false;
};

}  // namespace

Loaded Load(const std::vector<std::string>& paths, const LoadOptions& options, Sources& sources, Diagnostics& diagnostics) {
  Loader loader(options, sources, diagnostics);
  for (const std::string& path : paths) loader.Take(path);
  return loader.Finish();
}

std::optional<uint32_t> LoadNamed(uint32_t from, const std::string& path, const LoadOptions& options, Sources& sources, Diagnostics& diagnostics) {
  const fs::path named(path);
  const std::string& source = sources.name(from);
  std::error_code error;
  if (source == "<stdin>" || named.empty() || named.is_absolute()) return std::nullopt;
  const fs::path beside = fs::path(source).parent_path();
  const fs::path folder = fs::canonical(beside.empty() ? "." : beside, error);
  const fs::path file = fs::canonical(folder / named, error);
  if (error || !fs::is_regular_file(file, error)) return std::nullopt;
  const auto below = [&](const fs::path& base) { return *file.lexically_relative(base).begin() != ".."; };
  if (!below(RepositoryOf(folder))) return std::nullopt;
  if (!options.exclude.empty() && below(options.exclude_base) &&
      IgnoreFile(options.exclude).Covers(file.lexically_relative(options.exclude_base).generic_string(), false))
    return std::nullopt;
  std::optional<std::string> text = ReadSmallFile(file.string());
  size_t bad = 0;
  if (!text) return std::nullopt;
  if (text->find('\0') != std::string::npos || !IsValidUtf8(*text, &bad)) {
    diagnostics.Error({from, 0, 0}, fmt::format("this file reads `{}`, which is no text in UTF-8", path)).help = "save it as UTF-8";
    return std::nullopt;
  }
  if (text->starts_with("\xef\xbb\xbf")) text->erase(0, 3);
  return sources.Add((beside / named).lexically_normal().generic_string(), std::move(*text));
}

}  // namespace domicile
