// What a project says of itself: its file, its waivers, the facts it states, and the values it assumes.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "engine/check/waive.h"
#include "engine/formats/expressions.h"
#include "engine/formats/extract.h"
#include "tests/knowledge.h"

namespace domicile {
namespace {

// Knowledge of its own for each project, since a project gives the catalogue its hosts. Two policies are enough.
constexpr const char* kPolicies[] = {R"(
policy: xx-home
aliases: [xx-act]
title: Example
summary: Data stay at home.
jurisdiction: [DE]
instrument: Act 1
status: in-force
reviewed: 2026-11-23
confidence: high
sources: [{title: Gazette, read: 2026-11-23}]
applies: {data.class: {any_of: [personal]}}
checks:
  - {id: xx-home-keep, rule: stays-within, with: {places: [DE]}, cite: s. 1, level: error}
  - {id: xx-home-bounded, rule: routing-is-bounded, cite: s. 2, level: warning}
)",
                                     R"(
policy: yy-other
title: Other
summary: Asks for nothing.
jurisdiction: [FR]
instrument: Act 2
status: in-force
reviewed: 2026-11-23
confidence: high
sources: [{title: Gazette, read: 2026-11-23}]
applies: {data.subjects: {any_in: [FR]}}
checks:
  - {id: yy-none, rule: asks-no-location, cite: s. 1, level: note}
)"};

struct Case {
  Diagnostics diagnostics;
  std::unique_ptr<Knowledge> knowledge;
  Project project;

  explicit Case(const std::string& text) {
    Repository& repository = Repository::Get();
    knowledge = repository.Open(false, {kPolicies[0], kPolicies[1]}, false, diagnostics);
    EXPECT_EQ(diagnostics.error_count(), 0u) << repository.Text(diagnostics);
    project.file = ".domicile.yaml";
    project.folder = project.working_folder = "/home/me/project";
    const ParsedFile& own = repository.Read(".domicile.yaml", text, diagnostics);
    if (!own.documents.empty()) ReadProject(Root(own.documents[0]), repository.sources, *knowledge, diagnostics, project);
  }

  // As "2:3 error: message; help", one a line.
  std::string Said() const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      const Position at = diagnostic.span.known() ? Repository::Get().sources.PositionOf(diagnostic.span.source, diagnostic.span.begin) : Position{0, 0};
      text += fmt::format("{}:{} {}\n", at.line, at.column, Line(diagnostic));
    }
    return text;
  }

  // Workloads of one file, with what the project says of them, resolved.
  std::vector<Workload> Workloads(const std::string& name, const std::string& text) {
    Repository& repository = Repository::Get();
    std::vector<Workload> workloads;
    file = &repository.Read(name, text, diagnostics);
    const Joins joins(&repository.sources, &project.assumed);
    const ExtractContext context{&knowledge->formats, &knowledge->vocabulary, &joins, &diagnostics, &repository.sources, name, true};
    for (const Document& document : file->documents)
      for (Extraction& extraction : Extract(document, context))
        for (Workload& workload : extraction.workloads) {
          const bool stated = StateFacts(project, repository.sources, *knowledge, workload);
          if (workload.tentative && !stated) continue;
          Resolve(workload, knowledge->catalogue, knowledge->vocabulary, diagnostics);
          workloads.push_back(std::move(workload));
        }
    return workloads;
  }

  const ParsedFile* file = nullptr;
};

// The first fact of that name, as "value because reason": of the workload, its data or the placement of that name (any when empty).
std::string FactOf(const Workload& workload, std::string_view name, std::string_view placement, const Vocabulary& vocabulary) {
  const FactId id = vocabulary.Find(name);
  EXPECT_NE(id, kNoFact) << name;
  std::vector<const Facts*> places = {&workload.facts};
  for (const DataSet& data : workload.data) places.push_back(&data.facts);
  for (const Placement& one : workload.placements)
    if (placement.empty() || one.name == placement) places.push_back(&one.facts);
  for (const Facts* facts : places) {
    const Fact* fact = facts->Find(id);
    if (!fact) continue;
    std::string text = fact->hidden ? "unknown" : FactText(*fact, vocabulary);
    for (const Because& because : fact->because)
      if (because.source.empty()) text += " because " + because.text;
    return text;
  }
  return "not declared";
}

TEST(Project, SaysWhatIsWrongWithItsFile) {
  const struct {
    const char* name;
    const char* text;
    const char* said;
  } rows[] = {
      {"nothing", "# only a remark\n", ""},
      {"all keys", "policies: law/\nonly: [xx-act]\nwithout: [{policy: yy-other, reason: not in France}]\nfail_on: warning\nexclude: [vendor/]\nassume: {REGION: eu-central-1}\n"
                   "hosts: [{host: \"**.corp.example\", private: true}]\nfacts: [{namespace: prod, then: {data_class: personal}}]\n"
                   "waivers: [{check: xx-home-keep, path: a.yaml, until: 2027-01-31, reason: pilot}]\n", ""},
      {"no map", "[a]\n", "1:1 error: a list here, where the project file (a map) is expected\n"},
      {"an unknown key", "exclud: [a]\n", "1:1 error: unknown key `exclud` in the project file; did you mean `exclude`?\n"},
      {"an unknown policy", "only: [xx-hom]\n", "1:8 error: there is no policy `xx-hom`; did you mean `xx-home`?\n"},
      {"a policy left out without a reason", "without: [{policy: xx-home}]\n", "1:11 error: a policy to leave out has no `reason`\n"},
      {"a policy wanted and left out", "only: [xx-home]\nwithout: [{policy: xx-act, reason: x}]\n", "2:20 error: `xx-home` stands in `only` and in `without`; choose one\n"},
      {"a level", "fail_on: eror\n", "1:10 error: `eror` is not a level; did you mean `error`?\n"},
      {"an empty glob", "exclude: [\"\"]\n", "1:12 error: `` excludes nothing; write it as in .gitignore: vendor/, *.gen.yaml, !keep.yaml\n"},
      {"a list of values", "assume: [a]\n", "1:9 error: a list here, where `assume` is a map; write `assume: {REGION: eu-central-1}`\n"},
      {"a value that is a list", "assume: {A: [b]}\n", "1:13 error: a list here, where the value of `A` is text\n"},
      {"a host about which nothing is said", "hosts: [{host: a.example}]\n", "1:16 error: nothing is said about `a.example`; add `private: true`, or provider, region or country\n"},
      {"a URL where a host is expected", "hosts: [{host: \"https://a.example\", private: true}]\n",
       "1:17 error: `https://a.example` is not a pattern of hosts; write a name such as llm.corp.example, *.corp.example (one label) or **.corp.example (one or more)\n"},
      {"a host in no place", "hosts: [{host: a.example, country: XQ}]\n", "1:36 error: `XQ` is not a place; places are ISO 3166 codes such as DE or US-TX, or groups such as eea\n"},
      {"a host at nobody's", "hosts: [{host: a.example, provider: awss}]\n", "1:37 error: `awss` is not a known provider; did you mean `aws`?\n"},
      {"a host in no region", "hosts: [{host: a.example, provider: aws, region: eu-wset-1}]\n", "1:50 error: `eu-wset-1` is not a region of aws; did you mean `eu-west-1`?\n"},
      {"an entry that states nothing", "facts: [{namespace: a}]\n",
       "1:9 error: an entry of `facts` states nothing; write what holds: `then: {data_class: personal, provider: aws, region: eu-central-1}`\n"},
      {"a fact that there is not", "facts: [{then: {data_clas: personal}}]\n", "1:17 error: there is no fact `data_clas`; did you mean `data_class`?\n"},
      {"a fact that follows from others", "facts: [{then: {placement.places: DE}}]\n", "1:17 error: `placement.places` follows from other facts and cannot be stated\n"},
      {"a fact that tells things apart", "facts: [{then: {name: a}}]\n", "1:17 error: `name` tells things apart and cannot be stated of many\n"},
      {"a value that there is not", "facts: [{then: {data_class: persnal}}]\n", "1:29 error: `persnal` is not a value of `data.class`; did you mean `personal`?\n"},
      {"a variable", "facts: [{then: {region: \"${R}\"}}]\n", "1:26 error: `${R}` is a variable, and the project file is read as it is\n"},
      {"a country that there is not", "facts: [{then: {controller.country: XQ}}]\n", "1:37 error: `XQ` is not a place; places are ISO 3166 codes such as DE or US-TX, or groups such as eea\n"},
      {"an activity that there is not", "facts: [{activity: computing, then: {provider: aws}}]\n", "1:20 error: `computing` is not a value of `placement.activity`; did you mean `compute`?\n"},
      {"a negated path", "facts: [{path: \"!a\", then: {data_class: personal}}]\n", "1:17 error: `!a` is not a path; write it as in .gitignore: deploy/, *.prod.yaml, k8s/**/chat.yaml\n"},
      {"a waiver without a reason", "waivers: [{check: xx-home-keep, until: 2027-01-31}]\n", "1:11 error: a waiver has no `reason`\n"},
      {"a waiver without a day", "waivers: [{check: xx-home-keep, reason: pilot}]\n", "1:11 error: a waiver has no `until`; every waiver ends: write the last day, as `until: 2027-01-31`\n"},
      {"a waiver for ever", "waivers: [{check: xx-home-keep, forever: true, reason: pilot}]\n",
       "1:33 error: unknown key `forever` in a waiver\n1:11 error: a waiver has no `until`; every waiver ends: write the last day, as `until: 2027-01-31`\n"},
      {"a waiver with a wrong day", "waivers: [{check: xx-home-keep, until: 2027-02-30, reason: pilot}]\n", "1:40 error: `2027-02-30` is not a date; write it as 2026-11-25\n"},
      {"a waiver of nothing", "waivers: [{until: 2027-01-31, reason: pilot}]\n", "1:11 error: a waiver names no check and no policy; write one of `check` and `policy`\n"},
      {"a waiver of both", "waivers: [{check: xx-home-keep, policy: xx-home, until: 2027-01-31, reason: pilot}]\n", "1:11 error: a waiver names a check and a policy; write one of `check` and `policy`\n"},
      {"a waiver in a comment", "fail_on: error   # domicile: waive xx-home until 2027-01-31: pilot\n", "1:20 error: a waiver in a comment of the project file; write it under `waivers`\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(Case(row.text).Said(), row.said) << row.name;
}

// The examples of engine/project/README.md, in its order.
TEST(Project, IsDescribedByExamplesThatRead) {
  std::ifstream file("engine/project/README.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> blocks;
  for (size_t at = text.find("```yaml\n"); at != std::string::npos; at = text.find("```yaml\n", at + 1)) blocks.push_back(text.substr(at + 8, text.find("```", at + 8) - at - 8));
  ASSERT_EQ(blocks.size(), 2u);
  Repository& repository = Repository::Get();
  Diagnostics diagnostics;
  const std::unique_ptr<Knowledge> knowledge = repository.Open(true, {}, false, diagnostics);
  Project project;
  const ParsedFile& whole = repository.Read(".domicile.yaml", blocks[0], diagnostics);
  EXPECT_TRUE(ReadProject(Root(whole.documents.at(0)), repository.sources, *knowledge, diagnostics, project));
  const ParsedFile& manifest = repository.Read("a.yaml", blocks[1], diagnostics);
  EXPECT_EQ(ReadWaivers(repository.sources, repository.sources.size() - 1, manifest.documents, *knowledge, diagnostics).size(), 2u);
  EXPECT_TRUE(diagnostics.all().empty()) << repository.Text(diagnostics);
}

TEST(Project, KnowsPathsByItsOwnFolder) {
  Project project;
  project.folder = "/home/me/project";
  project.working_folder = "/home/me/project/deploy";
  EXPECT_EQ(project.PathOf("a.yaml"), "deploy/a.yaml");
  EXPECT_EQ(project.PathOf("../b.yaml"), "b.yaml");
  EXPECT_EQ(project.PathOf("/home/me/project/c/d.yaml"), "c/d.yaml");
  EXPECT_EQ(project.PathOf("../../elsewhere/e.yaml"), "../../elsewhere/e.yaml");
  EXPECT_EQ(project.PathOf("/home/me/projects/f.yaml"), "/home/me/projects/f.yaml");
  for (const auto& [glob, path, matches] : {std::tuple{"deploy/", "deploy/a.yaml", true}, {"deploy/", "x/deploy/a.yaml", true}, {"/deploy/", "x/deploy/a.yaml", false},
                                            {"*.yaml", "deploy/a.yaml", true}, {"deploy/*.yaml", "deploy/x/a.yaml", false}, {"deploy/**", "deploy/x/a.yaml", true},
                                            {"deploy/a.yaml", "deploy/a.yaml", true}, {"a.yaml", "b.yaml", false}})
    EXPECT_EQ(PathGlob(glob).Matches(path), matches) << glob << " " << path;
}

TEST(Assume, PutsValuesIntoTexts) {
  const Assumptions assumed = {{"REGION", "eu-central-1", "--assume", {}}, {"REGION", "us-east-1", "line 1", {}}, {".Values.x", "b", "--assume", {}}, {"AGAIN", "${REGION}", "--assume", {}}};
  const struct {
    const char* name;
    const char* text;
    const char* filled;
  } rows[] = {
      {"no variable", "eu-west-1", "eu-west-1"},
      {"braces", "${REGION}", "eu-central-1"},
      {"bare", "$REGION", "eu-central-1"},
      {"bare, with something behind it", "$REGION/a", "eu-central-1/a"},
      {"bare, another name", "$REGIONS", "$REGIONS"},
      {"parentheses", "$(REGION)", "eu-central-1"},
      {"a default", "${REGION:-us-east-1}", "eu-central-1"},
      {"a default with a variable in it", "${REGION:-${OTHER}}", "eu-central-1"},
      {"a default of another kind", "${REGION-us-east-1}", "eu-central-1"},
      {"a message", "${REGION:?set it}", "eu-central-1"},
      {"an alternative", "${REGION:+us-east-1}", "${REGION:+us-east-1}"},
      {"of the environment", "os.environ/REGION", "eu-central-1"},
      {"of another environment", "os.environ/OTHER", "os.environ/OTHER"},
      {"a template", "{{ .Values.x }}", "b"},
      {"a template that trims", "{{- .Values.x -}}", "b"},
      {"a template with pipes", "{{ .Values.x | default \"y\" | quote }}", "b"},
      {"a template with another function", "{{ .Values.x | upper }}", "{{ .Values.x | upper }}"},
      {"within a text", "https://a.${REGION}.example/$REGION", "https://a.eu-central-1.example/eu-central-1"},
      {"one of two", "${REGION}-${OTHER}", "eu-central-1-${OTHER}"},
      {"a dollar sign", "$${REGION}", "$${REGION}"},
      {"a variable in a value is not looked up", "${AGAIN}", "${REGION}"},
      {"never closed", "${REGION", "${REGION"},
      {"a template that is never closed", "{{ .Values.x", "{{ .Values.x"},
      {"a dollar sign at the end", "a$", "a$"},
      {"nothing", "", ""},
  };
  for (const auto& row : rows) {
    const Filled filled = Fill(row.text, &assumed);
    EXPECT_EQ(filled.text, row.filled) << row.name;
    EXPECT_EQ(filled.because.empty(), filled.text == row.text) << row.name;
    EXPECT_EQ(Fill(row.text, nullptr).text, row.text) << row.name;
  }
}

TEST(Assume, MakesFactsKnown) {
  const struct {
    const char* name;
    const char* manifest;
    const char* fact;
    const char* wanted;
  } rows[] = {
      {"our own form", "data_class: personal\nprovider: aws\nregion: ${REGION:-x}\n", "placement.region", "eu-central-1 because `${REGION:-x}` is assumed to be `eu-central-1` by line 1 of .domicile.yaml"},
      {"what follows tells of it, too", "data_class: personal\nprovider: aws\nregion: ${REGION}\n", "placement.places", "DE-HE because `${REGION}` is assumed to be `eu-central-1` by line 1 of .domicile.yaml"},
      {"nobody knows", "data_class: personal\nprovider: aws\nregion: ${OTHER}\n", "placement.region", "unknown"},
      {"half of it", "data_class: personal\nprovider: aws\nregion: ${REGION}${OTHER}\n", "placement.region", "unknown"},
      {"a list in one text", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {domicile/subjects: \"${WHO}\"}}\nspec: {containers: [{name: c, image: a}]}\n", "data.subjects",
       "DE, FR because `${WHO}` is assumed to be `DE, FR` by line 1 of .domicile.yaml"},
      {"a list of texts", "data_class: personal\nsubjects: [AT, \"${ONE}\"]\n", "data.subjects", "AT, DE because `${ONE}` is assumed to be `DE` by line 1 of .domicile.yaml"},
      {"another format", "model_list: [{model_name: a, litellm_params: {model: azure/x, api_base: os.environ/BASE}}]\n", "placement.endpoint",
       "https://a.openai.azure.com because `os.environ/BASE` is assumed to be `https://a.openai.azure.com` by line 1 of .domicile.yaml"},
      {"an environment variable", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, env: [{name: OPENAI_BASE_URL, value: \"$(BASE)/v1\"}]}]}\n", "placement.endpoint",
       "https://a.openai.azure.com/v1 because `$(BASE)` is assumed to be `https://a.openai.azure.com` by line 1 of .domicile.yaml"},
  };
  for (const auto& row : rows) {
    Case c("assume: {REGION: eu-central-1, WHO: \"DE, FR\", ONE: DE, BASE: \"https://a.openai.azure.com\"}\n");
    const std::vector<Workload> workloads = c.Workloads("a.yaml", row.manifest);
    ASSERT_EQ(workloads.size(), 1u) << row.name << c.Said();
    const bool named = std::string_view(row.fact) == "placement.endpoint";
    std::string found = FactOf(workloads[0], row.fact, "", c.knowledge->vocabulary);
    if (!named && found.find(" because region") != std::string::npos) found.resize(found.find(" because region"));
    EXPECT_EQ(found, row.wanted) << row.name;
  }
}

TEST(Assume, GoesBeforeDefaultsAndSettings) {
  const Assumptions assumed = {{"REGION", "eu-central-1", "--assume", {}}, {"Where", "eu-west-1", "--assume", {}}};
  Repository& repository = Repository::Get();
  const struct {
    const char* name;
    const char* text;
    const char* meaning;
  } rows[] = {
      {"a default", "region: ${REGION:-us-east-1}\n", "eu-central-1"},
      {"a setting of the document", "envs: {REGION: us-east-1}\nregion: $REGION\n", "eu-central-1"},
      {"a name that nothing explains", "region: !Ref Where\n", "eu-west-1"},
      {"a default of another variable", "region: ${OTHER:-us-east-1}\n", "us-east-1"},
  };
  for (const auto& row : rows) {
    Diagnostics diagnostics;
    const ParsedFile& file = repository.Read("a.yaml", row.text, diagnostics);
    const Joins joins(&repository.sources, &assumed);
    const Value root = Root(file.documents.at(0));
    EXPECT_EQ(FindExpressions("skypilot")(root, &joins).read(root["region"]).Written(), row.meaning) << row.name;
  }
}

constexpr const char* kPod = R"(
apiVersion: v1
kind: Pod
metadata: {name: chat, namespace: prod, labels: {team: chat, tier: "1"}}
spec: {containers: [{name: c, image: "registry.corp.example/chat:1", env: [{name: OPENAI_BASE_URL, value: "https://llm.corp.example/v1"}]}]}
)";

TEST(StatedFacts, HoldWhereTheManifestIsSilent) {
  const struct {
    const char* name;
    const char* project;
    const char* manifest;
    const char* fact;
    const char* placement;
    const char* wanted;
  } rows[] = {
      {"of the workload", "facts: [{then: {controller.country: Germany}}]", kPod, "controller.country", "", "DE because line 1 of .domicile.yaml states country `DE` for every workload"},
      {"of the data", "facts: [{namespace: pr*, then: {data_class: [health]}}]", kPod, "data.class", "",
       "health, sensitive, personal because line 1 of .domicile.yaml states class `health, sensitive, personal` for namespace `pr*`"},
      {"of the cluster", "facts: [{namespace: prod, then: {region: eu-west-1}}]", kPod, "placement.region", "pods", "eu-west-1 because line 1 of .domicile.yaml states region `eu-west-1` for namespace `prod`"},
      {"of the cluster only", "facts: [{namespace: prod, then: {provider: aws, region: eu-west-1}}]", kPod, "placement.region", "openai", "not declared"},
      {"another namespace", "facts: [{namespace: dev, then: {data_class: personal}}]", kPod, "data.class", "", "not declared"},
      {"no namespace", "facts: [{namespace: \"*\", then: {data_class: personal}}]", "data_class: health\nprovider: aws\n", "data.class", "", "health, sensitive, personal"},
      {"a label", "facts: [{label: {team: chat, tier: \"1\"}, then: {data.records: 5}}]", kPod, "data.records", "", "5 because line 1 of .domicile.yaml states records `5` for label `team: chat`, label `tier: 1`"},
      {"a label with another value", "facts: [{label: {team: chat, tier: \"2\"}, then: {data.records: 5}}]", kPod, "data.records", "", "not declared"},
      {"a name", "facts: [{workload: ch*, then: {data.records: 5}}]", kPod, "data.records", "", "5 because line 1 of .domicile.yaml states records `5` for workload `ch*`"},
      {"a path", "facts: [{path: k8s/, then: {data.records: 5}}]", kPod, "data.records", "", "5 because line 1 of .domicile.yaml states records `5` for path `k8s/`"},
      {"another path", "facts: [{path: /prod/, then: {data.records: 5}}]", kPod, "data.records", "", "not declared"},
      {"the manifest says otherwise", "facts: [{then: {data_class: personal}}]", "data_class: health\nprovider: aws\n", "data.class", "", "health, sensitive, personal"},
      {"the manifest hides it", "facts: [{activity: [storage, inference], then: {region: eu-west-1}}]", "data_class: personal\nprovider: aws\nregion: ${R}\n", "placement.region", "",
       "eu-west-1 because line 1 of .domicile.yaml states region `eu-west-1` for every workload, in place of `${R}`"},
      {"the first that matches counts", "facts: [{then: {data.records: 5}}, {then: {data.records: 6}}]", kPod, "data.records", "", "5 because line 1 of .domicile.yaml states records `5` for every workload"},
      {"a placement by its name", "facts: [{placement: open*, then: {country: NO}}]", kPod, "placement.country", "openai", "NO because line 1 of .domicile.yaml states country `NO` for placement `open*`"},
      {"a placement at somebody else's", "facts: [{activity: inference, then: {provider: aws, region: eu-west-1}}]", "data_class: personal\nendpoint: https://a.openai.azure.com\n", "placement.region", "", "not declared"},
      {"a placement at the same provider", "facts: [{activity: inference, then: {provider: azure, region: swedencentral}}]", "data_class: personal\nendpoint: https://a.openai.azure.com\n", "placement.region", "",
       "swedencentral because line 1 of .domicile.yaml states region `swedencentral` for every workload"},
      {"a private host", "hosts: [{host: \"*.corp.example\", private: true, country: DE}]", kPod, "placement.public", "openai", "false because `llm.corp.example` is known from line 1 of .domicile.yaml"},
      {"a host by its country", "hosts: [{host: llm.corp.example, country: DE}]", kPod, "placement.places", "openai", "DE because `llm.corp.example` is known from line 1 of .domicile.yaml"},
      {"a host of a provider", "hosts: [{host: \"{region}.corp.example\", provider: aws}, {host: \"llm.*.example\", provider: aws, region: eu-west-1}]", kPod, "placement.region", "openai",
       "llm because `llm.corp.example` is known from line 1 of .domicile.yaml"},
      {"another depth", "hosts: [{host: \"*.example\", country: DE}]", kPod, "placement.places", "openai", "unknown"},
      {"any depth", "hosts: [{host: \"**.example\", country: DE}]", kPod, "placement.places", "openai", "DE because `llm.corp.example` is known from line 1 of .domicile.yaml"},
  };
  for (const auto& row : rows) {
    Case c(row.project);
    const std::vector<Workload> workloads = c.Workloads("k8s/a.yaml", row.manifest);
    ASSERT_EQ(workloads.size(), 1u) << row.name << c.Said();
    EXPECT_EQ(c.Said(), "") << row.name;
    EXPECT_EQ(FactOf(workloads[0], row.fact, row.placement, c.knowledge->vocabulary), row.wanted) << row.name;
  }
}

TEST(StatedFacts, BringInWorkloadsThatSayNothing) {
  const std::string silent = "apiVersion: v1\nkind: Pod\nmetadata: {name: vllm, namespace: prod}\nspec: {containers: [{name: c, image: vllm}]}\n";
  EXPECT_TRUE(Case("").Workloads("a.yaml", silent).empty());
  EXPECT_TRUE(Case("facts: [{namespace: dev, then: {data_class: personal}}]").Workloads("a.yaml", silent).empty());
  EXPECT_EQ(Case("facts: [{namespace: prod, then: {data_class: personal}}]").Workloads("a.yaml", silent).size(), 1u);
}

// The waivers of a file, as "id line until reason", one a line, and what was said.
std::string WaiversOf(const std::string& text) {
  Case c("");
  Repository& repository = Repository::Get();
  const ParsedFile& file = repository.Read("a.yaml", text, c.diagnostics);
  std::string out;
  for (const Waiver& waiver : ReadWaivers(repository.sources, repository.sources.size() - 1, file.documents, *c.knowledge, c.diagnostics))
    out += fmt::format("{} {} {} {}\n", waiver.id, waiver.line, FormatDate(waiver.until), waiver.reason);
  return out + c.Said();
}

TEST(WaiverComments, AreReadStrictly) {
  const std::string help = "; write `# domicile: waive CHECK until 2027-01-31: reason`\n";
  const struct {
    const char* name;
    std::string text, wanted;
  } rows[] = {
      {"behind a value", "a: 1 # domicile: waive xx-home-keep until 2027-01-31: pilot\n", "xx-home-keep 1 2027-01-31 pilot\n"},
      {"above a value", "# domicile: waive xx-home-keep until 2027-01-31: pilot\na: 1\n", "xx-home-keep 2 2027-01-31 pilot\n"},
      {"above, with other comments between", "x: 1\n# domicile: waive xx-act until 2027-01-31: pilot\n# more\na: 1\n", "xx-act 4 2027-01-31 pilot\n"},
      {"above an empty line", "# domicile: waive xx-home until 2027-01-31: pilot\n\na: 1\n", "xx-home 2 2027-01-31 pilot\n"},
      {"several", "a: 1 # domicile: waive xx-home, yy-none until 2027-01-31: pilot, see #12: none\n", "xx-home 1 2027-01-31 pilot, see #12: none\nyy-none 1 2027-01-31 pilot, see #12: none\n"},
      {"without spaces", "a: 1 #domicile:waive xx-home until 2027-01-31:pilot\n", "xx-home 1 2027-01-31 pilot\n"},
      {"in the second document", "a: 1\n---\nb: |\n  # domicile: waive xx-home until 2027-01-31: text\nc: 1 # domicile: waive xx-home until 2027-01-31: pilot\n", "xx-home 5 2027-01-31 pilot\n"},
      {"in a text", "a: \"# domicile: waive xx-home until 2027-01-31: pilot\"\n", ""},
      {"in a text over several lines", "a: \"x\n  # domicile: waive xx-home until 2027-01-31: pilot\"\n", ""},
      {"in a block", "a: |\n  # domicile: waive xx-home until 2027-01-31: pilot\n  b\n", ""},
      {"in a text of one line of JSON", "{\"a\": \" # domicile: waive xx-home until 2027-01-31: pilot\"}\n", ""},
      {"in a comment that says something else", "a: 1 # see domicile: waive xx-home until 2027-01-31: pilot\n", ""},
      {"several lines above", "# domicile: waive xx-home until 2027-01-31: one\n# domicile: waive yy-none until 2027-01-31: two\na: 1 # domicile: waive xx-act until 2027-01-31: three\n",
       "xx-home 3 2027-01-31 one\nyy-none 3 2027-01-31 two\nxx-act 3 2027-01-31 three\n"},
      {"with CRLF", "# domicile: waive xx-home until 2027-01-31: pilot\r\na: 1\r\n", "xx-home 2 2027-01-31 pilot\n"},
      {"at the end of the file", "a: 1\n# domicile: waive xx-home until 2027-01-31: pilot", "xx-home 2 2027-01-31 pilot\n"},
      {"another remark", "a: 1 # domicile: see the wiki\n", ""},
      {"another tool's word", "a: 1 # domicile: ignore xx-home\n", "1:18 error: `ignore` where `waive` is expected" + help},
      {"a typo", "a: 1 # domicile: wave xx-home until 2027-01-31: pilot\n", "1:18 error: `wave` where `waive` is expected" + help},
      {"no id", "a: 1 # domicile: waive until 2027-01-31: pilot\n", "1:18 error: a waiver names no check and no policy" + help},
      {"an empty id", "a: 1 # domicile: waive xx-home, until 2027-01-31: pilot\n", "1:24 error: a waiver names no check and no policy" + help},
      {"no day", "a: 1 # domicile: waive xx-home: pilot\n", "1:24 error: a waiver has no `until`" + help},
      {"no day behind until", "a: 1 # domicile: waive xx-home until : pilot\n", "1:24 error: `` is not a date" + help},
      {"a wrong day", "a: 1 # domicile: waive xx-home until tomorrow: pilot\n", "1:38 error: `tomorrow` is not a date" + help},
      {"no reason", "a: 1 # domicile: waive xx-home until 2027-01-31\n", "1:38 error: a waiver gives no reason" + help},
      {"an empty reason", "a: 1 # domicile: waive xx-home until 2027-01-31:\n", "1:38 error: a waiver gives no reason" + help},
      {"a reason without a colon", "a: 1 # domicile: waive xx-home until 2027-01-31 pilot\n", "1:49 error: `pilot` where `:` and a reason are expected" + help},
      // Without built-in policies, ids of theirs are no typos; they waive nothing.
      {"an unknown id", "a: 1 # domicile: waive eu-gdpr until 2027-01-31: pilot\n", "eu-gdpr 1 2027-01-31 pilot\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(WaiversOf(row.text), row.wanted) << row.name;
}

TEST(WaiverComments, TakeTimeThatGrowsWithTheFile) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "# domicile: waive xx-home until 2027-01-31: pilot\n";
  EXPECT_NE(WaiversOf(text + "a: 1\n").find("error: more than 1000 waivers in one file"), std::string::npos);
}

// Verdicts of one manifest as "check line verdict (reason)", one a line, and the warnings about waivers.
std::string Verdicts(const std::string& project, const std::string& manifest, const std::string& as_of) {
  Case c(project);
  Repository& repository = Repository::Get();
  CheckOptions options;
  options.as_of = *ParseDate(as_of);
  const Checker checker(*c.knowledge, options);
  const std::vector<Workload> workloads = c.Workloads("deploy/a.yaml", manifest);
  std::vector<Waiver> comments = ReadWaivers(repository.sources, repository.sources.size() - 1, c.file->documents, *c.knowledge, c.diagnostics);
  std::string out;
  for (const Workload& workload : workloads) {
    WorkloadResult result = checker.Check(workload);
    Waive(result, comments, c.project.PathOf("deploy/a.yaml"), options.as_of, repository.sources);
    Waive(result, c.project.waivers, c.project.PathOf("deploy/a.yaml"), options.as_of, repository.sources);
    for (const Finding& finding : result.findings)
      out += fmt::format("{} {} {}{}\n", finding.check->id, repository.sources.PositionOf(finding.span.source, finding.span.begin).line, VerdictName(finding.verdict),
                         finding.waiver.empty() ? "" : fmt::format(" ({}, {})", finding.waiver, finding.waived_in_source ? "comment" : "project file"));
    for (const Outcome& outcome : result.outcomes) {
      const bool waived = std::any_of(result.findings.begin(), result.findings.end(), [&](const Finding& f) { return f.check == outcome.check && f.verdict == Verdict::kWaived; });
      EXPECT_EQ(outcome.verdict == Verdict::kWaived, waived && outcome.verdict != Verdict::kPass);
    }
  }
  for (std::vector<Waiver>* waivers : {&comments, &c.project.waivers}) ReportWaivers(*waivers, options.as_of, [](const Waiver&) { return true; }, c.diagnostics);
  return out + c.Said();
}

TEST(Waivers, HoldUntilTheirLastDay) {
  const auto manifest = [](const std::string& comment) { return "name: a\ndata_class: personal\nprovider: aws\nregion: us-east-1" + comment + "\n"; };
  const std::string violation = "xx-home-keep 4 violation\n";
  const struct {
    const char* name;
    std::string project, comment, as_of, wanted;
  } rows[] = {
      {"none", "", "", "2026-11-25", violation},
      {"a comment", "", " # domicile: waive xx-home-keep until 2027-01-31: pilot", "2026-11-25", "xx-home-keep 4 waived (pilot, comment)\n"},
      {"its last day", "", " # domicile: waive xx-home-keep until 2027-01-31: pilot", "2027-01-31", "xx-home-keep 4 waived (pilot, comment)\n"},
      {"the day after", "", " # domicile: waive xx-home-keep until 2027-01-31: pilot", "2027-02-01",
       violation + "4:37 warning: the waiver of `xx-home-keep` ended on 2027-01-31; mend what it waived, or decide again; then remove it\n"},
      {"a policy", "", " # domicile: waive xx-act until 2027-01-31: pilot", "2026-11-25", "xx-home-keep 4 waived (pilot, comment)\n"},
      {"another check", "", " # domicile: waive xx-home-bounded until 2027-01-31: pilot", "2026-11-25", violation + "4:37 warning: the waiver of `xx-home-bounded` waives nothing; remove it\n"},
      {"in a text", "", "\nnote: \"# domicile: waive xx-home-keep until 2027-01-31: pilot\"", "2026-11-25",
       "5:1 error: unknown key `note` in a workload; `domicile list facts` shows every key\n"},
      {"the project file", "waivers: [{check: xx-home-keep, path: deploy/, until: 2027-01-31, reason: pilot}]", "", "2026-11-25", "xx-home-keep 4 waived (pilot, project file)\n"},
      {"the project file, by policy and name", "waivers: [{policy: xx-home, workload: \"?\", until: 2027-01-31, reason: pilot}]", "", "2026-11-25", "xx-home-keep 4 waived (pilot, project file)\n"},
      {"another path", "waivers: [{check: xx-home-keep, path: prod/, until: 2027-01-31, reason: pilot}]", "", "2026-11-25",
       violation + "1:19 warning: the waiver of `xx-home-keep` waives nothing; remove it\n"},
      {"another name", "waivers: [{check: xx-home-keep, workload: b, until: 2027-01-31, reason: pilot}]", "", "2026-11-25",
       violation + "1:19 warning: the waiver of `xx-home-keep` waives nothing; remove it\n"},
      {"both", "waivers: [{policy: xx-home, until: 2027-01-31, reason: wide}]", " # domicile: waive xx-home-keep until 2027-01-31: pilot", "2026-11-25", "xx-home-keep 4 waived (pilot, comment)\n"},
      {"one that ended and one that holds", "waivers: [{policy: xx-home, until: 2026-01-31, reason: old}, {policy: xx-home, until: 2027-01-31, reason: new}]", "", "2026-11-25",
       "xx-home-keep 4 waived (new, project file)\n1:20 warning: the waiver of `xx-home` ended on 2026-01-31; mend what it waived, or decide again; then remove it\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(Verdicts(row.project, manifest(row.comment), row.as_of), row.wanted) << row.name;
}

}  // namespace
}  // namespace domicile
