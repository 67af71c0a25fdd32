#include "engine/formats/readers.h"

namespace domicile {

FormatRead FindReader(std::string_view name) {
  (void)name;   // No format needs one yet.
  return nullptr;
}

}  // namespace domicile
