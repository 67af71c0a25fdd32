// What environment variables and options of commands say.
#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "engine/formats/command_words.h"
#include "engine/formats/terms.h"
#include "engine/formats/workload_reader.h"
#include "engine/parse/template.h"
#include "engine/text/host.h"
#include "engine/text/base64.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr std::string_view kAnyWord = "*";
constexpr size_t kLongestContext = 20'000;   // Bytes of commands that are looked at to tell what runs.

Value FirstOf(Value map, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys)
    if (const Value value = map[key]) return value;
  return {};
}

// `--redis-url` is REDIS_URL in another spelling. Empty where the name is one word, which may mean anything.
std::string AsVariable(std::string_view flag) {
  if (!flag.starts_with("--")) return {};
  std::string name = Upper(flag.substr(2));
  std::replace(name.begin(), name.end(), '-', '_');
  return name.find('_') == std::string::npos ? "" : name;
}

Meaning Hidden(std::string_view written, Span span, std::string reason) {
  Meaning meaning;
  meaning.span = span;
  meaning.Add(Hole{std::string(written), std::move(reason)});
  return meaning;
}

bool IsName(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

// `NAME=value`: where the equals sign is; npos for anything else.
size_t Assigns(std::string_view text) {
  const size_t equal = text.find('=');
  return equal != std::string_view::npos && IsName(text.substr(0, equal)) ? equal : std::string_view::npos;
}

// Where an object of the cluster keeps what it tells: a Secret keeps plain texts apart from encoded ones.
std::string_view PlainPart(std::string_view kind) { return kind == "Secret" ? "stringData" : "data"; }
constexpr std::string_view kEncodedPart = "data";

// Base64, as Secrets have it.
Meaning Decoded(Value value) {
  const std::optional<std::string> text = DecodeBase64(value.text());
  if (!text || !IsValidUtf8(*text, nullptr)) return Hidden(value.text(), value.span(), "it is not text");
  Meaning meaning = ReadLiteral(*text, value.span());
  meaning.exact = false;
  return meaning;
}

// A value that holds its own name stays as it is: `PATH=$PATH:/x`.
bool Mentions(const Meaning& value, std::string_view name) {
  return std::any_of(value.holes.begin(), value.holes.end(), [&](const Hole& hole) { return hole.written.find(name) != std::string::npos; });
}

}  // namespace

// Settings that make one placement together; several values of one fact make one for each.
struct WorkloadReader::Group {
  std::string name;
  Span span;
  std::vector<std::pair<FactId, std::vector<Fact>>> values;
  std::vector<std::pair<FactId, std::string>> says, otherwise;
  bool here = false;

  // False when there was no room for one more.
  bool Add(Fact fact) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& one) { return one.first == fact.id; });
    std::vector<Fact>& facts = found == values.end() ? values.emplace_back(fact.id, std::vector<Fact>{}).second : found->second;
    // Of several names for one thing any may be the one that counts, what is hidden as well.
    for (const Fact& known : facts)
      if (!known.terms.empty() && !fact.terms.empty() && known.terms[0].text == fact.terms[0].text && (!here || known.span == fact.span)) return true;
    if (facts.size() >= kMostVariants) return false;
    facts.push_back(std::move(fact));
    return true;
  }
};

// What a ConfigMap or a Secret gives to those that take all of it.
struct WorkloadReader::Source {
  std::vector<Variable> all;
  std::vector<size_t> telling;          // Those of which something may follow; the others are only looked up by name.
  std::unordered_map<std::string_view, size_t> by_name;

  static bool Tells(const Environment& environment, std::string_view name, const Meaning& value) {
    return !value.known() || value.text.find("://") != std::string::npos || environment.Find(name, value.text);
  }
};

// What one container is told.
struct WorkloadReader::Settings {
  std::vector<Variable> variables;
  std::vector<Meaning> images;
  std::string context;                  // Its images and commands.
  std::vector<std::string> switches;    // That are on.
  std::vector<Group> groups;            // In the order in which their first setting stands.

  struct Given {
    std::string prefix;
    std::shared_ptr<const Source> source;
  };
  std::vector<Given> given;             // Of several the first one counts; where they tell something it stands in `variables`.

  const Variable* FindGiven(std::string_view name) const {
    for (const Given& one : given)
      if (name.starts_with(one.prefix))
        if (const auto found = one.source->by_name.find(name.substr(one.prefix.size())); found != one.source->by_name.end()) return &one.source->all[found->second];
    return nullptr;
  }
  // Once all variables are there.
  Lookup lookup() const {
    return [this](std::string_view name) -> const Meaning* {
      if (by_name.empty())
        for (const Variable& variable : variables) by_name.emplace(variable.name, &variable);
      const auto found = by_name.find(name);
      const Variable* variable = found == by_name.end() ? FindGiven(name) : found->second;
      return !variable || variable->either ? nullptr : &variable->value;
    };
  }
  mutable std::unordered_map<std::string_view, const Variable*> by_name;   // The first of each name.
  Group& Of(const std::string& name, Span span) {
    for (Group& group : groups)
      if (group.name == name) return group;
    groups.push_back({name, span, {}, {}, {}, false});
    return groups.back();
  }
};

// The values that may stand in place of one: itself, or the branches of a condition.
std::vector<Value> WorkloadReader::Alternatives(Value value) const {
  if (std::vector<Value> others; !expand_ || !(*expand_)(value, &others)) return {value};
  std::vector<Value> alternatives;
  for (const Selected& one : Select(itself_, value)) alternatives.push_back(one.value);
  return alternatives;
}

// {name, value}, NAME=value or a map. Of equal names the last one counts, as for Kubernetes and Compose.
void WorkloadReader::AddVariables(Value list, std::vector<Variable>& variables, bool plain) {
  using Values = std::vector<Meaning>;
  std::unordered_set<std::string> others;   // Those of another list stay.
  for (const Variable& known : variables) others.insert(known.name);
  std::vector<std::pair<std::string, Values>> told;
  std::unordered_map<std::string, size_t> at;
  const auto add = [&](const std::string& name, Values values) {
    if (values.empty() || others.contains(name)) return;
    const auto [known, added] = at.try_emplace(name, told.size());
    if (added) told.emplace_back(name, Values{});
    Values& each = told[known->second].second;   // Each once.
    each.clear();
    for (Meaning& value : values)
      if (each.size() < kMostVariants && std::none_of(each.begin(), each.end(), [&](const Meaning& one) { return one.Written() == value.Written(); })) each.push_back(std::move(value));
  };
  const auto unset = [](std::string_view name, Span span) { return Hidden(name, span, fmt::format("the environment gives `{}` its value", name)); };
  const auto read = [&](Value value) {
    Values values;
    for (const Value one : Alternatives(value)) values.push_back(expressions_.read(one));
    return values;
  };
  // A variable whose name a template fills in is any, and often many.
  const auto loop = [&](Value name) {
    if (name.text().find('{') != std::string_view::npos && !ReadLiteral(name.text(), name.span()).known()) AddUnseen(name);
  };
  // One action, and nothing else, may be a list.
  const auto action = [&](Value value) { return value.text().starts_with("{{") && EndOfAction(value.text(), 0) == value.text().size(); };
  if (list.is_scalar() && action(list)) return AddUnseen(list);
  for (size_t i = 0; i < list.size() && list.is_map(); ++i) {
    loop(list.key(i));
    add(std::string(list.key(i).text()), list.value(i).is_null() ? Values{unset(list.key(i).text(), list.key(i).span())} : read(list.value(i)));
  }
  if (list.is_map() && expressions_.later) expressions_.later(list, [&](std::string_view name, Meaning value) { add(std::string(name), {std::move(value)}); });
  for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
    std::vector<std::pair<std::string, Values>> entries;   // What the branches of one item say.
    const auto put = [&](std::string name, Values values) {
      const auto known = std::find_if(entries.begin(), entries.end(), [&](const auto& one) { return one.first == name; });
      if (known == entries.end()) entries.emplace_back(std::move(name), std::move(values));
      else known->second.insert(known->second.end(), values.begin(), values.end());
    };
    for (const Value entry : Alternatives(list.item(i))) {
      if (entry.is_scalar()) {
        const Meaning meaning = expressions_.read(entry);
        const size_t equal = meaning.text.find('=');
        if (equal != std::string::npos) put(meaning.text.substr(0, equal), {meaning.Part(equal + 1, meaning.text.size())});
        // Without a value it is taken from where the command is given. A name alone looks like a placeholder.
        else if (const std::string_view name = Trim(entry.text()); IsName(name)) put(std::string(name), {unset(name, entry.span())});
        else if (action(entry)) AddUnseen(entry);
      } else if (entry.is_map()) {
        const Value named = FirstOf(entry, {"name", "Name"}), name = named ? named : entry["key"];
        const Value value = FirstOf(entry, {"value", "Value"});
        // Terraform writes every argument of a block, also those that nobody gave, and a block within it as a list.
        const Value block = entry["value_from"].item(0);
        const Value from = block ? block : FirstOf(entry, {"valueFrom", "ValueFrom"});
        if (!name.is_scalar()) continue;
        loop(name);
        if (value && !(value.text().empty() && block)) {
          put(std::string(name.text()), read(value));
          continue;
        }
        static const std::optional<Selector> kValue = Selector::Make("value");
        Meaning late;
        if (!from && expressions_.absent) late = expressions_.absent(entry, *kValue);
        if (!named && late.text.empty()) continue;   // A key of something else.
        put(std::string(name.text()), {late.text.empty() ? From(from, name) : std::move(late)});
      }
    }
    for (auto& [name, values] : entries) add(name, std::move(values));
  }
  for (auto& [name, values] : told)
    for (size_t i = 0; i < values.size(); ++i) variables.push_back(Variable{name, std::move(values[i]), values.size() > 1, i > 0, plain});
}

// Those of one container, then what files, ConfigMaps and Secrets add: of several sources the last one counts.
void WorkloadReader::AddVariables(const PlacementRule& rule, const std::vector<Value>& layers, Settings& settings) {
  std::vector<Variable>& variables = settings.variables;
  const auto each = [&](const std::vector<Selector>& paths, auto visit) {
    for (const Value layer : layers)
      for (const Selector& path : paths)
        for (const Selected& found : Select(path, layer)) visit(found.value, found.value != layer);
  };
  each(rule.environment, [&](Value list, bool apart) { AddVariables(list, variables, apart); });
  std::unordered_set<std::string> names;
  for (const Variable& known : variables) names.insert(known.name);
  const auto add = [&](std::vector<Variable> more, std::string_view prefix) {
    const size_t before = variables.size();
    for (Variable& variable : more) {
      variable.name = std::string(prefix) + variable.name;
      if (!names.contains(variable.name)) variables.push_back(std::move(variable));
    }
    for (size_t i = before; i < variables.size(); ++i) names.insert(variables[i].name);
  };
  each(rule.environment_files, [&](Value found, bool) {
    std::vector<Value> files;
    if (found.is_sequence())
      for (size_t i = 0; i < found.size(); ++i) files.push_back(found.item(i));
    else
      files.push_back(found);
    for (size_t i = files.size(); i-- > 0;) {
      const Value file = files[i].is_map() ? files[i]["path"] : files[i];
      std::vector<Variable> told;
      if (const Value map = context_.joins ? context_.joins->Beside(file, file.text()) : Value()) AddVariables(map, told, true);
      else if (!file.text().empty()) AddUnread(fmt::format("`{}`", file.text()), file.span());
      add(std::move(told), "");
    }
  });
  each(rule.environment_from, [&](Value found, bool) {
    for (size_t i = found.is_sequence() ? found.size() : 0; i-- > 0;) {
      const Value entry = found.item(i);
      for (const auto& [kind, key] : {std::pair{"ConfigMap", "configMapRef"}, std::pair{"Secret", "secretRef"}}) {
        const Value name = entry[key]["name"];
        if (!name.is_scalar()) continue;
        const Value object = context_.joins ? context_.joins->Find(kind, space_, name.text(), root_) : Value();
        if (!object) AddUnread(fmt::format("{} `{}`", kind, name.text()), name.span());
        const std::shared_ptr<const Source> source = SourceOf(object, kind);
        const std::string prefix(entry["prefix"].text());
        const size_t count = prefix.empty() ? source->telling.size() : source->all.size(), before = variables.size();
        for (size_t k = 0; k < count; ++k) {
          const Variable& one = source->all[prefix.empty() ? source->telling[k] : k];
          std::string named = prefix + one.name;
          if (!prefix.empty() && !Source::Tells(context_.formats->environment, named, one.value)) continue;
          if (!names.contains(named) && !settings.FindGiven(named)) variables.push_back(Variable{std::move(named), one.value, one.either, one.again});
        }
        for (size_t k = before; k < variables.size(); ++k) names.insert(variables[k].name);
        settings.given.push_back({prefix, source});
      }
    }
  });
}

// Very many pods may take the same one: it is read once, unless the document that asks has values of its own for what stands there.
std::shared_ptr<const WorkloadReader::Source> WorkloadReader::SourceOf(Value object, std::string_view kind) {
  const auto read = [&]() -> std::shared_ptr<const Source> {
    auto made = std::make_shared<Source>();
    if (const Value plain = object[PlainPart(kind)]; plain.is_map()) AddVariables(plain, made->all);
    const Value encoded = PlainPart(kind) == kEncodedPart ? Value() : object[kEncodedPart];
    for (size_t k = 0; k < encoded.size() && encoded.is_map(); ++k)
      if (const std::string_view key = encoded.key(k).text(); !object[PlainPart(kind)][key]) made->all.push_back({std::string(key), Decoded(encoded.value(k))});
    for (size_t k = 0; k < made->all.size(); ++k) {
      made->by_name.emplace(made->all[k].name, k);
      if (Source::Tells(context_.formats->environment, made->all[k].name, made->all[k].value)) made->telling.push_back(k);
    }
    return made;
  };
  if (!object || !format_.expressions.empty()) return read();
  return std::static_pointer_cast<const Source>(context_.joins->Once(object, read));
}

// Objects and files from which it takes settings as texts.
void WorkloadReader::ReadMounts(const PlacementRule& rule, const std::vector<Value>& layers) {
  using Kind = PlacementRule::MountKind;
  const auto one = [&](Kind kind, Value mount) {
    const Value name = mount.is_scalar() ? mount : FirstOf(mount, {"name", "secretName", "secret_name"});
    if (!name.is_scalar() || name.text().empty()) return;
    const Meaning meaning = expressions_.read(name);
    const std::string_view of_kind = kind == Kind::kConfigMap ? "ConfigMap" : "Secret";
    const bool object = kind == Kind::kConfigMap || kind == Kind::kSecret;
    Value found;
    if (meaning.known() && context_.joins) found = object ? context_.joins->Find(of_kind, space_, meaning.text, root_) : context_.joins->Beside(name, meaning.text);
    if (!found) return AddUnread(object ? fmt::format("{} `{}`", of_kind, meaning.Written()) : fmt::format("`{}`", meaning.Written()), name.span());
    if (kind == Kind::kConfigMap) ScanConfigMap(found, mount["items"]);
    if (kind == Kind::kFile) Scan(found, 0);
  };
  for (const auto& [kind, paths] : rule.mounts)
    for (const Value layer : layers)
      for (const Selector& path : paths)
        for (const Selected& mount : Select(path, layer)) one(kind, mount.value);
}

// It is told something that nobody can see here.
void WorkloadReader::AddUnread(std::string name, Span span) {
  unread_.stated = unread_.hidden = true;
  if (std::any_of(unread_.terms.begin(), unread_.terms.end(), [&](const Term& term) { return term.text == name; })) return;
  if (unread_.terms.empty()) unread_.span = span;
  unread_.terms.push_back(Term{.text = std::move(name), .span = span, .hidden = true});
}

// Something stands for settings, and nobody knows for which. Of a chart that is an error, as in other places of it; `{{.Name}}` is what
// servers of models fill in by themselves.
void WorkloadReader::AddUnseen(Value value) {
  const std::string_view text = value.text();
  const auto holds = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  AddUnread(fmt::format("`{}`", text), value.span());
  if (FindTemplateMarker(text, 0) == std::string_view::npos) return;
  if (holds("$") || holds(".Values") || holds("include ") || holds("toYaml") || holds("toJson") || holds("{{ . }}")) ReportUnseen(text, value.span(), *context_.diagnostics);
}

Meaning WorkloadReader::From(Value from, Value name) {
  // Of Terraform it is a block: a list.
  const auto block = [&](std::string_view key, std::string_view in_terraform) { return from[key] ? from[key] : from[in_terraform].item(0); };
  for (const auto& [kind, reference] : {std::pair{"ConfigMap", block("configMapKeyRef", "config_map_key_ref")}, std::pair{"Secret", block("secretKeyRef", "secret_key_ref")}}) {
    if (!reference) continue;
    const Value object = context_.joins ? context_.joins->Find(kind, space_, reference["name"].text(), root_) : Value();
    const std::string_view part = reference["key"].text();
    if (const Value value = object[PlainPart(kind)][part]) return expressions_.read(value);
    if (const Value value = object[kEncodedPart][part]) return Decoded(value);
    if (std::string_view(kind) == "Secret") return Hidden(name.text(), name.span(), fmt::format("it stands in Secret `{}`", reference["name"].text()));
    const std::string named = fmt::format("ConfigMap `{}`", reference["name"].text());
    if (object) return Hidden(name.text(), name.span(), fmt::format("{} holds no `{}`", named, part));
    AddUnread(named, reference["name"].span());
    return Hidden(name.text(), name.span(), fmt::format("{} is not among the files", named));
  }
  if (block("fieldRef", "field_ref") || block("resourceFieldRef", "resource_field_ref"))
    return Hidden(name.text(), name.span(), "the cluster fills this in");
  return Hidden(name.text(), name.span(), fmt::format("nothing gives `{}` a value", name.text()));
}

void WorkloadReader::ReadSettings(const PlacementRule& rule, const std::vector<Value>& layers) {
  const Environment& environment = context_.formats->environment;
  Settings settings;
  std::vector<Variable>& variables = settings.variables;
  AddVariables(rule, layers, settings);
  const size_t declared = variables.size();
  std::unordered_set<std::string> names;
  for (const Variable& known : variables) names.insert(known.name);
  std::vector<CommandWord> words;
  for (const Selector& path : rule.images)
    for (const Selected& image : SelectFirst(path, layers)) {
      settings.images.push_back(expressions_.read(image.value.is_map() ? image.value["repository"] : image.value));
      settings.context += settings.images.back().Written() + " ";
    }
  for (const Selector& path : rule.commands)
    for (const Selected& command : SelectFirst(path, layers)) ReadWords(command.value, expressions_, context_.sources, words);
  for (size_t i = 0; i < words.size(); ++i) {
    const Meaning& word = words[i].value;
    if (settings.context.size() < kLongestContext) settings.context += word.text + " ";
    const std::string_view before = i > 0 ? std::string_view(words[i - 1].value.text) : std::string_view();
    const bool starts = words[i].first || before == "export" || before == "env" || before == "-e" || before == "--env";
    const size_t equal = starts ? Assigns(word.text) : std::string_view::npos;
    if (equal == std::string_view::npos) continue;
    // What follows an assignment starts a command too.
    if (words[i].first && i + 1 < words.size()) words[i + 1].first = true;
    std::string name = word.text.substr(0, equal);
    if (!settings.FindGiven(name) && names.insert(name).second) variables.push_back(Variable{std::move(name), word.Part(equal + 1, word.text.size())});
  }
  // Variables may name each other.
  for (Variable& variable : variables)
    if (!variable.value.known() && !Mentions(variable.value, variable.name)) variable.value = FillVariables(variable.value, settings.lookup(), false);
  std::vector<const EnvironmentRow*> rows;
  for (const Variable& variable : variables) {
    const EnvironmentRow* row = environment.Find(variable.name, variable.value.text);
    if (!row && variable.plain)
      if (const std::string upper = Upper(variable.name); upper != variable.name) row = environment.Find(upper, variable.value.text);
    rows.push_back(row);
    // What may be off is not on.
    if (row && !row->name_switch.empty() && variable.value.known() && !variable.either)
      if (!row->on_pattern || row->on_pattern->Search(variable.value.text)) {
        settings.switches.push_back(row->name_switch);
        const bool told = std::any_of(switched_.terms.begin(), switched_.terms.end(), [&](const Term& term) { return term.text == row->name_switch; });
        if (told || !vocabulary_.Canonical(known_.switches, row->name_switch)) continue;
        if (switched_.terms.empty()) switched_.span = variable.value.span;
        switched_.terms.push_back(Term{.text = row->name_switch, .span = variable.value.span});
      }
  }
  // Options first: what serves a model says more than a variable that names it.
  for (size_t i = 0; i < words.size(); ++i) ReadOption(words, i, settings);
  for (size_t i = 0; i < variables.size(); ++i) {
    const EnvironmentRow* row = rows[i];
    if (row && (!row->in || row->in->Search(settings.context))) Apply(*row, variables[i], settings);
    else if (!row && i < declared) ScanText(variables[i].value);
  }
  for (Group& group : settings.groups) {
    std::vector<Facts> variants(1);
    for (const auto& [id, values] : group.values) Multiply(id, values, variants);
    for (Facts& facts : variants) {
      const Span span = facts.all().empty() ? group.span : facts.all()[0].span;
      for (const auto& [id, text] : group.says)
        if (!facts.Has(id)) ReadFactText(id, text, id == known_.activity ? Span{} : span, vocabulary_, {.strict = false}, *context_.diagnostics, facts);
      for (const auto& [id, text] : group.otherwise)
        if (!facts.Has(id)) ReadFactText(id, text, group.span, vocabulary_, {.strict = false}, *context_.diagnostics, facts);
      if (!facts.all().empty()) Push(group.name, span, std::move(facts), true, group.here);
    }
  }
  ReadUsageReports(settings.images, words, settings.lookup());
}

void WorkloadReader::Apply(const EnvironmentRow& row, const Variable& variable, Settings& settings) const {
  const Meaning& value = variable.value;
  if (row.group.empty()) return;
  if (row.fallback && !variable.again) {
    for (const Group& group : settings.groups)
      for (const auto& [id, values] : group.values)
        if (group.name == row.group && id == row.fact && std::any_of(values.begin(), values.end(), [](const Fact& fact) { return !fact.hidden; })) return;
  }
  const bool empty = Trim(value.text).empty();
  if (empty && value.because.empty()) return;   // `KEY=` uses nothing.
  if (row.skip && row.skip->Search(value.text)) return;
  const auto on = [&](const std::string& name) { return std::find(settings.switches.begin(), settings.switches.end(), name) != settings.switches.end(); };
  if (on(row.unless)) return;
  Group& group = settings.Of(row.apart ? fmt::format("{} {}", row.group, variable.name) : row.group, value.span);
  group.here = group.here || row.here;
  const auto add = [&](Group& into, const Meaning& part) {
    Facts facts;
    if (!Trim(part.text).empty() && Read(row.fact, part, false, facts) && !into.Add(*facts.Find(row.fact))) full_ = true;
  };
  if (row.fact != kNoFact && !empty) {
    for (size_t begin = 0; begin <= value.text.size();) {
      const size_t end = row.split.empty() ? value.text.size() : std::min(value.text.find_first_of(row.split, begin), value.text.size());
      add(group, value.Part(begin, end));
      begin = end + 1;
    }
  }
  group.says.insert(group.says.end(), row.says.begin(), row.says.end());
  group.otherwise.insert(group.otherwise.end(), row.otherwise.begin(), row.otherwise.end());
  if (!value.known() || !context_.activity_of || context_.activity_of(ParseUrl(value.text).host).empty())
    group.says.insert(group.says.end(), row.of_strangers.begin(), row.of_strangers.end());
  if (!row.fetch || !value.known() || (row.fetch->only && !row.fetch->only->Search(value.text))) return;
  const EnvironmentRow::Fetch& fetch = *row.fetch;
  if (on(fetch.unless) || (fetch.in && !fetch.in->Search(settings.context))) return;
  Group& fetched = settings.Of(fetch.group, value.span);
  if (row.fact != kNoFact) add(fetched, value);
  fetched.says.insert(fetched.says.end(), fetch.says.begin(), fetch.says.end());
  fetched.otherwise.insert(fetched.otherwise.end(), fetch.otherwise.begin(), fetch.otherwise.end());
}

void WorkloadReader::ReadOption(const std::vector<CommandWord>& words, size_t i, Settings& settings) const {
  const Environment& environment = context_.formats->environment;
  const Meaning& word = words[i].value;
  const auto program = [&] {
    size_t first = i;
    while (first > 0 && !words[first].first) --first;
    while (first < i && (BaseName(words[first].value.text) == "sudo" || Assigns(words[first].value.text) != std::string_view::npos)) ++first;
    return BaseName(words[first].value.text);
  };
  const auto apply = [&](const EnvironmentRow& row, const Meaning& value, std::string name = "") {
    if (!row.programs.empty() && std::find(row.programs.begin(), row.programs.end(), program()) == row.programs.end()) return;
    if (row.in && !row.in->Search(settings.context)) return;
    Variable filled{std::move(name), FillVariables(value, settings.lookup(), false)};
    if (!row.only || row.only->Search(filled.value.text)) Apply(row, filled, settings);
  };
  const CommandWord* next = i + 1 < words.size() && !words[i + 1].first && !words[i + 1].value.text.starts_with('-') ? &words[i + 1] : nullptr;
  const size_t equal = word.text.find('=');
  const std::string_view flag = std::string_view(word.text).substr(0, equal);
  const bool given = equal != std::string::npos || next;
  const Meaning value = equal != std::string::npos ? word.Part(equal + 1, word.text.size()) : next ? next->value : Meaning();
  if (const auto found = environment.by_flag.find(flag); given && found != environment.by_flag.end()) {
    for (const size_t row : found->second) apply(environment.commands[row], value);
  } else if (std::string name = AsVariable(flag); given && !name.empty()) {
    if (const EnvironmentRow* row = environment.Find(name, value.text)) apply(*row, value, std::move(name));
  }
  if (!next) return;
  for (const std::string_view last : {BaseName(word.text), kAnyWord}) {
    const auto found = environment.by_after.find(last);
    if (found == environment.by_after.end()) continue;
    for (const size_t index : found->second) {
      const EnvironmentRow& row = environment.commands[index];
      bool fits = row.after.size() <= i + 1;
      for (size_t k = 0; fits && k < row.after.size(); ++k) fits = row.after[k] == kAnyWord || BaseName(words[i + 1 - row.after.size() + k].value.text) == row.after[k];
      if (fits) apply(row, next->value);
    }
  }
}

}  // namespace domicile
