#include "engine/text/host.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include <fmt/format.h>

#include "engine/text/address.h"
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

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// `%2e` is a dot to those who follow the URL standard.
std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1, low = high < 0 ? -1 : HexDigit(text[i + 2]);
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

// The full stops that IDNA takes for a dot (RFC 3490, 3.1): U+3002, U+FF0E, U+FF61.
std::string WithPlainDots(std::string_view host) {
  std::string out;
  for (size_t i = 0; i < host.size(); ++i) {
    const std::string_view rest = host.substr(i, 3);
    const bool dot = rest == "\u3002" || rest == "\uff0e" || rest == "\uff61";
    out += dot ? '.' : host[i];
    if (dot) i += 2;
  }
  return out;
}

// Characters of host names; clients map others to them, drop them or refuse them.
bool IsPlain(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_'; });
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
  } else if (const size_t web = Lower(text.substr(0, 6)).starts_with("https:") ? 6 : Lower(text.substr(0, 5)) == "http:" ? 5 : 0; web != 0) {
    // Clients of the web take `https:\/\/x` and `https:x` for `https://x`.
    url.scheme = Lower(text.substr(0, web - 1));
    text.remove_prefix(std::min(text.find_first_not_of("/\\", web), text.size()));
  } else if (text.starts_with("//")) {
    text.remove_prefix(2);
  }
  // A backslash ends the authority in browsers, and is a part of it elsewhere: of `good.example\@evil.example` nobody knows who is called.
  size_t end = text.find_first_of("/?#\\");
  if (end != std::string_view::npos && text[end] == '\\') {
    const size_t plain = text.find_first_of("/?#", end);
    if (text.substr(end, plain - end).find('@') != std::string_view::npos) {
      url.host = Lower(text.substr(0, plain));
      return url;
    }
  }
  std::string_view authority = text.substr(0, end);
  if (end != std::string_view::npos) url.path = std::string(text.substr(end));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  if (!authority.empty() && authority[0] == '[') {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return url;
    url.host = Lower(authority.substr(0, close + 1));
    return url;
  }
  if (const size_t colon = authority.find(':'); colon != std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1, authority.find(',', colon) - colon - 1);
    const bool wrong = std::any_of(port.begin(), port.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }) && port.find_first_of("${}<>%\x01") == std::string_view::npos;
    if (wrong) {
      url.host = Lower(authority);   // Clients read it in different ways, or not at all.
      return url;
    }
    authority = authority.substr(0, colon);
  }
  for (char c : authority)
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == ',') return url;
  const std::string decoded = WithPlainDots(Decoded(authority));
  if (decoded.starts_with('/') && url.scheme != "http" && url.scheme != "https") {
    url.host = "localhost";   // `postgresql://%2Fvar%2Frun`: a socket of this machine.
    return url;
  }
  // What decodes to a character that ends a host is refused by some and called by others: it stays as it is written.
  const bool odd = std::any_of(decoded.begin(), decoded.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || std::string_view("/\\?#@:%<>[]^|\"'").find(c) != std::string_view::npos; });
  url.host = Lower(odd ? authority : std::string_view(decoded));
  while (!url.host.empty() && url.host.back() == '.') url.host.pop_back();
  return url;
}

bool IsAddress(std::string_view host) { return !host.empty() && (host[0] == '[' || ParseIpv4(host)); }

bool IsPrivateHost(std::string_view host) {
  if (host.empty()) return false;
  if (host[0] == '[') {
    const auto address = ParseIpv6(host.substr(1, host.size() - 2));
    return address && IsPrivate(*address);
  }
  if (!IsPlain(host)) return false;
  if (const auto address = ParseIpv4(host)) return IsPrivate(*address);
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
