// The two readers behind Parse: one wraps yaml-cpp, the other simdjson.
#pragma once
#include "engine/parse/parse.h"

namespace domicile {

// Adds the documents of the source to `file` and reports what is wrong with the others.
void ReadYaml(const Sources& sources, uint32_t source, const ParseLimits& limits, ParsedFile& file, Diagnostics& diagnostics);

// False, with nothing added or reported, when the text is not JSON and `certain` is false.
bool ReadJson(const Sources& sources, uint32_t source, const ParseLimits& limits, bool certain, ParsedFile& file,
              Diagnostics& diagnostics);

}  // namespace domicile
