// Everything that domicile knows, file by file: well formed, its examples met, every check seen with every verdict that it can give.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "engine/check/examples.h"
#include "tests/knowledge.h"

namespace domicile {
namespace {

const Knowledge& All() {
  static Diagnostics diagnostics;
  static const std::unique_ptr<Knowledge> all = Repository::Get().Open(true, {}, true, diagnostics);
  static const bool said = [] {
    EXPECT_TRUE(diagnostics.all().empty()) << Repository::Get().Text(diagnostics);
    EXPECT_TRUE(Repository::Get().problems.all().empty()) << Repository::Get().Text(Repository::Get().problems);
    return true;
  }();
  (void)said;
  return *all;
}

std::vector<std::string> Files() {
  std::vector<std::string> files;
  for (const char* folder : {"rules", "policies"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path().generic_string());
  std::sort(files.begin(), files.end());
  return files;
}

class KnowledgeFileTest : public testing::TestWithParam<std::string> {
 protected:
  // The file at hand, among all that was read.
  const KnowledgeFile* File() const {
    for (const KnowledgeFile& file : All().files)
      if (file.name == GetParam()) return &file;
    return nullptr;
  }
};

TEST_P(KnowledgeFileTest, KeepsItsPromises) {
  const KnowledgeFile* file = File();
  ASSERT_NE(file, nullptr) << "was not read";
  ASSERT_FALSE(file->documents.empty()) << "is empty";
  const std::string stem = std::filesystem::path(file->name).stem().string();
  for (const Document& document : file->documents) {
    for (const char* key : {"policy", "rule", "provider", "format"})
      if (const Value id = Root(document)[key]; id.is_scalar()) {
        EXPECT_EQ(id.text(), stem) << "the id is the file name";
      }
  }

  Diagnostics diagnostics;
  const ExampleReport report = RunExamples(All(), {file->source}, diagnostics);
  EXPECT_TRUE(diagnostics.all().empty()) << Repository::Get().Text(diagnostics);
  for (const ExampleFailure& failure : report.failures)
    ADD_FAILURE() << failure.message << "\n" << Snippet(Repository::Get().sources, {{failure.span, ""}}, Paint{});

  for (const auto& [id, seen] : report.rules) {
    const Rule* rule = All().FindRule(id);
    ASSERT_NE(rule, nullptr);
    EXPECT_EQ(NeverSeen(seen, *rule), "") << "rule " << id << " was never seen";
  }
  for (const auto& [id, seen] : report.checks) {
    const auto [policy, check] = All().FindCheck(id);
    ASSERT_NE(check, nullptr);
    EXPECT_EQ(NeverSeen(seen, *check->rule), "") << "check " << id << " was never seen";
  }
  for (const auto& policy : All().policies) {
    if (policy->span.source != file->source || policy->confidence == "low") continue;
    EXPECT_FALSE(policy->sources.empty()) << "no source, and confidence is not low";
    for (const SourceReference& source : policy->sources) EXPECT_TRUE(ParseDate(source.read)) << "source `" << source.title << "` without the day it was read";
  }
  // What can carry examples does.
  const Value root = Root(file->documents[0]);
  if (root["policy"] || root["rule"] || root["format"] || root["makers"]) {
    EXPECT_GT(report.ran, 0u) << "has no examples";
  }
}

std::string TestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(0, info.param.size() - 5);
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Every, KnowledgeFileTest, testing::ValuesIn(Files()), TestName);

TEST(Knowledge, NamesEachRegionOnce) {
  const Catalogue& catalogue = All().catalogue;
  for (size_t i = 0; i < catalogue.provider_count(); ++i) {
    const Provider& provider = catalogue.provider(i);
    for (const Region& region : provider.regions) {
      const Region* found = provider.FindRegion(region.id);
      EXPECT_EQ(found, &region) << provider.id << " " << region.id << " is reached as " << (found ? found->id : "nothing");
    }
  }
}

// The program reads what is built in when it is first asked for.
TEST(Knowledge, SaysTheSameWhenReadLate) {
  Diagnostics diagnostics;
  const auto late = Repository::Get().Open(true, {}, false, diagnostics);
  const ExampleReport report = RunExamples(*late, {}, diagnostics);
  EXPECT_TRUE(diagnostics.all().empty()) << Repository::Get().Text(diagnostics);
  EXPECT_GT(report.ran, 2000u);
  for (const ExampleFailure& failure : report.failures) ADD_FAILURE() << failure.message;
}

}  // namespace
}  // namespace domicile
