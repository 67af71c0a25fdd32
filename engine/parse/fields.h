// Reads maps with known keys strictly: an unknown key, a missing one or a value of the wrong kind is an error with a suggestion.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/parse/document.h"
#include "engine/text/date.h"

namespace domicile {

class Fields {
 public:
  // `what` is said in messages: "unknown key `regoin` in a region".
  Fields(Value map, std::string_view what, Diagnostics& diagnostics);

  bool valid() const { return map_.is_map(); }
  // Each marks the key as known. A missing optional field gives an empty value.
  Value Get(std::string_view key);
  std::string Text(std::string_view key);
  std::string Need(std::string_view key);                 // Text that must be there and not empty.
  std::vector<std::string> Texts(std::string_view key);   // One text or a list of texts.
  bool Flag(std::string_view key, bool fallback);
  std::optional<Date> Day(std::string_view key);
  // Call last: reports every key that was not asked for.
  void Done();

 private:
  Value map_;
  std::string what_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> known_;
};

// Text of a scalar, or an error that says what was expected.
std::optional<std::string> TextOf(Value value, std::string_view what, Diagnostics& diagnostics);
std::vector<std::string> TextsOf(Value value, std::string_view what, Diagnostics& diagnostics);
std::optional<bool> FlagOf(Value value, std::string_view what, Diagnostics& diagnostics);
std::optional<double> NumberOf(Value value, std::string_view what, Diagnostics& diagnostics);
// "a map", "a list", "text" or "nothing": for messages.
std::string_view KindName(Value value);

}  // namespace domicile
