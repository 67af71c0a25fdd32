// The order of the stages, and where libraries may be used. DESIGN: a file includes only its own stage or an earlier one.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kStages[] = {"text", "load", "parse", "formats", "places", "policy", "project", "check", "advise", "report", "cli"};

// Headers of libraries, and the paths in which they may be included.
struct Pin {
  std::string_view header;
  std::vector<std::string_view> paths;
};
const std::vector<Pin>& Pins() {
  static const std::vector<Pin> pins = {
      {"CLI/", {"engine/main.cc", "engine/cli/"}},
      {"fmt/", {"engine/"}},
      {"nlohmann/", {"engine/report/", "engine/cli/"}},
      {"pugixml", {"engine/report/"}},
      {"re2/", {"engine/text/pattern.cc"}},
      {"simdjson", {"engine/parse/"}},
      {"yaml-cpp/", {"engine/parse/"}},
      // The engine never prints and reads no streams.
      {"iostream", {"engine/cli/"}},
  };
  return pins;
}

// Place in kStages; main.cc stands with the program, behind everything. -1 for what is no stage.
int StageOf(std::string_view path) {
  if (path == "engine/main.cc") return static_cast<int>(std::size(kStages));
  if (!path.starts_with("engine/")) return -1;
  path.remove_prefix(7);
  const auto found = std::find(std::begin(kStages), std::end(kStages), path.substr(0, path.find('/')));
  return found == std::end(kStages) ? -1 : static_cast<int>(found - std::begin(kStages));
}

// What is wrong with one file of engine/, one line each.
std::vector<std::string> Breaches(const std::string& path, const std::string& text) {
  std::vector<std::string> breaches;
  std::istringstream lines(text);
  std::string line;
  const auto say = [&](int number, const std::string& what) { breaches.push_back(path + ":" + std::to_string(number) + ": " + what); };
  const int own = StageOf(path);
  if (own < 0) say(1, "is in no stage");
  for (int number = 1; std::getline(lines, line); ++number) {
    if (number == 1 && path.ends_with(".h") && !(line.starts_with("// ") && line.size() > 10)) say(1, "does not start with its purpose");
    const size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const size_t open = line.find_first_of("\"<", word), close = open == std::string::npos ? open : line.find_first_of("\">", open + 1);
    if (close == std::string::npos) {
      say(number, "includes what cannot be read here");
      continue;
    }
    const std::string header = line.substr(open + 1, close - open - 1);
    if (line[open] == '"') {
      const int other = StageOf(header);
      if (other < 0) say(number, "includes \"" + header + "\", which is no path of a stage from the root");
      else if (other > own) say(number, "includes the later \"" + header + "\"");
      continue;
    }
    const auto pin = std::find_if(Pins().begin(), Pins().end(), [&](const Pin& p) { return header.starts_with(p.header); });
    if (pin == Pins().end()) {
      // The standard library has no folders, and systems have `sys/`.
      if (header.find('/') != std::string::npos && !header.starts_with("sys/")) say(number, "includes <" + header + "> of a library that is not pinned");
      continue;
    }
    if (std::none_of(pin->paths.begin(), pin->paths.end(), [&](std::string_view allowed) { return path.starts_with(allowed); }))
      say(number, "may not include <" + header + ">");
  }
  return breaches;
}

TEST(Layering, HoldsInTheEngine) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("engine")) {
    const std::string path = entry.path().generic_string();
    if (!path.ends_with(".h") && !path.ends_with(".cc")) continue;
    ++files;
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (const std::string& breach : Breaches(path, text)) ADD_FAILURE() << breach;
  }
  EXPECT_GT(files, 50u) << "run me in the root of the source";
}

TEST(Layering, SeesEveryBreach) {
  const std::string purpose = "// Says what it is for.\n";
  const struct {
    std::string name, path, text, breach;
  } rows[] = {
      {"own stage", "engine/check/a.h", purpose + "#include \"engine/check/b.h\"\n", ""},
      {"earlier stage", "engine/check/a.h", purpose + "#include \"engine/text/b.h\"\n", ""},
      {"later stage", "engine/check/a.h", purpose + "\n#include \"engine/report/b.h\"\n", "engine/check/a.h:3: includes the later \"engine/report/b.h\""},
      {"later stage with spaces", "engine/text/a.cc", "  #  include \"engine/load/b.h\"\n", "engine/text/a.cc:1: includes the later \"engine/load/b.h\""},
      {"places comes after formats", "engine/formats/a.cc", "#include \"engine/places/b.h\"\n", "engine/formats/a.cc:1: includes the later \"engine/places/b.h\""},
      {"the program is last", "engine/report/a.cc", "#include \"engine/cli/b.h\"\n", "engine/report/a.cc:1: includes the later \"engine/cli/b.h\""},
      {"main may see all", "engine/main.cc", "#include \"engine/cli/b.h\"\n#include <CLI/CLI.hpp>\n", ""},
      {"nobody sees main", "engine/cli/a.cc", "#include \"engine/main.cc\"\n", "engine/cli/a.cc:1: includes the later \"engine/main.cc\""},
      {"a path not from the root", "engine/text/a.cc", "#include \"b.h\"\n", "engine/text/a.cc:1: includes \"b.h\", which is no path of a stage from the root"},
      {"a stage nobody knows", "engine/helpers/a.cc", "", "engine/helpers/a.cc:1: is in no stage"},
      {"yaml-cpp in its place", "engine/parse/yaml.cc", "#include <yaml-cpp/yaml.h>\n", ""},
      {"yaml-cpp elsewhere", "engine/policy/a.cc", "#include <yaml-cpp/yaml.h>\n", "engine/policy/a.cc:1: may not include <yaml-cpp/yaml.h>"},
      {"simdjson elsewhere", "engine/load/a.cc", "#include <simdjson.h>\n", "engine/load/a.cc:1: may not include <simdjson.h>"},
      {"RE2 in its place", "engine/text/pattern.cc", "#include <re2/re2.h>\n", ""},
      {"RE2 beside its place", "engine/text/source.cc", "#include <re2/re2.h>\n", "engine/text/source.cc:1: may not include <re2/re2.h>"},
      {"CLI11 in the engine", "engine/report/a.cc", "#include <CLI/CLI.hpp>\n", "engine/report/a.cc:1: may not include <CLI/CLI.hpp>"},
      {"nlohmann before report", "engine/check/a.cc", "#include <nlohmann/json.hpp>\n", "engine/check/a.cc:1: may not include <nlohmann/json.hpp>"},
      {"pugixml in the program", "engine/cli/a.cc", "#include <pugixml.hpp>\n", "engine/cli/a.cc:1: may not include <pugixml.hpp>"},
      {"streams in the engine", "engine/report/a.cc", "#include <iostream>\n", "engine/report/a.cc:1: may not include <iostream>"},
      {"streams in the program", "engine/cli/a.cc", "#include <iostream>\n", ""},
      {"a new library", "engine/report/a.cc", "#include <boost/json.hpp>\n", "engine/report/a.cc:1: includes <boost/json.hpp> of a library that is not pinned"},
      {"the test library", "engine/report/a.cc", "#include <gtest/gtest.h>\n", "engine/report/a.cc:1: includes <gtest/gtest.h> of a library that is not pinned"},
      {"system headers", "engine/cli/a.cc", "#include <sys/ioctl.h>\n#include <unistd.h>\n#include <vector>\n", ""},
      {"no purpose", "engine/text/a.h", "#pragma once\n", "engine/text/a.h:1: does not start with its purpose"},
      {"a macro as a header", "engine/text/a.cc", "#include HEADER\n", "engine/text/a.cc:1: includes what cannot be read here"},
  };
  for (const auto& row : rows) {
    const std::vector<std::string> breaches = Breaches(row.path, row.text);
    const std::vector<std::string> wanted = row.breach.empty() ? std::vector<std::string>{} : std::vector{row.breach};
    EXPECT_EQ(breaches, wanted) << row.name;
  }
}

}  // namespace
