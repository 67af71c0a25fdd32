// What environment variables and free text say.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "engine/formats/terms.h"
#include "engine/formats/workload_reader.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

Meaning Hidden(std::string_view written, Span span, std::string reason) {
  Meaning meaning;
  meaning.span = span;
  meaning.Add(Hole{std::string(written), std::move(reason)});
  return meaning;
}

}  // namespace

// Variables that make one placement together.
struct WorkloadReader::Group {
  std::string name;
  Facts facts;
  Span span;
  std::vector<std::pair<FactId, std::string>> otherwise;
};

// {name, value}, NAME=value or a map; of equal names the first counts.
void WorkloadReader::AddVariables(Value list, std::vector<Variable>& variables) const {
  const auto add = [&](std::string name, Meaning value) {
    if (std::none_of(variables.begin(), variables.end(), [&](const Variable& known) { return known.name == name; })) variables.push_back({std::move(name), std::move(value)});
  };
  if (list.is_map()) {
    for (size_t i = 0; i < list.size(); ++i) {
      std::vector<Value> others;
      if (expand_ && (*expand_)(list.value(i), &others) && !others.empty()) add(std::string(list.key(i).text()), expressions_.read(others[0]));
      else add(std::string(list.key(i).text()), expressions_.read(list.value(i)));
    }
  }
  for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
    const Value entry = list.item(i);
    if (entry.is_scalar()) {
      const Meaning meaning = expressions_.read(entry);
      const size_t equal = meaning.text.find('=');
      if (equal != std::string::npos) add(meaning.text.substr(0, equal), meaning.Part(equal + 1, meaning.text.size()));
    } else if (entry.is_map()) {
      const Value name = entry["name"] ? entry["name"] : entry["Name"];
      const Value value = entry["value"] ? entry["value"] : entry["Value"];
      if (name.is_scalar()) add(std::string(name.text()), value ? expressions_.read(value) : From(entry["valueFrom"] ? entry["valueFrom"] : entry["ValueFrom"], name));
    }
  }
}

void WorkloadReader::ReadEnvironment(const PlacementRule& rule, Selected at) {
  std::vector<Variable> variables;
  for (const Selector& path : rule.environment)
    for (const Selected& list : Select(path, at.value)) AddVariables(list.value, variables);
  for (const Selector& path : rule.environment_from) {
    for (const Selected& found : Select(path, at.value)) {
      for (size_t i = 0; i < found.value.size() && found.value.is_sequence(); ++i) {
        const Value entry = found.value.item(i);
        const Value map = context_.joins ? context_.joins->Find("ConfigMap", space_, entry["configMapRef"]["name"].text()) : Value();
        std::vector<Variable> added;
        AddVariables(map["data"], added);
        for (Variable& variable : added) {
          variable.name = std::string(entry["prefix"].text()) + variable.name;
          if (std::none_of(variables.begin(), variables.end(), [&](const Variable& known) { return known.name == variable.name; })) variables.push_back(std::move(variable));
        }
      }
    }
  }
  // Groups in the order in which their first variable stands.
  std::vector<Group> groups;
  for (const Variable& variable : variables) ReadVariable(variable, groups);
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
    workload_.placements.push_back(std::move(placement));
  }
}

void WorkloadReader::ReadVariable(const Variable& variable, std::vector<Group>& groups) {
  const EnvironmentRow* row = context_.formats->environment.Find(variable.name);
  if (!row) {
    ScanText(variable.value);
    return;
  }
  if (row->group.empty()) return;
  auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& known) { return known.name == row->group; });
  if (group == groups.end()) {
    groups.push_back({row->group, {}, variable.value.span, {}});
    group = groups.end() - 1;
  }
  if (row->fact != kNoFact && !Trim(variable.value.text).empty()) {
    Facts read;
    Read(row->fact, variable.value, false, read);
    const Fact* fact = read.Find(row->fact);
    const Fact* known = group->facts.Find(row->fact);
    if (fact && (!known || (known->hidden && !fact->hidden))) group->facts.Set(row->fact) = *fact;
  }
  for (const auto& [id, text] : row->says)
    if (!group->facts.Has(id)) ReadFactText(id, text, {}, vocabulary_, {.strict = false}, *context_.diagnostics, group->facts);
  group->otherwise.insert(group->otherwise.end(), row->otherwise.begin(), row->otherwise.end());
}

Meaning WorkloadReader::From(Value from, Value name) const {
  if (const Value reference = from["configMapKeyRef"]) {
    const Value map = context_.joins ? context_.joins->Find("ConfigMap", space_, reference["name"].text()) : Value();
    if (const Value value = map["data"][reference["key"].text()]) return expressions_.read(value);
    return Hidden(name.text(), name.span(), fmt::format("ConfigMap `{}` is not among the files", reference["name"].text()));
  }
  if (const Value secret = from["secretKeyRef"]) return Hidden(name.text(), name.span(), fmt::format("it stands in Secret `{}`", secret["name"].text()));
  if (from["fieldRef"] || from["resourceFieldRef"]) return Hidden(name.text(), name.span(), "the cluster fills this in");
  return Hidden(name.text(), name.span(), "nothing gives it a value");
}

// Strings anywhere below: hosts that the catalogue knows, and buckets, become placements.
void WorkloadReader::Scan(Value value, int depth) {
  if (depth > 30) return;
  if (value.is_map()) {
    for (size_t i = 0; i < value.size(); ++i) Scan(value.value(i), depth + 1);
  } else if (value.is_sequence()) {
    for (size_t i = 0; i < value.size(); ++i) Scan(value.item(i), depth + 1);
  } else if (value.is_scalar()) {
    ScanText(expressions_.read(value));
  }
}

void WorkloadReader::ScanText(const Meaning& meaning) {
  const std::string& text = meaning.text;
  for (size_t found = text.find("://"); found != std::string::npos; found = text.find("://", found + 3)) {
    size_t begin = found;
    while (begin > 0 && (std::isalnum(static_cast<unsigned char>(text[begin - 1])) || text[begin - 1] == '+' || text[begin - 1] == '-')) --begin;
    size_t end = found + 3;
    while (end < text.size() && !std::isspace(static_cast<unsigned char>(text[end])) && std::string_view("\"'`<>,;|)]}").find(text[end]) == std::string_view::npos) ++end;
    const std::string scheme = Lower(std::string_view(text).substr(begin, found - begin));
    if (scheme.empty() || end == found + 3) continue;
    const bool web = scheme == "http" || scheme == "https" || scheme == "grpc" || scheme == "wss" || scheme == "ws";
    const Meaning url = meaning.Part(begin, end);
    Placement placement;   // Kept only if the places stage knows what it is.
    if (!Read(web ? known_.endpoint : known_.bucket, url, false, placement.facts)) continue;
    placement.name = url.Written();
    placement.span = url.span;
    placement.guessed = true;
    workload_.placements.push_back(std::move(placement));
  }
}

}  // namespace domicile
