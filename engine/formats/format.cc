#include "engine/formats/format.h"

#include <algorithm>
#include <mutex>

#include "engine/text/escape.h"

namespace domicile {

bool Shape::Holds(Value node, Value root, const Read* read) const {
  for (const Line& line : lines) {
    const std::vector<Selected> found = line.path.Select(node, root);
    if (!line.pattern) {
      if (line.absent != found.empty()) return false;
      continue;
    }
    const bool matches = std::any_of(found.begin(), found.end(), [&](const Selected& one) { return one.value.is_scalar() && (read ? line.pattern->Search((*read)(one.value)) : line.pattern->Search(one.value.text())); });
    if (line.absent == matches) return false;
  }
  return true;
}

const std::vector<PlacementRule>* PlacementRule::Case(std::string_view written) const {
  const std::string lower = cases_ignore_case ? Lower(written) : std::string();
  const std::string_view what = cases_ignore_case ? std::string_view(lower) : written;
  if (const auto found = case_named.find(what); found != case_named.end()) return &cases[found->second].second;
  for (const auto& [prefix, index] : case_prefixes)
    if (what.starts_with(prefix)) return &cases[index].second;
  return nullptr;
}

bool UsageReport::RunsIn(std::string_view image) const {
  std::string_view repository = image.substr(0, image.find('@'));
  const size_t slash = repository.rfind('/');
  const size_t tag = repository.rfind(':');
  if (tag != std::string_view::npos && (slash == std::string_view::npos || tag > slash)) repository = repository.substr(0, tag);
  return std::any_of(images.begin(), images.end(), [&](const std::string& name) {
    constexpr std::string_view kLibrary = "library/";   // What Docker Hub has without an owner.
    if (!repository.ends_with(name)) return name.starts_with(kLibrary) && repository == std::string_view(name).substr(kLibrary.size());
    return repository.size() == name.size() || repository[repository.size() - name.size() - 1] == '/';
  });
}

// Those of its name, then those whose pattern fits.
std::vector<size_t> Environment::RowsOf(std::string_view name) const {
  const std::string key(name);
  {
    const std::shared_lock lock(memo_->mutex);
    if (const auto known = memo_->rows.find(key); known != memo_->rows.end()) return known->second;
  }
  std::vector<size_t> found;
  if (const auto named = by_name.find(name); named != by_name.end()) found = named->second;
  for (const size_t index : patterns)
    if (rows[index].match->Search(name) && !(rows[index].except && rows[index].except->Search(name))) found.push_back(index);
  const std::unique_lock lock(memo_->mutex);
  if (memo_->rows.size() < kMostRemembered) memo_->rows.emplace(key, found);
  return found;
}

const EnvironmentRow* Environment::Find(std::string_view name, std::string_view value) const {
  for (const size_t index : RowsOf(name))
    if (!rows[index].only || rows[index].only->Search(value)) return &rows[index];
  return nullptr;
}

const Format* Formats::Recognise(Value root, std::string_view file) const {
  const Format* best = nullptr;
  size_t most = 0;
  for (const auto& format : all)
    for (const Shape& shape : format->detect) {
      // A file's name decides only where its content does not.
      const size_t weight = 2 * shape.lines.size() + (shape.file ? 1 : 0);
      if (format->fallback || weight <= most || (shape.file && !shape.file->Search(file)) || !shape.Holds(root, root)) continue;
      best = format.get();
      most = weight;
    }
  return best;
}

const Format* Formats::Fallback() const {
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& format) { return format->fallback; });
  return found == all.end() ? nullptr : found->get();
}

}  // namespace domicile
