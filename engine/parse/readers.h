// The two readers behind Parse: one wraps yaml-cpp, the other simdjson.
#pragma once
#include "engine/parse/parse.h"

namespace domicile {

// Adds the documents of the source to `file` and reports what is wrong with the others.
void ReadYaml(const Sources& sources, uint32_t source, const ParseLimits& limits, ParsedFile& file, Diagnostics& diagnostics);

// False, with nothing added or reported, when the text is not JSON and `certain` is false.
bool ReadJson(const Sources& sources, uint32_t source, const ParseLimits& limits, bool certain, ParsedFile& file,
              Diagnostics& diagnostics);

// A template marker: `{{`, `{%` or `<%`, but not the `${{` of GitHub Actions.
bool IsTemplateMarker(std::string_view text, size_t at);
// Where the first one stands in `text` from `from` on; npos when there is none. Knows nothing of comments or quotes.
size_t FindTemplateMarker(std::string_view text, size_t from);

// Goes once through a part of a text, from marker to marker, and keeps count of the quotes on the line.
class MarkerWalk {
 public:
  // `begin` starts a line, or a document in it.
  MarkerWalk(std::string_view text, size_t begin, size_t end) : text_(text.substr(0, end)), at_(begin) {}
  // Moves to the next marker that stands in no comment line. False when there is none.
  bool Next();
  size_t marker() const { return marker_; }
  // Whether a quote is open in front of the marker, as far as its line tells.
  bool quoted() const { return single_ % 2 == 1 || double_ % 2 == 1; }
  bool double_quoted() const { return double_ % 2 == 1; }

 private:
  std::string_view text_;
  size_t at_ = 0;
  size_t marker_ = 0;
  size_t single_ = 0;
  size_t double_ = 0;
  bool line_has_text_ = false;
};

}  // namespace domicile
