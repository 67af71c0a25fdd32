#include "engine/formats/joins.h"

#include <algorithm>
#include <filesystem>
#include <limits>

namespace domicile {
namespace {

constexpr size_t kMostCandidates = 256;   // Of one kind and name. With more the names say nothing, and comparing all costs too much.

std::string KeyOfPaths(const Hop& rule) {
  std::string key;
  for (const Selector& path : rule.refers) key += path.text() + "\n";
  return key;
}

}  // namespace

void Joins::AddFile(const Document& document, std::string_view file) {
  files_.emplace(&document, file);
  by_file_[std::string(file)].push_back(&document);
}

void Joins::Add(const Document& document, std::string_view file) {
  documents_.push_back(&document);
  if (!file.empty()) AddFile(document, file);
  const auto add = [&](Value root, std::string_view of_list) {
    const Value written = root["kind"], name = root["metadata"]["name"];
    const std::string_view kind = written ? written.text() : of_list;
    if (kind.empty() || !name.is_scalar()) return;
    const Object object{std::string(root["metadata"]["namespace"].text()), root};
    objects_[{std::string(kind), std::string(name.text())}].push_back(object);
    by_kind_[std::string(kind)].push_back(object);
  };
  const Value root = Root(document);
  const Value items = root["items"];
  // Items of a `DeploymentList` need no kind of their own.
  const std::string_view list = root["kind"].text();
  const std::string_view kind = list.ends_with("List") ? list.substr(0, list.size() - 4) : "";
  for (size_t i = 0; i < items.size() && items.is_sequence(); ++i) add(items.item(i), kind);
  add(root, "");
}

std::string_view Joins::FileOf(Value value) const {
  const auto file = files_.find(value.document());
  return file == files_.end() || by_file_.at(file->second).size() > 1 ? std::string_view() : std::string_view(file->second);
}

std::vector<Value> Joins::Shared(Tell tell, std::string_view name, Value from) const {
  const std::lock_guard lock(shared_mutex_);
  const auto [told, added] = shared_.try_emplace(tell);
  if (added)
    for (const Document* document : documents_)
      for (Told& one : tell(Root(*document), *this)) told->second[std::move(one.name)].push_back(one.value);
  std::vector<Value> nearest;
  const auto found = told->second.find(name);
  if (found == told->second.end()) return nearest;
  int best = -1;
  for (const Value value : found->second) {
    const int nearness = Nearness(value, from);
    if (nearness < best) continue;
    if (nearness > best) nearest.clear();
    best = nearness;
    nearest.push_back(value);
  }
  return nearest;
}

Value Joins::In(std::string_view file) const {
  const auto found = by_file_.find(file);
  return found == by_file_.end() || found->second.size() > 1 ? Value() : Root(*found->second[0]);
}

const Joins::Names& Joins::NamesOf(const Hop& hop) const {
  const std::lock_guard lock(references_mutex_);
  const auto [index, added] = references_.try_emplace({hop.kind, KeyOfPaths(hop)});
  if (!added) return index->second;
  for (const auto& [kind, objects] : by_kind_) {
    if (hop.kind != "*" && hop.kind != kind) continue;
    for (const Object& object : objects)
      for (const Selector& path : hop.refers)
        for (const Selected& found : path.Select(object.root, object.root)) {
          if (!found.value.is_scalar()) continue;
          std::vector<Value>& roots = index->second[std::string(found.value.text())];
          if (roots.empty() || roots.back() != object.root) roots.push_back(object.root);
        }
  }
  return index->second;
}

bool Joins::SameFolder(Value a, Value b) const {
  const uint32_t x = a.document()->source, y = b.document()->source;
  if (x == y) return true;
  if (!sources_ || x == kNoSource || y == kNoSource) return false;
  const std::string_view p = sources_->name(x), q = sources_->name(y);
  return p.substr(0, p.rfind('/') + 1) == q.substr(0, q.rfind('/') + 1);
}

int Joins::Nearness(Value a, Value b) const {
  const uint32_t x = a.document()->source, y = b.document()->source;
  if (x == y) return std::numeric_limits<int>::max();
  if (!sources_ || x == kNoSource || y == kNoSource) return 0;
  const std::string_view p = sources_->name(x), q = sources_->name(y);
  int folders = 0;
  for (size_t i = 0; i < p.size() && i < q.size() && p[i] == q[i]; ++i) folders += p[i] == '/';
  return 2 * folders + (SameFolder(a, b) ? 1 : 0);
}

template <class Fits>
Value Joins::Nearest(const std::vector<Object>& objects, std::string_view space, Value from, Fits fits) const {
  const bool near_only = objects.size() > kMostCandidates;
  int best = -1;
  bool alone = true;
  Value root;
  for (const Object& object : objects) {
    // An object that says no namespace is in whichever one it is applied to.
    if (!space.empty() && !object.space.empty() && space != object.space) continue;
    if (near_only && object.root.document()->source != from.document()->source) continue;
    if (!fits(object.root)) continue;
    const int nearness = Nearness(object.root, from);
    if (nearness < best) continue;
    alone = nearness > best;
    best = nearness;
    root = object.root;
  }
  return alone ? root : Value();
}

Value Joins::Beside(Value from, std::string_view path) const {
  const auto file = files_.find(from.document());
  if (file == files_.end() || path.empty()) return {};
  return In((std::filesystem::path(file->second).parent_path() / path).lexically_normal().generic_string());
}

std::vector<Joins::InPlace> Joins::InSpace(std::string_view kind, std::string_view space, Value from) const {
  std::vector<InPlace> out;
  const auto all = by_kind_.find(kind);
  if (all == by_kind_.end()) return out;
  const bool hidden = !HiddenReason(space).empty();
  for (const Object& object : all->second) {
    const bool may = object.space.empty() || space.empty() || hidden || !HiddenReason(object.space).empty();
    if (may ? SameFolder(object.root, from) : object.space == space) out.push_back({object.root, object.space == space && !hidden});
  }
  return out;
}

std::vector<Joins::InPlace> Joins::InCluster(std::string_view kind, Value from) const {
  std::vector<InPlace> out;
  const auto all = by_kind_.find(kind);
  if (all == by_kind_.end()) return out;
  for (const Object& object : all->second) out.push_back({object.root, SameFolder(object.root, from)});
  return out;
}

std::shared_ptr<const void> Joins::Once(Value place, const std::function<std::shared_ptr<const void>()>& make) const {
  const std::lock_guard lock(once_mutex_);
  std::shared_ptr<const void>& made = once_[{place.document(), place.index()}];
  if (!made) made = make();
  return made;
}

Value Joins::Find(std::string_view kind, std::string_view space, std::string_view name, Value from) const {
  const auto found = objects_.find({std::string(kind), std::string(name)});
  if (found == objects_.end() || !from) return {};
  return Nearest(found->second, space, from, [](Value) { return true; });
}

std::vector<Value> Joins::FindAll(std::string_view kind, std::string_view name, Value from) const {
  std::vector<Value> all;
  const auto found = objects_.find({std::string(kind), std::string(name)});
  if (found == objects_.end() || !from) return all;
  int best = -1;
  for (const Object& object : found->second) {
    const int nearness = Nearness(object.root, from);
    if (nearness < best) continue;
    if (nearness > best) all.clear();
    best = nearness;
    if (all.size() < kMostCandidates) all.push_back(object.root);
  }
  return all;
}

void Joins::Follow(Value reference, std::string_view kind, std::string_view space, std::vector<Value>* found) const {
  const size_t slash = kind.find('/');
  const std::string_view group = slash == std::string_view::npos ? "" : kind.substr(0, slash);
  const std::string plain(slash == std::string_view::npos ? kind : kind.substr(slash + 1));
  Value root;
  if (reference.is_scalar()) {
    const auto named = objects_.find({plain, std::string(reference.text())});
    if (named == objects_.end()) return;
    root = Nearest(named->second, space, reference, [&](Value object) { return object["apiVersion"].text().starts_with(group); });
  } else if (reference.is_map() && reference.size() > 0) {
    const auto all = by_kind_.find(plain);
    if (all == by_kind_.end()) return;
    root = Nearest(all->second, space, reference, [&](Value object) {
      const Value labels = object["metadata"]["labels"];
      for (size_t i = 0; i < reference.size(); ++i)
        if (labels[reference.key(i).text()].text() != reference.value(i).text()) return false;
      return object["apiVersion"].text().starts_with(group);
    });
  }
  if (root) found->push_back(root);
}

std::vector<Value> Joins::References(const Hop& rule, Value root) const {
  std::vector<Value> out;
  const Names& names = NamesOf(rule);
  const std::string name(root["metadata"]["name"].text());
  const auto found = names.find(name);
  if (found == names.end() || found->second.size() > kMostCandidates) return out;
  const std::string_view kind = root["kind"].text();
  for (const Value candidate : found->second) {
    const std::string_view space = candidate["metadata"]["namespace"].text();
    const std::string_view own = root["metadata"]["namespace"].text();
    if (rule.same_namespace && !space.empty() && !own.empty() && space != own) continue;
    // A reference may cross namespaces; the name must lead back here all the same.
    Value back = Find(kind, space, name, candidate);
    if (!back) back = Find(kind, "", name, candidate);
    if (back == root) out.push_back(candidate);
  }
  return out;
}

}  // namespace domicile
