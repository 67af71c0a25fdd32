#include "engine/formats/extract.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/formats/native.h"
#include "engine/formats/readers.h"
#include "engine/formats/terms.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr size_t kMostPlacements = 20'000;   // Of one workload.

bool Holds(const Shape& shape, Value node, Value root) {
  for (const Shape::Line& line : shape.lines) {
    const Value value = line.path.First(node, root);
    if (line.absent ? static_cast<bool>(value) : !value) return false;
    if (line.pattern && (!value.is_scalar() || !line.pattern->Search(value.text()))) return false;
  }
  return true;
}

// A value behind a name: its text, or why it is not known.
struct Held {
  std::string text;
  Span span;
  std::string hidden;
};

// Reads one workload of one format.
class WorkloadExtractor {
 public:
  WorkloadExtractor(const Format& format, Value root, const ExtractContext& context)
      : format_(format), root_(root), context_(context), vocabulary_(*context.vocabulary), known_(context.vocabulary->known()) {}

  std::optional<Workload> Read(const WorkloadRule& rule, Selected at) {
    const Value node = at.value;
    Workload workload;
    workload.format = format_.id;
    workload.prefixed_models = format_.prefixed_models;
    workload.source = node.span().source;
    workload.data.emplace_back();
    Value name_value;
    for (const Selector& path : rule.name)
      if (!name_value) name_value = path.First(node, root_);
    workload.name = name_value.is_scalar() ? std::string(name_value.text()) : !rule.name_text.empty() ? rule.name_text : std::string(at.key.text());
    workload.span = name_value ? name_value.span() : at.key ? at.key.span() : FirstKey(node);
    workload.data[0].span = workload.span;
    if (!workload.name.empty()) {
      Fact& fact = workload.facts.Set(known_.workload_name);
      fact.terms.push_back(Term{.text = workload.name, .span = workload.span});
      fact.span = workload.span;
    }
    space_ = std::string(root_["metadata"]["namespace"].text());
    for (const FactSource& source : rule.facts) {
      Facts& into = vocabulary_.at(source.fact).scope == Scope::kData ? workload.data[0].facts : workload.facts;
      Take(source, node, into);
    }
    Facts shared;   // Facts of placements that notes state: they hold for every placement that does not say otherwise.
    for (const Selector& path : rule.notes)
      for (const Selected& notes : path.Select(node, root_)) ReadNotes(notes.value, workload.facts, workload.data[0].facts, shared);
    for (const PlacementRule& placement : rule.placements) Place(placement, {at.key, node}, workload, 0);
    // What an annotation of the whole says about the place is about where the workload itself runs, never about somebody else's host.
    for (Placement& placement : workload.placements) {
      const bool elsewhere = placement.facts.Has(known_.endpoint) || placement.facts.Has(known_.image) || placement.facts.Has(known_.bucket) ||
                             placement.facts.Has(known_.provider) || placement.facts.Has(known_.service);
      for (const Fact& fact : shared.all())
        if (!placement.facts.Has(fact.id) && !(elsewhere && AboutPlace(fact.id))) placement.facts.Set(fact.id) = fact;
    }
    const bool declared = !workload.data[0].facts.all().empty() || workload.facts.all().size() > (workload.facts.Has(known_.workload_name) ? 1u : 0u) ||
                          !shared.all().empty();
    if (!declared && !relevant_) return std::nullopt;
    return workload;
  }

 private:
  bool AboutPlace(FactId id) const {
    return id == known_.provider || id == known_.region || id == known_.country || id == known_.service || id == known_.deployment || id == known_.model ||
           id == known_.endpoint || id == known_.activity || id == known_.tenancy;
  }

  static Span FirstKey(Value node) { return node.is_map() && node.size() > 0 ? node.key(0).span() : node.span(); }

  // Reads every source of one fact. True when something was found.
  bool Take(const FactSource& source, Value node, Facts& facts) {
    if (!source.constant.empty()) {
      if (facts.Has(source.fact)) return false;
      ReadFactText(source.fact, source.constant, {}, vocabulary_, {.strict = false}, *context_.diagnostics, facts);
      return true;
    }
    for (const Selector& path : source.paths) {
      for (const Selected& found : path.Select(node, root_)) {
        if (ReadFact(source.fact, found.value, vocabulary_, {.strict = false, .split = true}, *context_.diagnostics, facts) && facts.Has(source.fact)) return true;
      }
    }
    return false;
  }

  // Annotations, labels or tags: a map, or a list of {key, value} (AWS: {Key, Value}).
  void ReadNotes(Value notes, Facts& workload, Facts& data, Facts& placement) {
    const auto one = [&](Value key, Value value) {
      if (!value.is_scalar()) return;
      const std::string_view name = key.text();
      FactId id = kNoFact;
      bool strict = false;
      if (name.starts_with("domicile/")) {
        id = vocabulary_.ByNote(name.substr(9));
        strict = true;
        if (id == kNoFact) {
          context_.diagnostics->Error(key.span(), fmt::format("unknown annotation `{}`", name)).help = vocabulary_.SuggestNote(name.substr(9));
          return;
        }
      } else {
        id = vocabulary_.BySpelling(name);
        if (id == kNoFact) return;
      }
      const Scope scope = vocabulary_.at(id).scope;
      Facts& into = scope == Scope::kWorkload ? workload : scope == Scope::kData ? data : placement;
      if (into.Has(id) && !strict) return;
      Facts read;
      ReadFact(id, value, vocabulary_, {.strict = strict, .split = true}, *context_.diagnostics, read);
      const Fact* fact = read.Find(id);
      // A tag of someone else's scheme whose value says nothing to us is no fact.
      if (fact && (strict || !fact->hidden)) into.Set(id) = *fact;
    };
    if (notes.is_map()) {
      for (size_t i = 0; i < notes.size(); ++i) one(notes.key(i), notes.value(i));
      return;
    }
    for (size_t i = 0; i < notes.size() && notes.is_sequence(); ++i) {
      const Value item = notes.item(i);
      for (const auto& [key, value] : {std::pair{"key", "value"}, std::pair{"Key", "Value"}, std::pair{"TagKey", "TagValue"}})
        if (item[key]) one(item[key], item[value]);
    }
  }

  void Place(const PlacementRule& rule, Selected from, Workload& workload, int depth) {
    if (depth > 16 || workload.placements.size() > kMostPlacements) return;
    std::vector<Selected> nodes;
    if (rule.at.empty()) nodes.push_back(from);
    for (const Selector& path : rule.at)
      for (const Selected& found : path.Select(from.value, root_)) nodes.push_back(found);
    for (const Selected& at : nodes) {
      if (!Holds(rule.only, at.value, root_)) continue;
      PlaceAt(rule, at, workload);
      for (const std::string& name : rule.use) {
        const auto fragment = context_.formats->fragments.find(name);
        if (fragment == context_.formats->fragments.end()) continue;
        for (const PlacementRule& inner : fragment->second) Place(inner, at, workload, depth + 1);
      }
      for (const PlacementRule& inner : rule.inner) Place(inner, at, workload, depth + 1);
    }
  }

  void PlaceAt(const PlacementRule& rule, Selected at, Workload& workload) {
    Facts facts;
    bool found = false;
    std::vector<std::pair<FactId, std::vector<Term>>> candidates;
    for (const FactSource& source : rule.facts) {
      if (!source.constant.empty()) continue;
      found = Take(source, at.value, facts) || found;
    }
    if (rule.value != kNoFact && at.value.is_scalar())
      found = (ReadFact(rule.value, at.value, vocabulary_, {.strict = false, .split = false}, *context_.diagnostics, facts) && facts.Has(rule.value)) || found;
    if (found || rule.always) {
      const bool said = found;
      for (const FactSource& source : rule.facts)
        if (!source.constant.empty()) Take(source, at.value, facts);
      Facts workload_facts, data_facts;
      for (const Selector& path : rule.notes)
        for (const Selected& notes : path.Select(at.value, root_)) ReadNotes(notes.value, workload_facts, data_facts, facts);
      AddPlacement(NameOf(rule, at), at, std::move(facts), said, workload);
    }
    for (const Selector& path : rule.images)
      for (const Selected& image : path.Select(at.value, root_)) AddImage(image, workload);
    if (!rule.environment.empty() || !rule.environment_from.empty()) ReadEnvironment(rule, at, workload);
    for (const Selector& path : rule.scan)
      for (const Selected& text : path.Select(at.value, root_)) Scan(text.value, workload, 0);
  }

  std::string NameOf(const PlacementRule& rule, Selected at) const {
    for (const Selector& path : rule.name)
      if (const Value name = path.First(at.value, root_); name.is_scalar()) return std::string(name.text());
    return rule.name_text;
  }

  void AddPlacement(std::string name, Selected at, Facts facts, bool relevant, Workload& workload) {
    Placement placement;
    placement.name = std::move(name);
    placement.facts = std::move(facts);
    placement.span = at.value.is_scalar() ? at.value.span() : at.key ? at.key.span() : FirstKey(at.value);
    for (const Fact& fact : placement.facts.all())
      if (fact.span.known() && fact.id != known_.name) {
        placement.span = fact.span;
        break;
      }
    if (!placement.name.empty()) {
      Fact& fact = placement.facts.Set(known_.name);
      fact.terms.push_back(Term{.text = placement.name, .span = placement.span});
      fact.span = placement.span;
    }
    relevant_ = relevant_ || relevant;
    workload.placements.push_back(std::move(placement));
  }

  void AddImage(Selected image, Workload& workload) {
    if (!image.value.is_scalar() || image.value.text().empty()) return;
    Facts facts;
    ReadFact(known_.image, image.value, vocabulary_, {.strict = false}, *context_.diagnostics, facts);
    ReadFactText(known_.activity, "image-pull", {}, vocabulary_, {}, *context_.diagnostics, facts);
    AddPlacement(fmt::format("image {}", image.value.text()), image, std::move(facts), false, workload);
  }

  // Strings anywhere below: hosts that the catalogue knows, and buckets, become placements.
  void Scan(Value value, Workload& workload, int depth) {
    if (depth > 30 || workload.placements.size() > kMostPlacements) return;
    if (value.is_map()) {
      for (size_t i = 0; i < value.size(); ++i) Scan(value.value(i), workload, depth + 1);
    } else if (value.is_sequence()) {
      for (size_t i = 0; i < value.size(); ++i) Scan(value.item(i), workload, depth + 1);
    } else if (value.is_scalar()) {
      ScanText(value.text(), value, workload);
    }
  }

  void ScanText(std::string_view text, Value at, Workload& workload) {
    // Offsets in the text are offsets in the source only where nothing was unescaped or folded.
    const Span whole = at.span();
    const bool exact = whole.end - whole.begin == text.size();
    for (size_t found = text.find("://"); found != std::string_view::npos; found = text.find("://", found + 3)) {
      size_t begin = found;
      while (begin > 0 && (std::isalnum(static_cast<unsigned char>(text[begin - 1])) || text[begin - 1] == '+' || text[begin - 1] == '-')) --begin;
      size_t end = found + 3;
      while (end < text.size() && !std::isspace(static_cast<unsigned char>(text[end])) && std::string_view("\"'`<>,;|)]}").find(text[end]) == std::string_view::npos) ++end;
      const std::string_view url = text.substr(begin, end - begin);
      const std::string scheme = Lower(text.substr(begin, found - begin));
      if (scheme.empty() || end == found + 3) continue;
      const Span span = exact ? Span{whole.source, whole.begin + static_cast<uint32_t>(begin), whole.begin + static_cast<uint32_t>(end)} : whole;
      const bool web = scheme == "http" || scheme == "https" || scheme == "grpc" || scheme == "wss" || scheme == "ws";
      Facts facts;
      ReadFactText(web ? known_.endpoint : known_.bucket, url, span, vocabulary_, {.strict = false}, *context_.diagnostics, facts);
      AddFound(std::string(url), span, std::move(facts), workload);
    }
  }

  // Found in free text: kept only if the places stage knows what it is.
  void AddFound(std::string name, Span span, Facts facts, Workload& workload) {
    Placement placement;
    placement.name = std::move(name);
    placement.span = span;
    placement.facts = std::move(facts);
    placement.guessed = true;
    workload.placements.push_back(std::move(placement));
  }

  // The variables of one container, as {name, value}, NAME=value or a map, then what ConfigMaps add.
  void ReadEnvironment(const PlacementRule& rule, Selected at, Workload& workload) {
    std::vector<std::pair<std::string, Held>> variables;
    const auto add = [&](std::string name, Held held) {
      for (auto& [known, value] : variables)
        if (known == name) return;
      variables.emplace_back(std::move(name), std::move(held));
    };
    for (const Selector& path : rule.environment) {
      for (const Selected& list : path.Select(at.value, root_)) {
        if (list.value.is_map()) {
          for (size_t i = 0; i < list.value.size(); ++i) add(std::string(list.value.key(i).text()), Literal(list.value.value(i)));
        }
        for (size_t i = 0; i < list.value.size() && list.value.is_sequence(); ++i) {
          const Value entry = list.value.item(i);
          if (entry.is_scalar()) {
            const std::string_view text = entry.text();
            const size_t equal = text.find('=');
            if (equal == std::string_view::npos) continue;
            Held held{std::string(text.substr(equal + 1)), entry.span(), HiddenReason(text.substr(equal + 1))};
            if (entry.span().end - entry.span().begin == text.size()) held.span.begin += static_cast<uint32_t>(equal + 1);
            add(std::string(text.substr(0, equal)), std::move(held));
          } else if (entry.is_map()) {
            const Value name = entry["name"] ? entry["name"] : entry["Name"];
            const Value value = entry["value"] ? entry["value"] : entry["Value"];
            if (name.is_scalar()) add(std::string(name.text()), value ? Literal(value) : From(entry["valueFrom"], name));
          }
        }
      }
    }
    for (const Selector& path : rule.environment_from) {
      for (const Selected& found : path.Select(at.value, root_)) {
        const Value list = found.value;
        for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
          const Value entry = list.item(i);
          const std::string prefix(entry["prefix"].text());
          if (const Value reference = entry["configMapRef"]) {
            const Value map = context_.joins ? context_.joins->Find("ConfigMap", space_, reference["name"].text()) : Value();
            const Value data = map["data"];
            for (size_t k = 0; k < data.size() && data.is_map(); ++k) add(prefix + std::string(data.key(k).text()), Literal(data.value(k)));
          }
        }
      }
    }
    // Groups in the order in which their first variable stands.
    struct Group {
      std::string name;
      Facts facts;
      Span span;
      std::vector<std::pair<FactId, std::string>> otherwise;
    };
    std::vector<Group> groups;
    for (const auto& [name, held] : variables) {
      const EnvironmentRow* row = context_.formats->environment.Find(name);
      if (!row) {
        if (held.hidden.empty() && held.text.find("://") != std::string::npos) ScanHeld(held, workload);
        continue;
      }
      if (row->group.empty()) continue;
      auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == row->group; });
      if (group == groups.end()) {
        groups.push_back({row->group, {}, held.span, {}});
        group = groups.end() - 1;
      }
      if (row->fact != kNoFact && !(held.hidden.empty() && Trim(held.text).empty())) {
        if (held.hidden.empty()) {
          Facts read;
          ReadFactText(row->fact, held.text, held.span, vocabulary_, {.strict = false, .split = false}, *context_.diagnostics, read);
          if (const Fact* fact = read.Find(row->fact); fact && (!group->facts.Has(row->fact) || group->facts.Find(row->fact)->hidden)) group->facts.Set(row->fact) = *fact;
        } else if (!group->facts.Has(row->fact)) {
          Fact& fact = group->facts.Set(row->fact);
          fact.hidden = true;
          fact.reason = held.hidden;
          fact.span = held.span;
          fact.terms.push_back(Term{.text = held.text.empty() ? name : held.text, .span = held.span, .hidden = true});
        }
      }
      for (const auto& [id, text] : row->says)
        if (!group->facts.Has(id)) ReadFactText(id, text, {}, vocabulary_, {.strict = false}, *context_.diagnostics, group->facts);
      group->otherwise.insert(group->otherwise.end(), row->otherwise.begin(), row->otherwise.end());
    }
    for (Group& group : groups) {
      for (const auto& [id, text] : group.otherwise)
        if (!group.facts.Has(id)) ReadFactText(id, text, group.span, vocabulary_, {.strict = false}, *context_.diagnostics, group.facts);
      if (group.facts.all().empty()) continue;
      Placement placement;
      placement.name = group.name;
      placement.span = group.span;
      placement.facts = std::move(group.facts);
      Fact& fact = placement.facts.Set(known_.name);
      fact.terms.push_back(Term{.text = group.name, .span = group.span});
      fact.span = group.span;
      relevant_ = true;
      workload.placements.push_back(std::move(placement));
    }
  }

  void ScanHeld(const Held& held, Workload& workload) {
    const size_t found = held.text.find("://");
    size_t begin = found;
    while (begin > 0 && std::isalnum(static_cast<unsigned char>(held.text[begin - 1]))) --begin;
    const std::string scheme = Lower(std::string_view(held.text).substr(begin, found - begin));
    const bool web = scheme == "http" || scheme == "https";
    Facts facts;
    ReadFactText(web ? known_.endpoint : known_.bucket, std::string_view(held.text).substr(begin), held.span, vocabulary_, {.strict = false},
                 *context_.diagnostics, facts);
    AddFound(held.text, held.span, std::move(facts), workload);
  }

  static Held Literal(Value value) {
    Held held{std::string(value.text()), value.span(), ""};
    if (!value.tag().empty()) held.hidden = fmt::format("`{} {}` fills this in", value.tag(), value.text());
    else if (value.is_map() || value.is_sequence()) held.hidden = "an expression fills this in";
    else held.hidden = HiddenReason(value.text());
    return held;
  }

  Held From(Value from, Value name) {
    Held held{"", name.span(), "nothing gives it a value"};
    if (const Value reference = from["configMapKeyRef"]) {
      const Value map = context_.joins ? context_.joins->Find("ConfigMap", space_, reference["name"].text()) : Value();
      if (const Value value = map["data"][reference["key"].text()]) return Literal(value);
      held.hidden = fmt::format("ConfigMap `{}` is not among the files", reference["name"].text());
    } else if (const Value secret = from["secretKeyRef"]) {
      held.hidden = fmt::format("it stands in Secret `{}`", secret["name"].text());
    } else if (from["fieldRef"] || from["resourceFieldRef"]) {
      held.hidden = "the cluster fills this in";
    }
    held.text = std::string(name.text());
    return held;
  }

  const Format& format_;
  Value root_;
  const ExtractContext& context_;
  const Vocabulary& vocabulary_;
  const KnownFacts& known_;
  std::string space_;
  bool relevant_ = false;   // Something was found that a policy could ask about.
};

std::string ShapeOf(Value root) {
  if (const Value kind = root["kind"]; kind.is_scalar()) {
    const Value version = root["apiVersion"];
    return version.is_scalar() ? fmt::format("{}/{}", version.text(), kind.text()) : std::string(kind.text());
  }
  if (root.is_map()) {
    std::string keys;
    for (size_t i = 0; i < root.size() && i < 3; ++i) keys += (i ? ", " : "") + std::string(root.key(i).text().substr(0, 40));
    return root.size() == 0 ? "empty map" : fmt::format("with the keys {}{}", keys, root.size() > 3 ? ", ..." : "");
  }
  return root.is_sequence() ? "list" : "text";
}

void ExtractRoot(const Document& document, Value root, const ExtractContext& context, std::vector<Extraction>& out, int depth) {
  // `kind: List` of Kubernetes: each item stands for itself.
  if (depth < 4 && root["items"].is_sequence() && root["kind"].text().ends_with("List")) {
    for (size_t i = 0; i < root["items"].size(); ++i) ExtractRoot(document, root["items"].item(i), context, out, depth + 1);
    return;
  }
  Extraction extraction;
  if (LooksNative(root)) {
    extraction.format = "workload";
    if (auto workload = ReadNative(root, *context.vocabulary, *context.diagnostics)) {
      extraction.workloads.push_back(std::move(*workload));
    } else {
      extraction.refused = true;
    }
    out.push_back(std::move(extraction));
    return;
  }
  const Format* format = context.formats->Recognise(root);
  if (!format) {
    extraction.shape = ShapeOf(root);
    out.push_back(std::move(extraction));
    return;
  }
  extraction.format = format->id;
  if (format->skip) {
    out.push_back(std::move(extraction));
    return;
  }
  if (const FormatRead read = FindReader(format->reader)) {
    read(document, *format, context, extraction);
  }
  for (const WorkloadRule& rule : format->workloads) {
    std::vector<Selected> nodes;
    if (rule.at.empty()) nodes.push_back({Value(), root});
    for (const Selector& path : rule.at)
      for (const Selected& found : path.Select(root, root)) nodes.push_back(found);
    for (const Selected& at : nodes) {
      if (!Holds(rule.only, at.value, root)) continue;
      if (auto workload = WorkloadExtractor(*format, root, context).Read(rule, at)) extraction.workloads.push_back(std::move(*workload));
    }
  }
  out.push_back(std::move(extraction));
}

}  // namespace

void Joins::Add(const Document& document) {
  const auto add = [&](Value root) {
    const Value kind = root["kind"], name = root["metadata"]["name"];
    if (!kind.is_scalar() || !name.is_scalar()) return;
    objects.emplace(Key{std::string(kind.text()), std::string(root["metadata"]["namespace"].text()), std::string(name.text())}, root);
  };
  const Value root = Root(document);
  if (root["items"].is_sequence()) {
    for (size_t i = 0; i < root["items"].size(); ++i) add(root["items"].item(i));
  }
  add(root);
}

Value Joins::Find(std::string_view kind, std::string_view space, std::string_view name) const {
  const auto found = objects.find(Key{std::string(kind), std::string(space), std::string(name)});
  return found == objects.end() ? Value() : found->second;
}

std::vector<Extraction> Extract(const Document& document, const ExtractContext& context) {
  std::vector<Extraction> out;
  ExtractRoot(document, Root(document), context, out, 0);
  return out;
}

}  // namespace domicile
