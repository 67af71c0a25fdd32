// The line from paths to a report.
#pragma once
#include <string>
#include <vector>

#include "engine/cli/session.h"

namespace domicile {

Report RunPipeline(Session& session, const std::vector<std::string>& paths, const CheckOptions& options, Diagnostics& diagnostics);

}  // namespace domicile
