// Tags of the language of a document (`!Ref`), which are not YAML's own (`!!str`).
#pragma once
#include "engine/parse/document.h"

namespace domicile {

// What stands there is an expression, never plainly a list or a map.
inline bool Tagged(Value value) {
  const std::string_view tag = value.tag();
  return tag.size() > 1 && tag[0] == '!' && tag[1] != '!';
}

}  // namespace domicile
