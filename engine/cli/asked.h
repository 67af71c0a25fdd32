// Which policies are asked and from which level findings fail a run: what `check` does and `config` shows.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/cli/session.h"

namespace CLI {
class App;
}

namespace domicile {

// As the command line says it. Whatever it does not say, the project file does.
struct Asked {
  std::vector<std::string> policies;
  std::string fail_on;
};

void AddAskedOptions(CLI::App& app, Asked& asked);

// Empty after a message.
std::optional<CheckOptions> CheckOptionsOf(const Session& session, const Asked& asked);
std::string FailOn(const Session& session, const Asked& asked);

}  // namespace domicile
