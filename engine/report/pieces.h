// Lists of a JSON report that may be very long, written element by element: a tree of all elements takes many times their text.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace domicile {

// The text of a report, as wide as people read it.
std::string DumpJson(const nlohmann::ordered_json& json);

class Pieces {
 public:
  // `depth` counts the objects and arrays around the list.
  explicit Pieces(size_t depth) : indent_(2 * depth, ' ') {}
  void Add(const nlohmann::ordered_json& element);
  // What stands for the list in the report, until Splice puts it in.
  nlohmann::ordered_json Stand() const { return kStand; }
  // The report as text, with the lists in it in the order in which they stand there.
  static std::string Splice(const nlohmann::ordered_json& report, std::vector<Pieces> lists);

 private:
  static constexpr const char* kStand = "\x01";   // No text of a manifest holds it: the parser refuses control characters.
  std::string indent_, text_;
};

}  // namespace domicile
