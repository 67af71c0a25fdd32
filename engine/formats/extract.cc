#include "engine/formats/extract.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/formats/expressions.h"
#include "engine/formats/native.h"
#include "engine/formats/workload_reader.h"
#include "engine/parse/embedded.h"

namespace domicile {
namespace {

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

void Give(Extraction& extraction, Workload workload, const ExtractContext& context) {
  if (context.take) return context.take(extraction, std::move(workload));
  extraction.workloads.push_back(std::move(workload));
  ++extraction.count;
}

void ExtractRoot(const Document& document, Value root, const ExtractContext& context, std::vector<Extraction>& out, int depth, bool inside) {
  // `kind: List` of Kubernetes: each item stands for itself.
  if (depth < 4 && root["items"].is_sequence() && root["kind"].text().ends_with("List")) {
    for (size_t i = 0; i < root["items"].size(); ++i) ExtractRoot(document, root["items"].item(i), context, out, depth + 1, inside);
    return;
  }
  Extraction extraction;
  extraction.inside = inside;
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
  if (!format) {
    if (inside) return;   // A part of another document that is nothing of its own.
    extraction.shape = ShapeOf(root);
    out.push_back(std::move(extraction));
    return;
  }
  extraction.format = format->id;
  if (format->skip) {
    out.push_back(std::move(extraction));
    return;
  }
  Expressions expressions = FindExpressions(format->expressions)(root, context.joins);
  if (context.joins && context.joins->assumed() && !context.joins->assumed()->empty())
    expressions.read = [read = std::move(expressions.read), assumed = context.joins->assumed()](Value value) { return Assume(read(value), assumed); };
  const Expand* expand = expressions.expand ? &expressions.expand : nullptr;
  for (const WorkloadRule& rule : format->workloads->Get()) {
    std::vector<Selected> nodes;
    if (rule.at.empty()) nodes.push_back({Value(), root});
    for (const Selector& path : rule.at)
      for (const Selected& found : path.Select(root, root, expand)) nodes.push_back(found);
    if (nodes.size() >= Selector::kMost) {
      context.diagnostics->Error(root.span(), fmt::format("this document holds more than {} workloads", Selector::kMost)).help = "split it";
    }
    for (const Selected& at : nodes) {
      if (!rule.only.Holds(at.value, root)) continue;
      if (std::any_of(rule.unless.begin(), rule.unless.end(), [&](const Hop& hop) { return Leads(hop, at.value, root, expressions, context); })) continue;
      if (auto workload = WorkloadReader(*format, root, expressions, context).Read(rule, at)) Give(extraction, std::move(*workload), context);
    }
  }
  out.push_back(std::move(extraction));
  if (depth > 3) return;
  ExtractContext part = context;
  part.file = {};
  for (const Selector& path : format->embedded)
    for (const Selected& found : path.Select(root, root)) {
      if (!found.value.is_scalar()) {
        ExtractRoot(document, found.value, part, out, depth + 1, true);
        continue;
      }
      const ParsedFile file = ParseEmbedded(context.sources, found.value, kEmbeddedLimits);
      for (const Document& one : file.documents) ExtractRoot(one, Root(one), part, out, depth + 1, true);
    }
}

}  // namespace

std::vector<std::string> VariableFiles(const Document& document, const Formats& formats, std::string_view file) {
  constexpr size_t kMost = 100;
  std::vector<std::string> paths;
  const Value root = Root(document);
  // Most formats read none, and recognising a document takes longer than asking those that do.
  const bool may = std::any_of(formats.all.begin(), formats.all.end(), [&](const auto& format) {
    if (format->files_beside.empty() && format->files_named.empty()) return false;
    return std::any_of(format->detect.begin(), format->detect.end(), [&](const Shape& shape) { return shape.Holds(root, root); });
  });
  const Format* format = may ? formats.Recognise(root, file) : nullptr;
  if (!format) return paths;
  paths = format->files_beside;
  for (const Selector& path : format->files_named)
    for (const Selected& found : path.Select(root, root)) {
      if (paths.size() >= kMost) return paths;
      if (found.value.is_scalar() && std::find(paths.begin(), paths.end(), found.value.text()) == paths.end()) paths.emplace_back(found.value.text());
    }
  return paths;
}

std::vector<Extraction> Extract(const Document& document, const ExtractContext& context) {
  std::vector<Extraction> out;
  ExtractRoot(document, Root(document), context, out, 0, false);
  return out;
}

}  // namespace domicile
