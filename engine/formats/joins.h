// Where values come from that stand behind names: other documents of the same run, and what the user assumes.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/format.h"
#include "engine/formats/terms.h"
#include "engine/parse/document.h"
#include "engine/text/source.h"

namespace domicile {

// Names are unique in a cluster, but a run may read the files of several: of documents with the same kind and name the one counts
// that stands nearest (in the same file, else with the most folders in common). When two are equally near, none does.
class Joins {
 public:
  // `sources` tells how near files are; without it only documents of the same file are near.
  explicit Joins(const Sources* sources, const Assumptions* assumed = nullptr) : sources_(sources), assumed_(assumed) {}

  const Assumptions* assumed() const { return assumed_; }   // Values of variables; null for none.

  // `file` is the path of the file that holds it.
  void Add(const Document& document, std::string_view file = {});
  // Only by its file it is found.
  void AddFile(const Document& document, std::string_view file);

  // The path of the file that holds the document of a value; empty when it has none, or holds several documents.
  std::string_view FileOf(Value value) const;
  // The values that documents make known under a name for others to use, of those the nearest to the document that asks: one, none, or several
  // that are equally near. `tell` says what a document makes known; it is asked once for each, when first a name is looked for.
  struct Told {
    std::string name;
    Value value;
  };
  using Tell = std::vector<Told> (*)(Value root, const Joins& joins);
  std::vector<Value> Shared(Tell tell, std::string_view name, Value from) const;
  // The document that the file with this path holds alone; missing when there is none.
  Value In(std::string_view file) const;
  // The same for a path that is relative to the folder of the file in which `from` stands.
  Value Beside(Value from, std::string_view path) const;

  // The root of the document, or a missing value. An empty namespace fits every one. `from` is the document that asks.
  Value Find(std::string_view kind, std::string_view space, std::string_view name, Value from) const;
  // All that are equally near where Find gives none because it cannot tell them apart; else the one.
  std::vector<Value> FindAll(std::string_view kind, std::string_view name, Value from) const;
  // After all were added. Roots of documents of the hop's kind that name the document `root` by the hop's paths and mean this very one.
  std::vector<Value> References(const Hop& hop, Value root) const;
  // After all were added: the documents of a kind that are in the namespace, or may be (`sure` is false): whoever applies a document that
  // names none, or a variable, chooses it. Both without a namespace are in the same one when they lie in one folder.
  struct InPlace {
    Value root;
    bool sure = true;
  };
  std::vector<InPlace> InSpace(std::string_view kind, std::string_view space, Value from) const;
  // After all were added: the documents of a kind that is in no namespace. They are in the same cluster for certain when they lie in one
  // folder: a run may read the files of several.
  std::vector<InPlace> InCluster(std::string_view kind, Value from) const;
  // What `make` tells of a place of a document; it is asked once for each.
  std::shared_ptr<const void> Once(Value place, const std::function<std::shared_ptr<const void>()>& make) const;
  // The object to which a name, or a map of labels, refers. `kind` may have the start of the API group in front:
  // `cognitiveservices/Account`.
  void Follow(Value reference, std::string_view kind, std::string_view space, std::vector<Value>* found) const;

 private:
  struct Object {
    std::string space;
    Value root;
  };
  using Key = std::pair<std::string, std::string>;   // Kind and name.
  bool SameFolder(Value a, Value b) const;
  int Nearness(Value a, Value b) const;
  // The nearest of those that fit; missing when two are equally near.
  template <class Fits>
  Value Nearest(const std::vector<Object>& objects, std::string_view space, Value from, Fits fits) const;

  const Sources* sources_;
  const Assumptions* assumed_;
  std::map<const Document*, std::string> files_;
  std::map<std::string, std::vector<const Document*>, std::less<>> by_file_;
  std::map<Key, std::vector<Object>> objects_;
  std::map<std::string, std::vector<Object>, std::less<>> by_kind_;
  using Names = std::map<std::string, std::vector<Value>>;   // The name that is told, and who tells it.
  const Names& NamesOf(const Hop& hop) const;
  std::vector<const Document*> documents_;
  mutable std::mutex shared_mutex_;
  mutable std::map<Tell, std::map<std::string, std::vector<Value>, std::less<>>> shared_;
  mutable std::mutex once_mutex_;
  mutable std::map<std::pair<const Document*, uint32_t>, std::shared_ptr<const void>> once_;
  mutable std::mutex references_mutex_;
  mutable std::map<Key, Names> references_;                   // By kind and paths; made when first asked for.
};

}  // namespace domicile
