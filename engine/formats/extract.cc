#include "engine/formats/extract.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/formats/expressions.h"
#include "engine/formats/native.h"
#include "engine/formats/stand_ins.h"
#include "engine/formats/workload_reader.h"
#include "engine/parse/embedded.h"

namespace domicile {
namespace {

constexpr int kMostReferences = 64;   // In one value: they may double with each step.
constexpr size_t kLargestConfiguration = 50'000;   // Nodes of a document of no known format: what is larger is data.

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

// Whether another document is found that way.
bool Leads(const Hop& hop, Value at, Value root, const Expressions& expressions, const ExtractContext& context) {
  if (!hop.refers.empty()) return context.joins && !context.joins->References(hop, root).empty();
  std::vector<Value> found;
  for (const Selected& reference : hop.path->Select(at, root)) expressions.follow(reference.value, hop.kind, &found);
  return !found.empty();
}

// A file that a template fills in, in whole or in part, may hold anything.
void HideSettings(Workload& workload, std::string_view action, Span span, const KnownFacts& known) {
  if (workload.facts.Has(known.settings_read)) return;
  Fact& fact = workload.facts.Set(known.settings_read);
  fact.stated = fact.hidden = true;
  fact.span = span;
  const std::string text = fmt::format("`{}`", action.substr(0, action.find('\n')));
  fact.reason = fmt::format("nobody knows what {} puts in", text);
  fact.terms.push_back(Term{.text = text, .span = span, .hidden = true});
}

using Places = std::set<std::pair<uint32_t, uint32_t>>;   // Source and offset.

// Where a document stands: for itself, or in another one, as a part of its maps or written in a text.
enum class Stands : uint8_t { kAlone, kInMap, kInText };

// What a document says of itself, as by labels, it says of what stands in it, and of what it takes over.
void TakeOver(const Workload& outer, Workload& workload, const KnownFacts& known) {
  for (const Fact& fact : outer.facts.all())
    if (fact.id != known.workload_name && !workload.facts.Has(fact.id)) workload.facts.Set(fact.id) = fact;
  if (workload.data.size() > 1) return;   // It says of each placement what that holds.
  for (const Fact& fact : outer.data[0].facts.all())
    if (!workload.data[0].facts.Has(fact.id)) workload.data[0].facts.Set(fact.id) = fact;
}

// Addresses that were found in free text, and that were understood where they stand: told once.
void DropTold(Workload& workload, const Places& told) {
  std::erase_if(workload.placements, [&](const Placement& placement) { return placement.guessed && told.contains({placement.span.source, placement.span.begin}); });
}

bool SaysOfData(const Workload& workload) {
  return std::any_of(workload.data.begin(), workload.data.end(), [](const DataSet& data) { return !data.facts.all().empty(); });
}

void Give(Extraction& extraction, Workload workload, const ExtractContext& context) {
  if (context.take) return context.take(extraction, std::move(workload));
  extraction.workloads.push_back(std::move(workload));
  ++extraction.count;
}

// Whether two that one text makes, as a loop does, differ in nothing but their names, and in no line that could be told.
bool Alike(const Workload& a, const Workload& b, const KnownFacts& known) {
  const auto same = [&](const Facts& x, const Facts& y) {
    return x.all().size() == y.all().size() && std::all_of(x.all().begin(), x.all().end(), [&](const Fact& fact) {
      const Fact* other = y.Find(fact.id);
      return other && (fact.id == known.name || fact.id == known.workload_name || (fact.span == other->span && SameValue(fact, *other)));
    });
  };
  return same(a.facts, b.facts) &&
         std::equal(a.data.begin(), a.data.end(), b.data.begin(), b.data.end(), [&](const DataSet& x, const DataSet& y) { return same(x.facts, y.facts); }) &&
         std::equal(a.placements.begin(), a.placements.end(), b.placements.begin(), b.placements.end(),
                    [&](const Placement& x, const Placement& y) { return same(x.facts, y.facts); });
}

bool IsListOfNative(Value root) {
  if (!root.is_sequence() || root.size() == 0) return false;
  for (size_t i = 0; i < root.size(); ++i)
    if (!LooksNative(root.item(i))) return false;
  return true;
}

// It has the shape of a workload of ours, and too little that only ours have.
bool NearlyNative(Value root) {
  if (!root.is_map() || root["apiVersion"] || root["kind"] || !root["data"].is_sequence()) return false;
  const Value data = root["data"].item(0);
  if (!data.is_map() || (!data["class"] && !data["subjects"])) return false;
  return root["provider"] || root["region"] || root["country"] || root["endpoint"];
}

// A list whose items need no kind of their own, as a `DeploymentList`, with the kind written at each.
struct KindsWritten {
  std::vector<Node> nodes;
  std::vector<uint32_t> children;
  std::vector<uint32_t> items;
  Document document;
};

std::shared_ptr<const KindsWritten> WriteKinds(Value root) {
  const Value kind = root["kind"], items = root["items"];
  constexpr uint32_t kEnd = 4;   // `List`.
  if (kind.text().size() <= kEnd) return nullptr;
  bool missing = false;
  for (size_t i = 0; i < items.size(); ++i) missing = missing || (items.item(i).is_map() && !items.item(i)["kind"]);
  if (!missing) return nullptr;
  auto written = std::make_shared<KindsWritten>();
  written->document = *root.document();
  written->nodes.assign(written->document.nodes.begin(), written->document.nodes.end());
  written->children.assign(written->document.children.begin(), written->document.children.end());
  Node one = written->nodes[kind.index()];
  one.count -= kEnd;
  const uint32_t of_one = static_cast<uint32_t>(written->nodes.size());
  written->nodes.push_back(one);
  for (size_t i = 0; i < items.size(); ++i) {
    const Value item = items.item(i);
    written->items.push_back(item.index());
    if (!item.is_map() || item["kind"]) continue;
    Node node = written->nodes[item.index()];
    const uint32_t first = static_cast<uint32_t>(written->children.size());
    for (uint32_t k = 0; k < 2 * node.count; ++k) written->children.push_back(written->children[node.first + k]);
    const auto add = [&](Value key, uint32_t value) {
      written->children.push_back(key.index());
      written->children.push_back(value);
      ++node.count;
    };
    add(root.KeyOf("kind"), of_one);
    if (root["apiVersion"] && !item["apiVersion"]) add(root.KeyOf("apiVersion"), root["apiVersion"].index());
    node.first = first;
    written->items.back() = static_cast<uint32_t>(written->nodes.size());
    written->nodes.push_back(node);
  }
  written->document.nodes = written->nodes;
  written->document.children = written->children;
  return written;
}

std::vector<Workload> Takers(const Format& format, Value root, const ExtractContext& context, int depth);

// `kept` holds what the workloads found refer to beyond the documents of the run.
// With what the document itself gives for it, whose values may refer to others: as long as `left` allows.
Meaning Refer(Meaning meaning, const Format::References& references, Value root, const std::function<Meaning(Value)>& read, int& left) {
  return FillHoles(std::move(meaning), [&](Hole hole) {
    std::vector<std::pair<std::string, std::string>> groups;
    if (left > 0 && references.match.Capture(hole.written, &groups))
      for (const auto& [group, name] : groups)
        for (const Selector& path : references.under)
          if (const Value given = path.First(root, root)[name]; group == "name" && given.is_scalar() && !given.text().empty()) {
            --left;
            Meaning found = Refer(read(given), references, root, read, left);
            found.because.insert(found.because.begin(), {fmt::format("`{}` is given here", name), given.span()});
            return found;
          }
    Meaning open;
    open.Add(std::move(hole));
    return open;
  });
}

void ExtractRoot(const Document& document, Value root, const ExtractContext& context, std::vector<Extraction>& out, int depth, Stands stands,
                 const std::vector<std::shared_ptr<const void>>& kept = {}) {
  const bool inside = stands != Stands::kAlone;
  // `kind: List` of Kubernetes: each item stands for itself.
  if (depth < 4 && root["items"].is_sequence() && root["kind"].text().ends_with("List")) {
    // Once for a document: writing them costs as much as the whole of it.
    if (const auto written = depth == 0 ? WriteKinds(root) : nullptr) {
      std::vector<std::shared_ptr<const void>> both = kept;
      both.push_back(written);
      for (const uint32_t item : written->items) ExtractRoot(written->document, Value(&written->document, item), context, out, depth + 1, stands, both);
      return;
    }
    for (size_t i = 0; i < root["items"].size(); ++i) ExtractRoot(document, root["items"].item(i), context, out, depth + 1, stands, kept);
    return;
  }
  Extraction extraction;
  extraction.inside = inside;
  extraction.kept = kept;
  if (LooksNative(root)) {
    extraction.format = "workload";
    if (auto workload = ReadNative(root, *context.vocabulary, *context.diagnostics, context.joins ? context.joins->assumed() : nullptr)) {
      Give(extraction, std::move(*workload), context);
    } else {
      extraction.refused = true;
    }
    out.push_back(std::move(extraction));
    return;
  }
  const Format* format = context.formats->Recognise(root, context.file);
  if (!format && !inside && depth == 0 && IsListOfNative(root)) {
    for (size_t i = 0; i < root.size(); ++i) ExtractRoot(document, root.item(i), context, out, depth + 1, stands, kept);
    return;
  }
  if (!format && !inside && NearlyNative(root))
    context.diagnostics->Warning(root.KeyOf("data").span(), "this looks like a workload, and nothing says that it is one").help =
        "write `apiVersion: domicile/v1` and `kind: Workload`";
  if (!format && !root.is_scalar() && document.nodes.size() <= kLargestConfiguration && stands != Stands::kInMap) format = context.formats->Fallback();
  const auto nothing = [&] {
    if (inside) return;   // A part of another document that is nothing of its own.
    extraction.format.clear();
    extraction.shape = ShapeOf(root);
    out.push_back(std::move(extraction));
  };
  if (!format) return nothing();
  extraction.format = format->id;
  if (format->skip) {
    out.push_back(std::move(extraction));
    return;
  }
  Expressions expressions = FindExpressions(format->expressions)(root, context.joins);
  if (format->references)
    expressions.read = [read = std::move(expressions.read), &references = *format->references, root](Value value) {
      int left = kMostReferences;
      return Refer(read(value), references, root, read, left);
    };
  if (context.joins && context.joins->assumed() && !context.joins->assumed()->empty())
    expressions.read = [read = std::move(expressions.read), assumed = context.joins->assumed()](Value value) { return Assume(read(value), assumed); };
  const Shape::Read says = [&](Value scalar) { return SettledText(expressions, scalar); };
  const Expand* expand = expressions.expand ? &expressions.expand : nullptr;
  const Value whole = expressions.root ? expressions.root : root;
  if (expressions.kept) extraction.kept.push_back(expressions.kept);
  std::map<std::pair<uint32_t, uint32_t>, std::vector<Workload>> told;   // What loops made, by where it is written.
  std::vector<Value> documents;    // That stand in this one.
  for (const Selector& path : format->embedded)
    for (const Selected& found : path.Select(root, root))
      if (depth <= 3) documents.push_back(found.value);
  std::vector<Workload> waiting;   // For what is found in these: there are very many workloads in some documents.
  size_t read = 0, telling = 0;    // Workloads, and those of them in which there is something to look at.
  for (const WorkloadRule& rule : format->workloads->Get()) {
    if (rule.otherwise && telling > 0) continue;
    std::vector<Selected> nodes;
    if (rule.at.empty()) nodes.push_back({Value(), whole});
    for (const Selector& path : rule.at)
      for (const Selected& found : path.Select(whole, whole, expand)) nodes.push_back(found);
    if (nodes.size() >= Selector::kMost) {
      context.diagnostics->Error(root.span(), fmt::format("this document holds more than {} workloads", Selector::kMost)).help = "split it";
    }
    for (const Selected& at : nodes) {
      if (!rule.only.Holds(at.value, whole, &says)) continue;
      const bool elsewhere = std::any_of(rule.unless.begin(), rule.unless.end(), [&](const Hop& hop) { return Leads(hop, at.value, whole, expressions, context); });
      if (elsewhere && rule.notes.empty()) continue;
      auto workload = WorkloadReader(*format, whole, expressions, context).Read(rule, at);
      // Elsewhere it is told without what it says itself of its data.
      if (!workload || (elsewhere && !SaysOfData(*workload))) continue;
      FindStandIns(*workload, at.value, root["kind"].is_scalar() || inside, context.joins, context.vocabulary->known());
      if (expressions.root) {
        const Span span = at.value.span();
        std::vector<Workload>& others = told[{span.begin, span.end}];
        if (std::any_of(others.begin(), others.end(), [&](const Workload& one) { return Alike(one, *workload, context.vocabulary->known()); })) continue;
        others.push_back(*workload);
      }
      telling += workload->tentative ? 0 : 1;
      const bool guesses = std::any_of(workload->placements.begin(), workload->placements.end(), [](const Placement& placement) { return placement.guessed; });
      if (!documents.empty() && (read == 0 || guesses)) waiting.push_back(std::move(*workload));
      else Give(extraction, std::move(*workload), context);
      ++read;
    }
  }
  if (format->fallback && extraction.count == 0) return nothing();
  const size_t own = out.size();
  out.push_back(std::move(extraction));
  if (documents.empty()) return;
  // What stands in it is held back: it takes over what the document around it says, or those that take it over.
  ExtractContext within = context;
  within.file = {};
  within.take = nullptr;
  for (const Value written : documents) {
    if (!written.is_scalar()) {
      ExtractRoot(document, written, within, out, depth + 1, Stands::kInMap, kept);
      continue;
    }
    const auto file = std::make_shared<const ParsedFile>(ParseEmbedded(context.sources, written, kEmbeddedLimits));
    std::vector<std::shared_ptr<const void>> both = kept;
    both.push_back(file);
    for (const Document& one : file->documents) ExtractRoot(one, Root(one), within, out, depth + 1, Stands::kInText, both);
    if (!file->unseen.empty())
      for (Workload& workload : waiting) HideSettings(workload, file->unseen, written.span(), context.vocabulary->known());
  }
  std::vector<Workload> around;
  if (read == 1 && waiting.size() == 1) around.push_back(waiting[0]);
  if (out.size() > own + 1 && (around.empty() || !SaysOfData(around[0])) && !format->taken_by.empty()) {
    if (std::vector<Workload> takers = Takers(*format, root, context, depth); !takers.empty()) around = std::move(takers);
  }
  Places addresses;
  const KnownFacts& known = context.vocabulary->known();
  for (size_t i = own + 1; i < out.size(); ++i) {
    const std::vector<Workload> found = std::exchange(out[i].workloads, {});
    out[i].count = 0;
    for (const Workload& workload : found) {
      for (const Placement& placement : workload.placements)
        for (const FactId id : {known.endpoint, known.bucket})
          if (const Fact* fact = placement.facts.Find(id)) addresses.emplace(fact->span.source, fact->span.begin);
      for (size_t k = 0; k < std::max<size_t>(around.size(), 1); ++k) {
        Workload copy = workload;
        if (k < around.size()) TakeOver(around[k], copy, known);
        Give(out[i], std::move(copy), context);
      }
    }
  }
  for (Workload& workload : waiting) {
    DropTold(workload, addresses);
    Give(out[own], std::move(workload), context);
  }
  // Guesses that did not come true are nothing.
  const Format* fallback = context.formats->Fallback();
  const auto nothing_true = [&](const Extraction& one) { return one.count == 0 && !one.refused && fallback && one.format == fallback->id; };
  out.erase(std::remove_if(out.begin() + static_cast<ptrdiff_t>(own) + 1, out.end(), nothing_true), out.end());
}

// The workloads that take a document over, those that say the same of themselves once.
std::vector<Workload> Takers(const Format& format, Value root, const ExtractContext& context, int depth) {
  constexpr size_t kMost = 64;
  std::vector<Workload> takers;
  Diagnostics ignored;   // They are told where the documents themselves are read.
  ExtractContext quiet = context;
  quiet.diagnostics = &ignored;
  quiet.take = nullptr;
  quiet.keep_silent = true;
  quiet.file = {};
  for (const Hop& hop : format.taken_by)
    for (const Value taker : context.joins ? context.joins->References(hop, root) : std::vector<Value>{}) {
      std::vector<Extraction> found;
      ExtractRoot(*taker.document(), taker, quiet, found, depth + 1, Stands::kAlone);
      for (Extraction& extraction : found)
        for (Workload& workload : extraction.workloads) {
          const auto same = [&](const Workload& other) {
            const auto without_name = [&](const Facts& facts) {
              Facts rest;
              for (const Fact& fact : facts.all())
                if (fact.id != context.vocabulary->known().workload_name) rest.Set(fact.id) = fact;
              return rest;
            };
            return SameFacts(without_name(workload.facts), without_name(other.facts)) && SameFacts(workload.data[0].facts, other.data[0].facts);
          };
          if (std::any_of(takers.begin(), takers.end(), same)) continue;
          if (takers.size() == kMost) {
            context.diagnostics->Error(root.span(), fmt::format("more than {} workloads that say different things of themselves take this over", kMost)).help = "split it";
            return takers;
          }
          takers.push_back(std::move(workload));
        }
    }
  return takers;
}

}  // namespace

std::vector<NamedFile> FilesReadBy(const Document& document, const Formats& formats, std::string_view file) {
  constexpr size_t kMost = 100;
  std::vector<NamedFile> files;
  const Value root = Root(document);
  // Most formats read none, and recognising a document takes longer than asking those that do.
  const bool may = std::any_of(formats.all.begin(), formats.all.end(), [&](const auto& format) {
    if (format->variables.empty() && format->documents.empty()) return false;
    return std::any_of(format->detect.begin(), format->detect.end(), [&](const Shape& shape) { return shape.Holds(root, root); });
  });
  const Format* format = may ? formats.Recognise(root, file) : nullptr;
  if (!format) return files;
  const auto add = [&](std::string_view path, bool variables) {
    if (files.size() < kMost && std::none_of(files.begin(), files.end(), [&](const NamedFile& known) { return known.path == path; })) files.push_back({std::string(path), variables});
  };
  for (const auto& [names, variables] : {std::pair{&format->variables, true}, std::pair{&format->documents, false}}) {
    for (const std::string& name : names->beside) add(name, variables);
    for (const Selector& path : names->named)
      for (const Selected& found : path.Select(root, root))
        if (found.value.is_scalar()) add(found.value.text(), variables);
  }
  return files;
}

std::vector<Extraction> Extract(const Document& document, const ExtractContext& context) {
  std::vector<Extraction> out;
  ExtractRoot(document, Root(document), context, out, 0, Stands::kAlone);
  return out;
}

}  // namespace domicile
