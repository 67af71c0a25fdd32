// Whole-program cases, one text archive each (tests/cli/README.md says how they are written).
#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "tests/program.h"

namespace domicile {
namespace {

// A comment, `$` lines and `exit:` lines, then files. The format is that of golang.org/x/tools/txtar.
struct Archive {
  struct File {
    std::string name, text;
  };
  std::string comment;
  std::vector<File> files;

  static Archive Read(const std::string& text) {
    Archive archive;
    std::string* into = &archive.comment;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.size() > 6 && line.starts_with("-- ") && line.ends_with(" --")) {
        archive.files.push_back({line.substr(3, line.size() - 6), ""});
        into = &archive.files.back().text;
      } else {
        *into += line + "\n";
      }
    }
    return archive;
  }
  std::string Write() const {
    std::string text = comment;
    for (const File& file : files) text += "-- " + file.name + " --\n" + file.text;
    return text;
  }
  // The expected output of that name, added behind everything when it is not there.
  std::string& Output(const std::string& name) {
    for (File& file : files)
      if (file.name == name) return file.text;
    files.push_back({name, ""});
    return files.back().text;
  }
};

bool IsOutput(const std::string& name) { return name == "stdout" || name == "stderr" || name.starts_with("written "); }

// Only what ends in a line break can stand in an archive.
std::string Ended(std::string text) {
  if (!text.empty() && text.back() != '\n') text += "\n(no line break at the end)\n";
  return text;
}

std::vector<std::string> Cases() {
  std::vector<std::string> cases;
  for (const auto& entry : std::filesystem::directory_iterator("tests/cli"))
    if (entry.path().extension() == ".txtar") cases.push_back(entry.path().stem().string());
  std::sort(cases.begin(), cases.end());
  return cases;
}

class CommandLine : public testing::TestWithParam<std::string> {};

TEST_P(CommandLine, Answers) {
  const std::filesystem::path path = "tests/cli/" + GetParam() + ".txtar";
  const std::string before = ReadText(path);
  Archive archive = Archive::Read(before);
  const Folder folder;
  for (const Archive::File& file : archive.files)
    if (!IsOutput(file.name)) WriteText(folder.path() / file.name, file.text);

  std::vector<std::string> lines;
  std::istringstream comment(archive.comment);
  for (std::string line; std::getline(comment, line);) lines.push_back(line);
  const auto commands = std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.starts_with("$ "); });
  ASSERT_GT(commands, 0) << path << " runs nothing";

  std::string rewritten, out, error;
  for (size_t i = 0; i < lines.size(); ++i) {
    rewritten += lines[i] + "\n";
    if (!lines[i].starts_with("$ ")) continue;
    const Ran ran = RunLine(lines[i].substr(2), folder.path(), false);
    const std::string exit = "exit: " + std::to_string(ran.exit);
    const bool stated = i + 1 < lines.size() && lines[i + 1].starts_with("exit: ");
    if (!UpdatesGoldens()) {
      EXPECT_TRUE(stated) << "`" << lines[i] << "` is not followed by its exit code";
      if (stated) {
        EXPECT_EQ(lines[i + 1], exit) << lines[i] << "\n" << ran.error;
      }
    }
    rewritten += exit + "\n";
    i += stated;
    // Outputs of several lines are told apart by the lines themselves.
    const std::string title = commands > 1 ? lines[i - stated] + "\n" : "";
    if (!ran.out.empty()) out += title + Ended(ran.out);
    if (!ran.error.empty()) error += title + Ended(ran.error);
  }
  if (UpdatesGoldens()) {
    archive.comment = rewritten;
    if (!out.empty() || archive.Write().find("-- stdout --") != std::string::npos) archive.Output("stdout") = out;
    if (!error.empty() || archive.Write().find("-- stderr --") != std::string::npos) archive.Output("stderr") = error;
    std::erase_if(archive.files, [](const Archive::File& file) { return IsOutput(file.name) && !file.name.starts_with("written ") && file.text.empty(); });
    for (Archive::File& file : archive.files)
      if (file.name.starts_with("written ")) file.text = Ended(ReadText(folder.path() / file.name.substr(8)));
    if (const std::string after = archive.Write(); after != before) WriteText(path, after);
    return;
  }
  EXPECT_EQ(archive.Output("stdout"), out);
  EXPECT_EQ(archive.Output("stderr"), error);
  for (const Archive::File& file : archive.files)
    if (file.name.starts_with("written ")) {
      EXPECT_EQ(file.text, Ended(ReadText(folder.path() / file.name.substr(8)))) << file.name;
    }
  if (HasFailure()) std::printf("%s: when the change is meant, UPDATE_GOLDEN=1 writes it\n", path.c_str());
}

INSTANTIATE_TEST_SUITE_P(Every, CommandLine, testing::ValuesIn(Cases()), TestName);

TEST(Archive, ReadsWhatItWrites) {
  const std::string text = "what it shows\n$ domicile check a.yaml\nexit: 0\n-- a.yaml --\na: 1\n-- not a heading\n-- stdout --\nfine\n";
  const Archive archive = Archive::Read(text);
  EXPECT_EQ(archive.Write(), text);
  ASSERT_EQ(archive.files.size(), 2u);
  EXPECT_EQ(archive.files[0].name, "a.yaml");
  EXPECT_EQ(archive.files[0].text, "a: 1\n-- not a heading\n");
}

}  // namespace
}  // namespace domicile
