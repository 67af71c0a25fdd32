// What free text says: addresses in scripts, in configuration of unknown shape, and in what a ConfigMap holds.
#include <algorithm>
#include <cctype>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/workload_reader.h"
#include "engine/parse/alignment.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kLongestAddress = 4096;

bool White(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Addresses in a text: calls `found` with where each begins and ends, and where its scheme does. An address within an address counts, too
// (`https://proxy/https://host`), unless that one is longer than addresses are.
template <class Found>
void FindAddresses(std::string_view text, Found found) {
  const size_t last_close = text.rfind('>');
  size_t next = 0;
  for (size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", next)) {
    size_t begin = at, end = at + 3;
    while (begin > 0 && (std::isalnum(static_cast<unsigned char>(text[begin - 1])) || text[begin - 1] == '+' || text[begin - 1] == '-')) --begin;
    if (const size_t plus = text.substr(begin, at - begin).rfind('+'); plus != std::string_view::npos) begin += plus + 1;   // `git+https://...`
    int open = 0;   // A brace that opened within the address belongs to a variable.
    while (end < text.size() && !White(text[end]) && std::string_view("\"'`>,;|)]\\").find(text[end]) == std::string_view::npos) {
      if (text[end] == '{') ++open;
      if (text[end] == '<') {
        if (last_close == std::string_view::npos || last_close < end) break;
        end = text.find('>', end);
      }
      if (text[end] == '}' && --open < 0) break;
      ++end;
    }
    next = end - at > kLongestAddress ? end : at + 3;
    if (begin < at && end > at + 3) found(begin, at, end);
  }
}

// Host names without a scheme, where a value stands: behind `:`, `=`, a quote or an option, or with a `;` behind. Prose mentions hosts, too,
// and much that is no host has dots: only those count that somebody `knows`.
using KnowsHost = std::function<bool(std::string_view host)>;
template <class Found>
void FindBareHosts(std::string_view text, const KnowsHost& knows, Found found) {
  if (!knows) return;
  const auto named = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.'; };
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.', dot)) {
    size_t begin = dot, end = dot;
    while (begin > 0 && dot - begin < 256 && named(text[begin - 1])) --begin;
    while (end < text.size() && end - dot < 256 && named(text[end])) ++end;
    dot = end;
    size_t before = begin;
    while (before > 0 && (text[before - 1] == ' ' || text[before - 1] == '\t')) --before;
    size_t word = before;
    while (word > 0 && before - word < 64 && !White(text[word - 1])) --word;
    const bool option = word < before && text[word] == '-';
    const char closing = end < text.size() ? text[end] : '\n';
    if (std::string_view(" \t\r\n:/,;\"'`)]}").find(closing) == std::string_view::npos) continue;
    size_t behind = end;   // A port, and a path.
    while (behind < text.size() && behind - end < kLongestAddress && !White(text[behind]) && std::string_view(",;\"'`)]}").find(text[behind]) == std::string_view::npos) ++behind;
    const bool ends = behind < text.size() && text[behind] == ';';
    const bool value = before == 0 || std::string_view("\n:=\"'`[,(").find(text[before - 1]) != std::string_view::npos;
    if ((value || option || ends) && knows(Lower(text.substr(begin, end - begin)))) found(begin, behind);
  }
}

// Which parts of a text of several lines are comments of a script.
class Comments {
 public:
  explicit Comments(std::string_view text) : text_(text) {}
  // For places that are asked for in order.
  bool At(size_t place) {
    if (place < looked_) *this = Comments(text_);
    for (; looked_ < place; ++looked_) {
      if (text_[looked_] == '\n') comment_ = false;
      if (text_[looked_] == '#' && (looked_ == 0 || White(text_[looked_ - 1]))) comment_ = true;
    }
    return comment_;
  }

 private:
  std::string_view text_;
  size_t looked_ = 0;
  bool comment_ = false;
};

// Addresses in a text, with the scheme of each, in the order of kinds: those with a scheme, then hosts without one. Comments say nothing.
template <class Found>
void FindInScript(std::string_view text, const KnowsHost& knows, Found found) {
  Comments comments(text);
  FindAddresses(text, [&](size_t begin, size_t colon, size_t end) {
    if (!comments.At(begin)) found(Lower(text.substr(begin, colon - begin)), begin, end);
  });
  Comments again(text);
  FindBareHosts(text, knows, [&](size_t begin, size_t end) {
    if (!again.At(begin)) found(std::string("https"), begin, end);
  });
}

// The same with where each stands in the source.
template <class Found>
void FindScriptAddresses(Value value, const Sources* sources, const KnowsHost& knows, Found found) {
  const std::string_view text = value.text();
  if (text.find('.') == std::string_view::npos && text.find("://") == std::string_view::npos) return;
  std::optional<Alignment> alignment;
  FindInScript(text, knows, [&](const std::string& scheme, size_t begin, size_t end) {
    if (!alignment) alignment.emplace(sources, value);
    found(scheme, text.substr(begin, end - begin), alignment->Of(begin, end));
  });
}

// The addresses in the texts of a ConfigMap, each once.
struct ConfigMapAddresses {
  static constexpr size_t kMost = 1000;
  struct One {
    std::string_view key;
    std::string scheme;
    Meaning address;
  };
  std::vector<One> all;
  bool more = false;
};

}  // namespace

// Strings anywhere below: hosts that the catalogue knows, and buckets, become placements.
void WorkloadReader::Scan(Value value, int depth) {
  if (depth > 30) return;
  if (value.is_map()) {
    for (size_t i = 0; i < value.size(); ++i) Scan(value.value(i), depth + 1);
  } else if (value.is_sequence()) {
    for (size_t i = 0; i < value.size(); ++i) Scan(value.item(i), depth + 1);
  } else if (value.is_scalar()) {
    if (expressions_.piece) ScanScript(value);
    else ScanText(expressions_.read(value));
  }
}

void WorkloadReader::AddFound(std::string_view scheme, const Meaning& address) {
  constexpr std::string_view kWeb[] = {"http", "https", "grpc", "grpcs", "wss", "ws"};
  const bool web = std::find(std::begin(kWeb), std::end(kWeb), scheme) != std::end(kWeb);
  Placement placement;   // Kept only if the places stage knows what it is.
  if (!Read(web ? known_.endpoint : known_.bucket, address, false, placement.facts)) return;
  placement.name = address.Written();
  placement.span = address.span;
  placement.guessed = true;
  workload_.placements.push_back(std::move(placement));
}

void WorkloadReader::ScanText(const Meaning& meaning) {
  std::optional<Alignment> lines;   // Of a text of several lines each address has its own.
  if (!meaning.exact && meaning.known() && meaning.text.find('\n') != std::string::npos) lines.emplace(context_.sources, meaning.span, meaning.text);
  FindInScript(meaning.text, context_.knows_host, [&](const std::string& scheme, size_t begin, size_t end) {
    Meaning address = meaning.Part(begin, end);
    if (lines) address.span = lines->Of(begin, end);
    AddFound(scheme, address);
  });
}

void WorkloadReader::ScanScript(Value value) {
  FindScriptAddresses(value, context_.sources, context_.knows_host, [&](const std::string& scheme, std::string_view address, Span span) { AddFound(scheme, expressions_.piece(address, span)); });
}

// Very many pods may mount the same one: it is looked through once. `items` names the keys that are mounted, if not all.
void WorkloadReader::ScanConfigMap(Value object, Value items) {
  const auto found = std::static_pointer_cast<const ConfigMapAddresses>(context_.joins->Once(object["data"], [&]() -> std::shared_ptr<const void> {
    auto made = std::make_shared<ConfigMapAddresses>();
    std::set<std::pair<std::string_view, std::string>> known;
    const Value data = object["data"];
    for (size_t i = 0; i < data.size() && data.is_map(); ++i)
      FindScriptAddresses(data.value(i), context_.sources, context_.knows_host, [&](const std::string& scheme, std::string_view address, Span span) {
        if (made->more || !known.emplace(data.key(i).text(), address).second) return;
        made->more = made->all.size() >= ConfigMapAddresses::kMost;
        if (!made->more) made->all.push_back({data.key(i).text(), scheme, Assume(ReadLiteral(address, span), context_.joins->assumed())});
      });
    return made;
  }));
  full_ = full_ || found->more;
  const auto mounted = [&](std::string_view key) {
    if (!items.is_sequence()) return true;
    for (size_t i = 0; i < items.size(); ++i)
      if (items.item(i)["key"].text() == key) return true;
    return false;
  };
  for (const ConfigMapAddresses::One& one : found->all)
    if (mounted(one.key)) AddFound(one.scheme, one.address);
}

}  // namespace domicile
