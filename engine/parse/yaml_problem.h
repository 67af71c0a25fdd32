// What is wrong with a document of YAML, in words that name the cause: the parser tells where it gave up, and seldom why.
#pragma once
#include <string>
#include <string_view>

#include "engine/parse/builder.h"
#include "engine/parse/yaml_text.h"

namespace domicile {

struct Problem {
  size_t begin = 0;
  size_t end = 0;
  std::string message;
  std::string help;
  bool templated = false;   // It is text that a template engine fills in.
};

// A line that lacks the colon that the other keys of its map have.
Problem WithoutColon(size_t begin, size_t end, std::string_view text);
Problem UnclosedQuote(size_t begin, size_t end, char quote);

// The cause behind what yaml-cpp says, `theirs`, of the document that starts at `start` and was read up to `cursor`. It gave up at `at`.
// `theirs` is empty where the parser starts a document that nothing separates from the one before.
Problem Explain(const Scan& scan, const Builder& builder, size_t start, size_t cursor, const std::string& theirs, size_t at);

}  // namespace domicile
