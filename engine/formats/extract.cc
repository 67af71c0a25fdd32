#include "engine/formats/extract.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/formats/expressions.h"
#include "engine/formats/native.h"
#include "engine/formats/readers.h"
#include "engine/formats/workload_reader.h"

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
  const Expressions expressions = FindExpressions(format->expressions)(root, context.joins);
  const Expand* expand = expressions.expand ? &expressions.expand : nullptr;
  for (const WorkloadRule& rule : format->workloads) {
    std::vector<Selected> nodes;
    if (rule.at.empty()) nodes.push_back({Value(), root});
    for (const Selector& path : rule.at)
      for (const Selected& found : path.Select(root, root, expand)) nodes.push_back(found);
    for (const Selected& at : nodes) {
      if (!rule.only.Holds(at.value, root)) continue;
      if (auto workload = WorkloadReader(*format, root, expressions, context).Read(rule, at)) extraction.workloads.push_back(std::move(*workload));
    }
  }
  out.push_back(std::move(extraction));
}

}  // namespace

void Joins::Add(const Document& document) {
  const auto add = [&](Value root) {
    const Value kind = root["kind"], name = root["metadata"]["name"];
    if (!kind.is_scalar() || !name.is_scalar()) return;
    objects[Key{std::string(kind.text()), std::string(root["metadata"]["namespace"].text()), std::string(name.text())}].push_back(root);
  };
  const Value root = Root(document);
  if (root["items"].is_sequence()) {
    for (size_t i = 0; i < root["items"].size(); ++i) add(root["items"].item(i));
  }
  add(root);
}

Value Joins::Find(std::string_view kind, std::string_view space, std::string_view name) const {
  const auto found = objects.find(Key{std::string(kind), std::string(space), std::string(name)});
  return found == objects.end() ? Value() : found->second[0];
}

void Joins::Follow(Value reference, std::string_view kind, std::string_view space, std::vector<Value>* found) const {
  const size_t slash = kind.find('/');
  const std::string_view group = slash == std::string_view::npos ? "" : kind.substr(0, slash);
  if (slash != std::string_view::npos) kind = kind.substr(slash + 1);
  const size_t before = found->size();
  for (auto at = objects.lower_bound(Key{std::string(kind), "", ""}); at != objects.end() && at->first.kind == kind; ++at) {
    // An object that says no namespace is in whichever one it is applied to.
    if (!space.empty() && !at->first.space.empty() && at->first.space != space) continue;
    if (reference.is_scalar() && at->first.name != reference.text()) continue;
    for (const Value object : at->second) {
      if (!object["apiVersion"].text().starts_with(group)) continue;
      bool fits = reference.is_scalar();
      if (reference.is_map() && reference.size() > 0) {
        const Value labels = object["metadata"]["labels"];
        fits = true;
        for (size_t i = 0; i < reference.size(); ++i) fits = fits && labels[reference.key(i).text()].text() == reference.value(i).text();
      }
      // The same object in several files (test cases) is one: the file of the reference comes first.
      if (!fits) continue;
      if (object.document() == reference.document() || object.span().source == reference.span().source) {
        found->resize(before);
        found->push_back(object);
        return;
      }
      if (found->size() == before) found->push_back(object);
    }
  }
}

std::vector<Extraction> Extract(const Document& document, const ExtractContext& context) {
  std::vector<Extraction> out;
  ExtractRoot(document, Root(document), context, out, 0);
  return out;
}

}  // namespace domicile
