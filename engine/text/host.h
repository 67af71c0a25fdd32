// Host names: taken out of URLs, told private from public, and matched label by label.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace domicile {

// Lower-cased host of a URL or of `host`, `host:port`, `user@host/path`; without port, userinfo and trailing dot, and with `%2e` and the
// full stops of IDNA read as clients do. Empty when the text holds none. Scheme (lower case, without `://`) apart.
struct Url {
  std::string scheme, host, path;
  bool has_host() const { return !host.empty(); }
};
Url ParseUrl(std::string_view text);

// Not reachable over the public internet by its name alone: localhost and `.localhost` (RFC 6761), `.local` (RFC 6762),
// `.internal` (ICANN 2024), `.home.arpa` (RFC 8375), `.test`/`.invalid`/`.example` names are not, single labels, `.svc`,
// `.cluster.local`, private, loopback, link-local and unique local addresses (RFC 1918, 6598, 4193). A host with characters that no
// name has is not: clients may call another one.
bool IsPrivateHost(std::string_view host);

// An IPv4 address, in whatever way clients read one (`8.8.8.8`, `134744072`, `0x8.8.8.8`), or something in brackets.
bool IsAddress(std::string_view host);

// `bedrock-runtime.{region}.amazonaws.com`: `*` is one label (or a part of one), `**` one or more labels, `{name}` captures.
class HostPattern {
 public:
  // Empty when the pattern is not well formed.
  static std::optional<HostPattern> Make(std::string_view pattern);

  const std::string& text() const { return text_; }
  // Labels that hold no wildcard: the more, the more specific.
  size_t literal_labels() const { return literal_; }
  // The last two labels when both are literal, else the last, else empty: the key under which to look it up.
  static std::string SuffixOf(std::string_view pattern);
  bool Match(std::string_view host, std::vector<std::pair<std::string, std::string>>* captures) const;

 private:
  std::string text_;
  std::vector<std::string> labels_;
  size_t literal_ = 0;
};

}  // namespace domicile
