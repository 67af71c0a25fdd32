#include "engine/load/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/load/ignore.h"

namespace domicile {
namespace {

namespace fs = std::filesystem;

TEST(IgnoreFile, AnswersAsGitDoes) {
  struct Row { const char* name; const char* text; const char* path; bool folder; char answer; };
  const Row rows[] = {
      {"a name matches at any depth", "a.yaml", "x/y/a.yaml", false, 'i'},
      {"a name matches whole names", "a.yaml", "ba.yaml", false, '-'},
      {"a slash in front anchors", "/a.yaml", "x/a.yaml", false, '-'},
      {"a slash in front matches at the top", "/a.yaml", "a.yaml", false, 'i'},
      {"a slash in the middle anchors", "x/a.yaml", "y/x/a.yaml", false, '-'},
      {"a slash in the middle matches", "x/a.yaml", "x/a.yaml", false, 'i'},
      {"a slash at the end wants a folder", "build/", "build", false, '-'},
      {"a slash at the end matches a folder", "build/", "x/build", true, 'i'},
      {"a star stays in one part", "x/*.yaml", "x/y/a.yaml", false, '-'},
      {"a star matches nothing, too", "a*.yaml", "a.yaml", false, 'i'},
      {"several stars", "*a*b*", "xaxxbx", false, 'i'},
      {"a question mark is one character", "?.yaml", "ab.yaml", false, '-'},
      {"two stars in front", "**/gen/a.yaml", "x/y/gen/a.yaml", false, 'i'},
      {"two stars in front match no folder, too", "**/a.yaml", "a.yaml", false, 'i'},
      {"two stars at the end match what is inside", "gen/**", "gen/x/a.yaml", false, 'i'},
      {"two stars at the end do not match the folder", "gen/**", "gen", true, '-'},
      {"two stars between", "a/**/b", "a/x/y/b", false, 'i'},
      {"two stars between match no folder, too", "a/**/b", "a/b", false, 'i'},
      {"two stars within a part are one", "a**b", "axyb", false, 'i'},
      {"a class", "[ab].yaml", "b.yaml", false, 'i'},
      {"a range", "[a-c].yaml", "d.yaml", false, '-'},
      {"a negated class", "[!a].yaml", "b.yaml", false, 'i'},
      {"a negated class, the other way", "[^a].yaml", "a.yaml", false, '-'},
      {"a bracket first in a class", "[]x].yaml", "].yaml", false, 'i'},
      {"a named class", "v[[:digit:]].yaml", "v7.yaml", false, 'i'},
      {"a class that is not closed", "[ab.yaml", "a.yaml", false, '-'},
      {"a comment", "# a.yaml", "# a.yaml", false, '-'},
      {"an escaped number sign", "\\#a.yaml", "#a.yaml", false, 'i'},
      {"an escaped exclamation mark", "\\!a.yaml", "!a.yaml", false, 'i'},
      {"an escaped star", "\\*.yaml", "a.yaml", false, '-'},
      {"trailing spaces do not count", "a.yaml  ", "a.yaml", false, 'i'},
      {"an escaped trailing space counts", "a\\ ", "a ", false, 'i'},
      {"the last match counts", "*.yaml\n!a.yaml", "a.yaml", false, 'k'},
      {"the last match counts, the other way", "!a.yaml\n*.yaml", "a.yaml", false, 'i'},
      {"CRLF", "a.yaml\r\n", "a.yaml", false, 'i'},
      {"nothing", "", "a.yaml", false, '-'},
      {"a slash alone", "/", "a", true, '-'},
  };
  for (const Row& row : rows) {
    const IgnoreFile::Answer answer = IgnoreFile(row.text).Ask(row.path, row.folder);
    const char got = answer == IgnoreFile::Answer::kIgnored ? 'i' : answer == IgnoreFile::Answer::kKept ? 'k' : '-';
    EXPECT_EQ(got, row.answer) << row.name << ": `" << row.text << "` and `" << row.path << "`";
  }
}

TEST(MatchesPart, TakesNoTimeForHostilePatterns) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesPart(pattern + "b", std::string(2000, 'a')));
}

class Load : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() / ("domicile-load-" + std::string(test->name()) + "-" + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }

  void Read(const std::vector<std::string>& paths) {
    std::vector<std::string> full;
    for (const std::string& path : paths) full.push_back(path == "-" ? path : (root_ / path).string());
    loaded_ = domicile::Load(full, options_, sources_, diagnostics_);
  }

  std::string Short(const std::string& path) const {
    const std::string prefix = root_.string() + "/";
    return path.compare(0, prefix.size(), prefix) == 0 ? path.substr(prefix.size()) : path;
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (uint32_t source : loaded_.sources) names.push_back(Short(sources_.name(source)));
    return names;
  }

  std::vector<std::string> SkippedFor(Skipped::Reason reason) const {
    std::vector<std::string> names;
    for (const Skipped& skipped : loaded_.skipped) {
      if (skipped.reason == reason) names.push_back(Short(skipped.path));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string Messages() const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics_.all()) {
      std::string message = diagnostic.message;
      const std::string prefix = root_.string() + "/";
      for (size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) message.erase(at, prefix.size());
      text += message + (diagnostic.help.empty() ? "" : " | " + diagnostic.help) + "\n";
    }
    return text;
  }

  using Strings = std::vector<std::string>;
  fs::path root_;
  LoadOptions options_;
  Sources sources_;
  Diagnostics diagnostics_;
  Loaded loaded_;
};

TEST_F(Load, ReadsWhatMayBeAManifestInOrder) {
  for (const char* path : {"b.yaml", "a/z.yml", "a/b.json", "c.template", "d.tmpl", "e.tpl", "f.yaml.j2", "g.YAML"}) Write(path, "a: 1\n");
  for (const char* path : {"readme.md", "x.tf", "Dockerfile"}) Write(path, "x\n");
  Write(".domicile.yaml", "x: 1\n");
  Write(".git/a.yaml", "x: 1\n");
  Read({""});
  EXPECT_EQ(Names(), (Strings{"a/b.json", "a/z.yml", "b.yaml", "c.template", "d.tmpl", "e.tpl", "f.yaml.j2", "g.YAML"}));
  EXPECT_EQ(SkippedFor(Skipped::Reason::kOtherType), (Strings{"Dockerfile", "readme.md", "x.tf"}));
  EXPECT_EQ(Messages(), "");
}

TEST_F(Load, ReadsNamedFilesWhateverTheirName) {
  Write("Manifest", "a: 1\n");
  Write(".domicile.yaml", "a: 1\n");
  Write(".gitignore", "*\n");
  Read({"Manifest", ".domicile.yaml"});
  EXPECT_EQ(Names(), (Strings{"Manifest", ".domicile.yaml"}));
}

TEST_F(Load, ReadsAFileOnce) {
  Write("x/a.yaml", "a: 1\n");
  Read({"x/a.yaml", "x", "./x/../x/a.yaml"});
  EXPECT_EQ(Names(), (Strings{"x/a.yaml"}));
}

TEST_F(Load, ReadsStandardInput) {
  options_.standard_input = "a: 1\n";
  Read({"-", "-"});
  ASSERT_EQ(Names(), (Strings{"<stdin>"}));
  EXPECT_EQ(sources_.text(loaded_.sources[0]), "a: 1\n");
}

TEST_F(Load, LeavesOutWhatGitIgnores) {
  fs::create_directories(root_ / ".git");
  Write(".gitignore", "build/\n*.gen.yaml\n");
  Write("sub/.gitignore", "!kept.gen.yaml\n/local.yaml\n");
  for (const char* path : {"a.yaml", "a.gen.yaml", "build/x.yaml", "sub/local.yaml", "sub/kept.gen.yaml", "sub/deep/local.yaml",
                           "sub/deep/b.gen.yaml"}) {
    Write(path, "a: 1\n");
  }
  Read({""});
  EXPECT_EQ(Names(), (Strings{"a.yaml", "sub/deep/local.yaml", "sub/kept.gen.yaml"}));
  EXPECT_EQ(SkippedFor(Skipped::Reason::kIgnored), (Strings{"a.gen.yaml", "build/", "sub/deep/b.gen.yaml", "sub/local.yaml"}));
}

TEST_F(Load, KnowsTheIgnoreFilesAboveTheFolder) {
  fs::create_directories(root_ / ".git" / "info");
  Write(".git/info/exclude", "secret.yaml\n");
  Write(".gitignore", "/sub/top.yaml\n");
  for (const char* path : {"sub/top.yaml", "sub/secret.yaml", "sub/a.yaml"}) Write(path, "a: 1\n");
  Read({"sub"});
  EXPECT_EQ(Names(), (Strings{"sub/a.yaml"}));
}

TEST_F(Load, ReadsIgnoredFilesWhenAsked) {
  Write(".gitignore", "a.yaml\n");
  Write("a.yaml", "a: 1\n");
  options_.gitignore = false;
  Read({""});
  EXPECT_EQ(Names(), (Strings{"a.yaml"}));
}

TEST_F(Load, PassesOverWhatTheProjectExcludes) {
  for (const char* path : {"a.yaml", "a.gen.yaml", "vendor/b.yaml", "deploy/vendor/c.yaml", "deploy/d.yaml", "deploy/kept.gen.yaml", "deploy/local/e.yaml"}) Write(path, "a: 1\n");
  options_.exclude = "vendor/\n*.gen.yaml\n!kept.gen.yaml\n/deploy/local\n";
  options_.exclude_base = fs::canonical(root_).string();
  Read({""});
  EXPECT_EQ(Names(), (Strings{"a.yaml", "deploy/d.yaml", "deploy/kept.gen.yaml"}));
  EXPECT_EQ(SkippedFor(Skipped::Reason::kExcluded), (Strings{"a.gen.yaml", "deploy/local/", "deploy/vendor/", "vendor/"}));
}

TEST_F(Load, PassesOverExcludedFilesThatAreNamed) {
  for (const char* path : {"vendor/b.yaml", "deploy/vendor/x/c.yaml", "d.yaml"}) Write(path, "a: 1\n");
  options_.exclude = "vendor/\n";
  options_.exclude_base = fs::canonical(root_).string();
  Read({"vendor/b.yaml", "deploy/vendor/x", "d.yaml"});
  EXPECT_EQ(Names(), (Strings{"d.yaml"}));
  EXPECT_EQ(SkippedFor(Skipped::Reason::kExcluded), (Strings{"deploy/vendor/x/", "vendor/b.yaml"}));
}

TEST_F(Load, ChoosesFilesThatGitNamesByTheirNames) {
  for (const char* path : {"a.yaml", "b.png", ".domicile.yaml"}) Write(path, "a: 1\n");
  options_.named_as_found = true;
  Read({"a.yaml", "b.png", ".domicile.yaml"});
  EXPECT_EQ(Names(), (Strings{"a.yaml"}));
  EXPECT_EQ(SkippedFor(Skipped::Reason::kOtherType), (Strings{"b.png"}));
}

TEST_F(Load, LeavesLinksToFoldersAndSaysSo) {
  Write("real/a.yaml", "a: 1\n");
  Write("outside/b.yaml", "a: 1\n");
  fs::create_directories(root_ / "walked");
  fs::create_directory_symlink("../outside", root_ / "walked" / "link");
  fs::create_directory_symlink("..", root_ / "real" / "loop");
  fs::create_symlink("a.yaml", root_ / "real" / "0.yaml");
  fs::create_symlink("nowhere", root_ / "real" / "dangling.yaml");
  Read({"walked", "real"});
  EXPECT_EQ(Names(), (Strings{"real/a.yaml"}));
  EXPECT_EQ(SkippedFor(Skipped::Reason::kUnreadable), (Strings{"real/dangling.yaml"}));
  EXPECT_EQ(SkippedFor(Skipped::Reason::kFolderLink), (Strings{"real/loop", "walked/link"}));
  Sources sources;
  const Loaded all = domicile::Load({root_.string()}, options_, sources, diagnostics_);
  EXPECT_EQ(all.sources.size(), 2u);
  EXPECT_TRUE(std::any_of(all.skipped.begin(), all.skipped.end(),
                          [](const Skipped& skipped) { return skipped.reason == Skipped::Reason::kSymlinkLoop; }));
}

TEST_F(Load, RefusesWhatIsNoText) {
  struct Row { const char* name; std::string bytes; const char* message; };
  using namespace std::string_literals;
  const Row rows[] = {
      {"NUL", "a: 1\nb: \0\n"s, "a NUL byte: this is no text file\n"},
      {"cut-off UTF-8", "a: \xe4\xb8", "a byte that is not UTF-8 | save the file as UTF-8\n"},
      {"UTF-16 with a mark", "\xff\xfe" "a\0:\0"s, "`file.yaml` is UTF-16LE, not UTF-8 | convert it, for example with `iconv -f UTF-16LE -t UTF-8`\n"},
      {"UTF-16 without a mark", "\0a\0:\0 \0b"s, "`file.yaml` is UTF-16BE, not UTF-8 | convert it, for example with `iconv -f UTF-16BE -t UTF-8`\n"},
      {"UTF-32", "\xff\xfe\0\0a\0\0\0"s, "`file.yaml` is UTF-32LE, not UTF-8 | convert it, for example with `iconv -f UTF-32LE -t UTF-8`\n"},
  };
  for (const Row& row : rows) {
    Write("file.yaml", row.bytes);
    diagnostics_ = Diagnostics();
    Read({"file.yaml"});
    EXPECT_EQ(Messages(), row.message) << row.name;
    EXPECT_TRUE(Names().empty()) << row.name;
    EXPECT_EQ(SkippedFor(Skipped::Reason::kBinary), (Strings{"file.yaml"})) << row.name;
  }
}

TEST_F(Load, PassesOverBinaryFilesInFolders) {
  Write("x.template", std::string("\x7f" "ELF\0\0", 6));
  Read({""});
  EXPECT_EQ(Messages(), "");
  EXPECT_EQ(SkippedFor(Skipped::Reason::kBinary), (Strings{"x.template"}));
}

TEST_F(Load, RemovesAByteOrderMark) {
  Write("a.yaml", "\xef\xbb\xbf" "a: 1\n");
  Read({"a.yaml"});
  EXPECT_EQ(sources_.text(loaded_.sources.at(0)), "a: 1\n");
}

TEST_F(Load, RefusesLargeFiles) {
  options_.max_file_bytes = 10;
  Write("a.yaml", "0123456789");
  Write("b.yaml", "0123456789a");
  Read({""});
  EXPECT_EQ(Names(), (Strings{"a.yaml"}));
  EXPECT_EQ(SkippedFor(Skipped::Reason::kTooLarge), (Strings{"b.yaml"}));
  EXPECT_EQ(Messages(), "`b.yaml` is larger than 10 bytes | split it\n");
}

TEST_F(Load, SaysWhatDoesNotExist) {
  Write("prod.yaml", "a: 1\n");
  Read({"prdo.yaml", "nothing/like/it"});
  EXPECT_EQ(Messages(), "`prdo.yaml` does not exist | did you mean `prod.yaml`?\n`nothing/like/it` does not exist\n");
}

TEST_F(Load, ReadsWhatManifestsNameWithinTheirRepository) {
  fs::create_directories(root_ / "repo/.git");
  Write("repo/app/compose.yaml", "services: {}\n");
  Write("repo/app/.env", "\xef\xbb\xbfX=1\n");
  Write("repo/shared.env", "X=2\n");
  Write("secret", "X=3\n");
  Write("repo/app/binary.env", std::string("X=\0", 4));
  Write("repo/app/latin.env", "X=\xe9\n");
  Write("repo/app/large.env", std::string((1 << 20) + 1, 'x'));
  fs::create_symlink(root_ / "secret", root_ / "repo/app/link.env");
  Read({"repo/app/compose.yaml"});
  struct Row { const char* name; std::string path; const char* text; };   // Empty: it is not read.
  const Row rows[] = {
      {"beside it", ".env", "X=1\n"},
      {"beside it, said at length", "./x/../.env", ""},   // There is no folder x.
      {"in the repository", "../shared.env", "X=2\n"},
      {"outside of it", "../../secret", ""},
      {"by its whole path", (root_ / "repo/app/.env").string(), ""},
      {"through a link that leads out", "link.env", ""},
      {"a folder", "..", ""},
      {"missing", "none.env", ""},
      {"no name", "", ""},
      {"not text", "binary.env", ""},
      {"not UTF-8", "latin.env", ""},
      {"too large", "large.env", ""},
  };
  for (const Row& row : rows) {
    const std::optional<uint32_t> source = LoadNamed(loaded_.sources[0], row.path, options_, sources_, diagnostics_);
    EXPECT_EQ(source ? sources_.text(*source) : "", row.text) << row.name;
  }
  ASSERT_EQ(diagnostics_.error_count(), 2u);
  EXPECT_EQ(diagnostics_.all()[0].message, "this file reads `binary.env`, which is no text in UTF-8");
  EXPECT_EQ(diagnostics_.all()[1].message, "this file reads `latin.env`, which is no text in UTF-8");
  options_.exclude = "shared.env\n";
  options_.exclude_base = (fs::canonical(root_) / "repo").string();
  EXPECT_FALSE(LoadNamed(loaded_.sources[0], "../shared.env", options_, sources_, diagnostics_));
  EXPECT_TRUE(LoadNamed(loaded_.sources[0], ".env", options_, sources_, diagnostics_));
}

TEST_F(Load, StopsAtFoldersNestedTooDeep) {
  options_.max_depth = 3;
  Write("a/b/x.yaml", "a: 1\n");
  Write("a/b/c/d/x.yaml", "a: 1\n");
  Read({""});
  EXPECT_EQ(Names(), (Strings{"a/b/x.yaml"}));
  EXPECT_EQ(diagnostics_.error_count(), 1u);
}

}  // namespace
}  // namespace domicile
