// C++ readers for formats that need more than paths: each is named by `reader:` in its format file.
#pragma once
#include <string_view>

#include "engine/formats/extract.h"

namespace domicile {

struct ExtractContext;
using FormatRead = void (*)(const Document& document, const Format& format, const ExtractContext& context, Extraction& extraction);

// Null when there is none of that name.
FormatRead FindReader(std::string_view name);

}  // namespace domicile
