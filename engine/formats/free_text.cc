// What free text says: addresses in scripts, in configuration of unknown shape, and in what a ConfigMap holds.
#include <algorithm>
#include <cctype>
#include <memory>
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

// Addresses of a text of several lines, with their schemes and where each stands. Comments of scripts say nothing.
template <class Found>
void FindScriptAddresses(Value value, const Sources* sources, Found found) {
  const std::string_view text = value.text();
  if (text.find("://") == std::string_view::npos) return;
  const Alignment alignment(sources, value);
  size_t looked = 0;
  bool comment = false;
  FindAddresses(text, [&](size_t begin, size_t colon, size_t end) {
    for (; looked < begin; ++looked) {
      if (text[looked] == '\n') comment = false;
      if (text[looked] == '#' && (looked == 0 || White(text[looked - 1]))) comment = true;
    }
    if (!comment) found(Lower(text.substr(begin, colon - begin)), text.substr(begin, end - begin), alignment.Of(begin, end));
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
  const bool web = scheme == "http" || scheme == "https" || scheme == "grpc" || scheme == "wss" || scheme == "ws";
  Placement placement;   // Kept only if the places stage knows what it is.
  if (!Read(web ? known_.endpoint : known_.bucket, address, false, placement.facts)) return;
  placement.name = address.Written();
  placement.span = address.span;
  placement.guessed = true;
  workload_.placements.push_back(std::move(placement));
}

void WorkloadReader::ScanText(const Meaning& meaning) {
  if (meaning.text.find("://") == std::string::npos) return;
  FindAddresses(meaning.text, [&](size_t begin, size_t colon, size_t end) { AddFound(Lower(std::string_view(meaning.text).substr(begin, colon - begin)), meaning.Part(begin, end)); });
}

void WorkloadReader::ScanScript(Value value) {
  FindScriptAddresses(value, context_.sources, [&](const std::string& scheme, std::string_view address, Span span) { AddFound(scheme, expressions_.piece(address, span)); });
}

// Very many pods may mount the same one: it is looked through once. `items` names the keys that are mounted, if not all.
void WorkloadReader::ScanConfigMap(Value object, Value items) {
  const auto found = std::static_pointer_cast<const ConfigMapAddresses>(context_.joins->Once(object["data"], [&]() -> std::shared_ptr<const void> {
    auto made = std::make_shared<ConfigMapAddresses>();
    std::set<std::pair<std::string_view, std::string>> known;
    const Value data = object["data"];
    for (size_t i = 0; i < data.size() && data.is_map(); ++i)
      FindScriptAddresses(data.value(i), context_.sources, [&](const std::string& scheme, std::string_view address, Span span) {
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
