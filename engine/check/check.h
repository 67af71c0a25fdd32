// Holds workloads against policies: every workload x data set x placement x check.
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/check/evaluate.h"
#include "engine/check/finding.h"
#include "engine/policy/knowledge.h"

namespace domicile {

struct CheckOptions {
  Date as_of{};
  std::vector<const Policy*> only;     // Empty: every enabled policy.
  std::vector<const Policy*> without;  // Never asked.
  bool include_disabled = false;       // Drafts and repealed law too, as if in force (examples of policies).
  bool ignore_dates = false;           // Of `effective` and `until` of disabled policies.
};

// The verdict of one check on one data set and placement, passes included: what `test` and `matrix` look at.
struct Outcome {
  const Policy* policy = nullptr;
  const Check* check = nullptr;
  const Workload* workload = nullptr;
  const DataSet* data = nullptr;
  const Placement* placement = nullptr;
  Verdict verdict = Verdict::kNotApplicable;
  bool curable = false;                // A violation that evidence would mend: nothing of it is declared.
};

// What one workload gave. Kept apart from the report so that files can be checked on several threads.
struct WorkloadResult {
  std::vector<Finding> findings;
  std::vector<Outcome> outcomes;               // Without those that do not apply, except where asked.
  std::set<const Policy*> applied;             // With a verdict.
  std::vector<std::pair<FactId, const Policy*>> undeclared;   // Policies that were silent for want of a fact: sorted, each once.
  std::set<std::string> upcoming;
};

class Checker {
 public:
  Checker(const Knowledge& knowledge, CheckOptions options);

  // The workload must have been resolved. Const and safe to call from several threads.
  WorkloadResult Check(const Workload& workload) const { return CheckAgainst(workload, policies_); }
  // The same for policies of the caller's choice.
  WorkloadResult CheckAgainst(const Workload& workload, const std::vector<const Policy*>& policies) const;

  const std::vector<const Policy*>& policies() const { return policies_; }
  const CheckOptions& options() const { return options_; }
  const Knowledge& knowledge() const { return knowledge_; }

 private:
  // Whether policies apply to data of which the same is said, and which facts are missing to tell: very many workloads say the same.
  struct Applies {
    std::unordered_map<const Policy*, Truth> truths;
    std::vector<std::pair<FactId, const Policy*>> undeclared;
    std::optional<Truth> Of(const Policy& policy) const {
      const auto found = truths.find(&policy);
      return found == truths.end() ? std::nullopt : std::optional(found->second);
    }
  };
  std::shared_ptr<const Applies> AppliesTo(const Workload& workload, const DataSet& data) const;
  Truth DoesApply(const Policy& policy, const Context& context, std::vector<std::pair<FactId, const Policy*>>& undeclared) const;
  bool AsIf(const Policy& policy) const;
  bool IsComing(const Policy& policy) const;
  bool IsAsked(const Policy& policy) const;
  bool InForce(const std::optional<Date>& effective, const std::optional<Date>& until) const;
  void CheckOne(const Policy& policy, const domicile::Check& check, const Context& context, WorkloadResult& result) const;
  Finding Explain(const Policy& policy, const domicile::Check& check, const Context& context, Verdict verdict, const std::vector<Trace>& traces) const;

  const Knowledge& knowledge_;
  CheckOptions options_;
  Evaluator evaluator_;
  std::vector<const Policy*> policies_;
  std::vector<const Policy*> by_facts_;   // Of these, those whose `applies` looks at facts of the workload and of one data set alone.
  static constexpr size_t kMostRemembered = 1000;
  mutable std::shared_mutex remembered_mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const Applies>> remembered_;
};

// "`prompts` (personal, subjects DE, FR)" or "data (personal)".
std::string DataText(const DataSet& data, const Vocabulary& vocabulary);

// Worst of the outcomes of each check.
std::map<std::string, Verdict> WorstByCheck(const std::vector<Outcome>& outcomes);

}  // namespace domicile
