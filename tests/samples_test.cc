// Every folder of samples/ shows what it says: good.* passes, bad.* does not, and both print what good.txt and bad.txt hold.
#include <algorithm>
#include <vector>

#include "tests/program.h"

namespace domicile {
namespace {

std::vector<std::string> Names() {
  std::vector<std::string> names;
  if (std::filesystem::exists("samples"))
    for (const auto& entry : std::filesystem::directory_iterator("samples"))
      if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Sample : public testing::TestWithParam<std::string> {};

TEST_P(Sample, PrintsWhatItHolds) {
  const std::filesystem::path folder = "samples/" + GetParam();
  for (const std::string stem : {"good", "bad"}) {
    std::string manifest;   // A file, or a folder of several.
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".txt" || entry.path().filename().string().substr(0, stem.size() + 1) != stem + ".") {
        if (entry.path().filename() != stem) continue;
      }
      EXPECT_EQ(manifest, "") << "two of them";
      manifest = entry.path().generic_string();
    }
    ASSERT_NE(manifest, "") << folder << " has no " << stem << ".*";
    const Ran ran = RunLine("domicile check " + manifest, std::filesystem::current_path(), true);
    EXPECT_EQ(ran.exit, stem == "good" ? 0 : 1) << ran.out;
    ExpectGolden(folder / (stem + ".txt"), ran.out);
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Sample);
INSTANTIATE_TEST_SUITE_P(Every, Sample, testing::ValuesIn(Names()), TestName);

}  // namespace
}  // namespace domicile
