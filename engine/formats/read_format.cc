// Reads the files of rules/formats/.
#include "engine/formats/format.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/formats/expressions.h"
#include "engine/parse/fields.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

class FormatReader {
 public:
  FormatReader(const Vocabulary& vocabulary, bool builtin, Diagnostics& diagnostics)
      : vocabulary_(vocabulary), builtin_(builtin), diagnostics_(diagnostics) {}

  std::vector<Selector> Paths(Value value) {
    std::vector<Selector> paths;
    if (!value || value.is_null()) return paths;
    const auto add = [&](Value item) {
      auto selector = Selector::Make(item.text());
      if (!item.is_scalar() || !selector) {
        diagnostics_.Error(item.span(), fmt::format("`{}` is not a path", item.text())).help =
            "a path is made of a.b, \"x/y\", [*], [0], [key=value], *, ..a and $";
        return;
      }
      paths.push_back(std::move(*selector));
    };
    if (value.is_sequence()) {
      for (size_t i = 0; i < value.size(); ++i) add(value.item(i));
    } else {
      add(value);
    }
    return paths;
  }

  // One step: `{path: p, kind: K}`, or `{refers: p, kind: K}`.
  Hop ReadHop(Value value) {
    Hop hop;
    Fields fields(value, "a reference", diagnostics_);
    if (std::vector<Selector> path = Paths(fields.Get("path")); !path.empty()) hop.path = std::move(path[0]);
    hop.kind = fields.Text("kind");
    hop.refers = Paths(fields.Get("refers"));
    hop.same_namespace = fields.Flag("same_namespace", false);
    fields.Done();
    if (hop.path.has_value() != hop.refers.empty()) diagnostics_.Error(value.span(), "a reference has a `path`, or says in `refers` where others name this document");
    return hop;
  }

  // A path with the kind beside it, or a list of steps.
  std::vector<Hop> ReadHops(Value value, const std::string& kind) {
    std::vector<Hop> hops;
    if (value.is_scalar()) {
      Hop hop;
      if (std::vector<Selector> path = Paths(value); !path.empty()) hop.path = std::move(path[0]);
      hop.kind = kind;
      hops.push_back(std::move(hop));
    }
    for (size_t i = 0; i < value.size() && value.is_sequence(); ++i) hops.push_back(ReadHop(value.item(i)));
    return hops;
  }

  std::vector<FactPath> FactPaths(Value value) {
    std::vector<FactPath> paths;
    const auto add = [&](Value item) {
      if (!item.is_map()) {
        for (Selector& path : Paths(item)) paths.push_back({std::move(path), {}, false, std::nullopt, ""});
        return;
      }
      Fields fields(item, "a path", diagnostics_);
      std::vector<Selector> path = Paths(fields.Get("path"));
      const Value through = fields.Get("through"), match = fields.Get("match");
      const std::string kind = fields.Text("kind"), says = fields.Text("says"), unit = fields.Text("unit");
      const bool required = fields.Flag("required", false), hides = fields.Flag("hides", false);
      fields.Done();
      if (path.empty()) {
        diagnostics_.Error(item.span(), "a fact without `path`");
        return;
      }
      for (Selector& one : path) {
        FactPath made{std::move(one), ReadHops(through, kind), required, std::nullopt, says};
        made.hides = hides;
        made.unit = unit;
        if (match) made.match = Regex(match);
        CheckGroups(match, "");
        paths.push_back(std::move(made));
      }
    };
    if (value.is_sequence()) {
      // An item may be a list itself: one that is written once and used in several places.
      for (size_t i = 0; i < value.size(); ++i) {
        const Value item = value.item(i);
        if (!item.is_sequence()) add(item);
        for (size_t k = 0; k < item.size() && item.is_sequence(); ++k) add(item.item(k));
      }
    } else if (value && !value.is_null()) {
      add(value);
    }
    return paths;
  }

  std::optional<Pattern> Regex(Value value) {
    Pattern pattern{std::string(value.text())};
    // Ours are checked by the tests; compiling all of them at every start would cost more than a check of a file.
    if (!builtin_)
      if (const std::string problem = pattern.Problem(); !problem.empty()) {
        diagnostics_.Error(value.span(), fmt::format("`{}` is not a regular expression: {}", value.text(), problem));
        return std::nullopt;
      }
    return pattern;
  }

  // Named groups are facts of a placement, or `value` where the expression is about one fact.
  void CheckGroups(Value match, std::string_view prefix) {
    constexpr std::string_view kGroup = "(?P<";
    const std::string_view text = match.text();
    for (size_t at = text.find(kGroup); at != std::string_view::npos; at = text.find(kGroup, at + 1)) {
      const size_t begin = at + kGroup.size();
      const std::string_view name = text.substr(begin, text.find('>', begin) - begin);
      if (prefix.empty() ? name == "value" : vocabulary_.ByKey(prefix, name) != kNoFact) continue;
      std::vector<std::string_view> known{"value"};
      if (!prefix.empty()) known.clear();
      for (const FactDefinition& fact : vocabulary_.all())
        if (!prefix.empty() && fact.prefix == prefix) known.push_back(fact.key);
      Diagnostic& error = diagnostics_.Error(match.span(), prefix.empty() ? fmt::format("a group called `{}`", name) : fmt::format("a group called `{}`, and no fact `{}.{}`", name, prefix, name));
      error.help = DidYouMean(name, known);
      if (error.help.empty()) error.help = prefix.empty() ? "the group that holds the value is called `value`" : "groups are called like the facts that they hold";
    }
  }

  Shape ReadShape(Value value) {
    Shape shape;
    if (!value) return shape;
    if (!value.is_map()) {
      diagnostics_.Error(value.span(), fmt::format("{} here, where a map of paths to patterns is expected", KindName(value)));
      return shape;
    }
    for (size_t i = 0; i < value.size(); ++i) {
      if (value.key(i).text() == "@file") {
        shape.file = Regex(value.value(i));
        continue;
      }
      auto path = Selector::Make(value.key(i).text());
      if (!path) {
        diagnostics_.Error(value.key(i).span(), fmt::format("`{}` is not a path", value.key(i).text()));
        continue;
      }
      Shape::Line line{std::move(*path), std::nullopt, false};
      const Value pattern = value.value(i);
      if (pattern.is_map()) {
        Fields fields(pattern, "a line of a shape", diagnostics_);
        line.absent = !fields.Flag("there", true);
        if (const Value other = fields.Get("not")) {
          line.pattern = Regex(other);
          line.absent = true;
        }
        fields.Done();
      } else if (!pattern.is_null()) {
        line.pattern = Regex(pattern);
      }
      shape.lines.push_back(std::move(line));
    }
    return shape;
  }

  FactId FactNamed(Value key) {
    const FactId id = vocabulary_.Find(key.text());
    if (id == kNoFact)
      diagnostics_.Error(key.span(), fmt::format("unknown fact `{}`", key.text())).help = DidYouMean(key.text(), vocabulary_.Names());
    return id;
  }

  // A value that a file says itself: of a closed list it must be one.
  std::string Constant(FactId id, Value value) {
    CheckConstant(id, value.text(), value.span());
    return std::string(value.text());
  }
  void CheckConstant(FactId id, std::string_view text, Span span) {
    if (id == kNoFact || vocabulary_.at(id).values.empty() || vocabulary_.Canonical(id, text)) return;
    std::vector<std::string_view> names;
    for (const NameValue& one : vocabulary_.at(id).values) names.push_back(one.name);
    diagnostics_.Error(span, fmt::format("`{}` is not a value of `{}`", text, vocabulary_.at(id).name)).help = DidYouMean(text, names);
  }

  void ReadFacts(Value facts, Value says, std::vector<FactSource>& sources) {
    for (size_t i = 0; i < facts.size() && facts.is_map(); ++i) {
      FactSource source;
      source.fact = FactNamed(facts.key(i));
      source.paths = FactPaths(facts.value(i));
      for (const FactPath& path : source.paths)
        if (!path.says.empty()) CheckConstant(source.fact, path.says, facts.key(i).span());
      if (source.fact != kNoFact) sources.push_back(std::move(source));
    }
    for (size_t i = 0; i < says.size() && says.is_map(); ++i) {
      FactSource source;
      source.fact = FactNamed(says.key(i));
      source.constant = Constant(source.fact, says.value(i));
      if (source.fact != kNoFact) sources.push_back(std::move(source));
    }
  }

  void ReadName(Fields& fields, std::vector<Selector>& paths, std::string& text) {
    paths = Paths(fields.Get("name"));
    text = fields.Text("called");
  }

  // `cases:` maps what stands at `by` to placement rules: `a, b` names several, `a*` all that start with `a`.
  void ReadCases(Value by, Value cases, PlacementRule& rule) {
    if (!by && !cases) return;
    if (std::vector<Selector> path = Paths(by); !path.empty()) rule.by = std::move(path[0]);
    if (!rule.by || !cases.is_map()) {
      diagnostics_.Error((by ? by : cases).span(), "`by` is a path and `cases` a map of what stands there");
      return;
    }
    for (size_t i = 0; i < cases.size(); ++i) {
      const size_t index = rule.cases.size();
      const std::string_view names = cases.key(i).text();
      rule.cases.emplace_back(std::string(names), ReadPlacements(cases.value(i)));
      for (size_t begin = 0; begin <= names.size();) {
        const size_t end = std::min(names.find(',', begin), names.size());
        const std::string_view written = Trim(names.substr(begin, end - begin));
        const std::string name = rule.cases_ignore_case ? Lower(written) : std::string(written);
        if (name.ends_with('*')) rule.case_prefixes.emplace_back(name.substr(0, name.size() - 1), index);
        else if (!rule.case_named.emplace(name, index).second)
          diagnostics_.Error(cases.key(i).span(), fmt::format("case `{}` is described twice", name));
        begin = end + 1;
      }
    }
    std::stable_sort(rule.case_prefixes.begin(), rule.case_prefixes.end(), [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  }

  void ReadMounts(Value mounts, PlacementRule& rule) {
    if (!mounts) return;
    Fields fields(mounts, "what is mounted", diagnostics_);
    using Kind = PlacementRule::MountKind;
    for (const auto& [key, kind] : {std::pair{"ConfigMap", Kind::kConfigMap}, std::pair{"Secret", Kind::kSecret}, std::pair{"file", Kind::kFile}, std::pair{"other", Kind::kOther}})
      if (std::vector<Selector> paths = Paths(fields.Get(key)); !paths.empty()) rule.mounts.emplace_back(kind, std::move(paths));
    fields.Done();
  }

  std::vector<PlacementRule> ReadPlacements(Value list) {
    std::vector<PlacementRule> rules;
    for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
      const Value entry = list.item(i);
      Fields fields(entry, "a placement rule", diagnostics_);
      PlacementRule rule;
      rule.at = Paths(fields.Get("at"));
      rule.embedded = Paths(fields.Get("embedded"));
      rule.only = ReadShape(fields.Get("if"));
      ReadName(fields, rule.name, rule.name_text);
      const Value facts = fields.Get("facts"), says = fields.Get("says");
      ReadFacts(facts, says, rule.facts);
      if (const Value value = fields.Get("value")) rule.value = FactNamed(value);
      if (const Value key = fields.Get("key")) rule.key = FactNamed(key);
      rule.home = fields.Flag("home", false);
      rule.here = fields.Flag("here", false);
      if (const Value match = fields.Get("match")) rule.match = Regex(match);
      CheckGroups(fields.Get("match"), "placement");
      rule.guess = fields.Flag("guess", false);
      rule.incidental = fields.Flag("incidental", false);
      rule.counts = fields.Flag("counts", false);
      rule.always = fields.Flag("always", rule.counts);
      rule.environment = Paths(fields.Get("env"));
      rule.environment_from = Paths(fields.Get("env_from"));
      rule.environment_files = Paths(fields.Get("env_files"));
      rule.images = Paths(fields.Get("images"));
      rule.scan = Paths(fields.Get("scan"));
      rule.commands = Paths(fields.Get("commands"));
      ReadMounts(fields.Get("mounts"), rule);
      rule.notes = FactPaths(fields.Get("notes"));
      rule.use = fields.Texts("use");
      rule.inner = ReadPlacements(fields.Get("placements"));
      rule.cases_ignore_case = fields.Flag("cases_ignore_case", false);
      ReadCases(fields.Get("by"), fields.Get("cases"), rule);
      fields.Done();
      rules.push_back(std::move(rule));
    }
    if (list && !list.is_sequence())
      diagnostics_.Error(list.span(), fmt::format("{} here, where a list of placement rules is expected", KindName(list)));
    return rules;
  }

  std::vector<WorkloadRule> ReadWorkloads(Value list) {
    std::vector<WorkloadRule> rules;
    for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
      const Value entry = list.item(i);
      Fields fields(entry, "a workload rule", diagnostics_);
      WorkloadRule rule;
      rule.at = Paths(fields.Get("at"));
      rule.only = ReadShape(fields.Get("if"));
      ReadName(fields, rule.name, rule.name_text);
      rule.notes = FactPaths(fields.Get("notes"));
      const Value facts = fields.Get("facts"), says = fields.Get("says");
      ReadFacts(facts, says, rule.facts);
      rule.always = fields.Flag("always", false);
      rule.otherwise = fields.Flag("otherwise", false);
      rule.services = Paths(fields.Get("services"));
      if (const Value pods = fields.Get("pods")) {
        Fields inner(pods, "the pods of a workload", diagnostics_);
        rule.pods = true;
        rule.pod_labels = Paths(inner.Get("labels"));
        if (const Value added = inner.Get("added")) rule.added_labels = Regex(added);
        rule.pods_only = ReadShape(inner.Get("if"));
        inner.Done();
      }
      rule.names_placements = fields.Flag("names_placements", false);
      if (const Value unless = fields.Get("unless")) {
        if (unless.is_map()) rule.unless.push_back(ReadHop(unless));
        for (size_t k = 0; k < unless.size() && unless.is_sequence(); ++k) rule.unless.push_back(ReadHop(unless.item(k)));
      }
      rule.placements = ReadPlacements(fields.Get("placements"));
      fields.Done();
      rules.push_back(std::move(rule));
    }
    return rules;
  }

  static std::vector<std::string> Words(std::string_view text) {
    std::vector<std::string> words;
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(' ', begin), text.size());
      if (end > begin) words.emplace_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return words;
  }

  std::vector<UsageReport> ReadUsageReports(Value list) {
    std::vector<UsageReport> reports;
    for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
      Fields fields(list.item(i), "software that reports its use", diagnostics_);
      UsageReport report;
      report.software = fields.Need("software");
      report.host = fields.Need("host");
      report.source = fields.Need("source");
      report.read = fields.Need("read");
      report.images = fields.Texts("images");
      for (const std::string& command : fields.Texts("commands")) report.commands.push_back(Words(command));
      const Value off = fields.Get("off");
      for (size_t k = 0; k < off.size() && off.is_sequence(); ++k) {
        Fields one(off.item(k), "what switches it off", diagnostics_);
        UsageReport::Off& made = report.off.emplace_back();
        made.variables = one.Texts("variables");
        made.flag = Words(one.Text("flag"));
        if (const Value value = one.Get("value")) made.value = Regex(value);
        one.Done();
        if (made.flag.empty() && (made.variables.empty() || !made.value)) diagnostics_.Error(off.item(k).span(), "`off` needs `variables` with a `value`, or a `flag`");
      }
      fields.Done();
      if (report.images.empty() && report.commands.empty()) diagnostics_.Error(list.item(i).span(), "software without `images` or `commands` is never found");
      reports.push_back(std::move(report));
    }
    return reports;
  }

  void ReadPairs(Value map, std::vector<std::pair<FactId, std::string>>& out) {
    for (size_t k = 0; k < map.size() && map.is_map(); ++k)
      if (const FactId id = FactNamed(map.key(k)); id != kNoFact) out.emplace_back(id, Constant(id, map.value(k)));
  }

  std::optional<Format::References> ReadReferences(Value written) {
    Fields fields(written, "how values refer to others", diagnostics_);
    const Value match = fields.Get("match");
    std::optional<Pattern> pattern = Regex(match);
    std::vector<Selector> under = Paths(fields.Get("under"));
    fields.Done();
    if (match.text().find("(?P<name>") == std::string_view::npos) diagnostics_.Error(written.span(), "references without a group `name` in `match`");
    if (under.empty()) diagnostics_.Error(written.span(), "references without `under`");
    if (!pattern || under.empty()) return std::nullopt;
    return Format::References{std::move(*pattern), std::move(under)};
  }

  EnvironmentRow ReadRow(Value entry, std::string_view what) {
    Fields fields(entry, what, diagnostics_);
    EnvironmentRow row;
    row.names = fields.Texts("name");
    if (const Value match = fields.Get("match")) row.match = Regex(match);
    if (const Value except = fields.Get("except")) row.except = Regex(except);
    row.flags = fields.Texts("flag");
    row.after = fields.Texts("after");
    row.programs = fields.Texts("of");
    if (const Value in = fields.Get("in")) row.in = Regex(in);
    if (const Value skip = fields.Get("skip")) row.skip = Regex(skip);
    if (const Value only = fields.Get("only")) row.only = Regex(only);
    row.unless = fields.Text("unless");
    row.split = fields.Text("split");
    row.here = fields.Flag("here", false);
    row.fallback = fields.Flag("fallback", false);
    if (const Value fetch = fields.Get("fetch")) {
      Fields inner(fetch, "what is fetched", diagnostics_);
      EnvironmentRow::Fetch& fetches = row.fetch.emplace();
      if (const Value place = inner.Get("in")) fetches.in = Regex(place);
      if (const Value only = inner.Get("if")) fetches.only = Regex(only);
      fetches.unless = inner.Text("unless");
      fetches.group = inner.Need("group");
      ReadPairs(inner.Get("says"), fetches.says);
      ReadPairs(inner.Get("otherwise"), fetches.otherwise);
      inner.Done();
    }
    row.group = fields.Text("group");
    row.apart = fields.Flag("apart", false);
    if (const Value fact = fields.Get("fact")) row.fact = FactNamed(fact);
    ReadPairs(fields.Get("says"), row.says);
    ReadPairs(fields.Get("otherwise"), row.otherwise);
    ReadPairs(fields.Get("of_strangers"), row.of_strangers);
    row.name_switch = fields.Text("switch");
    if (const Value on = fields.Get("on")) row.on_pattern = Regex(on);
    fields.Get("note");
    fields.Get("source");
    fields.Get("read");
    fields.Done();
    return row;
  }

 private:
  const Vocabulary& vocabulary_;
  bool builtin_;
  Diagnostics& diagnostics_;
};

void CheckUses(const std::vector<PlacementRule>& rules, const Formats& formats, Span span, Diagnostics& diagnostics) {
  for (const PlacementRule& rule : rules) {
    for (const std::string& name : rule.use)
      if (!formats.fragments.contains(name)) diagnostics.Error(span, fmt::format("`{}` is not a fragment", name));
    CheckUses(rule.inner, formats, span, diagnostics);
    for (const auto& [names, inner] : rule.cases) CheckUses(inner, formats, span, diagnostics);
  }
}

}  // namespace

void Formats::ReadFormat(Value root, bool builtin, const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  auto format = std::make_unique<Format>();
  FormatReader reader(vocabulary, builtin, diagnostics);
  Fields fields(root, "a format", diagnostics);
  format->id = fields.Need("format");
  format->title = fields.Need("title");
  format->url = fields.Text("url");
  format->span = root["format"].span();
  format->builtin = builtin;
  format->prefixed_models = fields.Flag("prefixed_models", false);
  format->skip = fields.Flag("skip", false);
  format->fallback = fields.Flag("fallback", false);
  if (const Value takers = fields.Get("taken_by")) format->taken_by.push_back(reader.ReadHop(takers));
  format->expressions = fields.Text("expressions");
  if (const Value references = fields.Get("references")) format->references = reader.ReadReferences(references);
  format->embedded = reader.Paths(fields.Get("embedded"));
  for (const auto& [key, files] : {std::pair{"variable_files", &format->variables}, std::pair{"manifests", &format->documents}}) {
    const Value written = fields.Get(key);
    if (!written) continue;
    Fields inner(written, "files that are read with it", diagnostics);
    files->beside = inner.Texts("beside");
    files->named = reader.Paths(inner.Get("named"));
    inner.Done();
  }
  const Value detect = fields.Get("detect");
  for (size_t i = 0; i < detect.size() && detect.is_sequence(); ++i) format->detect.push_back(reader.ReadShape(detect.item(i)));
  if (format->detect.empty()) diagnostics.Error(format->span, fmt::format("format `{}` does not say how it is recognised", format->id)).help = "write `detect`";
  format->workloads = std::make_unique<LateRules<WorkloadRule>>(fields.Get("workloads"), vocabulary, builtin);
  format->examples = fields.Get("examples");
  fields.Get("notes");
  fields.Done();
  if (!FindExpressions(format->expressions))
    diagnostics.Error(root["expressions"].span(), fmt::format("there is no way of writing values called `{}`", format->expressions));
  if (format->workloads->empty() && !format->skip && format->embedded.empty())
    diagnostics.Error(format->span, fmt::format("format `{}` finds no workloads", format->id));
  const auto known = std::find_if(all.begin(), all.end(), [&](const auto& other) { return other->id == format->id; });
  if (known != all.end()) {
    if ((*known)->builtin == builtin) diagnostics.Error(format->span, fmt::format("format `{}` is described twice", format->id)).labels = {{(*known)->span, "first here"}};
    *known = std::move(format);
  } else {
    all.push_back(std::move(format));
  }
}

void Formats::ReadFragment(Value root, bool builtin, const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  Fields fields(root, "a fragment", diagnostics);
  const std::string name = fields.Need("fragment");
  fields.Need("title");
  fragments[name] = std::make_unique<LateRules<PlacementRule>>(fields.Get("placements"), vocabulary, builtin);
  fields.Done();
}

void Formats::ReadEnvironment(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  FormatReader reader(vocabulary, true, diagnostics);
  Fields file(root, "a file of environment variables", diagnostics);
  const Value list = file.Get("environment"), commands = file.Get("commands");
  file.Done();
  for (size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
    EnvironmentRow row = reader.ReadRow(list.item(i), "an environment variable");
    if (row.names.empty() && !row.match) diagnostics.Error(list.item(i).span(), "an environment variable without `name` or `match`");
    const size_t index = environment.rows.size();
    for (const std::string& name : row.names) environment.by_name[name].push_back(index);
    if (row.match) environment.patterns.push_back(index);
    environment.rows.push_back(std::move(row));
  }
  for (size_t i = 0; i < commands.size() && commands.is_sequence(); ++i) {
    EnvironmentRow row = reader.ReadRow(commands.item(i), "an option of a command");
    if (row.flags.empty() && row.after.empty()) diagnostics.Error(commands.item(i).span(), "an option of a command without `flag` or `after`");
    const size_t index = environment.commands.size();
    for (const std::string& flag : row.flags) environment.by_flag[flag].push_back(index);
    if (!row.after.empty()) environment.by_after[row.after.back()].push_back(index);
    environment.commands.push_back(std::move(row));
  }
}

void Formats::ReadUsageReports(Value root, bool builtin, const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  Fields file(root, "a file of software that reports its use", diagnostics);
  usage_reports.push_back(std::make_unique<LateRules<UsageReport>>(file.Get("usage_reports"), vocabulary, builtin));
  file.Done();
}

void Formats::Finish(bool everything, Diagnostics& diagnostics) {
  for (const auto& format : all)
    if (everything || !format->builtin)
      for (const WorkloadRule& rule : format->workloads->Get(diagnostics)) CheckUses(rule.placements, *this, format->span, diagnostics);
  for (const auto& [name, rules] : fragments)
    if (everything || !rules->builtin()) CheckUses(rules->Get(diagnostics), *this, {}, diagnostics);
  for (const auto& reports : usage_reports)
    if (everything || !reports->builtin()) reports->Get(diagnostics);
}

template <class Rule>
const std::vector<Rule>& LateRules<Rule>::Get(Diagnostics& diagnostics) const {
  std::call_once(once_, [&] {
    FormatReader reader(vocabulary_, builtin_, diagnostics);
    if constexpr (std::is_same_v<Rule, WorkloadRule>) rules_ = reader.ReadWorkloads(written_);
    else if constexpr (std::is_same_v<Rule, UsageReport>) rules_ = reader.ReadUsageReports(written_);
    else rules_ = reader.ReadPlacements(written_);
  });
  return rules_;
}

template class LateRules<WorkloadRule>;
template class LateRules<PlacementRule>;
template class LateRules<UsageReport>;

}  // namespace domicile
