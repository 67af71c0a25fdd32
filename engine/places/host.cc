#include "engine/places/host.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "engine/text/escape.h"

namespace domicile {
namespace {

std::vector<std::string_view> SplitLabels(std::string_view host) {
  std::vector<std::string_view> labels;
  size_t begin = 0;
  for (size_t i = 0; i <= host.size(); ++i) {
    if (i == host.size() || host[i] == '.') {
      labels.push_back(host.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  return labels;
}

// An IPv4 address in any way that clients read one: one to four numbers, decimal, octal or hexadecimal, the last for all bytes left.
std::optional<std::array<int, 4>> ParseIpv4(std::string_view host) {
  const auto labels = SplitLabels(host);
  if (labels.size() > 4) return std::nullopt;
  std::array<int, 4> parts{};
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

bool IsPrivateIpv4(const std::array<int, 4>& a) {
  return a[0] == 10 || a[0] == 127 || a[0] == 0 || (a[0] == 172 && a[1] >= 16 && a[1] <= 31) || (a[0] == 192 && a[1] == 168) ||
         (a[0] == 169 && a[1] == 254) || (a[0] == 100 && a[1] >= 64 && a[1] <= 127);
}

// The eight groups of an IPv6 address without its brackets and zone.
std::optional<std::array<int, 8>> ParseIpv6(std::string_view text) {
  text = text.substr(0, text.find('%'));
  std::array<int, 8> groups{};
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
  std::array<int, 8> filled{};
  for (size_t i = 0; i < count; ++i) filled[i < gap ? i : 8 - count + i] = groups[i];
  return filled;
}

bool IsWild(std::string_view label) { return label.find_first_of("*{") != std::string_view::npos; }

// One label against one pattern label: literal parts, `*` and `{name}`; the shortest capture that lets the rest match.
bool MatchLabel(std::string_view pattern, std::string_view label, std::vector<std::pair<std::string, std::string>>* captures) {
  if (pattern.empty()) return label.empty();
  if (pattern[0] == '*' || pattern[0] == '{') {
    const size_t close = pattern[0] == '*' ? 0 : pattern.find('}');
    const std::string_view rest = pattern.substr(close + 1);
    for (size_t n = rest.empty() ? label.size() : 1; n <= label.size(); ++n) {
      if (n == 0) continue;
      const size_t before = captures ? captures->size() : 0;
      if (pattern[0] == '{' && captures)
        captures->emplace_back(std::string(pattern.substr(1, close - 1)), std::string(label.substr(0, n)));
      if (MatchLabel(rest, label.substr(n), captures)) return true;
      if (captures) captures->resize(before);
    }
    return false;
  }
  return !label.empty() && pattern[0] == label[0] && MatchLabel(pattern.substr(1), label.substr(1), captures);
}

bool MatchLabels(std::span<const std::string> pattern, std::span<const std::string_view> labels,
                 std::vector<std::pair<std::string, std::string>>* captures);

}  // namespace

Url ParseUrl(std::string_view text) {
  Url url;
  text = Trim(text);
  const size_t scheme = text.find("://");
  if (scheme != std::string_view::npos && scheme > 0 && text.find_first_of("/?#@ ") >= scheme) {
    url.scheme = Lower(text.substr(0, scheme));
    text.remove_prefix(scheme + 3);
  } else if (text.starts_with("//")) {
    text.remove_prefix(2);
  }
  // A backslash ends the authority in browsers; treating it as a slash keeps `good.example\@evil.example` honest.
  const size_t end = text.find_first_of("/?#\\");
  std::string_view authority = text.substr(0, end);
  if (end != std::string_view::npos) url.path = std::string(text.substr(end));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (!authority.empty() && authority[0] == '[') {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return url;
    url.host = Lower(authority.substr(0, close + 1));
    return url;
  }
  if (const size_t colon = authority.find(':'); colon != std::string_view::npos) authority = authority.substr(0, colon);
  while (!authority.empty() && authority.back() == '.') authority.remove_suffix(1);
  for (char c : authority)
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == ',') return url;
  url.host = Lower(authority);
  return url;
}

bool IsAddress(std::string_view host) { return !host.empty() && (host[0] == '[' || ParseIpv4(host)); }

bool IsPrivateHost(std::string_view host) {
  if (host.empty()) return false;
  if (host[0] == '[') {
    const auto ip = ParseIpv6(host.substr(1, host.size() - 2));
    if (!ip) return false;
    const auto& g = *ip;
    const bool zeros = std::all_of(g.begin(), g.begin() + 5, [](int group) { return group == 0; });
    // Loopback, unspecified, IPv4 in IPv6, unique local and link-local.
    if (zeros && g[5] == 0 && g[6] == 0 && g[7] <= 1) return true;
    if (zeros && g[5] == 0xffff) return IsPrivateIpv4({g[6] >> 8, g[6] & 255, g[7] >> 8, g[7] & 255});
    return (g[0] & 0xfe00) == 0xfc00 || (g[0] & 0xffc0) == 0xfe80;
  }
  if (const auto ip = ParseIpv4(host)) return IsPrivateIpv4(*ip);
  const auto labels = SplitLabels(host);
  const std::string_view last = labels.back();
  if (labels.size() == 1) return true;
  if (last == "localhost" || last == "local" || last == "internal" || last == "svc" || last == "lan" || last == "intranet") return true;
  return labels.size() >= 2 && last == "arpa" && labels[labels.size() - 2] == "home";
}

std::optional<HostPattern> HostPattern::Make(std::string_view pattern) {
  HostPattern made;
  made.text_ = Lower(pattern);
  // `{Region}` and the like must survive the lower-casing: names of captures are lower case by house style anyway.
  for (std::string_view label : SplitLabels(made.text_)) {
    if (label.empty()) return std::nullopt;
    size_t depth = 0;
    for (char c : label) {
      if (c == '{') ++depth;
      if (c == '}' && depth-- == 0) return std::nullopt;
    }
    if (depth != 0) return std::nullopt;
    if (label.find("**") != std::string_view::npos && label != "**") return std::nullopt;
    if (!IsWild(label)) ++made.literal_;
    made.labels_.emplace_back(label);
  }
  if (made.labels_.empty()) return std::nullopt;
  return made;
}

std::string HostPattern::SuffixOf(std::string_view pattern) {
  const std::string lower = Lower(pattern);
  const auto labels = SplitLabels(lower);
  const size_t n = labels.size();
  if (n == 0 || IsWild(labels[n - 1])) return "";
  if (n == 1 || IsWild(labels[n - 2])) return std::string(labels[n - 1]);
  return fmt::format("{}.{}", labels[n - 2], labels[n - 1]);
}

namespace {
bool MatchLabels(std::span<const std::string> pattern, std::span<const std::string_view> labels,
                 std::vector<std::pair<std::string, std::string>>* captures) {
  if (pattern.empty()) return labels.empty();
  if (pattern[0] == "**") {
    for (size_t n = 1; n <= labels.size(); ++n)
      if (MatchLabels(pattern.subspan(1), labels.subspan(n), captures)) return true;
    return false;
  }
  if (labels.empty()) return false;
  const size_t before = captures ? captures->size() : 0;
  const bool here = IsWild(pattern[0]) ? MatchLabel(pattern[0], labels[0], captures) : pattern[0] == labels[0];
  if (here && MatchLabels(pattern.subspan(1), labels.subspan(1), captures)) return true;
  if (captures) captures->resize(before);
  return false;
}
}  // namespace

bool HostPattern::Match(std::string_view host, std::vector<std::pair<std::string, std::string>>* captures) const {
  if (labels_.empty()) return false;
  const auto labels = SplitLabels(host);
  if (labels.size() > 64) return false;   // No host name has more than 127 labels; patterns of ours need few.
  return MatchLabels(labels_, labels, captures);
}

}  // namespace domicile
