// How long each stage takes, and the whole program: see README.md beside this file.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/advise/advise.h"
#include "engine/check/check.h"
#include "engine/formats/extract.h"
#include "engine/formats/joins.h"
#include "engine/report/report.h"
#include "tests/knowledge.h"

namespace domicile {
namespace {

// A Deployment of about 3 KB, as teams write them: labels, settings, probes, and three facts that matter.
std::string Deployment(int number) {
  std::string settings;
  for (int i = 0; i < 26; ++i)
    settings += fmt::format("            - name: SETTING_{}\n              value: \"value number {} of file {}\"\n", i, i, number);
  return fmt::format(R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: chat-{0}
  namespace: team-{1}
  labels: {{app: chat-{0}, tier: backend}}
  annotations:
    domicile/data-class: personal
    domicile/subjects: "DE"
    domicile/controller-country: DE
    domicile/provider: aws
spec:
  replicas: 3
  selector:
    matchLabels:
      app: chat-{0}
  template:
    metadata:
      labels:
        app: chat-{0}
    spec:
      nodeSelector:
        topology.kubernetes.io/region: eu-central-1
      containers:
        - name: app
          image: ghcr.io/acme/chat:1.{0}
          ports:
            - containerPort: 8080
          env:
            - name: OPENAI_BASE_URL
              value: https://eu.api.openai.com/v1
{2}          resources:
            requests: {{cpu: 500m, memory: 1Gi}}
            limits: {{cpu: "2", memory: 4Gi}}
          readinessProbe:
            httpGet:
              path: /healthz
              port: 8080
)",
                     number, number % 20, settings);
}

const char* const kShort = "name: fraud-scoring\ndata_class: financial\nsubjects: [IN]\nprovider: aws\nregion: ap-south-1\nair_gapped: false\n";

const Knowledge& Everything() {
  static const std::unique_ptr<Knowledge> knowledge = [] {
    Diagnostics diagnostics;
    return Repository::Get().Open(true, {}, false, diagnostics);
  }();
  return *knowledge;
}

// One document with the workload of it, resolved.
struct Prepared {
  Sources sources;
  ParsedFile file;
  Workload workload;
  explicit Prepared(const std::string& text) {
    Diagnostics diagnostics;
    file = Parse(sources, sources.Add("bench.yaml", text), {}, diagnostics);
    const Joins joins(nullptr);
    const ExtractContext context{&Everything().formats, &Everything().vocabulary, &joins, &diagnostics};
    workload = std::move(Extract(file.documents[0], context)[0].workloads[0]);
    Resolve(workload, Everything().catalogue, Everything().vocabulary, diagnostics);
  }
};

void ParseDeployment(benchmark::State& state) {
  Sources sources;
  const std::string text = Deployment(1);
  const uint32_t source = sources.Add("bench.yaml", text);
  for (auto _ : state) {
    Diagnostics diagnostics;
    benchmark::DoNotOptimize(Parse(sources, source, {}, diagnostics));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(ParseDeployment);

void ParseJson(benchmark::State& state) {
  std::string text = "{\"items\": [";
  for (int i = 0; i < 20'000; ++i) text += fmt::format("{}{{\"id\": {}, \"name\": \"item {}\", \"tags\": [\"a\", \"b\"]}}", i ? ", " : "", i, i);
  text += "]}";
  Sources sources;
  const uint32_t source = sources.Add("bench.json", text);
  for (auto _ : state) {
    Diagnostics diagnostics;
    benchmark::DoNotOptimize(Parse(sources, source, {}, diagnostics));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(ParseJson);

void ExtractDeployment(benchmark::State& state) {
  const Prepared prepared(Deployment(1));
  const Joins joins(nullptr);
  for (auto _ : state) {
    Diagnostics diagnostics;
    const ExtractContext context{&Everything().formats, &Everything().vocabulary, &joins, &diagnostics};
    benchmark::DoNotOptimize(Extract(prepared.file.documents[0], context));
  }
}
BENCHMARK(ExtractDeployment);

void ResolveDeployment(benchmark::State& state) {
  Sources sources;
  Diagnostics diagnostics;
  const ParsedFile file = Parse(sources, sources.Add("bench.yaml", Deployment(1)), {}, diagnostics);
  const Joins joins(nullptr);
  const ExtractContext context{&Everything().formats, &Everything().vocabulary, &joins, &diagnostics};
  const std::vector<Extraction> extracted = Extract(file.documents[0], context);
  for (auto _ : state) {
    Workload workload = extracted[0].workloads[0];
    Resolve(workload, Everything().catalogue, Everything().vocabulary, diagnostics);
    benchmark::DoNotOptimize(workload);
  }
}
BENCHMARK(ResolveDeployment);

void CheckAgainstEveryPolicy(benchmark::State& state) {
  const Prepared prepared(Deployment(1));
  CheckOptions options;
  options.as_of = *ParseDate("2026-11-25");
  const Checker checker(Everything(), options);
  for (auto _ : state) benchmark::DoNotOptimize(checker.Check(prepared.workload));
}
BENCHMARK(CheckAgainstEveryPolicy);

void AdviseOnAGlobalDeployment(benchmark::State& state) {
  const Prepared prepared(
      "{name: w, data_class: personal, subjects: [DE], provider: azure, service: azure-openai, region: eastus, deployment: GlobalStandard}");
  CheckOptions options;
  options.as_of = *ParseDate("2026-11-25");
  const Checker checker(Everything(), options);
  const WorkloadResult found = checker.Check(prepared.workload);
  for (auto _ : state) {
    WorkloadResult result = found;
    size_t budget = 500;
    Advise(prepared.workload, checker, result, budget);
    benchmark::DoNotOptimize(result);
  }
}
BENCHMARK(AdviseOnAGlobalDeployment)->Unit(benchmark::kMillisecond);

// A Terraform plan of so many resources, a third of them in the wrong place.
std::string Plan(int resources) {
  std::string text = R"({"format_version": "1.2", "resource_changes": [)";
  for (int i = 0; i < resources; ++i)
    text += fmt::format(R"({}{{"address": "aws_s3_bucket.b{}", "mode": "managed", "type": "aws_s3_bucket", "name": "b{}", "change": {{"actions": ["create"], "before": null,
      "after": {{"bucket": "acme-{}", "region": "{}", "tags": {{"data-classification": "personal", "domicile/subjects": "DE", "team": "billing", "cost-center": "{}"}}}},
      "after_unknown": {{"arn": true, "id": true, "hosted_zone_id": true}}}}}})",
                        i ? "," : "", i, i, i, i % 3 ? "eu-central-1" : "us-east-1", i * 7);
  return text + "]}";
}

// The program as a whole, in a process of its own; the folder is made once.
class WholeProgram {
 public:
  WholeProgram() {
    std::string name = (std::filesystem::temp_directory_path() / "domicile-bench-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    folder_ = name;
    std::ofstream(folder_ / "short.yaml") << kShort;
    std::filesystem::create_directory(folder_ / "cluster");
    for (int i = 0; i < 2000; ++i) std::ofstream(folder_ / "cluster" / fmt::format("f{:04}.yaml", i)) << Deployment(i);
    std::ofstream(folder_ / "plan.json") << Plan(20'000);
  }
  ~WholeProgram() { std::filesystem::remove_all(folder_); }
  static WholeProgram& Get() {
    static WholeProgram program;
    return program;
  }
  void Run(benchmark::State& state, const std::string& arguments) const {
    const std::string command = fmt::format("cd '{}' && '{}' {} >/dev/null", folder_.string(), DOMICILE_PROGRAM, arguments);
    for (auto _ : state)
      if (std::system(command.c_str()) == -1) state.SkipWithError("the program could not be started");
  }

 private:
  std::filesystem::path folder_;
};

void OneSmallFile(benchmark::State& state) { WholeProgram::Get().Run(state, "check -q short.yaml"); }
BENCHMARK(OneSmallFile)->Unit(benchmark::kMillisecond)->UseRealTime();

void TwoThousandDeploymentsOnOneThread(benchmark::State& state) { WholeProgram::Get().Run(state, "check -j1 -o concise cluster"); }
BENCHMARK(TwoThousandDeploymentsOnOneThread)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

void TwoThousandDeployments(benchmark::State& state) { WholeProgram::Get().Run(state, "check -o concise cluster"); }
BENCHMARK(TwoThousandDeployments)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

void TwentyThousandResources(benchmark::State& state) { WholeProgram::Get().Run(state, "check -o concise plan.json"); }
BENCHMARK(TwentyThousandResources)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

}  // namespace
}  // namespace domicile

BENCHMARK_MAIN();
