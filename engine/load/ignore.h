// Decides what git would ignore, from the text of one .gitignore file (gitignore(5)). Knows no files and runs no git.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace domicile {

class IgnoreFile {
 public:
  enum class Answer : uint8_t { kNothing, kIgnored, kKept };

  explicit IgnoreFile(std::string_view text);

  // `path` is relative to the folder that holds the .gitignore, with `/` between its parts. The last pattern that matches counts;
  // kNothing leaves the answer to the .gitignore files further up. What is inside of an ignored folder is never asked about.
  Answer Ask(std::string_view path, bool is_folder) const;
  // Whether the path, or a folder it is in, is ignored. For globs that are held against paths without walking to them.
  bool Covers(std::string_view path, bool is_folder) const;

 private:
  struct Pattern {
    std::vector<std::string> parts;   // Between slashes; `**` stands for any number of folders.
    bool anchored = false;            // Matches the whole path, not only the name.
    bool folder_only = false;
    bool keeps = false;               // `!`
  };
  std::vector<Pattern> patterns_;
};

// `*`, `?`, `[a-z]`, `[!a]`, `[[:digit:]]` and `\` within one part of a path. Time grows with the product of the lengths at most.
bool MatchesPart(std::string_view pattern, std::string_view text);

}  // namespace domicile
