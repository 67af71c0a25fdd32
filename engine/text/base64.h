// Reads Base64 (RFC 4648, section 4).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace domicile {

// White space is passed over, since long values are broken over lines. Empty when it is not Base64.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace domicile
