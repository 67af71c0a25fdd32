// Makes text from manifests safe to print on a terminal.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace domicile {

// Control characters, bidirectional overrides and other invisible characters become visible escapes (`\x1b`, `\u202e`);
// invalid UTF-8 becomes U+FFFD. Tabs stay; line breaks become `\n`. The result is valid UTF-8.
std::string Printable(std::string_view text);

// Width in terminal columns: wide East Asian characters count 2, combining characters 0, a tab up to the next multiple of `tab`.
size_t DisplayWidth(std::string_view text, size_t tab = 4);

// One code point at `offset`, which must be within the text: its value and its bytes (at least 1). Invalid UTF-8 gives U+FFFD.
struct CodePoint {
  char32_t value = 0;
  size_t bytes = 1;
  bool valid = true;
};
CodePoint DecodeUtf8(std::string_view text, size_t offset);

// Tells also where the first byte that is not UTF-8 stands, unless `first_bad` is null.
bool IsValidUtf8(std::string_view text, size_t* first_bad);

// Trims spaces and line breaks at both ends; ASCII lower case.
std::string_view Trim(std::string_view text);
std::string Lower(std::string_view text);
std::string Upper(std::string_view text);
// `a, b, c`.
std::string Joined(const std::vector<std::string>& texts);

}  // namespace domicile
