#include "engine/policy/read.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/parse/fields.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

constexpr std::string_view kParameterTypes[] = {"places", "names",    "name",      "number", "percent", "duration",
                                                "flag",   "date",     "evidence",  "facts",  "condition", "text"};

struct StatusRow {
  Status status;
  std::string_view name;
};
constexpr StatusRow kStatuses[] = {{Status::kInForce, "in-force"},    {Status::kPartlyInForce, "partly-in-force"},
                                   {Status::kNotInForce, "not-in-force"}, {Status::kDraft, "draft"},
                                   {Status::kRepealed, "repealed"},   {Status::kContract, "contract"},
                                   {Status::kGuidance, "guidance"}};

std::optional<Scope> ScopeNamed(std::string_view name) {
  if (name == "workload") return Scope::kWorkload;
  if (name == "data") return Scope::kData;
  if (name == "placement") return Scope::kPlacement;
  return std::nullopt;
}

}  // namespace

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kNote: return "note";
    case Level::kReview: return "review";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
  }
  return "";
}

std::optional<Level> ParseLevel(std::string_view text) {
  for (const Level level : {Level::kNote, Level::kReview, Level::kWarning, Level::kError})
    if (LevelName(level) == text) return level;
  return std::nullopt;
}

std::string_view StatusName(Status status) {
  for (const StatusRow& row : kStatuses)
    if (row.status == status) return row.name;
  return "";
}

std::string ArgumentText(Value value) {
  if (value.is_scalar()) return std::string(value.text());
  std::string text;
  if (value.is_sequence()) {
    for (size_t i = 0; i < value.size(); ++i) {
      if (!text.empty()) text += ", ";
      const Value item = value.item(i);
      if (item.is_sequence()) {
        for (size_t k = 0; k < item.size(); ++k) text += (k ? " + " : "") + ArgumentText(item.item(k));
      } else {
        text += ArgumentText(item);
      }
    }
    return text;
  }
  if (value.is_map()) {
    if (const Value place = value["place"]) return std::string(place.text());
    if (const Value group = value["group"]) return std::string(group.text());
    for (size_t i = 0; i < value.size(); ++i) text += fmt::format("{}{}: {}", i ? ", " : "", value.key(i).text(), ArgumentText(value.value(i)));
  }
  return text;
}

std::unique_ptr<Rule> ReadRule(Value root, const Vocabulary& vocabulary, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  auto rule = std::make_unique<Rule>();
  Fields fields(root, "a rule", diagnostics);
  rule->id = fields.Need("rule");
  rule->span = root["rule"].span();
  rule->summary = fields.Need("summary");
  rule->why = fields.Need("why");
  rule->message = fields.Need("message");
  rule->help = fields.Texts("help");
  rule->inbound = fields.Flag("inbound", false);
  rule->when = fields.Get("when");
  rule->require = fields.Get("require");
  rule->examples = fields.Get("examples");
  const std::string scope = fields.Text("scope");
  const Value parameters = fields.Get("parameters");
  fields.Done();
  if (!rule->require) diagnostics.Error(root["rule"].span(), fmt::format("rule `{}` has no `require`", rule->id));
  if (const auto named = ScopeNamed(scope)) {
    rule->scope = *named;
  } else {
    diagnostics.Error(root["scope"] ? root["scope"].span() : rule->span, fmt::format("`{}` is not a scope", scope)).help =
        "scopes are placement, data, workload";
  }
  for (size_t i = 0; i < parameters.size() && parameters.is_map(); ++i) {
    const Value entry = parameters.value(i);
    Fields inner(entry, "a parameter", diagnostics);
    ParameterDefinition parameter;
    parameter.name = std::string(parameters.key(i).text());
    parameter.type = inner.Need("type");
    parameter.means = inner.Text("means");
    parameter.optional = inner.Flag("optional", false);
    parameter.fallback = inner.Get("default");
    const std::string of = inner.Text("of");
    inner.Done();
    if (std::find(std::begin(kParameterTypes), std::end(kParameterTypes), parameter.type) == std::end(kParameterTypes))
      diagnostics.Error(entry["type"].span(), fmt::format("`{}` is not a type of parameters", parameter.type)).help =
          DidYouMean(parameter.type, kParameterTypes);
    if (!of.empty()) {
      parameter.of = vocabulary.Find(of);
      if (parameter.of == kNoFact) diagnostics.Error(entry["of"].span(), fmt::format("unknown fact `{}`", of)).help = DidYouMean(of, vocabulary.Names());
    }
    rule->parameters.push_back(std::move(parameter));
  }
  return diagnostics.error_count() == errors ? std::move(rule) : nullptr;
}

bool ApplyRule(const Rule& rule, Value arguments, Span where, const Vocabulary& vocabulary, const Catalogue& catalogue, Diagnostics& diagnostics,
               Check& check) {
  const size_t errors = diagnostics.error_count();
  std::map<std::string, Value, std::less<>> given;
  for (const ParameterDefinition& parameter : rule.parameters) given[parameter.name] = parameter.fallback;
  for (size_t i = 0; i < arguments.size() && arguments.is_map(); ++i) {
    const Value key = arguments.key(i);
    const auto known = given.find(key.text());
    if (known == given.end()) {
      std::vector<std::string_view> names;
      for (const ParameterDefinition& parameter : rule.parameters) names.push_back(parameter.name);
      diagnostics.Error(key.span(), fmt::format("rule `{}` has no parameter `{}`", rule.id, key.text())).help = DidYouMean(key.text(), names);
      continue;
    }
    known->second = arguments.value(i);
    if (rule.parameters.empty()) continue;
    for (const ParameterDefinition& parameter : rule.parameters)
      if (parameter.name == key.text() && parameter.type != "condition") check.arguments.emplace_back(parameter.name, ArgumentText(arguments.value(i)));
  }
  for (const ParameterDefinition& parameter : rule.parameters) {
    if (given[parameter.name]) {
      if (!arguments[parameter.name] && parameter.type != "condition") check.arguments.emplace_back(parameter.name, ArgumentText(parameter.fallback));
      continue;
    }
    if (!parameter.optional)
      diagnostics.Error(where, fmt::format("rule `{}` needs the parameter `{}`", rule.id, parameter.name)).help = parameter.means;
  }
  if (diagnostics.error_count() != errors) return false;
  const ConditionScope scope{&vocabulary, &catalogue, &given};
  if (rule.when) {
    Condition when;
    if (ReadCondition(rule.when, scope, diagnostics, when) == ReadResult::kRead) check.when.push_back(std::move(when));
  }
  if (ReadCondition(rule.require, scope, diagnostics, check.require) == ReadResult::kDropped)
    diagnostics.Error(where, fmt::format("rule `{}` asks for nothing without any of its optional parameters", rule.id));
  return diagnostics.error_count() == errors;
}

namespace {

void ReadChecks(const Policy& policy, Value checks, const Vocabulary& vocabulary, const Catalogue& catalogue, const RuleIndex& rules,
                Diagnostics& diagnostics, std::vector<Check>& into) {
  const ConditionScope scope{&vocabulary, &catalogue, nullptr};
  for (size_t i = 0; i < checks.size() && checks.is_sequence(); ++i) {
    const Value entry = checks.item(i);
    Fields inner(entry, "a check", diagnostics);
    Check check;
    check.id = inner.Need("id");
    check.span = entry["id"].span();
    check.title = inner.Text("title");
    check.cite = policy.builtin ? inner.Need("cite") : inner.Text("cite");
    if (check.cite.empty()) check.cite = policy.title;
    check.message = inner.Text("message");
    check.help = inner.Texts("help");
    check.effective = inner.Day("effective");
    check.until = inner.Day("until");
    const std::string rule = inner.Need("rule");
    const Value when = inner.Get("when");
    const Value with = inner.Get("with");
    const std::string without = inner.Text("without_evidence");
    const auto level_of = [&](std::string_view key, Level fallback) {
      const std::string text = inner.Text(key);
      if (text.empty()) return fallback;
      const auto level = ParseLevel(text);
      if (!level) diagnostics.Error(entry[key].span(), fmt::format("`{}` is not a level", text)).help = "write error, warning, review or note";
      return level.value_or(fallback);
    };
    check.level = level_of("level", Level::kError);
    check.undecided = level_of("undecided", check.level);
    inner.Done();
    if (!entry["level"]) diagnostics.Error(check.span, fmt::format("check `{}` has no `level`", check.id));
    if (!without.empty() && without != "violation" && without != "missing-evidence" && without != "missing_evidence")
      diagnostics.Error(entry["without_evidence"].span(), fmt::format("`{}` where violation or missing-evidence is expected", without));
    check.absent_is_violation = without == "violation";
    // Low confidence never blocks, whatever the check says.
    if (policy.confidence == "low" && check.level > Level::kReview) {
      diagnostics.Error(entry["level"].span(), fmt::format("check `{}` of a policy of low confidence has level {}", check.id, LevelName(check.level))).help =
          "low confidence asks for review: write `level: review` or `note`";
    }
    if (policy.confidence == "low") check.undecided = std::min(check.undecided, Level::kReview);
    const auto known = rules.find(rule);
    if (known == rules.end()) {
      std::vector<std::string_view> names;
      for (const auto& [id, pointer] : rules) names.push_back(id);
      diagnostics.Error(entry["rule"].span(), fmt::format("unknown rule `{}`", rule)).help = DidYouMean(rule, names);
      continue;
    }
    check.rule = known->second;
    if (!ApplyRule(*check.rule, with, check.span, vocabulary, catalogue, diagnostics, check)) continue;
    if (when) {
      Condition condition;
      if (ReadCondition(when, scope, diagnostics, condition) == ReadResult::kRead) check.when.push_back(std::move(condition));
    }
    into.push_back(std::move(check));
  }
}

}  // namespace

std::unique_ptr<Policy> ReadPolicy(Value root, bool builtin, bool everything, const Vocabulary& vocabulary, const Catalogue& catalogue,
                                   const RuleIndex& rules, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_count();
  auto policy = std::make_unique<Policy>();
  policy->builtin = builtin;
  Fields fields(root, "a policy", diagnostics);
  policy->id = fields.Need("policy");
  policy->span = root["policy"].span();
  policy->aliases = fields.Texts("aliases");
  policy->title = fields.Need("title");
  policy->summary = builtin ? fields.Need("summary") : fields.Text("summary");
  policy->jurisdiction = fields.Texts("jurisdiction");
  policy->instrument = builtin ? fields.Need("instrument") : fields.Text("instrument");
  policy->effective = fields.Day("effective");
  policy->until = fields.Day("until");
  policy->reviewed = fields.Day("reviewed");
  policy->review_by = fields.Day("review_by");
  policy->confidence = fields.Text("confidence");
  policy->confidence_note = fields.Text("confidence_note");
  policy->penalties = fields.Text("penalties");
  policy->notes = fields.Texts("notes");
  policy->examples = fields.Get("examples");
  for (std::string_view key : {"facts", "evidence"}) fields.Get(key);   // Read into the vocabulary before.
  std::string status = fields.Text("status");
  if (!builtin) {
    // A house rule needs no more than its checks; what only law has is taken for granted.
    if (policy->summary.empty()) policy->summary = policy->title;
    if (policy->instrument.empty()) policy->instrument = policy->title;
    if (policy->confidence.empty()) policy->confidence = "high";
    if (status.empty()) status = "contract";
  }
  const Value sources = fields.Get("sources");
  const Value applies = fields.Get("applies");
  const Value checks = fields.Get("checks");
  fields.Done();

  for (const std::string& place : policy->jurisdiction)
    if (catalogue.FindPlace(place) == kNoPlace && !catalogue.FindGroup(place))
      diagnostics.Error(root["jurisdiction"].span(), fmt::format("`{}` is not a place", place)).help = catalogue.SuggestPlace(place);
  const auto* row = std::find_if(std::begin(kStatuses), std::end(kStatuses), [&](const StatusRow& s) { return s.name == status; });
  if (row == std::end(kStatuses)) {
    std::vector<std::string_view> names;
    for (const StatusRow& s : kStatuses) names.push_back(s.name);
    diagnostics.Error(root["status"] ? root["status"].span() : policy->span, fmt::format("`{}` is not a status", status)).help = DidYouMean(status, names);
  } else {
    policy->status = row->status;
  }
  if (policy->confidence != "high" && policy->confidence != "medium" && policy->confidence != "low")
    diagnostics.Error(root["confidence"] ? root["confidence"].span() : policy->span, fmt::format("`{}` is not a confidence", policy->confidence)).help =
        "write high, medium or low";
  if (builtin && !policy->reviewed) diagnostics.Error(policy->span, fmt::format("policy `{}` has no `reviewed` date", policy->id));
  for (size_t i = 0; i < sources.size() && sources.is_sequence(); ++i) {
    Fields inner(sources.item(i), "a source", diagnostics);
    SourceReference source{inner.Need("title"), inner.Text("url"), inner.Need("read")};
    inner.Text("note");
    inner.Done();
    policy->sources.push_back(std::move(source));
  }
  const ConditionScope scope{&vocabulary, &catalogue, nullptr};
  if (applies) {
    ReadCondition(applies, scope, diagnostics, policy->applies);
  } else {
    diagnostics.Error(policy->span, fmt::format("policy `{}` does not say to what it applies", policy->id)).help = "write `applies: {always: true}` for everything";
  }
  policy->applies_to_placements = LooksAt(policy->applies, Scope::kPlacement, vocabulary);
  // What the checks need outlives the policy: it is all part of one Knowledge.
  Policy* raw = policy.get();
  const auto read = [raw, checks, &vocabulary, &catalogue, &rules](std::vector<Check>& into, Diagnostics& problems) {
    ReadChecks(*raw, checks, vocabulary, catalogue, rules, problems, into);
  };
  if (everything || !builtin) {
    std::vector<Check> into;
    read(into, diagnostics);
    if (into.empty() && diagnostics.error_count() == errors) diagnostics.Error(policy->span, fmt::format("policy `{}` has no checks", policy->id));
    policy->read = [held = std::make_shared<std::vector<Check>>(std::move(into))](std::vector<Check>& out) { out = std::move(*held); };
  } else {
    policy->read = [read](std::vector<Check>& into) {
      Diagnostics known_good;   // The tests read everything that is built in.
      read(into, known_good);
    };
  }
  return diagnostics.error_count() == errors ? std::move(policy) : nullptr;
}

}  // namespace domicile
