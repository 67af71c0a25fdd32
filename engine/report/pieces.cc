#include "engine/report/pieces.h"

#include <algorithm>

namespace domicile {

std::string DumpJson(const nlohmann::ordered_json& json) { return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace); }

void Pieces::Add(const nlohmann::ordered_json& element) {
  text_ += text_.empty() ? "[\n" : ",\n";
  const std::string dumped = DumpJson(element);   // Line breaks of texts are escaped in it.
  for (size_t begin = 0; begin <= dumped.size();) {
    const size_t end = std::min(dumped.find('\n', begin), dumped.size());
    text_ += indent_;
    text_ += "  ";
    text_.append(dumped, begin, end - begin);
    if (end < dumped.size()) text_ += '\n';
    begin = end + 1;
  }
}

std::string Pieces::Splice(const nlohmann::ordered_json& report, std::vector<Pieces> lists) {
  const std::string around = DumpJson(report), stand = DumpJson(kStand);
  std::string text;
  size_t begin = 0;
  for (Pieces& list : lists) {
    const size_t at = around.find(stand, begin);
    text.append(around, begin, at - begin);
    text += list.text_.empty() ? "[]" : list.text_ + "\n" + list.indent_ + "]";
    std::string().swap(list.text_);
    begin = at + stand.size();
  }
  return text.append(around, begin) + "\n";
}

}  // namespace domicile
