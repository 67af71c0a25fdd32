#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "engine/text/address.h"
#include "engine/text/base64.h"
#include "engine/text/date.h"
#include "engine/text/diagnostics.h"
#include "engine/text/escape.h"
#include "engine/text/host.h"
#include "engine/text/pattern.h"
#include "engine/text/snippet.h"
#include "engine/text/source.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

Position At(const Sources& sources, uint32_t offset) { return sources.PositionOf(0, offset); }

TEST(Sources, CountsLinesAndCodePointsFromOne) {
  Sources sources;
  sources.Add("a.yaml", "ab\nc\xc3\xa9z\r\n\nlast");
  struct Row { uint32_t offset, line, column; };
  const Row rows[] = {{0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {4, 2, 2}, {6, 2, 3}, {9, 3, 1}, {10, 4, 1}, {14, 4, 5}, {99, 4, 5}};
  for (const Row& row : rows) {
    EXPECT_EQ(At(sources, row.offset).line, row.line) << row.offset;
    EXPECT_EQ(At(sources, row.offset).column, row.column) << row.offset;
  }
}

TEST(Sources, CountsColumnsOfALineAsLongAsTheFile) {
  Sources sources;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "\xc3\xa9";
  sources.Add("long.json", "x\n" + text);
  EXPECT_EQ(At(sources, 2 + 2 * 15'000).column, 15'001u);
}

TEST(Sources, GivesTheLineWithoutItsBreak) {
  Sources sources;
  sources.Add("a.yaml", "one\r\ntwo\n");
  EXPECT_EQ(sources.text(sources.LineOf(0, 1)), "one");
  EXPECT_EQ(sources.text(sources.LineOf(0, 4)), "one");
  EXPECT_EQ(sources.text(sources.LineOf(0, 5)), "two");
  EXPECT_EQ(sources.text(sources.LineOf(0, 9)), "");
}

TEST(Sources, AnswersSeveralThreadsAtOnce) {
  Sources sources;
  sources.Add("a.yaml", "a\nb\nc\n");
  std::array<uint32_t, 4> lines{};
  std::vector<std::thread> threads;
  for (uint32_t& line : lines) threads.emplace_back([&] { line = At(sources, 4).line; });
  for (std::thread& thread : threads) thread.join();
  for (uint32_t line : lines) EXPECT_EQ(line, 3u);
}

TEST(Printable, ShowsWhatWouldNotBeSeen) {
  struct Row { const char* name; std::string text, shown; };
  const Row rows[] = {
      {"plain", "region: eu", "region: eu"},
      {"accents stay", "us-east-1\xc3\xa5", "us-east-1\xc3\xa5"},
      {"tab stays", "a\tb", "a\tb"},
      {"line breaks", "a\r\nb", "a\\r\\nb"},
      {"terminal escape", "\x1b[31m", "\\x1b[31m"},
      {"NUL", std::string("a\0b", 3), "a\\x00b"},
      {"one-byte control of latin 1", "\xc2\x9b", "\\x9b"},
      {"right-to-left override", "\xe2\x80\xae", "\\u202e"},
      {"zero width space", "a\xe2\x80\x8b", "a\\u200b"},
      {"tag characters", "\xf3\xa0\x81\x81", "\\U000e0041"},
      {"cut-off sequence", "a\xe2\x80", "a\xef\xbf\xbd\xef\xbf\xbd"},
      {"overlong slash", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"lone surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Printable(row.text), row.shown) << row.name;
    EXPECT_TRUE(IsValidUtf8(Printable(row.text), nullptr)) << row.name;
  }
}

TEST(DisplayWidth, CountsTerminalColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("\xe4\xb8\xad\xe6\x96\x87"), 4u);       // Two Chinese characters.
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);                      // A combining accent.
  EXPECT_EQ(DisplayWidth("\xf0\x9f\x98\x80"), 2u);               // An emoji.
  EXPECT_EQ(DisplayWidth("a\tb"), 5u);
  EXPECT_EQ(DisplayWidth("abcd\tb", 8), 9u);
}

TEST(IsValidUtf8, TellsWhereTheFirstBadByteStands) {
  size_t bad = 0;
  EXPECT_TRUE(IsValidUtf8("0123456789 \xe4\xb8\xad", &bad));
  EXPECT_FALSE(IsValidUtf8("0123456789 \xe4\xb8", &bad));
  EXPECT_EQ(bad, 11u);
  EXPECT_FALSE(IsValidUtf8("\xff", &bad));
  EXPECT_EQ(bad, 0u);
}

TEST(Date, ReadsOnlyDaysThatExist) {
  struct Row { const char* text; bool good; };
  const Row rows[] = {{"2026-11-25", true}, {"2024-02-29", true},  {"1970-01-01", true}, {"2023-02-29", false}, {"2026-13-01", false},
                      {"2026-1-01", false}, {"26-11-25", false},   {"2026/11/25", false}, {"", false},          {"2026-11-25T00", false}};
  for (const Row& row : rows) {
    const std::optional<Date> date = ParseDate(row.text);
    EXPECT_EQ(date.has_value(), row.good) << row.text;
    EXPECT_EQ(date ? FormatDate(*date) : row.text, row.text);
  }
  EXPECT_EQ(ParseDate("1970-01-02")->days, 1);
}

TEST(Duration, IsGivenInHours) {
  struct Row { const char* text; double hours; };
  const Row rows[] = {{"24h", 24}, {"60d", 1440}, {"2w", 336}, {"6mo", 4320}, {"3y", 26280}, {"0.5h", 0.5}};
  for (const Row& row : rows) EXPECT_EQ(ParseDuration(row.text), row.hours) << row.text;
  for (const char* text : {"", "24", "h", "2 d", "-1d", "1.5y", "3 years", "1.d", "1e3d", "9999999999d"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(AddDuration, CountsMonthsOnTheCalendar) {
  struct Row { const char *start, *duration, *end; };
  const Row rows[] = {{"2026-01-15", "60d", "2026-03-16"}, {"2026-01-31", "1mo", "2026-02-28"}, {"2024-02-29", "1y", "2025-02-28"},
                      {"2026-11-25", "3y", "2029-11-25"},  {"2026-11-25", "36h", "2026-11-26"}, {"2026-10-31", "6mo", "2027-04-30"}};
  for (const Row& row : rows) EXPECT_EQ(FormatDate(*AddDuration(*ParseDate(row.start), row.duration)), row.end) << row.duration;
  EXPECT_FALSE(AddDuration(Date{}, "soon"));
}

TEST(Closest, FindsWhatWasProbablyMeant) {
  const std::vector<std::string_view> names = {"region", "regions", "provider", "air_gapped", "eu-west-1", "aws"};
  struct Row { const char *written, *meant; };
  const Row rows[] = {{"regoin", "region"},  {"Region", "region"},  {"air-gaped", "air_gapped"}, {"airGapped", "air_gapped"},
                      {"eu-wset-1", "eu-west-1"}, {"aw", "aws"},    {"xyz", ""},                  {"", ""},
                      {"prvdr", ""},         {"x", ""}};
  for (const Row& row : rows) EXPECT_EQ(Closest(row.written, names), row.meant) << row.written;
  EXPECT_EQ(DidYouMean("regoin", names), "did you mean `region`?");
  EXPECT_EQ(DidYouMean("nothing-like-it", names), "");
}

TEST(Pattern, SearchesAnywhereAndNamesItsGroups) {
  const Pattern pattern("(?P<account>[a-z]+)\\.openai\\.(?P<domain>azure)(?P<rest>\\.cn)?");
  EXPECT_EQ(pattern.Problem(), "");
  EXPECT_TRUE(pattern.Search("https://acme.openai.azure.com/"));
  EXPECT_FALSE(pattern.Search("https://acme.example/"));
  std::vector<std::pair<std::string, std::string>> groups;
  ASSERT_TRUE(pattern.Capture("https://acme.openai.azure.com/", &groups));
  const std::vector<std::pair<std::string, std::string>> expected = {{"account", "acme"}, {"domain", "azure"}};
  EXPECT_EQ(groups, expected);
}

TEST(Pattern, SaysWhatIsWrongAndThenMatchesNothing) {
  const Pattern pattern("a(b");
  EXPECT_NE(pattern.Problem(), "");
  EXPECT_FALSE(pattern.Search("a(b"));
  std::vector<std::pair<std::string, std::string>> groups;
  EXPECT_FALSE(pattern.Capture("a(b", &groups));
}

TEST(Pattern, CompilesOnceForSeveralThreads) {
  const Pattern pattern("^eu-");
  std::array<bool, 4> found{};
  std::vector<std::thread> threads;
  for (bool& f : found) threads.emplace_back([&] { f = pattern.Search("eu-west-1"); });
  for (std::thread& thread : threads) thread.join();
  for (bool f : found) EXPECT_TRUE(f);
}

TEST(Diagnostics, CountsErrorsAlone) {
  Diagnostics one, two;
  one.Warning({}, "w");
  two.Error({}, "e").help = "h";
  one.Append(std::move(two));
  EXPECT_EQ(one.all().size(), 2u);
  EXPECT_EQ(one.error_count(), 1u);
  EXPECT_EQ(two.error_count(), 0u);
}

// Marks every `begin`..`end` pair of bytes with the text that follows it.
std::string Show(const std::string& text, const std::vector<Label>& labels, size_t width = 60) {
  Sources sources;
  sources.Add("a.yaml", text);
  sources.Add("b.yaml", "x: 1\n");
  Paint paint;
  paint.width = width;
  return Snippet(sources, labels, paint);
}

TEST(Snippet, PutsCaretsUnderTheSpan) {
  EXPECT_EQ(Show("a: 1\nregion: eu\n", {{{0, 13, 15}, "here"}}),
            " --> a.yaml:2:9\n"
            "  |\n"
            "2 | region: eu\n"
            "  |         ^^ here\n");
}

TEST(Snippet, AlignsBehindTabsAndWideCharacters) {
  EXPECT_EQ(Show("\ta: eu\n", {{{0, 4, 6}, ""}}),
            " --> a.yaml:1:5\n"
            "  |\n"
            "1 |     a: eu\n"
            "  |        ^^\n");
  EXPECT_EQ(Show("\xe4\xb8\xad: \xe6\x96\x87 x\n", {{{0, 5, 8}, "wide"}}),
            " --> a.yaml:1:4\n"
            "  |\n"
            "1 | \xe4\xb8\xad: \xe6\x96\x87 x\n"
            "  |     ^^ wide\n");
}

TEST(Snippet, SharesALineBetweenLabels) {
  EXPECT_EQ(Show("region: eu, deployment: Global\n", {{{0, 24, 30}, "any"}, {{0, 8, 10}, "stored"}}),
            " --> a.yaml:1:25\n"
            "  |\n"
            "1 | region: eu, deployment: Global\n"
            "  |                         ^^^^^^ any\n"
            "  |         -- stored\n");
}

TEST(Snippet, ShowsOtherLinesInOrderAndOtherFilesBelow) {
  EXPECT_EQ(Show("a: 1\nb: 2\nc: 3\nd: 4\n", {{{0, 15, 16}, "second"}, {{0, 0, 1}, "first"}, {{1, 0, 1}, "policy"}}),
            " --> a.yaml:4:1\n"
            "  |\n"
            "1 | a: 1\n"
            "  | - first\n"
            "...\n"
            "4 | d: 4\n"
            "  | ^ second\n"
            " ::: b.yaml:1:1\n"
            "  |\n"
            "1 | x: 1\n"
            "  | - policy\n");
}

TEST(Snippet, ShowsTheFirstLineOfALongSpanAndACaretForAnEmptyOne) {
  EXPECT_EQ(Show("a: x\n  y\n", {{{0, 3, 8}, ""}}), " --> a.yaml:1:4\n  |\n1 | a: x\n  |    ^\n");
  EXPECT_EQ(Show("a:\n", {{{0, 2, 2}, ""}}), " --> a.yaml:1:3\n  |\n1 | a:\n  |   ^\n");
  EXPECT_EQ(Show("", {{{0, 0, 0}, ""}}), " --> a.yaml:1:1\n  |\n1 |\n  | ^\n");
}

TEST(Snippet, CutsLongLinesAroundTheMark) {
  const std::string line = std::string(300, 'x') + "MARK" + std::string(300, 'y');
  EXPECT_EQ(Show(line, {{{0, 300, 304}, "here"}}, 44),
            " --> a.yaml:1:301\n"
            "  |\n"
            "1 | ...xxxxxxxxxxxxxxxMARKyyyyyyyyyyyyyyy...\n"
            "  |                   ^^^^ here\n");
  // A second mark that is too far away gets the line once more.
  EXPECT_EQ(Show(line, {{{0, 300, 304}, ""}, {{0, 600, 604}, "end"}}, 44),
            " --> a.yaml:1:301\n"
            "  |\n"
            "1 | ...xxxxxxxxxxxxxxxMARKyyyyyyyyyyyyyyy...\n"
            "  |                   ^^^^\n"
            "1 | ...yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n"
            "  |                                  ---- end\n");
}

TEST(IsPrivateRange, KnowsTheRangesOfBothProtocols) {
  struct Row { const char* text; std::optional<bool> wanted; };
  const Row rows[] = {
      {"10.0.0.0/8", true},        {"10.0.0.0/7", false},      {"10.1.2.3", true},          {"11.0.0.0/8", false},     {"172.16.0.0/12", true},   {"172.16.0.0/11", false},
      {"172.31.255.0/24", true},   {"192.168.0.0/16", true},   {"192.168.0.0/15", false},   {"100.64.0.0/10", true},   {"100.0.0.0/8", false},    {"0.0.0.0/0", false},
      {"0.0.0.0/1", false},        {"8.8.8.8/32", false},      {"169.254.169.254/32", true}, {"127.0.0.0/8", true},     {"::/0", false},           {"::1", true},
      {"fc00::/7", true},          {"fc00::/6", false},        {"fd12:3456::/48", true},    {"fe80::/10", true},       {"2001:db8::/32", false},  {"::ffff:10.0.0.1", true},
      {"::ffff:8.8.8.8/128", false}, {"10.0.0.0/33", std::nullopt}, {"10.0.0.0/", std::nullopt}, {"10.0.0.0/x", std::nullopt}, {"", std::nullopt},  {"api.example", std::nullopt},
      {"::/129", std::nullopt}};
  for (const Row& row : rows) EXPECT_EQ(IsPrivateRange(row.text), row.wanted) << row.text;
}

TEST(IsRangeWithin, ComparesRangesOfOneProtocol) {
  struct Row { const char *range, *outer; bool wanted; };
  const Row rows[] = {{"8.8.8.8/32", "8.0.0.0/8", true},     {"8.8.8.8", "0.0.0.0/0", true},  {"8.0.0.0/8", "8.8.8.8/32", false},       {"9.0.0.0/8", "8.0.0.0/8", false},
                      {"8.0.0.1/8", "8.0.0.2/8", true},      {"8.0.0.0/7", "8.0.0.0/8", false}, {"2001:db8::/33", "2001:db8::/32", true}, {"::/0", "::/0", true},
                      {"2001:db9::/32", "2001:db8::/32", false}, {"::/0", "0.0.0.0/0", false}, {"8.8.8.8", "::/0", false},               {"8.8.8.8", "x", false},
                      {"", "0.0.0.0/0", false}};
  for (const Row& row : rows) EXPECT_EQ(IsRangeWithin(row.range, row.outer), row.wanted) << row.range << " in " << row.outer;
}

TEST(Url, GivesSchemeHostAndPath) {
  const struct {
    std::string text, scheme, host, path;
  } rows[] = {
      {"https://api.openai.com/v1", "https", "api.openai.com", "/v1"},
      {"api.openai.com", "", "api.openai.com", ""},
      {"  https://api.openai.com  ", "https", "api.openai.com", ""},
      {"HTTPS://API.OpenAI.com:443/V1", "https", "api.openai.com", "/V1"},
      {"api.openai.com:8443/v1", "", "api.openai.com", "/v1"},
      {"https://host.example./", "https", "host.example", "/"},
      {"s3://bucket/key", "s3", "bucket", "/key"},
      {"//host.example/x", "", "host.example", "/x"},
      {"user@host.example:22/path", "", "host.example", "/path"},
      {"https://[2001:DB8::1]:443/x", "https", "[2001:db8::1]", ""},
      {"https://host.example?q=@other.example", "https", "host.example", "?q=@other.example"},
      {"https://host.example#@other.example", "https", "host.example", "#@other.example"},
      // Whoever is called counts, not who is named first.
      {"https://good.example@evil.example/", "https", "evil.example", "/"},
      {"https://a@good.example@evil.example/", "https", "evil.example", "/"},
      {"https://good.example\\@evil.example/", "https", "good.example\\@evil.example", ""},
      {"https://good.example\\v1/@x", "https", "good.example", "\\v1/@x"},
      {"https://good.example:443x/v1", "https", "good.example:443x", "/v1"},
      {"https://good.example:${PORT}/v1", "https", "good.example", "/v1"},
      {"a.example:9092,b.example:9092", "", "a.example", ""},
      // As clients read it.
      {"https:\\/\\/api.openai.com/v1", "https", "api.openai.com", "/v1"},
      {"https:api.openai.com", "https", "api.openai.com", ""},
      {"HTTP:\\\\api.openai.com", "http", "api.openai.com", ""},
      {"http://api\u3002openai\uff0ecom\uff61/v1", "http", "api.openai.com", "/v1"},
      {"http://api%2eopenai%2Ecom:80/v1", "http", "api.openai.com", "/v1"},
      {"http://%61pi.openai.com%2e/", "http", "api.openai.com", "/"},
      {"http://evil.example%2f.openai.com", "http", "evil.example%2f.openai.com", ""},
      {"http://a%zz.example", "http", "a%zz.example", ""},
      {"postgresql://%2Fvar%2Frun/db", "postgresql", "localhost", "/db"},
      {"", "", "", ""},
      {"not a host", "", "", ""},
      {"https://", "https", "", ""},
      {"https://a,b", "https", "", ""},
      {"https://[2001:db8::1", "https", "", ""},
  };
  for (const auto& row : rows) {
    const Url url = ParseUrl(row.text);
    EXPECT_EQ(url.scheme, row.scheme) << row.text;
    EXPECT_EQ(url.host, row.host) << row.text;
    if (row.host.empty() || row.host[0] == '[') continue;
    EXPECT_EQ(url.path, row.path) << row.text;
  }
}

TEST(Host, IsPrivateByItsNameAlone) {
  const struct {
    std::string host;
    bool closed;
  } rows[] = {
      {"localhost", true},
      {"vllm", true},
      {"api.localhost", true},
      {"printer.local", true},
      {"llm.internal", true},
      {"box.home.arpa", true},
      {"llm.models.svc", true},
      {"llm.models.svc.cluster.local", true},
      {"10.0.0.1", true},
      {"127.0.0.53", true},
      {"172.16.0.1", true},
      {"172.31.255.255", true},
      {"192.168.1.1", true},
      {"169.254.169.254", true},
      {"100.64.0.1", true},
      {"[::1]", true},
      {"[fd00::1]", true},
      {"[fe80::1]", true},
      {"api\u2024openai\u2024com", false},
      {"a%zz", false},
      {"*", false},
      {"\uff4c\uff4f\uff43\uff41\uff4c", false},
      {"a_b-c", true},
      {"api.openai.com", false},
      {"internal.example.com", false},
      {"localhost.example.com", false},
      {"svc.example.com", false},
      {"arpa", true},
      {"in-addr.arpa", false},
      {"9.255.255.255", false},
      {"11.0.0.0", false},
      {"172.15.255.255", false},
      {"172.32.0.0", false},
      {"192.167.1.1", false},
      {"100.63.255.255", false},
      {"100.128.0.0", false},
      {"8.8.8.8", false},
      {"10.0.0.1.example.com", false},
      {"[2001:db8::1]", false},
      {"134744072", false},            // 8.8.8.8
      {"0x08080808", false},
      {"010.8.8.8", false},
      {"8.525320", false},
      {"2130706433", true},            // 127.0.0.1
      {"0x7f.1", true},
      {"0300.0250.1.1", true},
      {"4294967296", true},            // No address: a name.
      {"[::]", true},
      {"[0:0:0:0:0:0:0:1]", true},
      {"[::ffff:10.0.0.1]", true},
      {"[::ffff:a00:1]", true},
      {"[::ffff:8.8.8.8]", false},
      {"[::ffff:808:808]", false},
      {"[febf::1%eth0]", true},
      {"[fec0::1]", false},
      {"[fc::1]", false},
      {"[fd00::1::2]", false},
      {"[fd00]", false},
      {"[1:2:3:4:5:6:7:8:9]", false},
      {"", false},
  };
  for (const auto& row : rows) EXPECT_EQ(IsPrivateHost(row.host), row.closed) << row.host;
}

TEST(HostPattern, MatchesLabelByLabel) {
  const struct {
    std::string pattern, host, captures;   // `-` when it must not match.
  } rows[] = {
      {"api.openai.com", "api.openai.com", ""},
      {"api.openai.com", "eu.api.openai.com", "-"},
      {"api.openai.com", "api.openai.com.evil.example", "-"},
      {"*.openai.azure.com", "my-account.openai.azure.com", ""},
      {"*.openai.azure.com", "openai.azure.com", "-"},
      {"*.openai.azure.com", "a.b.openai.azure.com", "-"},
      {"*.openai.azure.com", "evilopenai.azure.com", "-"},
      {"*.openai.azure.com", "x.openai.azure.com.evil.example", "-"},
      {"bedrock-runtime.{region}.amazonaws.com", "bedrock-runtime.eu-west-3.amazonaws.com", "region=eu-west-3"},
      {"bedrock-runtime.{region}.amazonaws.com", "bedrock-runtime..amazonaws.com", "-"},
      {"{region}-aiplatform.googleapis.com", "europe-west4-aiplatform.googleapis.com", "region=europe-west4"},
      {"{region}-aiplatform.googleapis.com", "aiplatform.googleapis.com", "-"},
      {"s3-{region}.amazonaws.com", "s3-eu-west-1.amazonaws.com", "region=eu-west-1"},
      {"{account}.{region}.inference.example", "a.b.inference.example", "account=a region=b"},
      {"**.s3.{region}.amazonaws.com", "my.dotted.bucket.s3.eu-west-1.amazonaws.com", "region=eu-west-1"},
      {"**.s3.{region}.amazonaws.com", "s3.eu-west-1.amazonaws.com", "-"},
      {"**.example", "a.b.c.example", ""},
      {"**.example", "example", "-"},
      {"API.OpenAI.com", "api.openai.com", ""},
  };
  for (const auto& row : rows) {
    const auto pattern = HostPattern::Make(row.pattern);
    ASSERT_TRUE(pattern) << row.pattern;
    std::vector<std::pair<std::string, std::string>> captures;
    const bool matches = pattern->Match(row.host, &captures);
    std::string got = matches ? "" : "-";
    for (const auto& [name, value] : captures) got += (got.empty() ? "" : " ") + name + "=" + value;
    EXPECT_EQ(got, row.captures) << row.pattern << " on " << row.host;
    EXPECT_EQ(pattern->Match(row.host, nullptr), matches) << row.pattern;
  }
}

TEST(HostPattern, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"", "a..b", ".a", "a.", "{x", "x}", "a**b.example", "}{.example"}) EXPECT_FALSE(HostPattern::Make(text)) << text;
}

TEST(DecodeBase64, ReadsWhatSecretsHold) {
  struct Row { const char* text; std::optional<std::string> wanted; };
  const Row rows[] = {{"", ""}, {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYg", "foob"}, {"Zm9v\nYmFy\n", "foobar"}, {"+/+/", "\xfb\xff\xbf"},
                      {"Z", std::nullopt}, {"Zg=", std::nullopt}, {"Zg=a", std::nullopt}, {"Z===", std::nullopt}, {"Zm9v-", std::nullopt}};
  for (const Row& row : rows) EXPECT_EQ(DecodeBase64(row.text), row.wanted) << row.text;
}

TEST(Snippet, LooksOnlyNearTheMarkOfAHugeLine) {
  const std::string line(5 << 20, 'x');
  for (uint32_t at : {0u, 1000u, 2u << 20, (5u << 20) - 1}) {
    const std::string shown = Show(line, {{{0, at, at + 1}, ""}});
    EXPECT_LT(shown.size(), 400u);
    EXPECT_NE(shown.find('^'), std::string::npos);
  }
}

TEST(Snippet, EscapesWhatTheUserWrote) {
  const std::string shown = Show("a: \x1b[2J\n", {{{0, 3, 7}, "\x1b[0m"}});
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  EXPECT_NE(shown.find("a: \\x1b[2J"), std::string::npos);
}

TEST(RenderDiagnostic, ShowsMessageSnippetAndHelp) {
  Sources sources;
  sources.Add("a.yaml", "a: 1\na: 2\n");
  Diagnostics diagnostics;
  Diagnostic& warning = diagnostics.Warning({0, 5, 6}, "key `a` is written twice");
  warning.help = "remove one";
  warning.labels.push_back({{0, 0, 1}, "first"});
  EXPECT_EQ(RenderDiagnostic(sources, warning, Paint{}),
            "warning: key `a` is written twice\n"
            " --> a.yaml:2:1\n"
            "  |\n"
            "1 | a: 1\n"
            "  | - first\n"
            "2 | a: 2\n"
            "  | ^\n"
            "  = help: remove one\n");
  Diagnostics without_span;
  EXPECT_EQ(RenderDiagnostic(sources, without_span.Error({}, "`x` does not exist"), Paint{}), "error: `x` does not exist\n");
}

}  // namespace
}  // namespace domicile
