// Addresses of the internet protocol, and which of them are private.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace domicile {

using Ipv4 = std::array<int, 4>;   // Bytes.
using Ipv6 = std::array<int, 8>;   // Groups of 16 bits.

// In any way that clients read one: one to four numbers, decimal, octal or hexadecimal, the last for all bytes left.
std::optional<Ipv4> ParseIpv4(std::string_view host);
// Without brackets; a zone does not count.
std::optional<Ipv6> ParseIpv6(std::string_view text);

// Private, shared, loopback, link-local and unique local addresses (RFC 1918, 6598, 1122, 3927, 4193, 4291).
bool IsPrivate(const Ipv4& address);
bool IsPrivate(const Ipv6& address);

// Whether all of a range in CIDR notation (or one address) is private; empty when the text is neither.
std::optional<bool> IsPrivateRange(std::string_view text);
// Whether all of one range lies in another; false when one of them is no range.
bool IsRangeWithin(std::string_view range, std::string_view outer);

}  // namespace domicile
