#include "engine/check/check.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "engine/check/message.h"

namespace domicile {
namespace {

constexpr int32_t kUpcomingDays = 180;   // Law that comes into force within this time is announced.

bool IsPlaceLeaf(const Trace& trace) {
  return trace.leaf && trace.leaf->kind == Condition::Kind::kLeaf &&
         (trace.leaf->op == Op::kWithin || trace.leaf->op == Op::kOutside);
}

// A variable or a template hides the fact. A fact that is declared but too coarse to decide (the country, where the law is a state's)
// counts as not declared: it is named in the summary.
bool IsHidden(const Trace& trace) {
  return trace.truth == Truth::kUnknown && trace.fact &&
         (trace.fact->hidden || trace.fact->places.open ||
          std::any_of(trace.fact->terms.begin(), trace.fact->terms.end(), [](const Term& term) { return term.hidden; }));
}

bool IsHas(const Trace& trace) { return trace.leaf && trace.leaf->kind == Condition::Kind::kLeaf && trace.leaf->op == Op::kHas; }

// The name of the variable that a reason blames; empty when it blames something else.
std::string VariableOf(const std::string& reason) {
  constexpr std::string_view kBlames = "the variable `";
  const size_t at = reason.find(kBlames);
  const size_t end = at == std::string::npos ? at : reason.find('`', at + kBlames.size());
  return end == std::string::npos ? "" : reason.substr(at + kBlames.size(), end - at - kBlames.size());
}

// All that a condition can see of a fact.
void AddKey(const Fact& fact, std::string& key) {
  key += fmt::format("{}/{}{}/{}(", fact.id, fact.hidden, fact.stated, fact.number);
  for (const Term& term : fact.terms)
    key += fmt::format("{}:{}{}{}/{}/{}/{} ", term.text.size(), term.text, term.hidden, term.share, term.id, term.valid_until ? term.valid_until->days : 0, term.issued ? term.issued->days : 0);
  key += ')';
}

// And at none of the placements, and at no other set of data, and not at `name`, which hardly two workloads share.
bool LooksAtFactsAlone(const Condition& condition, FactId name) {
  using Kind = Condition::Kind;
  if (condition.kind == Kind::kSomePlacement || condition.kind == Kind::kEveryPlacement || condition.kind == Kind::kSomeData || condition.kind == Kind::kEveryData) return false;
  if (condition.fact == name || std::find(condition.facts.begin(), condition.facts.end(), name) != condition.facts.end()) return false;
  return std::all_of(condition.children.begin(), condition.children.end(), [&](const Condition& child) { return LooksAtFactsAlone(child, name); });
}

void SortOnce(std::vector<std::pair<FactId, const Policy*>>& undeclared) {
  std::sort(undeclared.begin(), undeclared.end());
  undeclared.erase(std::unique(undeclared.begin(), undeclared.end()), undeclared.end());
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNotApplicable: return "not-applicable";
    case Verdict::kPass: return "pass";
    case Verdict::kWaived: return "waived";
    case Verdict::kUndetermined: return "undetermined";
    case Verdict::kMissingEvidence: return "missing-evidence";
    case Verdict::kViolation: return "violation";
  }
  return "";
}

std::string DataText(const DataSet& data, const Vocabulary& vocabulary) {
  const KnownFacts& known = vocabulary.known();
  std::string inner;
  if (const Fact* classes = data.facts.Find(known.data_class)) {
    // The written classes; what they imply goes without saying.
    std::string text;
    for (const Term& term : classes->terms) {
      const bool implied = std::any_of(classes->terms.begin(), classes->terms.end(), [&](const Term& other) {
        const NameValue* value = other.text == term.text ? nullptr : vocabulary.Canonical(known.data_class, other.text);
        return value && std::find(value->implies.begin(), value->implies.end(), term.text) != value->implies.end();
      });
      if (!implied) text += (text.empty() ? "" : ", ") + term.text;
    }
    inner = text;
  }
  if (const Fact* subjects = data.facts.Find(known.data_subjects)) {
    std::string text = FactText(*subjects, vocabulary);
    inner += fmt::format("{}subjects {}", inner.empty() ? "" : ", ", text);
  }
  const std::string name = data.name.empty() ? "data" : fmt::format("`{}`", data.name);
  return inner.empty() ? name : fmt::format("{} ({})", name, inner);
}

std::map<std::string, Verdict> WorstByCheck(const std::vector<Outcome>& outcomes) {
  std::map<std::string, Verdict> worst;
  for (const Outcome& outcome : outcomes) {
    const auto [known, added] = worst.emplace(outcome.check->id, outcome.verdict);
    if (!added) known->second = std::max(known->second, outcome.verdict);
  }
  return worst;
}

Checker::Checker(const Knowledge& knowledge, CheckOptions options)
    : knowledge_(knowledge), options_(std::move(options)), evaluator_(knowledge.vocabulary, knowledge.catalogue) {
  for (const auto& policy : knowledge_.policies) {
    const bool named = std::find(options_.only.begin(), options_.only.end(), policy.get()) != options_.only.end();
    if (!options_.only.empty() && !named) continue;
    if (!IsEnabled(policy->status) && !options_.include_disabled) continue;
    if (std::find(options_.without.begin(), options_.without.end(), policy.get()) != options_.without.end()) continue;
    policies_.push_back(policy.get());
    if (!policy->applies_to_placements && LooksAtFactsAlone(policy->applies, knowledge_.vocabulary.known().workload_name)) by_facts_.push_back(policy.get());
  }
}

std::shared_ptr<const Checker::Applies> Checker::AppliesTo(const Workload& workload, const DataSet& data) const {
  std::string key;
  for (const Facts* facts : {&workload.facts, &data.facts})
    for (const Fact& fact : facts->all())
      if (fact.id != knowledge_.vocabulary.known().workload_name) AddKey(fact, key);
  {
    const std::shared_lock lock(remembered_mutex_);
    if (const auto known = remembered_.find(key); known != remembered_.end()) return known->second;
  }
  auto made = std::make_shared<Applies>();
  const Context context{&workload, &data, nullptr, options_.as_of};
  for (const Policy* policy : by_facts_)
    if (IsAsked(*policy)) made->truths.emplace(policy, DoesApply(*policy, context, made->undeclared));
  SortOnce(made->undeclared);
  const std::unique_lock lock(remembered_mutex_);
  if (remembered_.size() < kMostRemembered) remembered_.emplace(std::move(key), made);
  return made;
}

// Whether a policy counts on the day, as if in force where that is wanted.
bool Checker::AsIf(const Policy& policy) const { return options_.ignore_dates && !IsEnabled(policy.status); }
bool Checker::IsComing(const Policy& policy) const { return !AsIf(policy) && policy.effective && options_.as_of < *policy.effective; }
bool Checker::IsAsked(const Policy& policy) const {
  if (!AsIf(policy) && policy.until && options_.as_of > *policy.until) return false;
  return !IsComing(policy) || policy.effective->days - options_.as_of.days <= kUpcomingDays;
}

// No where it cannot be told for want of a fact that nobody declared; those are added.
Truth Checker::DoesApply(const Policy& policy, const Context& context, std::vector<std::pair<FactId, const Policy*>>& undeclared) const {
  const Truth truth = evaluator_.Evaluate(policy.applies, context, nullptr);
  if (truth != Truth::kUnknown) return truth;
  std::vector<Trace> traces;
  evaluator_.Evaluate(policy.applies, context, &traces);
  if (std::any_of(traces.begin(), traces.end(), IsHidden)) return Truth::kUnknown;
  for (const Trace& trace : traces)
    if (trace.truth == Truth::kUnknown) undeclared.emplace_back(trace.id, &policy);
  return Truth::kNo;
}

bool Checker::InForce(const std::optional<Date>& effective, const std::optional<Date>& until) const {
  return !(effective && options_.as_of < *effective) && !(until && options_.as_of > *until);
}

WorkloadResult Checker::CheckAgainst(const Workload& workload, const std::vector<const Policy*>& policies) const {
  WorkloadResult result;
  std::vector<std::shared_ptr<const Applies>> known_to_apply;   // By data set.
  if (&policies == &policies_)
    for (const DataSet& data : workload.data) known_to_apply.push_back(AppliesTo(workload, data));
  for (const Policy* policy : policies) {
    if (!IsAsked(*policy)) continue;
    const bool as_if = AsIf(*policy), coming = IsComing(*policy);
    for (const DataSet& data : workload.data) {
      Context context{&workload, &data, nullptr, options_.as_of};
      // What does not look at placements is asked once for each data set.
      Truth truth = Truth::kNo;
      if (!policy->applies_to_placements) {
        const std::optional<Truth> told = known_to_apply.empty() ? std::nullopt : known_to_apply[static_cast<size_t>(&data - workload.data.data())]->Of(*policy);
        truth = told ? *told : DoesApply(*policy, context, result.undeclared);
        if (truth == Truth::kNo || truth == Truth::kMissing) continue;
      }
      if (coming) {
        if (truth == Truth::kYes)
          result.upcoming.insert(fmt::format("{} ({}) comes into force on {}", policy->id, policy->title, FormatDate(*policy->effective)));
        continue;
      }
      const auto run = [&](const domicile::Check& check, const Context& at, Truth applied) {
        if (!as_if && !InForce(check.effective, check.until)) return;
        if (applied == Truth::kYes) {
          CheckOne(*policy, check, at, result);
          return;
        }
        for (const Condition& when : check.when) {
          std::vector<Trace> traces;
          const Truth wanted = evaluator_.Evaluate(when, at, &traces);
          if (wanted == Truth::kNo || wanted == Truth::kMissing) return;
          if (wanted == Truth::kUnknown && std::none_of(traces.begin(), traces.end(), IsHidden)) return;
        }
        // Whether the law applies at all is hidden: that is for the reader to settle, not for us to pass over.
        std::vector<Trace> traces;
        evaluator_.Evaluate(policy->applies, at, &traces);
        result.applied.insert(policy);
        result.outcomes.push_back({policy, &check, at.workload, at.data, at.placement, Verdict::kUndetermined});
        result.findings.push_back(Explain(*policy, check, at, Verdict::kUndetermined, traces));
      };
      for (const domicile::Check& check : policy->checks()) {
        if (check.rule->scope != Scope::kPlacement && !policy->applies_to_placements) {
          if (check.rule->scope == Scope::kWorkload && &data != &workload.data[0]) continue;
          run(check, context, truth);
          continue;
        }
        bool done = false;
        for (const Placement& placement : workload.placements) {
          const bool fetched = check.rule->inbound && &data == &workload.data[0] && IsInbound(placement, knowledge_.vocabulary);
          if (!fetched && !Holds(placement, data, knowledge_.vocabulary)) continue;
          Context at = context;
          at.placement = &placement;
          Truth applied = truth;
          if (policy->applies_to_placements) applied = DoesApply(*policy, at, result.undeclared);
          if (applied == Truth::kNo || applied == Truth::kMissing) continue;
          if (check.rule->scope != Scope::kPlacement) {
            if (done) continue;
            at.placement = nullptr;
            done = true;
          }
          run(check, at, applied);
        }
      }
    }
  }
  if (result.undeclared.empty() && known_to_apply.size() == 1) {
    result.undeclared = known_to_apply[0]->undeclared;
  } else {
    for (const auto& known : known_to_apply) result.undeclared.insert(result.undeclared.end(), known->undeclared.begin(), known->undeclared.end());
    SortOnce(result.undeclared);
  }
  // Two placements of one system that stand on the same line for the same reason make one finding.
  std::set<std::tuple<const domicile::Check*, uint32_t, uint32_t, uint32_t, Verdict, std::string>> known;
  std::erase_if(result.findings, [&](const Finding& finding) {
    return !known.emplace(finding.check, finding.span.source, finding.span.begin, finding.span.end, finding.verdict, finding.message).second;
  });
  return result;
}

void Checker::CheckOne(const Policy& policy, const domicile::Check& check, const Context& context, WorkloadResult& result) const {
  for (const Condition& when : check.when) {
    const Truth truth = evaluator_.Evaluate(when, context, nullptr);
    if (truth == Truth::kYes) continue;
    if (truth != Truth::kUnknown) return;
    std::vector<Trace> traces;
    evaluator_.Evaluate(when, context, &traces);
    if (std::none_of(traces.begin(), traces.end(), IsHidden)) {
      for (const Trace& trace : traces)
        if (trace.truth == Truth::kUnknown) result.undeclared.emplace_back(trace.id, &policy);
      return;
    }
    result.applied.insert(&policy);
    result.outcomes.push_back({&policy, &check, context.workload, context.data, context.placement, Verdict::kUndetermined});
    result.findings.push_back(Explain(policy, check, context, Verdict::kUndetermined, traces));
    return;
  }
  const Truth truth = evaluator_.Evaluate(check.require, context, nullptr);
  result.applied.insert(&policy);
  Verdict verdict = Verdict::kPass;
  std::vector<Trace> traces;
  if (truth != Truth::kYes) {
    evaluator_.Evaluate(check.require, context, &traces);
    if (truth == Truth::kNo) verdict = Verdict::kViolation;
    if (truth == Truth::kUnknown) verdict = Verdict::kUndetermined;
    if (truth == Truth::kMissing) {
      verdict = Verdict::kMissingEvidence;
      if (check.absent_is_violation) {
        // Declaring nothing at all is a breach where the law says so and every possible place offends; half of an alternative, or
        // places of which only some offend, still ask for the rest.
        const bool partly = std::any_of(traces.begin(), traces.end(), [](const Trace& t) { return IsHas(t) && t.partly; });
        bool places = false, definite = false;
        for (const Trace& trace : traces) {
          if (!IsPlaceLeaf(trace) || trace.truth == Truth::kYes) continue;
          places = true;
          definite = definite || trace.definite;
        }
        if (!partly && (definite || !places)) verdict = Verdict::kViolation;
      }
    }
  }
  result.outcomes.push_back({&policy, &check, context.workload, context.data, context.placement, verdict, truth == Truth::kMissing});
  if (verdict != Verdict::kPass) result.findings.push_back(Explain(policy, check, context, verdict, traces));
}

Finding Checker::Explain(const Policy& policy, const domicile::Check& check, const Context& context, Verdict verdict,
                         const std::vector<Trace>& traces) const {
  const Vocabulary& vocabulary = knowledge_.vocabulary;
  Finding finding;
  finding.verdict = verdict;
  finding.policy = &policy;
  finding.check = &check;
  finding.level = verdict == Verdict::kUndetermined ? check.undecided : check.level;
  finding.workload = context.workload->name;
  finding.data = context.data ? context.data->name : "";
  if (const Fact* classes = context.data ? context.data->facts.Find(vocabulary.known().data_class) : nullptr) finding.classes = FactText(*classes, vocabulary);
  finding.placement = context.placement ? context.placement->name : "";
  finding.source = context.workload->source;
  if (context.placement) finding.placement_index = static_cast<size_t>(context.placement - context.workload->placements.data());

  // The leaf that decided: for an undetermined verdict one that is unknown, else one about places that was refused, else any.
  const Trace* primary = nullptr;
  const Trace* places = nullptr;
  const auto better = [&](const Trace& trace) {
    if (!primary) return true;
    if (IsHas(*primary) != IsHas(trace)) return IsHas(*primary);
    if (IsPlaceLeaf(*primary) != IsPlaceLeaf(trace)) return IsPlaceLeaf(trace);
    return !primary->fact && trace.fact;
  };
  for (const Trace& trace : traces) {
    if (trace.truth == Truth::kYes) continue;
    if (verdict == Verdict::kUndetermined && trace.truth != Truth::kUnknown) continue;
    if (IsPlaceLeaf(trace) && !places) places = &trace;
    if (better(trace)) primary = &trace;
  }
  if (places && (!primary || IsHas(*primary))) primary = places;

  std::vector<FactId> seen;
  const auto add = [&](const Trace& trace) {
    if (!trace.leaf || std::find(seen.begin(), seen.end(), trace.id) != seen.end()) return;
    // Evidence matters to the reader where it was begun or does not count; facts that are not declared where they alone decide.
    if (IsHas(trace) && (!trace.fact || !trace.partly)) return;
    if (!trace.fact && verdict != Verdict::kUndetermined) return;
    seen.push_back(trace.id);
    DecidingFact fact;
    const FactDefinition& definition = vocabulary.at(IsHas(trace) ? trace.fact->id : trace.id);
    fact.name = definition.name;
    if (trace.fact) {
      fact.value = FactText(*trace.fact, vocabulary);
      fact.span = trace.fact->span;
      const bool about_place = definition.type == FactType::kPlaces || trace.id == vocabulary.known().bounded;
      if (about_place || trace.fact->stated) fact.because = trace.fact->because;
      fact.unknown = trace.fact->hidden || (trace.fact->places.open && trace.truth == Truth::kUnknown);
      fact.reason = trace.fact->reason;
      if (trace.truth == Truth::kUnknown && fact.reason.empty() && IsPlaceLeaf(trace))
        fact.reason = fmt::format("nothing tells whether {} belongs to {}", knowledge_.catalogue.Text(trace.offending), trace.leaf->places->text);
    } else {
      fact.value = "not declared";
      fact.unknown = true;
      fact.reason = "it is not declared";
      fact.where = vocabulary.WhereToWrite(trace.id);
    }
    if (!trace.note.empty()) fact.reason = trace.note;
    finding.facts.push_back(std::move(fact));
  };
  if (primary) add(*primary);
  for (const Trace& trace : traces)
    if (trace.truth != Truth::kYes && (verdict == Verdict::kUndetermined ? trace.truth == Truth::kUnknown : trace.truth != Truth::kUnknown)) add(trace);

  // Where to point: at what was written, else at the narrowest thing that stands for it.
  // Evidence that has nothing to do with what is missing is no place to point at.
  const bool beside = primary && IsHas(*primary) && !primary->partly;
  Span span = primary && primary->aspect ? primary->aspect->span : primary && primary->fact && !beside ? primary->fact->span : Span{};
  // A check that turns on evidence points at the fact that made it apply, where that is not the class of the data.
  if (!span.known()) {
    std::vector<Trace> grounds;
    for (const Condition& when : check.when) evaluator_.Evaluate(when, context, &grounds);
    evaluator_.Evaluate(policy.applies, context, &grounds);
    for (const Trace& trace : grounds) {
      const bool telling = trace.truth == Truth::kYes && trace.fact && trace.fact->span.known() && trace.fact->stated && trace.leaf->op != Op::kNoneOf &&
                           vocabulary.at(trace.id).scope == Scope::kWorkload;
      if (telling && !span.known()) {
        span = trace.fact->span;
        add(trace);
      }
    }
  }
  if (!span.known() && context.placement) {
    const KnownFacts& known = vocabulary.known();
    for (const FactId id : {known.region, known.endpoint, known.model, known.provider, known.bucket, known.image, known.country, known.activity}) {
      const Fact* fact = context.placement->facts.Find(id);
      if (!span.known() && fact && fact->span.known()) span = fact->span;
    }
    if (!span.known()) span = context.placement->span;
  }
  if (!span.known() && context.data) {
    if (const Fact* classes = context.data->facts.Find(vocabulary.known().data_class)) span = classes->span;
    if (!span.known()) span = context.data->span;
  }
  if (!span.known()) span = context.workload->span;
  finding.span = span;
  if (primary && primary->fact && !beside) {
    finding.label = verdict == Verdict::kUndetermined && !finding.facts.empty() && !finding.facts[0].reason.empty() ? finding.facts[0].reason
                                                                                                                   : FactText(primary->aspect ? *primary->aspect : *primary->fact, vocabulary);
    // A label that only repeats what stands there says nothing.
    if (!primary->fact->terms.empty() && primary->fact->terms.size() == 1 && primary->fact->terms[0].span == span && !IsPlaceLeaf(*primary))
      finding.label.clear();
  } else if (primary && !IsHas(*primary)) {
    finding.label = fmt::format("`{}` is not declared", vocabulary.at(primary->id).name);
  }

  // What rests on a claim that nobody looked up asks for review and does not block.
  const Trace* decided = places ? places : primary;
  if (verdict != Verdict::kUndetermined && decided && decided->fact && (IsPlaceLeaf(*decided) || decided->id == vocabulary.known().bounded) &&
      std::any_of(decided->fact->because.begin(), decided->fact->because.end(), [](const Because& step) { return step.unverified; })) {
    finding.level = std::min(finding.level, Level::kReview);
    finding.help.push_back("this rests on a claim about the provider that was not verified: look it up first");
  }

  MessageContext message;
  message.vocabulary = &vocabulary;
  message.catalogue = &knowledge_.catalogue;
  message.check = &check;
  message.context = context;
  message.traces = &traces;
  message.primary = places ? places : primary;
  const auto add_help = [&] {
    for (const std::vector<std::string>* lines : {&check.help, &check.rule->help})
      for (const std::string& line : *lines)
        if (auto text = FillMessage(line, message, false)) finding.help.push_back(std::move(*text));
  };
  if (verdict == Verdict::kUndetermined && primary && check.rule->message.find("{undeclared}") == std::string::npos) {
    const FactDefinition& definition = vocabulary.at(primary->id);
    const std::string title = check.title.empty() ? check.rule->summary : check.title;
    const bool about_data = context.data && check.rule->scope != Scope::kWorkload;
    finding.message = fmt::format("{}: {} is unknown, so {} could not be decided", about_data ? DataText(*context.data, vocabulary) : fmt::format("`{}`", finding.workload),
                                  definition.question.empty() ? fmt::format("`{}`", definition.name) : definition.question, check.title.empty() ? fmt::format("`{}`", check.rule->id) : fmt::format("\"{}\"", title));
    const FactId cause = primary->fact && primary->fact->cause != kNoFact ? primary->fact->cause : primary->id;
    const Fact* written = context.placement && cause != primary->id ? context.placement->facts.Find(cause) : nullptr;
    if (check.rule->scope == Scope::kWorkload) {
      add_help();   // What would show it is what the rule asks for.
    } else if (written && !written->hidden && !written->terms.empty()) {
      const bool stranger = cause == vocabulary.known().provider && !knowledge_.catalogue.FindProvider(written->terms[0].text);
      finding.help.push_back(stranger ? fmt::format("nobody described `{}`: declare the country, or write a file for the provider", written->terms[0].text)
                                      : fmt::format("`{}` leaves this open: another {} would settle it", written->terms[0].text, vocabulary.at(cause).key));
    } else if (const std::string where = vocabulary.WhereToWrite(cause); !where.empty()) {
      finding.help.push_back(fmt::format("write {} in {}, or in the project's .domicile.yaml", cause == primary->id ? "it" : fmt::format("the {}", vocabulary.at(cause).key), where));
    } else if (!finding.facts.empty() && !finding.facts[0].reason.empty()) {
      finding.help.push_back("settle this first: " + finding.facts[0].reason);
    }
    if (!finding.facts.empty())
      if (const std::string variable = VariableOf(finding.facts[0].reason); !variable.empty())
        finding.help.push_back(fmt::format("or give the value with `--assume {}=VALUE`, or under `assume` in .domicile.yaml", variable));
    return finding;
  }
  finding.message = FillMessage(check.message.empty() ? check.rule->message : check.message, message, true).value_or("");
  add_help();
  return finding;
}

}  // namespace domicile
