// Splits commands into words, as shells do.
#pragma once
#include <string_view>
#include <vector>

#include "engine/formats/expressions.h"

namespace domicile {

struct CommandWord {
  Meaning value;
  bool first = false;   // Starts a command: at the beginning, or behind `;`, `&&`, `|`, a line break.
};

// Adds the words of a command, written as one text or as a list. Those before it, of an entry point, may say that it is a script. Without
// sources every word has the span of the text in which it stands.
void ReadWords(Value command, const Expressions& expressions, const Sources* sources, std::vector<CommandWord>& words);

// Without the path in front.
std::string_view BaseName(std::string_view word);

}  // namespace domicile
