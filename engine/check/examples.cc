#include "engine/check/examples.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "engine/formats/extract.h"
#include "engine/formats/native.h"
#include "engine/parse/fields.h"
#include "engine/policy/read.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

constexpr std::pair<std::string_view, Verdict> kVerdictKeys[] = {{"pass", Verdict::kPass},
                                                                 {"violation", Verdict::kViolation},
                                                                 {"missing_evidence", Verdict::kMissingEvidence},
                                                                 {"undetermined", Verdict::kUndetermined},
                                                                 {"not_applicable", Verdict::kNotApplicable}};

void Count(Coverage& coverage, Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass: ++coverage.pass; break;
    case Verdict::kViolation:
    case Verdict::kMissingEvidence: ++coverage.broken; break;
    case Verdict::kUndetermined: ++coverage.undetermined; break;
    default: ++coverage.silent; break;
  }
}

// Whether a condition can be answered with no or missing; with unknown.
struct Reach {
  bool no = true, unknown = true;
};

Reach ReachOf(Value condition) {
  if (!condition.is_map()) return {};
  Reach all{false, false};   // Keys side by side must all hold.
  for (size_t i = 0; i < condition.size(); ++i) {
    const std::string_view key = condition.key(i).text();
    const Value value = condition.value(i);
    Reach one;
    if (key == "always") {
      one = {value.text() != "true", false};
    } else if (key == "declared") {
      one = {false, true};
    } else if ((key == "any" || key == "all") && value.is_sequence()) {
      const bool any = key == "any";
      one = {any, false};
      for (size_t k = 0; k < value.size(); ++k) {
        const Reach child = ReachOf(value.item(k));
        one.no = any ? one.no && child.no : one.no || child.no;
        one.unknown = one.unknown || child.unknown;
      }
    }
    all.no = all.no || one.no;
    all.unknown = all.unknown || one.unknown;
  }
  return all;
}

class ExampleRunner {
 public:
  ExampleRunner(const Knowledge& knowledge, Diagnostics& diagnostics) : knowledge_(knowledge), diagnostics_(diagnostics) {}

  ExampleReport report;

  std::optional<Workload> ReadWorkload(Value value) {
    auto workload = ReadNative(value, knowledge_.vocabulary, diagnostics_);
    if (!workload) return std::nullopt;
    const size_t errors = diagnostics_.error_count();
    Resolve(*workload, knowledge_.catalogue, knowledge_.vocabulary, diagnostics_);
    if (diagnostics_.error_count() != errors) return std::nullopt;
    return workload;
  }

  void Fail(Value where, std::string message) { report.failures.push_back({where.span(), std::move(message)}); }

  void RunRule(const Rule& rule) {
    Coverage& coverage = report.rules[rule.id];
    for (size_t i = 0; i < rule.examples.size() && rule.examples.is_sequence(); ++i) {
      const Value example = rule.examples.item(i);
      Fields fields(example, "an example", diagnostics_);
      const std::string name = fields.Need("name");
      const auto as_of = fields.Day("as_of");
      const Value with = fields.Get("with"), value = fields.Get("workload");
      const std::string expected = NameKey(fields.Need("verdict"));
      fields.Done();
      Policy policy;
      policy.id = policy.title = "example";
      policy.applies.kind = Condition::Kind::kAlways;
      policy.applies.number = 1;
      Check check;
      check.id = check.cite = "example";
      check.rule = &rule;
      if (!ApplyRule(rule, with, example.span(), knowledge_.vocabulary, knowledge_.catalogue, diagnostics_, check)) continue;
      policy.read = [held = std::make_shared<Check>(std::move(check))](std::vector<Check>& into) { into.push_back(std::move(*held)); };
      const auto workload = ReadWorkload(value);
      if (!workload) continue;
      ++report.ran;
      CheckOptions options;
      options.as_of = as_of.value_or(knowledge_.catalogue_date);
      const Checker checker(knowledge_, options);
      const auto worst = WorstByCheck(checker.CheckAgainst(*workload, {&policy}).outcomes);
      const auto found = worst.find("example");
      const Verdict got = found == worst.end() ? Verdict::kNotApplicable : found->second;
      Count(coverage, got);
      if (VerdictName(got) != expected)
        Fail(example, fmt::format("example `{}` of rule {}: {} expected, {} found", name, rule.id, expected, VerdictName(got)));
    }
  }

  void RunPolicy(const Policy& policy) {
    for (const Check& check : policy.checks()) report.checks[check.id];
    for (size_t i = 0; i < policy.examples.size() && policy.examples.is_sequence(); ++i) {
      const Value example = policy.examples.item(i);
      Fields fields(example, "an example", diagnostics_);
      const std::string name = fields.Need("name");
      const auto as_of = fields.Day("as_of");
      const Value value = fields.Get("workload");
      std::map<std::string, Verdict> expected;
      for (const auto& [key, verdict] : kVerdictKeys) {
        for (const std::string& id : fields.Texts(key)) {
          const bool known = std::any_of(policy.checks().begin(), policy.checks().end(), [&](const Check& check) { return check.id == id; });
          if (!known) {
            std::vector<std::string_view> names;
            for (const Check& check : policy.checks()) names.push_back(check.id);
            diagnostics_.Error(example[key].span(), fmt::format("`{}` is not a check of {}", id, policy.id)).help = DidYouMean(id, names);
          }
          expected[id] = verdict;
        }
      }
      fields.Done();
      const auto workload = ReadWorkload(value);
      if (!workload) continue;
      ++report.ran;
      if (expected.empty()) Fail(example, fmt::format("example `{}` of {} expects nothing", name, policy.id));
      CheckOptions options;
      options.as_of = as_of.value_or(policy.reviewed.value_or(knowledge_.catalogue_date));
      options.include_disabled = options.ignore_dates = true;
      const Checker checker(knowledge_, options);
      const WorkloadResult result = checker.CheckAgainst(*workload, {&policy});
      const auto worst = WorstByCheck(result.outcomes);
      for (const Check& check : policy.checks()) {
        const auto found = worst.find(check.id);
        const Verdict got = found == worst.end() ? Verdict::kNotApplicable : found->second;
        const auto want = expected.find(check.id);
        Count(report.checks[check.id], got);
        if (want == expected.end()) {
          if (got == Verdict::kViolation || got == Verdict::kMissingEvidence || got == Verdict::kUndetermined)
            Fail(example, fmt::format("example `{}` of {}: {} of check {} was not expected{}", name, policy.id, VerdictName(got), check.id, Why(result, check)));
        } else if (want->second != got) {
          Fail(example, fmt::format("example `{}` of {}: {} of check {} expected, {} found{}", name, policy.id, VerdictName(want->second), check.id,
                                    VerdictName(got), Why(result, check)));
        }
      }
    }
  }

  void RunProvider(const Provider& provider) {
    for (size_t i = 0; i < provider.examples.size() && provider.examples.is_sequence(); ++i) {
      const Value example = provider.examples.item(i);
      Fields fields(example, "an example", diagnostics_);
      const std::string name = fields.Text("name");
      const Value placement = fields.Get("placement");
      const std::string format = fields.Text("format");
      std::optional<Workload> workload;
      Workload made;
      made.format = format.empty() ? "workload" : format;
      made.prefixed_models = true;
      made.data.emplace_back();
      made.placements.emplace_back();
      if (auto read = ReadNative(placement, knowledge_.vocabulary, diagnostics_)) {
        if (!read->placements.empty()) made.placements[0].facts = read->placements[0].facts;
      } else {
        continue;
      }
      // Without an activity of its own the short form stands for storage; what is called here is what counts.
      if (!placement["activity"]) {
        Facts facts;
        for (const Fact& fact : made.placements[0].facts.all())
          if (fact.id != knowledge_.vocabulary.known().activity) facts.Set(fact.id) = fact;
        made.placements[0].facts = std::move(facts);
      }
      Resolve(made, knowledge_.catalogue, knowledge_.vocabulary, diagnostics_);
      workload = std::move(made);
      ++report.ran;
      const KnownFacts& known = knowledge_.vocabulary.known();
      const Facts& facts = workload->placements[0].facts;
      size_t expectations = 0;
      const std::pair<std::string_view, FactId> places[] = {{"processing", known.processing}, {"storage", known.storage}, {"home", known.home}};
      for (const auto& [key, id] : places) {
        const Value want = fields.Get(key);
        if (!want) continue;
        ++expectations;
        const Fact* fact = facts.Find(id);
        const PlaceSet got = fact ? fact->places : PlaceSet{};
        PlaceSet wanted;
        bool good = true;
        const auto add = [&](Value item) {
          if (item.text() == "anywhere") wanted.AddAll(knowledge_.catalogue.Anywhere());
          else if (item.text() == "unknown") wanted.open = true;
          else if (item.text() == "provider") wanted.AddAll(provider.Everywhere(""));
          else if (item.text() == "none" || item.text() == "nowhere") return;
          else if (const PlaceId place = knowledge_.catalogue.FindPlace(item.text()); place != kNoPlace) wanted.Add(place);
          else if (const Group* group = knowledge_.catalogue.FindGroup(item.text())) wanted.AddAll(knowledge_.catalogue.Members(*group));
          else good = false;
        };
        if (want.is_sequence()) {
          for (size_t k = 0; k < want.size(); ++k) add(want.item(k));
        } else {
          add(want);
        }
        if (!good || wanted.bits != got.bits || (wanted.open && !wanted.anywhere) != (got.open && !got.anywhere))
          Fail(want, fmt::format("example `{}` of {}: {} in {} expected, {} found{}", name, provider.id, key, ArgumentText(want), knowledge_.catalogue.Text(got),
                                 fact && !fact->reason.empty() ? " (" + fact->reason + ")" : ""));
      }
      const std::pair<std::string_view, FactId> texts[] = {{"provider", known.provider}, {"service", known.service},       {"region", known.region},
                                                           {"deployment", known.deployment}, {"activity", known.activity}, {"operator", known.operator_name}};
      for (const auto& [key, id] : texts) {
        const Value want = fields.Get(key);
        if (!want) continue;
        ++expectations;
        const Fact* fact = facts.Find(id);
        const std::string got = fact && !fact->hidden && !fact->terms.empty() ? fact->terms[0].text : "none";
        if (NameKey(got) != NameKey(want.text())) Fail(want, fmt::format("example `{}` of {}: {} `{}` expected, `{}` found", name, provider.id, key, want.text(), got));
      }
      for (const auto& [key, id] : {std::pair{std::string_view("public"), known.is_public}, std::pair{std::string_view("bounded"), known.bounded}}) {
        const Value want = fields.Get(key);
        if (!want) continue;
        ++expectations;
        const Fact* fact = facts.Find(id);
        const std::string got = !fact || fact->hidden ? "unknown" : fact->number != 0 ? "true" : "false";
        if (got != want.text()) Fail(want, fmt::format("example `{}` of {}: {} {} expected, {} found", name, provider.id, key, want.text(), got));
      }
      fields.Done();
      if (expectations == 0) Fail(example, fmt::format("example `{}` of {} expects nothing", name, provider.id));
    }
  }

  // A manifest of the format: which workload is found, with which facts and placements.
  void RunFormat(const Format& format) {
    for (size_t i = 0; i < format.examples.size() && format.examples.is_sequence(); ++i) {
      const Value example = format.examples.item(i);
      Fields fields(example, "an example", diagnostics_);
      const std::string name = fields.Need("name");
      const Value manifest = fields.Get("manifest"), others = fields.Get("others"), files = fields.Get("files");
      const std::string want = fields.Need("workload");
      const Value facts = fields.Get("facts"), placements = fields.Get("placements"), absent = fields.Get("absent");
      const std::string file = fields.Text("file");
      fields.Done();
      ++report.ran;
      if (!manifest) {
        Fail(example, fmt::format("example `{}` of {} has no `manifest`", name, format.id));
        continue;
      }
      // The joins look into the documents.
      std::deque<Document> documents{At(manifest)};
      for (size_t k = 0; k < others.size() && others.is_sequence(); ++k) documents.push_back(At(others.item(k)));
      Joins joins(nullptr);
      for (size_t k = 0; k < files.size() && files.is_map(); ++k) documents.push_back(At(files.value(k)));
      const size_t named = documents.size() - (files.is_map() ? files.size() : 0);
      for (size_t k = 0; k < documents.size(); ++k) joins.Add(documents[k], k == 0 ? std::string_view(file) : k < named ? std::string_view() : files.key(k - named).text());
      ExtractContext context{&knowledge_.formats, &knowledge_.vocabulary, &joins, &diagnostics_, nullptr, file};
      context.knows_host = [&](std::string_view host) { return knowledge_.catalogue.MatchHost(host).has_value(); };
      context.activity_of = [&](std::string_view host) { return knowledge_.catalogue.ActivityOf(host); };
      std::vector<Workload> workloads;
      std::string found;
      bool recognised = false;
      for (Extraction& extraction : Extract(documents[0], context)) {
        // What stands inside of it may be of another format.
        recognised = recognised || extraction.format == format.id;
        if (!recognised)
          Fail(example, fmt::format("example `{}` of {}: recognised as {}", name, format.id, extraction.format.empty() ? "nothing" : extraction.format));
        for (Workload& workload : extraction.workloads) {
          Resolve(workload, knowledge_.catalogue, knowledge_.vocabulary, diagnostics_);
          if (SaysNothing(workload, knowledge_.vocabulary)) continue;
          found += (found.empty() ? "" : ", ") + workload.name;
          workloads.push_back(std::move(workload));
        }
      }
      if (want == "none") {
        if (!workloads.empty()) Fail(example, fmt::format("example `{}` of {}: no workload expected, {} found", name, format.id, found));
        continue;
      }
      const auto workload = std::find_if(workloads.begin(), workloads.end(), [&](const Workload& w) { return w.name == want; });
      if (workload == workloads.end()) {
        Fail(example, fmt::format("example `{}` of {}: workload `{}` expected, {} found", name, format.id, want, found.empty() ? "none" : found));
        continue;
      }
      for (size_t k = 0; k < facts.size() && facts.is_map(); ++k) {
        const FactId id = knowledge_.vocabulary.Find(facts.key(k).text());
        const Fact* fact = id == kNoFact ? nullptr : workload->facts.Find(id);
        if (!fact && id != kNoFact) fact = workload->data[0].facts.Find(id);
        if (!Matches(fact, facts.value(k)))
          Fail(facts.key(k), fmt::format("example `{}` of {}: {} is {}", name, format.id, facts.key(k).text(), fact ? FactText(*fact, knowledge_.vocabulary) : "not there"));
      }
      // Each listed placement must be one that was found; several facts of one must meet in the same placement.
      const auto fits = [&](Value wanted) {
        return std::any_of(workload->placements.begin(), workload->placements.end(), [&](const Placement& placement) {
          for (size_t k = 0; k < wanted.size(); ++k) {
            const FactId id = knowledge_.vocabulary.Find(wanted.key(k).text());
            if (id == kNoFact || !Matches(placement.facts.Find(id), wanted.value(k))) return false;
          }
          return true;
        });
      };
      for (size_t k = 0; k < placements.size() && placements.is_sequence(); ++k)
        if (!fits(placements.item(k))) Fail(placements.item(k), fmt::format("example `{}` of {}: no placement with {}; found: {}", name, format.id, ArgumentText(placements.item(k)), Placements(*workload)));
      for (size_t k = 0; k < absent.size() && absent.is_sequence(); ++k)
        if (fits(absent.item(k))) Fail(absent.item(k), fmt::format("example `{}` of {}: a placement with {} was not expected", name, format.id, ArgumentText(absent.item(k))));
    }
  }

  void RunMakers() {
    const Value examples = knowledge_.catalogue.maker_examples();
    for (size_t i = 0; i < examples.size() && examples.is_sequence(); ++i) {
      const Value example = examples.item(i);
      Fields fields(example, "an example", diagnostics_);
      fields.Text("name");
      const std::string model = fields.Need("model");
      const std::string want = fields.Need("maker");
      const Value open = fields.Get("open_weights");
      fields.Done();
      ++report.ran;
      const Maker* maker = knowledge_.catalogue.FindMaker(model);
      const std::string got = maker ? maker->id : "none";
      if (got != want) Fail(example, fmt::format("model `{}`: maker {} expected, {} found", model, want, got));
      (void)open;
    }
  }

 private:
  // The document of which the value is a part, with the value as its root.
  static Document At(Value value) {
    Document document = *value.document();
    document.root = value.index();
    return document;
  }

  bool Matches(const Fact* fact, Value wanted) const {
    if (wanted.is_scalar() && wanted.text() == "unknown") return fact && (fact->hidden || fact->places.open);
    if (!fact) return false;
    std::vector<std::string> got, want;
    for (const Term& term : fact->terms) got.push_back(term.text);
    const FactType type = knowledge_.vocabulary.at(fact->id).type;
    if ((type == FactType::kPlace || type == FactType::kPlaces) && !fact->places.anywhere) {
      got.clear();
      fact->places.ForEach([&](PlaceId id) { got.push_back(knowledge_.catalogue.place(id).code); });
    }
    if (wanted.is_sequence()) {
      for (size_t i = 0; i < wanted.size(); ++i) want.emplace_back(wanted.item(i).text());
    } else {
      want.emplace_back(wanted.text());
    }
    if (type == FactType::kNames) {   // What a name implies need not be listed.
      return std::all_of(want.begin(), want.end(), [&](const std::string& w) { return std::find(got.begin(), got.end(), w) != got.end(); });
    }
    std::sort(got.begin(), got.end());
    std::sort(want.begin(), want.end());
    return got == want;
  }

  std::string Placements(const Workload& workload) const {
    std::string text;
    for (const Placement& placement : workload.placements) {
      text += text.empty() ? "{" : ", {";
      bool first = true;
      for (const Fact& fact : placement.facts.all()) {
        const FactDefinition& definition = knowledge_.vocabulary.at(fact.id);
        if (definition.derived || definition.prefix != "placement") continue;
        text += fmt::format("{}{}: {}", first ? "" : ", ", definition.key, FactText(fact, knowledge_.vocabulary));
        first = false;
      }
      text += "}";
    }
    return text;
  }

  static std::string Why(const WorkloadResult& result, const Check& check) {
    for (const Finding& finding : result.findings) {
      if (finding.check != &check) continue;
      std::string text = ": " + finding.message;
      if (!finding.facts.empty() && !finding.facts[0].reason.empty()) text += " (" + finding.facts[0].reason + ")";
      return text;
    }
    return "";
  }

  const Knowledge& knowledge_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::string NeverSeen(const Coverage& seen, const Rule& rule) {
  const Reach reach = ReachOf(rule.require);
  std::string text;
  if (!seen.pass) text += ", to pass";
  if (!seen.broken && reach.no) text += ", to be broken";
  if (!seen.undetermined && reach.unknown) text += ", to be undetermined";
  return text.empty() ? text : text.substr(2);
}

ExampleReport RunExamples(const Knowledge& knowledge, const std::vector<uint32_t>& only, Diagnostics& diagnostics) {
  ExampleRunner runner(knowledge, diagnostics);
  const auto wanted = [&](Span span) { return only.empty() || std::find(only.begin(), only.end(), span.source) != only.end(); };
  for (const auto& rule : knowledge.rules)
    if (wanted(rule->span)) runner.RunRule(*rule);
  for (const auto& policy : knowledge.policies)
    if (wanted(policy->span)) runner.RunPolicy(*policy);
  for (size_t i = 0; i < knowledge.catalogue.provider_count(); ++i)
    if (const Provider& provider = knowledge.catalogue.provider(i); wanted(provider.span)) runner.RunProvider(provider);
  for (const auto& format : knowledge.formats.all)
    if (wanted(format->span)) runner.RunFormat(*format);
  if (wanted(knowledge.catalogue.maker_examples().span())) runner.RunMakers();
  return std::move(runner.report);
}

}  // namespace domicile
