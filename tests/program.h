// Runs the program as users do, in a folder of its own, on 2026-11-25; and goldens that change only with UPDATE_GOLDEN=1.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace domicile {

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteText(const std::filesystem::path& path, const std::string& text) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A folder that goes when the test does. Its path is written `$PWD` in outputs.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "domicile-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    path_ = std::filesystem::canonical(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Ran {
  int exit = -1;            // 128 + n for signal n.
  std::string out, error;   // With `together`, all is in `out`.
};

// One line for the shell, in which `domicile` is the program under test.
inline Ran RunLine(const std::string& line, const std::filesystem::path& folder, bool together) {
  const Folder beside;   // For what must not lie in the folder that is checked.
  std::filesystem::create_symlink(DOMICILE_PROGRAM, beside.path() / "domicile");
  WriteText(beside.path() / "run.sh", "cd '" + folder.string() + "'\n" + line + "\n");
  const std::string out = (beside.path() / "out").string(), error = together ? "&1" : (beside.path() / "error").string();
  const std::string command = "env -u NO_COLOR -u COLUMNS TERM=xterm SOURCE_DATE_EPOCH=1795564800 PATH='" + beside.path().string() + "':\"$PATH\" sh '" +
                              (beside.path() / "run.sh").string() + "' >'" + out + "' 2>" + (together ? error : "'" + error + "'") + " </dev/null";
  const int status = std::system(command.c_str());
  Ran ran;
  ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ran.out = ReadText(out);
  if (!together) ran.error = ReadText(error);
  for (std::string* text : {&ran.out, &ran.error})
    for (size_t at; (at = text->find(folder.string())) != std::string::npos;) text->replace(at, folder.string().size(), "$PWD");
  return ran;
}

// A file or folder as the name of a test.
inline std::string TestName(const testing::TestParamInfo<std::string>& file) {
  std::string name = file.param;
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

inline bool UpdatesGoldens() { return std::getenv("UPDATE_GOLDEN") != nullptr; }

// Compares with what the file holds, or writes it.
inline void ExpectGolden(const std::filesystem::path& path, const std::string& got) {
  if (UpdatesGoldens()) return WriteText(path, got);
  ASSERT_TRUE(std::filesystem::exists(path)) << path << " is missing; UPDATE_GOLDEN=1 writes it";
  EXPECT_EQ(ReadText(path), got) << path << " differs; when the change is meant, UPDATE_GOLDEN=1 writes it";
}

}  // namespace domicile
