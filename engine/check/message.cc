#include "engine/check/message.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/check/check.h"

namespace domicile {
namespace {

std::string QuotedList(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) text += fmt::format("{}`{}`", i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", names[i]);
  return text;
}

const Fact* FindFact(FactId id, const Context& context, const Vocabulary& vocabulary) {
  switch (vocabulary.at(id).scope) {
    case Scope::kWorkload: return context.workload->facts.Find(id);
    case Scope::kData: return context.data ? context.data->facts.Find(id) : nullptr;
    case Scope::kPlacement: return context.placement ? context.placement->facts.Find(id) : nullptr;
  }
  return nullptr;
}

std::string ValueOf(std::string_view key, const MessageContext& message) {
  const Vocabulary& vocabulary = *message.vocabulary;
  const Context& context = message.context;
  if (key == "data") return context.data ? DataText(*context.data, vocabulary) : "";
  if (key == "may") return message.primary && !message.primary->may && message.primary->truth != Truth::kUnknown ? "will" : "may";
  if (key == "offending") {
    if (!message.primary) return "";
    const PlaceSet& offending = message.primary->offending;
    return offending.empty() && !offending.open ? "" : message.catalogue->Text(offending);
  }
  if (key == "evidence") {
    std::string text;
    size_t alternatives = 0;
    for (const Trace& trace : *message.traces) {
      if (trace.truth == Truth::kYes || !trace.leaf || trace.leaf->op != Op::kHas || trace.leaf->kind != Condition::Kind::kLeaf) continue;
      for (const std::vector<std::string>& lacking : trace.lacking) {
        if (alternatives == 4) break;
        const std::string one = QuotedList(lacking);
        if (text.find(one) != std::string::npos) continue;
        text += (text.empty() ? "" : ", or ") + one;
        ++alternatives;
      }
    }
    return text;
  }
  if (key == "undeclared" || key == "where") {
    std::string text;
    for (const Trace& trace : *message.traces) {
      if (!trace.leaf || trace.leaf->kind != Condition::Kind::kDeclared) continue;
      const std::string one = key == "where" ? vocabulary.WhereToWrite(trace.id) : fmt::format("`{}`", vocabulary.at(trace.id).name);
      if (one.empty()) continue;
      text += (text.empty() ? "" : ", ") + one;
    }
    return text;
  }
  if (key == "target") {
    const KnownFacts& known = vocabulary.known();
    for (const FactId id : {known.endpoint, known.bucket, known.image, known.provider})
      if (const Fact* fact = FindFact(id, context, vocabulary); fact && !fact->terms.empty()) return fmt::format("`{}`", fact->terms[0].text);
    return "";
  }
  if (!key.empty() && key[0] == '$') {
    // `{$places|$storage}`: each that was given, once.
    std::string joined;
    for (std::string_view rest = key; !rest.empty();) {
      const size_t bar = rest.find('|');
      const std::string_view one = rest.substr(0, bar);
      rest = bar == std::string_view::npos ? "" : rest.substr(bar + 1);
      for (const auto& [name, text] : message.check->arguments)
        if (!one.empty() && name == one.substr(1) && !text.empty() && joined.find(text) == std::string::npos) joined += (joined.empty() ? "" : ", ") + text;
    }
    return joined;
  }
  if (key == "placement.name" && context.placement && !context.placement->name.empty()) return context.placement->name;
  if (key == "workload.name" && context.workload->name.empty()) return "the workload";
  const FactId id = vocabulary.Find(key);
  if (id == kNoFact) return "";
  const Fact* fact = FindFact(id, context, vocabulary);
  if (!fact) return "unknown";
  return FactText(*fact, vocabulary);
}

}  // namespace

std::optional<std::string> FillMessage(const std::string& text, const MessageContext& message, bool needed) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t close = text[i] == '{' ? text.find('}', i) : std::string::npos;
    if (close == std::string::npos) {
      out += text[i++];
      continue;
    }
    const std::string_view key(text.data() + i + 1, close - i - 1);
    std::string value = ValueOf(key, message);
    if (!needed && (value.empty() || value == "unknown")) {
      const bool optional_parameter = !key.empty() && key[0] == '$';
      if (!optional_parameter) return std::nullopt;
    }
    out += value;
    i = close + 1;
  }
  return out;
}

}  // namespace domicile
