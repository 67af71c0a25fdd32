// The verbs of the program: each adds its options to CLI11 and returns what runs it.
#pragma once
#include <functional>
#include <string_view>

#include "engine/cli/session.h"

namespace CLI {
class App;
}

namespace domicile {

using Run = std::function<int(const SessionOptions&)>;

struct Verb {
  std::string_view name, summary;
  Run (*add)(CLI::App& app);
};

Run AddCheck(CLI::App& app);
Run AddFacts(CLI::App& app);
Run AddConfig(CLI::App& app);
Run AddInit(CLI::App& app);
Run AddWhere(CLI::App& app);
Run AddMatrix(CLI::App& app);
Run AddDiffLaw(CLI::App& app);
Run AddTest(CLI::App& app);
Run AddList(CLI::App& app);
Run AddExplain(CLI::App& app);

}  // namespace domicile
