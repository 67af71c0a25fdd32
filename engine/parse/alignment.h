// Where the text of a scalar stands in its source, word by word: blocks lose their indentation and folded lines their breaks.
#pragma once
#include <vector>

#include "engine/parse/document.h"

namespace domicile {

class Alignment {
 public:
  // Without sources, or when the text is not the source's own (escapes), every part has the span of the whole scalar.
  Alignment(const Sources* sources, Value scalar) : Alignment(sources, scalar.span(), scalar.text()) {}
  Alignment(const Sources* sources, Span whole, std::string_view text);

  Span whole() const { return whole_; }
  bool exact() const { return !runs_.empty(); }
  // Of the bytes from `begin` to before `end` of the text.
  Span Of(size_t begin, size_t end) const;

 private:
  // A run of bytes without white space.
  struct Run {
    uint32_t text = 0, source = 0, length = 0;
  };
  Span whole_;
  std::vector<Run> runs_;
};

}  // namespace domicile
