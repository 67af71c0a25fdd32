// Region names and routing. What the provider files say is proved by their own examples; here, how it is put together.
#include <gtest/gtest.h>

#include "engine/places/catalogue.h"
#include "tests/knowledge.h"

namespace domicile {
namespace {

TEST(Region, IsFoundHoweverItIsWritten) {
  const struct {
    std::string provider, written, region;   // Empty when there is none.
  } rows[] = {
      {"aws", "eu-central-1", "eu-central-1"},
      {"aws", "EU_CENTRAL_1", "eu-central-1"},
      {"aws", " eu-central-1 ", "eu-central-1"},
      {"aws", "eu-central-1a", "eu-central-1"},
      {"aws", "eu-central-9", ""},
      {"aws", "eucentral1", ""},
      {"aws", "", ""},
      {"azure", "westeurope", "westeurope"},
      {"azure", "West Europe", "westeurope"},
      {"azure", "WEST_EUROPE", "westeurope"},
      {"azure", "west-europe-2", ""},
      {"gcp", "europe-west3", "europe-west3"},
      {"gcp", "europe-west3-a", "europe-west3"},
      {"amazon", "eu-west-1", "eu-west-1"},
      {"AWS", "eu-west-1", "eu-west-1"},
  };
  for (const auto& row : rows) {
    const Provider* provider = Rules().catalogue.FindProvider(row.provider);
    ASSERT_NE(provider, nullptr) << row.provider;
    const Region* region = provider->FindRegion(row.written);
    EXPECT_EQ(region ? region->id : "", row.region) << row.provider << " " << row.written;
  }
}

TEST(Catalogue, KnowsPlacesByCodeAndName) {
  const Catalogue& catalogue = Rules().catalogue;
  const struct {
    std::string written, code;
  } rows[] = {{"DE", "DE"}, {"de", "DE"}, {"US-TX", "US-TX"}, {"us-tx", "US-TX"}, {"NO", "NO"}, {"Germany", "DE"}, {"germany", "DE"}, {"XX", ""}, {"", ""}, {"eea", ""}};
  for (const auto& row : rows) {
    const PlaceId place = catalogue.FindPlaceOrName(row.written);
    EXPECT_EQ(place == kNoPlace ? "" : catalogue.place(place).code, row.code) << row.written;
  }
  const PlaceId texas = catalogue.FindPlace("US-TX"), states = catalogue.FindPlace("US");
  EXPECT_EQ(catalogue.CountryOf(texas), states);
  EXPECT_EQ(catalogue.CountryOf(states), states);
  EXPECT_TRUE(catalogue.Whole(states).Has(texas));
  EXPECT_FALSE(catalogue.Whole(texas).Has(states));
}

TEST(Catalogue, PrintsFewPlacesAndCountsMany) {
  const Catalogue& catalogue = Rules().catalogue;
  const auto set = [&](std::vector<std::string> codes) {
    PlaceSet places;
    for (const std::string& code : codes) places.Add(catalogue.FindPlace(code));
    return places;
  };
  EXPECT_EQ(catalogue.Text(set({})), "nowhere");
  EXPECT_EQ(catalogue.Text(set({"US-TX"})), "US-TX");
  EXPECT_EQ(catalogue.Text(set({"US-TX", "DE"})), "DE, US-TX");
  EXPECT_EQ(catalogue.Text(set({"US-TX", "US-VA", "US-OH", "DE"})), "DE, US");
  EXPECT_EQ(catalogue.Text(catalogue.Anywhere()), "any country");
  PlaceSet open;
  open.open = true;
  EXPECT_EQ(catalogue.Text(open), "unknown");
  open.Add(catalogue.FindPlace("DE"));
  EXPECT_EQ(catalogue.Text(open), "DE or an unknown place");
}

// One placement, and what follows from it. Empty fields are not looked at.
struct Row {
  std::string name, placement, storage, processing, why;   // `why`: a part of the reason why processing is unknown.
};

void Check(const Row& row) {
  SCOPED_TRACE(row.name);
  const Knowledge& rules = Rules();
  Diagnostics diagnostics;
  const auto workload = ReadResolved("{data_class: personal, " + row.placement + "}", rules, diagnostics);
  ASSERT_TRUE(workload) << Repository::Get().Text(diagnostics);
  ASSERT_FALSE(workload->placements.empty());
  const Facts& facts = workload->placements[0].facts;
  const KnownFacts& known = rules.vocabulary.known();
  const Fact* storage = facts.Find(known.storage);
  const Fact* processing = facts.Find(known.processing);
  ASSERT_TRUE(storage && processing);
  if (!row.storage.empty()) {
    EXPECT_EQ(rules.catalogue.Text(storage->places), row.storage);
  }
  if (!row.processing.empty()) {
    EXPECT_EQ(rules.catalogue.Text(processing->places), row.processing);
  }
  if (!row.why.empty()) {
    EXPECT_NE(processing->reason.find(row.why), std::string::npos) << processing->reason;
  }
}

TEST(Resolve, FindsTheRegion) {
  for (const Row& row : std::vector<Row>{
           {"a region", "provider: aws, region: eu-central-1, activity: storage", "DE-HE", "DE-HE"},
           {"another spelling", "provider: azure, region: West Europe, activity: storage", "NL", "NL"},
           {"a zone", "provider: aws, region: us-east-1a, activity: storage", "US-VA", "US-VA"},
           {"an alias of the provider", "provider: amazon, region: eu-west-3, activity: storage", "FR-IDF", ""},
           {"a country, said directly", "country: DE, activity: storage", "DE", "DE"},
           {"the country of an own data centre", "provider: on-prem, country: US-TX, activity: storage", "US-TX", ""},
           {"a typo", "provider: aws, region: eu-wset-1, activity: storage", "unknown", "unknown", "did you mean `eu-west-1`?"},
           {"a variable", "provider: aws, region: '${REGION}', activity: storage", "unknown", "unknown", "fills this in"},
           {"nothing", "provider: aws, activity: storage", "unknown", "unknown", "the region is not declared"},
           {"a hidden provider", "provider: '${CLOUD}', activity: storage", "unknown", "unknown", "the provider is hidden"},
           {"an id of one provider only", "region: northamerica-northeast1, activity: storage", "CA-QC", "CA-QC"},
           {"an id that differs between providers", "region: eu-west-1, activity: storage", "unknown", "unknown", "means different places at"},
           {"an id of nobody", "region: atlantis-1, activity: storage", "unknown", "unknown", "none has a region `atlantis-1`"},
       })
    Check(row);
}

TEST(Resolve, RoutesByDeployment) {
  for (const Row& row : std::vector<Row>{
           {"standard stays", "provider: azure, service: azure-openai, region: swedencentral, deployment: Standard", "SE-X", "SE-X"},
           {"spelling does not matter", "provider: azure, service: azure-openai, region: swedencentral, deployment: data-zone_standard", "SE-X",
            "CH, DE, ES, FR, IT, NL, NO, PL, SE"},
           {"the data zone of the United States", "provider: azure, service: azure-openai, region: eastus, deployment: DataZoneStandard", "US-VA", "US"},
           {"the deployment type hides", "provider: azure, service: azure-openai, region: swedencentral, deployment: '${SKU}'", "", "unknown", "fills this in"},
           {"the deployment type is not declared", "provider: azure, service: azure-openai, region: swedencentral, activity: inference", "SE-X", "unknown", "SKU"},
           {"the deployment type is misspelt", "provider: azure, service: azure-openai, region: swedencentral, deployment: GlobalStandrad", "SE-X", "unknown", ""},
           {"a profile", "provider: aws, region: ca-central-1, model: us.anthropic.claude-3-haiku", "CA-QC", "US-OH, US-OR, US-VA"},
           {"the provider in front", "region: eu-central-1, model: bedrock/eu.anthropic.claude-3-haiku", "DE-HE", "CH, DE, ES, FR, GB, IE, IT, SE"},
           {"no profile", "provider: aws, region: eu-central-1, model: bedrock/anthropic.claude-3-haiku", "DE-HE", "DE-HE"},
           {"stored data are not routed", "provider: azure, region: swedencentral, activity: storage", "SE-X", "SE-X"},
       })
    Check(row);
}

TEST(Resolve, GoesByHost) {
  for (const Row& row : std::vector<Row>{
           {"a regional host", "endpoint: 'https://s3.eu-west-3.amazonaws.com/bucket'", "FR-IDF", "FR-IDF"},
           {"in capitals and with a port", "endpoint: 'HTTPS://S3.EU-WEST-3.AMAZONAWS.COM:443/'", "FR-IDF", ""},
           {"a private name", "endpoint: 'http://llm.models.svc:8000/v1'", "unknown", "unknown", "is a private name"},
           {"a private name, placed", "endpoint: 'http://llm.models.svc:8000/v1', country: DE", "DE", "DE"},
           {"nobody's", "endpoint: 'https://llm.example.com/v1'", "unknown", "unknown", "nothing is known about the host `llm.example.com`"},
           {"a look-alike", "endpoint: 'https://s3.eu-west-3.amazonaws.com.evil.example/'", "unknown", "unknown", "nothing is known about the host"},
           {"hidden", "endpoint: '${URL}'", "unknown", "unknown", "the endpoint is `${URL}`"},
           {"a bucket without a region", "bucket: 's3://my-bucket/x'", "unknown", "unknown", "the region is not declared"},
           {"a bucket with a region", "bucket: 's3://my-bucket/x', region: eu-west-3", "FR-IDF", ""},
       })
    Check(row);
}

TEST(Resolve, SaysWhoRunsItAndWhoMadeTheModel) {
  const Knowledge& rules = Rules();
  const struct {
    std::string placement, fact, value;
  } rows[] = {
      {"provider: aws, region: eu-central-1, activity: storage", "operator.country", "US"},
      {"provider: aws, region: eu-central-1, activity: storage", "operator.compelled_by", "us-cloud-act, us-fisa-702"},
      {"provider: hetzner, region: fsn1, activity: storage", "operator.parent", "DE"},
      {"provider: on-prem, country: DE, controller_country: DE, activity: storage", "operator.name", "the controller"},
      {"provider: on-prem, country: DE, controller_country: DE, activity: storage", "operator.country", "DE"},
      {"provider: aws, region: eu-central-1, model: deepseek-r1", "model.maker", "deepseek"},
      {"provider: aws, region: eu-central-1, model: deepseek-r1", "model.origin", "CN"},
      {"provider: aws, region: eu-central-1, model: deepseek-r1", "model.open_weights", "true"},
      {"provider: azure, region: eastus, model: gpt-4o", "model.maker", "openai"},
      {"provider: azure, region: eastus, model: gpt-4o", "model.open_weights", "false"},
      {"endpoint: 'http://vllm.models.svc/'", "placement.public", "false"},
      {"endpoint: 'https://s3.eu-west-3.amazonaws.com/'", "placement.public", "true"},
      {"image: 'ubuntu:24.04'", "placement.activity", "image-pull"},
      {"image: 'ubuntu:24.04'", "placement.provider", "docker-hub"},
      {"image: 'ghcr.io/org/app:1'", "placement.provider", "ghcr"},
      {"provider: azure, service: azure-openai, region: eastus, deployment: GlobalStandard", "placement.bounded", "false"},
      {"provider: azure, service: azure-openai, region: eastus, deployment: Standard", "placement.bounded", "true"},
      {"provider: aws, region: ca-central-1, model: us.anthropic.claude-3-haiku", "placement.bounded", "false"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.placement + " / " + row.fact);
    Diagnostics diagnostics;
    const auto workload = ReadResolved("{data_class: personal, " + row.placement + "}", rules, diagnostics);
    ASSERT_TRUE(workload) << Repository::Get().Text(diagnostics);
    const Fact* fact = workload->placements[0].facts.Find(rules.vocabulary.Find(row.fact));
    ASSERT_NE(fact, nullptr);
    EXPECT_EQ(FactText(*fact, rules.vocabulary), row.value);
  }
}

// The operator of a region may be another than the provider.
TEST(Resolve, AsksTheRegionWhoRunsIt) {
  const Knowledge& rules = Rules();
  Diagnostics diagnostics;
  const auto workload = ReadResolved("{data_class: personal, provider: aws, region: cn-north-1, activity: storage}", rules, diagnostics);
  ASSERT_TRUE(workload);
  const Fact* country = workload->placements[0].facts.Find(rules.vocabulary.known().operator_country);
  ASSERT_NE(country, nullptr);
  EXPECT_EQ(FactText(*country, rules.vocabulary), "CN");
}

TEST(Resolve, SplitsReadersByCountry) {
  const Knowledge& rules = Rules();
  Diagnostics diagnostics;
  const auto workload = ReadResolved("{data_class: personal, provider: aws, region: eu-west-1, activity: storage, access_from: [CN, IN]}", rules, diagnostics);
  ASSERT_TRUE(workload);
  std::vector<std::string> got;
  for (const Placement& placement : workload->placements)
    got.push_back(placement.name + " in " + rules.catalogue.Text(placement.facts.Find(rules.vocabulary.known().processing)->places));
  EXPECT_EQ(got, (std::vector<std::string>{"storage in IE-D", "storage, access from CN in CN", "storage, access from IN in IN"}));
}

TEST(Resolve, RefusesWhatIsNoPlace) {
  const struct {
    std::string workload, line;
  } rows[] = {
      {"{data_class: personal, subjects: [GERMANI], provider: aws, region: eu-west-1}",
       "error: `GERMANI` is not a place; places are ISO 3166 codes such as DE or US-TX, or groups such as eea"},
      {"{data_class: personal, subjects: [eaa], provider: aws, region: eu-west-1}", "error: `eaa` is not a place; did you mean `eea`?"},
  };
  for (const auto& row : rows) {
    Diagnostics diagnostics;
    EXPECT_FALSE(ReadResolved(row.workload, Rules(), diagnostics));
    ASSERT_EQ(diagnostics.all().size(), 1u) << row.workload;
    EXPECT_EQ(Line(diagnostics.all()[0]), row.line);
  }
}

// Facts that were written stay as they were written.
TEST(Resolve, NeverReplacesWhatWasWritten) {
  const Knowledge& rules = Rules();
  Diagnostics diagnostics;
  const auto workload = ReadResolved("{data_class: personal, provider: gcp, region: europe-west3, activity: storage, endpoint: 'https://s3.eu-west-3.amazonaws.com/'}", rules, diagnostics);
  ASSERT_TRUE(workload);
  EXPECT_EQ(FactText(*workload->placements[0].facts.Find(rules.vocabulary.known().provider), rules.vocabulary), "gcp");
  EXPECT_EQ(FactText(*workload->placements[0].facts.Find(rules.vocabulary.known().region), rules.vocabulary), "europe-west3");
}

}  // namespace
}  // namespace domicile
