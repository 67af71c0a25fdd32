// What the documents show is what happens: every ```console block with a `$ domicile` line is run and its output compared.
#include <sstream>
#include <vector>

#include "tests/program.h"

namespace domicile {
namespace {

struct Command {
  std::string line;      // Without `$ `.
  std::string output;    // As shown below it.
};

struct Block {
  size_t line = 0;       // Of its first line in the document, from 1.
  std::string text;
  std::vector<Command> commands;
};

std::vector<Block> ConsoleBlocks(const std::string& text) {
  std::vector<Block> blocks;
  std::istringstream lines(text);
  bool inside = false;
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!inside && line == "```console") {
      inside = true;
      blocks.push_back({number + 1, "", {}});
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back().text += line + "\n";
      if (line.starts_with("$ ")) {
        blocks.back().commands.push_back({line.substr(2), ""});
      } else if (!blocks.back().commands.empty()) {
        blocks.back().commands.back().output += line + "\n";
      }
    }
  }
  std::erase_if(blocks, [](const Block& block) {
    for (const Command& command : block.commands)
      if (command.line.starts_with("domicile ") || command.line.starts_with("./domicile ")) return false;
    return true;
  });
  return blocks;
}

// A line `...` stands for any number of lines.
bool Shows(const std::vector<std::string>& shown, size_t s, const std::vector<std::string>& got, size_t g) {
  if (s == shown.size()) return g == got.size();
  if (shown[s] == "...") {
    for (size_t skip = g; skip <= got.size(); ++skip)
      if (Shows(shown, s + 1, got, skip)) return true;
    return false;
  }
  return g < got.size() && shown[s] == got[g] && Shows(shown, s + 1, got, g + 1);
}

bool Shows(const std::string& shown, const std::string& got) {
  const auto split = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  };
  return Shows(split(shown), 0, split(got), 0);
}

// Files that a document shows: yaml blocks whose first line is `# NAME.yaml`.
std::vector<std::pair<std::string, std::string>> NamedFiles(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> files;
  std::istringstream lines(text);
  bool inside = false, first = false;
  for (std::string line; std::getline(lines, line);) {
    if (!inside && line == "```yaml") {
      inside = first = true;
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      const bool named = line.starts_with("# ") && line.ends_with(".yaml") && line.find(' ', 2) == std::string::npos;
      if (first && named) files.emplace_back(line.substr(2), "");
      if (first && !named) inside = false;
      if (inside) files.back().second += line + "\n";
      first = false;
    }
  }
  return files;
}

class Document : public testing::TestWithParam<std::string> {};

TEST_P(Document, ShowsWhatHappens) {
  if (!std::filesystem::exists(GetParam())) {
    std::printf("%s is not written yet\n", GetParam().c_str());
    return;
  }
  std::string text = ReadText(GetParam());
  const std::vector<Block> blocks = ConsoleBlocks(text);
  if (blocks.empty()) std::printf("%s shows no `$ domicile` line in a console block\n", GetParam().c_str());
  // What a reader has at hand, in a folder in which the lines may write.
  const Folder folder;
  for (const char* name : {"samples", "rules", "policies"})
    if (std::filesystem::exists(name)) std::filesystem::copy(name, folder.path() / name, std::filesystem::copy_options::recursive);
  for (const auto& [name, content] : NamedFiles(text)) WriteText(folder.path() / name, content);
  for (const Block& block : blocks) {
    std::string rewritten;
    bool whole = true;
    int exit = 0;
    for (const Command& command : block.commands) {
      std::string line = command.line;
      if (line.starts_with("./domicile ")) line.erase(0, 2);
      // `echo $?` in a document asks about the line before.
      const Ran ran = RunLine("(exit " + std::to_string(exit) + ")\n" + line, folder.path(), true);
      exit = ran.exit;
      whole = whole && ("\n" + command.output).find("\n...\n") == std::string::npos;
      rewritten += "$ " + command.line + "\n" + ran.out;
      if (!UpdatesGoldens()) {
        EXPECT_TRUE(Shows(command.output, ran.out)) << GetParam() << ":" << block.line << ": `" << command.line << "` printed\n"
                                                    << ran.out << "and the document shows\n"
                                                    << command.output;
      }
    }
    if (UpdatesGoldens() && whole && rewritten != block.text) text.replace(text.find(block.text), block.text.size(), rewritten);
  }
  if (UpdatesGoldens() && text != ReadText(GetParam())) WriteText(GetParam(), text);
}

INSTANTIATE_TEST_SUITE_P(Every, Document, testing::Values("README.md", "CONTRIBUTING.md", "rules/README.md", "engine/README.md"), TestName);

// policies/README.md is made by the program.
TEST(PolicyIndex, IsWhatTheProgramLists) {
  const Folder folder;
  const Ran ran = RunLine("domicile list policies --markdown", folder.path(), false);
  ASSERT_EQ(ran.exit, 0);
  if (UpdatesGoldens()) WriteText("policies/README.md", ran.out);
  EXPECT_EQ(ReadText("policies/README.md"), ran.out) << "run this test with UPDATE_GOLDEN=1";
}

TEST(Document, LeavesOutWhatDotsStandFor) {
  const struct {
    std::string shown, got;
    bool same;
  } rows[] = {
      {"a\nb\n", "a\nb\n", true}, {"a\n", "a\nb\n", false},      {"a\n...\n", "a\nb\nc\n", true},        {"...\nc\n", "a\nb\nc\n", true},
      {"a\n...\nd\n", "a\nb\nc\n", false}, {"a\n...\n", "a\n", true}, {"", "", true}, {"", "a\n", false},
  };
  for (const auto& row : rows) EXPECT_EQ(Shows(row.shown, row.got), row.same) << row.shown << "against\n" << row.got;
}

TEST(Document, FindsConsoleBlocks) {
  const auto blocks = ConsoleBlocks("text\n```console\n$ domicile check a\nout\n$ echo $?\n1\n```\n```yaml\n$ domicile x\n```\n```console\n$ apt install x\n```\n");
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].line, 3u);
  ASSERT_EQ(blocks[0].commands.size(), 2u);
  EXPECT_EQ(blocks[0].commands[0].output, "out\n");
  EXPECT_EQ(blocks[0].commands[1].output, "1\n");
}

}  // namespace
}  // namespace domicile
