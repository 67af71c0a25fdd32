#include "engine/text/address.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

namespace domicile {
namespace {

std::vector<std::string_view> Parts(std::string_view host) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= host.size();) {
    const size_t end = std::min(host.find('.', begin), host.size());
    parts.push_back(host.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// The first and the last address that share the first `bits` bits. `width`: bits of one part.
template <class Address>
std::pair<Address, Address> Ends(const Address& address, size_t bits, size_t width) {
  Address first = address, last = address;
  for (size_t i = 0; i < address.size(); ++i) {
    const size_t fixed = std::min(bits > i * width ? bits - i * width : 0, width);
    const int open = (1 << (width - fixed)) - 1;
    first[i] &= ~open;
    last[i] |= open;
  }
  return {first, last};
}

}  // namespace

std::optional<Ipv4> ParseIpv4(std::string_view host) {
  const auto labels = Parts(host);
  if (labels.size() > 4) return std::nullopt;
  Ipv4 parts{};
  for (size_t i = 0; i < labels.size(); ++i) {
    std::string_view digits = labels[i];
    const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    const uint64_t base = hexadecimal ? 16 : digits.size() > 1 && digits[0] == '0' ? 8 : 10;
    if (hexadecimal) digits.remove_prefix(2);
    if (digits.empty() && !hexadecimal) return std::nullopt;
    uint64_t value = 0;
    for (const char c : digits) {
      const uint64_t digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
      if (digit >= base) return std::nullopt;
      value = std::min<uint64_t>(value * base + digit, uint64_t{1} << 32);
    }
    const size_t last = labels.size() - 1, bytes = i == last ? 4 - last : 1;
    if (value >> (8 * bytes) != 0) return std::nullopt;
    for (size_t k = 0; k < bytes; ++k) parts[i + k] = static_cast<int>((value >> (8 * (bytes - 1 - k))) & 255);
  }
  return parts;
}

std::optional<Ipv6> ParseIpv6(std::string_view text) {
  text = text.substr(0, text.find('%'));
  Ipv6 groups{};
  size_t count = 0, gap = 9;   // 9: no `::` was seen.
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("::")) {
      if (gap != 9) return std::nullopt;
      gap = count;
      i += 2;
      continue;
    }
    if (i > 0 && text[i] == ':' && text[i - 1] != ':') ++i;
    const size_t end = std::min(text.find(':', i), text.size());
    const std::string_view group = text.substr(i, end - i);
    if (group.find('.') != std::string_view::npos) {
      const auto tail = ParseIpv4(group);
      if (!tail || end != text.size() || count > 6) return std::nullopt;
      groups[count++] = (*tail)[0] << 8 | (*tail)[1];
      groups[count++] = (*tail)[2] << 8 | (*tail)[3];
      break;
    }
    if (group.empty() || group.size() > 4 || count == 8) return std::nullopt;
    for (const char c : group) {
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) return std::nullopt;
      groups[count] = groups[count] << 4 | digit;
    }
    ++count;
    i = end;
  }
  if (gap == 9) return count == 8 ? std::optional(groups) : std::nullopt;
  if (count > 7) return std::nullopt;
  Ipv6 filled{};
  for (size_t i = 0; i < count; ++i) filled[i < gap ? i : 8 - count + i] = groups[i];
  return filled;
}

namespace {

struct Range {
  std::optional<Ipv6> six;   // Otherwise it is one of IPv4.
  Ipv4 four{};
  size_t bits = 0;           // That its addresses share.
};

std::optional<Range> ParseRange(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool six = address.find(':') != std::string_view::npos;
  Range range;
  range.bits = six ? 128 : 32;
  if (slash != std::string_view::npos) {
    const size_t most = range.bits;
    const std::string_view written = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), range.bits);
    if (error != std::errc() || end != written.data() + written.size() || range.bits > most) return std::nullopt;
  }
  if (six) {
    range.six = ParseIpv6(address);
    return range.six ? std::optional(range) : std::nullopt;
  }
  const auto four = ParseIpv4(address);
  if (!four) return std::nullopt;
  range.four = *four;
  return range;
}

}  // namespace

bool IsPrivate(const Ipv4& a) {
  return a[0] == 10 || a[0] == 127 || a[0] == 0 || (a[0] == 172 && a[1] >= 16 && a[1] <= 31) || (a[0] == 192 && a[1] == 168) ||
         (a[0] == 169 && a[1] == 254) || (a[0] == 100 && a[1] >= 64 && a[1] <= 127);
}

bool IsPrivate(const Ipv6& g) {
  const bool zeros = std::all_of(g.begin(), g.begin() + 5, [](int group) { return group == 0; });
  // Loopback, unspecified, IPv4 in IPv6, unique local and link-local.
  if (zeros && g[5] == 0 && g[6] == 0 && g[7] <= 1) return true;
  if (zeros && g[5] == 0xffff) return IsPrivate(Ipv4{g[6] >> 8, g[6] & 255, g[7] >> 8, g[7] & 255});
  return (g[0] & 0xfe00) == 0xfc00 || (g[0] & 0xffc0) == 0xfe80;
}

std::optional<bool> IsPrivateRange(std::string_view text) {
  const std::optional<Range> range = ParseRange(text);
  if (!range) return std::nullopt;
  // No private range is larger; of a smaller one both ends are private if, and only if, all of it is.
  const auto both = [&](const auto& ends, size_t largest) { return range->bits >= largest && IsPrivate(ends.first) && IsPrivate(ends.second); };
  return range->six ? both(Ends(*range->six, range->bits, 16), 7) : both(Ends(range->four, range->bits, 8), 8);
}

bool IsRangeWithin(std::string_view range, std::string_view outer) {
  const std::optional<Range> a = ParseRange(range), b = ParseRange(outer);
  if (!a || !b || a->six.has_value() != b->six.has_value() || a->bits < b->bits) return false;
  return a->six ? Ends(*a->six, b->bits, 16) == Ends(*b->six, b->bits, 16) : Ends(a->four, b->bits, 8) == Ends(b->four, b->bits, 8);
}

}  // namespace domicile
