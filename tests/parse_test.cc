#include "engine/parse/parse.h"

#include <gtest/gtest.h>

#include "engine/parse/alignment.h"
#include "engine/parse/pack.h"
#include "engine/text/snippet.h"

namespace domicile {
namespace {

struct Parsed {
  Sources sources;
  Diagnostics diagnostics;
  ParsedFile file;

  explicit Parsed(std::string text, std::string name = "a.yaml", const ParseLimits& limits = {}) {
    const uint32_t source = sources.Add(std::move(name), std::move(text));
    file = Parse(sources, source, limits, diagnostics);
  }

  // `a/b/1`: keys, indices, and `~a` for the key node of `a`.
  Value At(std::string_view path, size_t document = 0) const {
    if (document >= file.documents.size()) return {};
    Value value = Root(file.documents[document]);
    while (!path.empty()) {
      const size_t slash = std::min(path.find('/'), path.size());
      const std::string_view step = path.substr(0, slash);
      path.remove_prefix(std::min(slash + 1, path.size()));
      if (value.is_sequence()) {
        value = value.item(std::stoul(std::string(step)));
      } else if (step.starts_with('~')) {
        value = value.KeyOf(step.substr(1));
      } else {
        value = value[step];
      }
    }
    return value;
  }

  // `2:1: error: message`, one a line.
  std::string Messages() const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      const Position position = sources.PositionOf(diagnostic.span.source, diagnostic.span.begin);
      const bool error = diagnostic.level == Diagnostic::Level::kError;
      text += std::to_string(position.line) + ":" + std::to_string(position.column) + (error ? ": error: " : ": warning: ") +
              diagnostic.message + "\n";
    }
    return text;
  }
};

// Everything in a document, on one line: maps as {}, sequences as [], quoted text in quotes, tags in front.
std::string Flat(Value value) {
  std::string text = value.tag().empty() ? "" : std::string(value.tag()) + " ";
  switch (value.kind()) {
    case NodeKind::kNull: return text + "null";
    case NodeKind::kScalar: return text + (value.quoted() ? "'" + std::string(value.text()) + "'" : std::string(value.text()));
    case NodeKind::kSequence:
      text += "[";
      for (size_t i = 0; i < value.size(); ++i) text += (i > 0 ? ", " : "") + Flat(value.item(i));
      return text + "]";
    case NodeKind::kMap:
      text += "{";
      for (size_t i = 0; i < value.size(); ++i) text += (i > 0 ? ", " : "") + Flat(value.key(i)) + ": " + Flat(value.value(i));
      return text + "}";
  }
  return text;
}

std::string FlatDocuments(const Parsed& parsed) {
  std::string text;
  for (const Document& document : parsed.file.documents) text += (text.empty() ? "" : " --- ") + Flat(Root(document));
  return text;
}

TEST(Yaml, ReadsValues) {
  struct Row { const char *name, *yaml, *flat; };
  const Row rows[] = {
      {"a map", "a: 1\nb: x y\n", "{a: 1, b: x y}"},
      {"lists", "- a\n- - b\n  - c\n- d: e\n", "[a, [b, c], {d: e}]"},
      {"flow", "{a: [b, 'c', \"d\"], e: {}, f: []}", "{a: [b, 'c', 'd'], e: {}, f: []}"},
      {"a pair in a flow list", "[a: b, c]", "[{a: b}, c]"},
      {"nulls", "a:\nb: ~\nc: null\nd: Null\ne: NULL\nf: nULL\n", "{a: null, b: null, c: null, d: null, e: null, f: nULL}"},
      {"quoted nulls are strings", "a: 'null'\nb: \"~\"\nc: ''\nd: \"\"\n", "{a: 'null', b: '~', c: '', d: ''}"},
      {"Norway is no boolean", "a: NO\nb: off\nc: 010\nd: 1_000\ne: 1.0\n", "{a: NO, b: off, c: 010, d: 1_000, e: 1.0}"},
      {"tags stay", "a: !Ref B\nb: !Sub 'x'\nc: !Join [a, b]\nd: !If\n  - x\ne: !Map {a: b}\n",
       "{a: !Ref B, b: !Sub 'x', c: !Join [a, b], d: !If [x], e: !Map {a: b}}"},
      {"a tag with nothing behind it", "a: !Nothing\nb: !Empty ''\n\"c\": 1\n", "{a: !Nothing , b: !Empty '', 'c': 1}"},
      {"tags of YAML itself", "a: !!str 5\nb: !!int 5\nc: ! x\nd: !!str null\n", "{a: !!str '5', b: !!int 5, c: 'x', d: !!str 'null'}"},
      {"block texts", "a: |\n  x\n   y\nb: >-\n  x\n  y\nc: |+\n  x\n\nd: 1\n", "{a: 'x\n y\n', b: 'x y', c: 'x\n\n', d: 1}"},
      {"folded plain text", "a: one\n  two\n\n  three\nb: 1\n", "{a: one two\nthree, b: 1}"},
      {"escapes", "a: \"\\t\\u00e9\\x41\\n\"\nb: 'it''s'\n", "{a: '\t\xc3\xa9" "A\n', b: 'it's'}"},
      {"question marks", "? a\n: 1\n? b\n", "{a: 1, b: null}"},
      {"omitted items", "-\n- a\n-\n", "[null, a, null]"},
      {"comments", "# x\na: 1 # y\n# z\nb: x#y\n", "{a: 1, b: x#y}"},
      {"CRLF", "a: 1\r\nb:\r\n  - x\r\nc: |\r\n  y\r\n  z\r\n", "{a: 1, b: [x], c: 'y\nz\n'}"},
      {"colons in plain text", "a: http://x:80/y\nb: 12:30\n", "{a: http://x:80/y, b: 12:30}"},
      {"a key that is a list", "[a, b]: c\n", "{[a, b]: c}"},
      {"a JSON-like file with another name", "{\"a\": [1, true, null, \"x\"]}", "{'a': [1, true, null, 'x']}"},
      {"a list at the indentation of its key", "a:\n- b\n- c\nd: e\n", "{a: [b, c], d: e}"},
      {"a single word", "word", "word"},
      {"nothing", "", ""},
      {"only comments", "# a\n# b\n", ""},
      {"a tagged block text in a list, then less indented", "x:\n- !Sub >-\n  a\n  b\n- c\ny: !Sub |\n  z\n", "{x: [!Sub 'a b', c], y: !Sub 'z\n'}"},
      {"a tagged block text behind its key", "k:\n  !Sub |\n  a\nl: [x]\n", "{k: !Sub 'a\n', l: [x]}"},
      {"a block text with an anchor in a list", "x:\n- &a >-\n  a\n- c\n", "{x: ['a', c]}"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    EXPECT_EQ(parsed.Messages(), "") << row.name;
    EXPECT_EQ(FlatDocuments(parsed), row.flat) << row.name;
  }
}

TEST(Yaml, ReadsSeveralDocuments) {
  struct Row { const char *name, *yaml, *flat; };
  const Row rows[] = {
      {"two", "a: 1\n---\nb: 2\n", "{a: 1} --- {b: 2}"},
      {"empty ones are left out", "---\na: 1\n---\n---\n# x\n---\nb: 2\n---\n", "{a: 1} --- {b: 2}"},
      {"an explicit end", "a: 1\n...\n---\nb: 2\n...\n", "{a: 1} --- {b: 2}"},
      {"an end alone starts the next", "a: 1\n...\nb: 2\n", "{a: 1} --- {b: 2}"},
      {"a directive", "%YAML 1.2\n---\na: 1\n", "{a: 1}"},
      {"text on the line of the dashes", "--- {a: 1}\n--- b\n", "{a: 1} --- b"},
      {"dashes in a block text", "a: |\n  ---\nb: 1\n", "{a: '---\n', b: 1}"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    EXPECT_EQ(parsed.Messages(), "") << row.name;
    EXPECT_EQ(FlatDocuments(parsed), row.flat) << row.name;
  }
}

TEST(Yaml, KnowsExactlyWhereEverythingStands) {
  struct Row { const char *name, *yaml, *path, *text; };
  const Row rows[] = {
      {"plain", "a: eu-west-1 # x\n", "a", "eu-west-1"},
      {"key", "a: 1\nregion: x\n", "~region", "region"},
      {"single quotes", "a: 'it''s'  \n", "a", "it''s"},
      {"double quotes", "a: \"x\\\"y\"\n", "a", "x\\\"y"},
      {"empty quotes", "a: ''\nb: 1\n", "a", ""},
      {"a quoted key", "\"a b\": 1\n", "~a b", "a b"},
      {"plain over lines", "a: one\n   two\nb: 1\n", "a", "one\n   two"},
      {"quoted over lines", "a: \"one\n  two\"\n", "a", "one\n  two"},
      {"block", "a: |\n  one\n    two\n\nb: 1\n", "a", "one\n    two"},
      {"folded block with a comment behind its sign", "a: >- # why\n  one\n  two\nb: 1\n", "a", "one\n  two"},
      {"block with an indentation", "a: |2\n   one\n", "a", "one"},
      {"an empty block", "a: |\nb: 1\n", "a", ""},
      {"behind an anchor", "a: &x eu\n", "a", "eu"},
      {"behind a tag", "a: !Ref Region\n", "a", "Region"},
      {"behind both", "a: !T &x 'q'\n", "a", "q"},
      {"a tagged block", "a: !Sub |\n  one\n", "a", "one"},
      {"a tagged block in a list, read again", "x:\n- !Sub >-\n  a\n  b\n- c\n", "x/0", "a\n  b"},
      {"behind a comment", "a: # x\n  # y\n  eu\n", "a", "eu"},
      {"an anchored map", "a: &x\n  # c\n  b: 1\n  c: 2\n", "a", "b: 1\n  c: 2"},
      {"a map", "a:\n  b: 1\n  c: 'x'\nd: 1\n", "a", "b: 1\n  c: 'x'"},
      {"a list", "a:\n  - x\n  - y\nd: 1\n", "a", "x\n  - y"},
      {"a flow list", "a: [x, 'y' ]\n", "a", "[x, 'y' ]"},
      {"a flow map over lines", "a: {x: 1, # }\n  y: [2] }\nb: 1\n", "a", "{x: 1, # }\n  y: [2] }"},
      {"an empty flow map", "a: {  }\n", "a", "{  }"},
      {"a flow list with a comma at its end", "a: [x, ]\n", "a", "[x, ]"},
      {"an item", "[ab, cd]", "1", "cd"},
      {"null", "a: ~ # x\n", "a", "~"},
      {"null as a word", "a: null\n", "a", "null"},
      {"CRLF block", "a: |\r\n  x\r\n  y\r\nb: 1\r\n", "a", "x\r\n  y"},
      {"other letters before it", "\xc3\xa9: \xe4\xb8\xad\xe6\x96\x87\n", "\xc3\xa9", "\xe4\xb8\xad\xe6\x96\x87"},
      {"a second document", "a: 1\n---\nb: 22\n", "", "a: 1"},
      {"the key of an alias", "x: &k name\n*k : eu\n", "name", "eu"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    const Value value = parsed.At(row.path);
    ASSERT_TRUE(value) << row.name << "\n" << parsed.Messages();
    EXPECT_EQ(parsed.sources.text(value.span()), row.text) << row.name;
  }
}

TEST(Yaml, PutsOmittedValuesBehindTheirColonOrDash) {
  struct Row { const char *name, *yaml, *path; uint32_t offset; };
  const Row rows[] = {
      {"before the next key", "a:\nb: 1\n", "a", 2},
      {"at the end", "x: 1\na:", "a", 7},
      {"before a comment", "a: # x\nb: 1\n", "a", 2},
      {"behind an anchor", "a: &x\nb: 1\n", "a", 5},
      {"before a key that is called null", "a:\nnull: 1\n", "a", 2},
      {"an item", "- a\n-\n- b\n", "1", 5},
      {"a key in a flow map", "{a, b: 1}", "a", 2},
      {"in a flow map", "{a: , b: 1}", "a", 3},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    const Value value = parsed.At(row.path);
    ASSERT_TRUE(value && value.is_null()) << row.name << "\n" << parsed.Messages();
    EXPECT_EQ(value.span(), (Span{0, row.offset, row.offset})) << row.name;
  }
}

TEST(Yaml, SharesTheNodesOfAliases) {
  const Parsed parsed("a: &x {r: eu}\nb: *x\nc: [*x, &y z, *y]\n");
  EXPECT_EQ(FlatDocuments(parsed), "{a: {r: eu}, b: {r: eu}, c: [{r: eu}, z, z]}");
  EXPECT_EQ(parsed.At("a"), parsed.At("b"));
  EXPECT_EQ(parsed.At("c/1"), parsed.At("c/2"));
}

TEST(Yaml, AppliesMergeKeys) {
  struct Row { const char *name, *yaml, *flat; };
  const Row rows[] = {
      {"one map", "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n", "{a: {x: 1, y: 2}, b: {y: 3, x: 1}}"},
      {"own keys win wherever they stand", "a: &a {x: 1}\nb: {x: 2, <<: *a}\n", "{a: {x: 1}, b: {x: 2}}"},
      {"of a list the first wins", "- &a {x: 1}\n- &b {x: 2, y: 3}\n- <<: [*a, *b]\n", "[{x: 1}, {x: 2, y: 3}, {x: 1, y: 3}]"},
      {"merge of a merge", "a: &a {x: 1}\nb: &b\n  <<: *a\n  y: 2\nc:\n  <<: *b\n  z: 3\n", "{a: {x: 1}, b: {y: 2, x: 1}, c: {z: 3, y: 2, x: 1}}"},
      {"a map written there", "a: {<<: {x: 1}, y: 2}\n", "{a: {y: 2, x: 1}}"},
      {"twice", "- &a {x: 1}\n- &b {y: 2}\n- <<: *a\n  <<: *b\n", "[{x: 1}, {y: 2}, {x: 1, y: 2}]"},
      {"quoted it is a key", "a: {'<<': {x: 1}}\n", "{a: {'<<': {x: 1}}}"},
      {"many keys", "- &a {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1}\n- <<: *a\n  e: 2\n",
       "[{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1}, {e: 2, a: 1, b: 1, c: 1, d: 1, f: 1, g: 1, h: 1, i: 1}]"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    EXPECT_EQ(parsed.Messages(), "") << row.name;
    EXPECT_EQ(FlatDocuments(parsed), row.flat) << row.name;
  }
  const Parsed odd("a: {<<: word, y: 2}\n");
  EXPECT_EQ(odd.Messages(), "1:5: warning: `<<` is followed by neither a map nor a list of maps\n");
  EXPECT_EQ(FlatDocuments(odd), "{a: {y: 2, <<: word}}");
}

TEST(Yaml, WarnsOfEqualKeysAndTakesTheLast) {
  struct Row { const char *name, *yaml, *flat, *messages; };
  const Row rows[] = {
      {"twice", "a: 1\nb: 2\na: 3\n", "{b: 2, a: 3}", "3:1: warning: key `a` is written twice\n"},
      {"quoted or not", "a: 1\n'a': 3\n", "{'a': 3}", "2:2: warning: key `a` is written twice\n"},
      {"three times", "{a: 1, a: 2, a: 3}", "{a: 3}", "1:8: warning: key `a` is written twice\n1:14: warning: key `a` is written twice\n"},
      {"among many", "{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, c: 2}",
       "{a: 1, b: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, c: 2}", "1:56: warning: key `c` is written twice\n"},
      {"in JSON", "{\"a\": 1, \"a\": 2}", "{'a': 2}", "1:11: warning: key `a` is written twice\n"},
      {"through two merge keys", "m: {<<: {a: 1, b: 1}, <<: {a: 2}}", "{m: {b: 1, a: 2}}", "1:28: warning: key `a` is written twice\n"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    EXPECT_EQ(parsed.Messages(), row.messages) << row.name;
    EXPECT_EQ(FlatDocuments(parsed), row.flat) << row.name;
    ASSERT_EQ(parsed.diagnostics.all()[0].labels.size(), 1u) << row.name;
    EXPECT_EQ(parsed.diagnostics.all()[0].labels[0].text, "first written here");
  }
}

TEST(Yaml, NamesTheCauseOfErrors) {
  struct Row { const char *name, *yaml, *messages; };
  const Row rows[] = {
      {"a tab", "a:\n\tb: 1\n", "2:1: error: a tab is used as indentation\n"},
      {"a tab behind spaces", "a:\n  b: 1\n \tc: 1\n", "3:2: error: a tab is used as indentation\n"},
      {"helm that is not lined up", "a: 1\n{{ if .x }}b: 2{{ end }}\n c: {{ .y }}\n", "2:1: error: this is a template, not YAML: `{{ if .x }}`\n"},
      {"two templates that are wrong besides, told once", "a: {{ .x }}\nb: @\n---\na: {{ .x }}\nb: @\n", "1:4: error: this is a template, not YAML: `{{ .x }}`\n"},
      {"an action that is not closed", "a: 1\n{{ if .x\nb: 2\n", "2:1: error: this is a template, not YAML: `{{ if .x`\n"},
      {"jinja", "{% for x in y %}\na: @\n{% endfor %}\n", "1:1: error: this is a template, not YAML: `{% for x in y %}`\n"},
      {"erb", "a: 1\n<% if x %>\nb: @\n", "2:1: error: this is a template, not YAML: `<% if x %>`\n"},
      {"terraform's", "%{ for x in y ~}\nkey x\n%{ endfor ~}\n", "1:1: error: this is a template, not YAML: `%{ for x in y ~}`\n"},
      {"an open double quote", "a: 1\nb: \"x\nc: 2\n", "2:4: error: `\"` is not closed\n"},
      {"an open single quote", "a: 'x\n---\nb: 2\n", "1:4: error: `'` is not closed\n"},
      {"no colon", "a: 1\nb\nc: 2\n", "2:1: error: `b` has no `: ` behind it, as the other keys of this map have\n"},
      {"no colon at the end of the file", "a: 1\nregio", "2:1: error: `regio` has no `: ` behind it, as the other keys of this map have\n"},
      {"no colon at the end of an inner map", "a:\n  b: 1\n  &x c\n", "3:3: error: `&x c` has no `: ` behind it, as the other keys of this map have\n"},
      {"a second colon", "a: b: c\n", "1:5: error: a second `: ` on one line\n"},
      {"a key that is not lined up", "a:\n  b: 1\n c: 2\n", "3:2: error: this is not lined up with the keys above it\n"},
      {"a key deeper than a value", "a: 1\n  b: 2\n", "2:3: error: `b` is not lined up with what stands above it\n"},
      {"text behind quotes", "a: \"x\" y\n", "1:8: error: text behind the closing `\"`\n"},
      {"text behind a bracket", "image: {user}/app\n", "1:14: error: text behind the closing `}`\n"},
      {"an open bracket", "a: [1, 2\nb: 3\n", "1:4: error: `[` is not closed, or a comma is missing in it\n"},
      {"an open brace", "a: {b: 1\n", "1:4: error: `{` is not closed, or a comma is missing in it\n"},
      {"an item among keys", "a: 1\n- b\n", "2:1: error: a list item among the keys of a map\n"},
      {"a key among items", "- a\nb: 1\n", "2:1: error: text behind the end of the document\n"},
      {"at sign", "a: @x\n", "1:4: error: a value cannot start with `@`\n"},
      {"backquote", "a: `x`\n", "1:4: error: a value cannot start with ```\n"},
      {"an unknown alias", "a: *x\n", "1:4: error: this alias refers to no anchor above it\n"},
      {"an unknown escape", "a: \"\\d\"\n", ""},
      {"a list behind a map", "{a: 1}\nb: 2\n", "2:1: error: text behind the end of the document\n"},
      {"a directive at the end", "a: 1\n%YAML 1.2\n", "2:1: error: `%YAML 1.2` is no directive in front of a document\n"},
      {"an alias in its own anchor", "a: &x [*x]\n", "1:8: error: this alias stands inside the node that it refers to\n"},
      {"an anchor in front of a block text", "x:\n- &a >-\n  t\n- *a\n",
       "2:3: error: the lines of a block text behind an anchor are not indented deeper than the anchor\n"},
      {"a mark between files", "a: 1\n---\n\xef\xbb\xbf" "b: 1\n", "3:1: error: a byte order mark inside of the file\n"},
      {"U+0004 does not end the file", "a: 1\n\x04\nb: 2\n", "2:1: error: control character U+0004\n"},
      {"a line break to some", "a: 1 # x\rb: 2\n", "1:9: error: a carriage return without a line feed: a line ends here for some readers of YAML, and not for others\n"},
      {"U+0085", "a: 1 # x\xc2\x85" "b: 2\n", "1:9: error: U+0085: a line ends here for some readers of YAML, and not for others\n"},
      {"U+2028", "a: x\xe2\x80\xa8" "b\n", "1:5: error: U+2028: a line ends here for some readers of YAML, and not for others\n"},
      {"U+2029", "# x\xe2\x80\xa9" "b: 2\n", "1:4: error: U+2029: a line ends here for some readers of YAML, and not for others\n"},
      {"invalid UTF-8", "a: \xe4\xb8\n", "1:4: error: a byte that is not UTF-8\n"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    if (*row.messages == '\0') {
      EXPECT_EQ(parsed.diagnostics.error_count(), 1u) << row.name;
    } else {
      EXPECT_EQ(parsed.Messages(), row.messages) << row.name;
    }
  }
  EXPECT_EQ(Parsed(std::string("a: \0\n", 5)).Messages(), "1:4: error: control character U+0000\n");
}

TEST(Yaml, GoesOnBehindABrokenDocument) {
  struct Row { const char *name, *yaml, *flat, *messages; };
  const Row rows[] = {
      {"in the middle", "a: 1\n---\nb: [\n---\nc: 3\n", "{a: 1} --- {c: 3}", "3:4: error: `[` is not closed, or a comma is missing in it\n"},
      {"two of them", "a: @\n---\nb: 2\n---\nc: @\n---\nd: 4\n", "{b: 2} --- {d: 4}",
       "1:4: error: a value cannot start with `@`\n5:4: error: a value cannot start with `@`\n"},
      {"an open quote does not eat the next", "a: 'x\n---\nb: 2\n", "{b: 2}", "1:4: error: `'` is not closed\n"},
      {"spans behind it are right", "a: @\n---\nb: {c: 1, c: 2}\n", "{b: {c: 2}}",
       "1:4: error: a value cannot start with `@`\n3:11: warning: key `c` is written twice\n"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    EXPECT_EQ(FlatDocuments(parsed), row.flat) << row.name;
    EXPECT_EQ(parsed.Messages(), row.messages) << row.name;
  }
  std::string many;
  for (int i = 0; i < 30; ++i) many += "a: @\n---\n";
  const Parsed parsed(many);
  EXPECT_EQ(parsed.diagnostics.error_count(), 21u);
  EXPECT_NE(parsed.Messages().find("too many broken documents"), std::string::npos);
}

TEST(Yaml, WarnsOnceOfADocumentThatIsReadTwice) {
  const Parsed parsed("a: 1\na: 2\nx:\n- !Sub |\n  t\n- y\n");
  EXPECT_EQ(parsed.Messages(), "2:1: warning: key `a` is written twice\n");
  EXPECT_EQ(FlatDocuments(parsed), "{a: 2, x: [!Sub 't\n', y]}");
}

TEST(Yaml, TellsTemplatesThatParse) {
  struct Row { const char* yaml; bool templated; };
  const Row rows[] = {
      {"a: {{ x }}\n", true},
      {"a: b-{{ x }}\n", true},
      {"a: x{% y %}\n", true},
      {"a: <%= x %>\n", true},
      {"a: '{{ x }}'\n", false},
      {"a: \"{{ x }}\"\n", false},
      {"a: |\n  {{ x }}\n", false},
      {"# {{ x }}\na: 1\n", false},
      {"a: ${{ x }}\n", false},
      {"a: {b: {c: 1}}\n", false},
      {"a: ${{ x }} and {{ y }}\n", true},
      {"a: {{ x }}-b\n", true},
      {"{\"a\": {{ x }}}", true},
  };
  for (const Row& row : rows) EXPECT_EQ(Parsed(row.yaml).file.templated, row.templated) << row.yaml;
}

TEST(Yaml, TakesLineBreaksInQuotesForText) {
  EXPECT_EQ(Parsed("a: \"x\xe2\x80\xa8y\"\r\nb: 'z\xe2\x80\xa9'\r\n").Messages(), "");
  EXPECT_EQ(Parsed("{\"a\": \"x\xe2\x80\xa8y\"}", "a.json").Messages(), "");
}

TEST(Yaml, ReadsWhatATemplateWritesOutItself) {
  struct Row { const char *name, *yaml, *flat, *messages; };
  const Row rows[] = {
      {"a value", "a: {{ .x }}\nb: v-{{ .y }}-w\n", "{a: {{ .x }}, b: v-{{ .y }}-w}", ""},
      {"quotes within quotes", "a: \"{{ .x | default \"z\" }}:{{ .y }}\"\n{{ if .z }}\nb: 1\n{{ end }}\n", "{a: '{{ .x | default \"z\" }}:{{ .y }}', b: 1}", ""},
      {"branches", "a: 1\n{{- if .x }}\nb: 2\n{{- else }}\nc: 3\n{{- end }}\n", "{a: 1, b: 2, c: 3}", ""},
      {"branches of one key", "{{- if .x }}\na: 1\n{{- else }}\na: 2\n{{- end }}\n", "{a: 2}",
       "4:1: error: several branches of this template write this key, and only the last one was looked at\n"},
      {"an action over several lines", "a:\n  {{- if and .x\n         .y }}\n  b: {{ .z }}\n  {{- end }}\n", "{a: {b: {{ .z }}}}", ""},
      {"a key that is more than an action", "a-{{ .k }}: {{ .v }}\n", "{a-{{ .k }}: {{ .v }}}", ""},
      {"a key", "a: {{ .x }}\nb:\n  {{ .k }}: {{ .v }}\n", "{a: {{ .x }}, b: {{{ .k }}: {{ .v }}}}", "3:3: error: this is a template, and nobody knows what `{{ .k }}` puts in\n"},
      {"items", "a:\n- {{ .x }}\n{{- range .y }}\n- b: {{ . }}\n{{- end }}\n", "{a: [{{ .x }}, {b: {{ . }}}]}", ""},
      {"a value on a line of its own", "a:\n  {{ include \"x\" . }}\nb: 1\n", "{a: {{ include \"x\" . }}, b: 1}",
       "2:3: error: this is a template, and nobody knows what `{{ include \"x\" . }}` puts in\n"},
      {"a map on a line of its own", "a:\n  {{- toYaml .x | nindent 2 }}\nb: 1\n", "{a: null, b: 1}",
       "2:3: error: this is a template, and nobody knows what `{{- toYaml .x | nindent 2 }}` puts in\n"},
      {"a map behind its key", "a: {{- toYaml .x | nindent 2 }}\nb: 1\n", "{a: null, b: 1}",
       "1:4: error: this is a template, and nobody knows what `{{- toYaml .x | nindent 2 }}` puts in\n"},
      {"told once", "a: 1\n{{ include \"x\" . }}\n---\nb: 1\n{{ include \"y\" . }}\n", "{a: 1} --- {b: 1}",
       "2:1: error: this is a template, and nobody knows what `{{ include \"x\" . }}` puts in\n"},
      {"assignments and comments put in nothing", "{{- $x := .y -}}\n{{/* a \"}}\" b */}}\n{{- $x = 1 }}\na: {{ $x }}\n", "{a: {{ $x }}}", ""},
      {"the value of a variable", "{{- $x }}\na: {{ $x }}\n", "{a: {{ $x }}}", "1:1: error: this is a template, and nobody knows what `{{- $x }}` puts in\n"},
      {"definitions stand elsewhere", "{{- define \"x\" }}\nb: {{ if .y }}1{{ end }}\n{{ include \"z\" . }}\n{{- end }}\na: {{ .v }}\n", "{a: {{ .v }}}", ""},
      {"nothing but definitions", "{{- define \"x\" }}\nb: {{ .y }}\n{{- end }}\n", "", ""},
      {"a block text", "{{ if .x }}\na: |\n  one {{ .z }}\n  {{else}}\n  {{ .two }}\nb: 1\n{{ end }}\n", "{a: 'one {{ .z }}\n        \n{{ .two }}\n', b: 1}", ""},
      {"a block text of one action", "b: {{ .x }}\na: |\n  {{ .y }}\n", "{b: {{ .x }}, a: '{{ .y }}\n'}", ""},
      {"branches at the start of a block text", "b: {{ .x }}\na: |-\n  {{if x}}\n  c\n", "{b: {{ .x }}, a: '\n\n\n\n\n\n\n\n\nc'}", ""},
      {"what fills a block text from the margin", "a: |\n{{ .y | indent 2 }}\nb: {{ .z }}\n", "{a: '', b: {{ .z }}}",
       "2:1: error: this is a template, and nobody knows what `{{ .y | indent 2 }}` puts in\n"},
      {"documents beside it", "a: 1\na: 2\n---\nb: {{ .x }}\n---\nc: 3\n", "{a: 2} --- {b: {{ .x }}} --- {c: 3}", "2:1: warning: key `a` is written twice\n"},
      {"an action that is not closed in a comment", "# {{ .x }\na: 1\n# use {{ to open\nb: {{ .y }}\n", "{a: 1, b: {{ .y }}}", ""},
      {"an action that is not closed in a value", "a: {{ .x }\nb: 1\nc: {{ .y }}\n", "", "1:4: error: this is a template, not YAML: `{{ .x }`\n"},
      {"actions in comments", "# a: {{ .x }}\nb: {{ .y }} # c {{ .z }}\n# {{ include \"x\" . }}\n", "{b: {{ .y }}}", ""},
      {"a comment behind an action", "a:\n  {{- toYaml .x | nindent 2 }} # as given\nb: 1\n", "{a: null, b: 1}",
       "2:3: error: this is a template, and nobody knows what `{{- toYaml .x | nindent 2 }}` puts in\n"},
      {"a map behind its key, and a branch that ends there", "a: {{- toYaml .x | nindent 2 }}{{ if .a }}{{ end }}\nb: 1\n", "{a: null, b: 1}",
       "1:4: error: this is a template, and nobody knows what `{{- toYaml .x | nindent 2 }}` puts in\n"},
      {"a map as an item", "a:\n- {{ toYaml .x | nindent 2 }}\n", "{a: [null]}", "2:3: error: this is a template, and nobody knows what `{{ toYaml .x | nindent 2 }}` puts in\n"},
      {"branches of one value", "a:\n  {{- if .x }}\n  b\n  {{- else }}\n  c\n  {{- end }}\nd: 1\n", "{a: b\n  {{- else }}\n  c, d: 1}", ""},
      {"comments of the template", "a: b {{/* c */}}\n{{/*\nd: 1\n---\ne: 2\n*/}}\nf: {{ .g }}\n", "{a: b, f: {{ .g }}}", ""},
      {"comments of jinja", "{# a #}\nb: c {# d #}\n{% if x %}\ne: 1\n{% endif %}\n{#\nf: 2\n#}\n", "{b: c, e: 1}", ""},
      {"jinja that puts in whole files", "{% extends 'x' %}\na: {{ y }}\n", "{a: {{ y }}}", "1:1: error: this is a template, and nobody knows what `{% extends 'x' %}` puts in\n"},
      {"jinja", "{% if x %}\na: {{ y }}\n{% endif %}\n{% include 'z' %}\n", "{a: {{ y }}}", "4:1: error: this is a template, and nobody knows what `{% include 'z' %}` puts in\n"},
      {"erb", "<% if x %>\na: <%= y %>\n<% end %>\n", "{a: <%= y %>}", ""},
      {"expressions of GitHub Actions are none", "a: ${{ x }}\n", "{a: ${{ x }}}", ""},
      {"a character that would be mistaken", "a: \xee\x80\x80\nb: {{ .x }}\nc: {{ .y }}-z\n", "", "2:4: error: this is a template, not YAML: `{{ .x }}`\n"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.yaml);
    EXPECT_EQ(FlatDocuments(parsed), row.flat) << row.name;
    EXPECT_EQ(parsed.Messages(), row.messages) << row.name;
    EXPECT_EQ(parsed.file.templated, std::string_view(row.yaml).find("${{") == std::string_view::npos) << row.name;
  }
  // Places are those of the template.
  const Parsed parsed("{{ if .x }}\na: |\n  {{ if .y }}\n  one {{ .z }}\n  {{ end }}\n  two\nb: c{{ .d }}\n{{ end }}\n");
  const Value root = Root(parsed.file.documents.at(0));
  const Alignment alignment(&parsed.sources, root["a"]);
  const size_t two = root["a"].text().find("two");
  EXPECT_EQ(parsed.sources.PositionOf(0, alignment.Of(two, two + 3).begin).line, 6u);
  EXPECT_EQ(parsed.sources.text(root["b"].span()), "c{{ .d }}");
}

TEST(Yaml, RefusesHostileInput) {
  std::string deep;
  for (int i = 0; i < 101; ++i) deep += "[";
  EXPECT_EQ(Parsed(deep + std::string(101, ']')).Messages(), "1:101: error: nested more than 100 levels deep\n");
  EXPECT_EQ(Parsed(deep.substr(1) + std::string(100, ']')).Messages(), "");
  EXPECT_EQ(Parsed(std::string(100'000, '[')).diagnostics.error_count(), 1u);
  EXPECT_EQ(Parsed(std::string(100'000, '{')).diagnostics.error_count(), 1u);
  std::string blocks;
  for (int i = 0; i < 2'000; ++i) blocks += "- ";
  EXPECT_EQ(Parsed(blocks).diagnostics.error_count(), 1u);

  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    bomb += name + ": &" + name + " [" + before;
    for (int j = 1; j < 10; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  const Parsed bombed(bomb);
  EXPECT_EQ(bombed.Messages(), "7:55: error: more than 10000000 nodes when aliases are written out\n");
  EXPECT_TRUE(bombed.file.documents.empty());

  // Deep only through its aliases.
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 200; ++i) chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_EQ(Parsed(chain).diagnostics.error_count(), 1u);

  ParseLimits limits;
  limits.max_nodes = 10;
  EXPECT_EQ(Parsed("[a, b, c, d, e, f, g, h, i, j]", "a.yaml", limits).Messages(), "1:29: error: more than 10 nodes in one file\n");
  limits = {};
  limits.max_expanded = 30;
  EXPECT_EQ(Parsed("a: &a {x: 1, y: 2, z: 3}\nb: [{<<: *a}, {<<: *a}, {<<: *a}, {<<: *a}, {<<: *a}]\n", "a.yaml", limits).diagnostics.error_count(), 1u);

  std::string keys = "{";
  for (int i = 0; i < 1'000; ++i) keys += "a: 1, ";
  const Parsed same(keys + "}");
  EXPECT_EQ(same.diagnostics.all().size(), 51u);
  EXPECT_EQ(FlatDocuments(same), "{a: 1}");

  std::string tags = "[";
  for (int i = 0; i < 66'000; ++i) tags += "!t" + std::to_string(i) + " x, ";
  EXPECT_EQ(Parsed(tags + "]").Messages(), "");
}

TEST(Yaml, SurvivesEveryWayToCutAFile) {
  const std::string text =
      "%YAML 1.2\n---\na: &x {b: [1, 'q', \"\\u00e9\"], c: !T >-\n  f\n }\n# c\nd:\n  <<: *x\n  - \xe4\xb8\xad\n--- |\n t\n...\n? {k}\n: !S |2\n   v\n";
  for (size_t i = 0; i <= text.size(); ++i) {
    Parsed head(text.substr(0, i));
    Parsed tail(text.substr(i));
    EXPECT_LE(head.diagnostics.error_count() + tail.diagnostics.error_count(), 8u);
  }
}

TEST(Json, ReadsValues) {
  struct Row { const char *name, *json, *flat; };
  const Row rows[] = {
      {"an object", "{\"a\": 1, \"b\": [true, null, -1.5e3, \"x\"]}", "{'a': 1, 'b': [true, null, -1.5e3, 'x']}"},
      {"empty", "{\"a\": {}, \"b\": [], \"c\": \"\"}", "{'a': {}, 'b': [], 'c': ''}"},
      {"escapes", "{\"a\\n\": \"\\u00e9\\ud83d\\ude00\\\"\\\\\"}", "{'a\n': '\xc3\xa9\xf0\x9f\x98\x80\"\\'}"},
      {"numbers as they are written", "[1.0, 123456789012345678901234567890, -0, 0.5, 1E9]", "[1.0, 123456789012345678901234567890, -0, 0.5, 1E9]"},
      {"several values", "{\"a\": 1}\n{\"a\": 2}\n[3]\n", "{'a': 1} --- {'a': 2} --- [3]"},
      {"white space around", "\r\n \t{\"a\":\r\n1}\n\n", "{'a': 1}"},
      {"comments as azure allows them", "{\"a\": 1, // x\n /* y */ \"b\": \"//\"}", "{'a': 1, 'b': '//'}"},
      {"comments in front", "// x\n/* y\n { */\n{\"a\": 1}", "{'a': 1}"},
      {"slashes in strings are no comments", "{\"a\": \"https://x\"}", "{'a': 'https://x'}"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.json, "a.json");
    EXPECT_EQ(parsed.Messages(), "") << row.name;
    EXPECT_EQ(FlatDocuments(parsed), row.flat) << row.name;
  }
}

TEST(Json, ReadsKeysThatYamlCppRefuses) {
  const std::string key(2'000, 'k');
  EXPECT_EQ(FlatDocuments(Parsed("{\"" + key + "\": 1}")), "{'" + key + "': 1}");
}

TEST(Json, KnowsExactlyWhereEverythingStands) {
  struct Row { const char *name, *json, *path, *text; };
  const Row rows[] = {
      {"string", "{\"a\": \"x y\"}", "a", "x y"},
      {"string with escapes", "{\"a\": \"x\\\\\\\"\" , \"b\": 1}", "a", "x\\\\\\\""},
      {"key", "{\"a\": 1, \"b\\u0063\" : 2}", "~bc", "b\\u0063"},
      {"number", "{\"a\":  12 }", "a", "12"},
      {"null", "{\"a\": null}", "a", "null"},
      {"object", "{\"a\": { \"b\": [1] } }", "a", "{ \"b\": [1] }"},
      {"empty object", "{\"a\": { } }", "a", "{ }"},
      {"array", "{\"a\": [1, [2] ] }", "a", "[1, [2] ]"},
      {"the whole", " {\"a\": 1} ", "", "{\"a\": 1}"},
      {"other letters before it", "{\"\xc3\xa9\": \"\xe4\xb8\xad\"}", "\xc3\xa9", "\xe4\xb8\xad"},
  };
  for (const Row& row : rows) {
    const Parsed parsed(row.json, "a.json");
    const Value value = parsed.At(row.path);
    ASSERT_TRUE(value) << row.name << "\n" << parsed.Messages();
    EXPECT_EQ(parsed.sources.text(value.span()), row.text) << row.name;
  }
  const Parsed second("{\"a\": 1}\n{\"b\": \"zz\"}", "a.json");
  EXPECT_EQ(second.sources.text(second.At("b", 1).span()), "zz");
}

TEST(Json, NamesTheCauseOfErrors) {
  struct Row { const char *name, *json, *messages; };
  const Row rows[] = {
      {"a comma too many", "{\"a\": 1,}", "1:8: error: a comma before the closing bracket\n"},
      {"a comma too many in a list", "[1, 2, ]", "1:6: error: a comma before the closing bracket\n"},
      {"two commas", "[1, , 2]", "1:5: error: a comma where a value should be\n"},
      {"no comma", "[1 2]", "1:4: error: a comma is missing before this\n"},
      {"no comma between keys", "{\"a\": 1\n \"b\": 2}", "2:2: error: a comma is missing before this\n"},
      {"no colon", "{\"a\" 1}", "1:6: error: a colon is missing before this\n"},
      {"single quotes", "{'a': 1}", "1:2: error: `'` is no quote in JSON\n"},
      {"a word", "{\"a\": yes}", "1:7: error: `yes` is no value of JSON\n"},
      {"a leading zero", "{\"a\": 01}", "1:7: error: `01` is no value of JSON\n"},
      {"a plus", "{\"a\": +1}", "1:7: error: `+1` is no value of JSON\n"},
      {"a key without quotes", "{a: 1}", "1:2: error: `a` where a key in double quotes should be\n"},
      {"an open object", "{\"a\": 1", "1:1: error: `{` is not closed\n"},
      {"the wrong bracket", "{\"a\": [1}", "1:7: error: `[` is closed by `}`\n"},
      {"an open string", "{\"a\": \"x\n}", "1:7: error: `\"` is not closed on its line\n"},
      {"a tab in a string", "{\"a\": \"x\ty\"}", "1:9: error: a control character in a string\n"},
      {"text behind it", "{\"a\": 1} x", "1:10: error: text behind the end of the JSON value\n"},
      {"a bracket behind it", "{\"a\": 1}}", "1:9: error: text behind the end of the JSON value\n"},
      {"half a surrogate pair", "{\"a\": \"\\ud83d\"}", "1:8: error: `\\ud83d` is half of a surrogate pair\n"},
      {"the other half", "{\"a\": \"\\ude00\"}", "1:8: error: `\\ude00` is half of a surrogate pair\n"},
      {"an unknown escape", "{\"a\": \"\\x41\"}", "1:8: error: `\\x` is no escape of JSON\n"},
      {"a template", "{\"a\": {{ x }}}", "1:7: error: this is a template, not JSON: `{{ x }}`\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(Parsed(row.json, "a.json").Messages(), row.messages) << row.name;
}

TEST(Json, KeepsTheValuesBeforeABrokenOne) {
  const Parsed parsed("{\"a\": 1}\n{\"b\": tru}\n{\"c\": 3}", "a.json");
  EXPECT_EQ(parsed.Messages(), "2:7: error: `tru` is no value of JSON\n");
  EXPECT_EQ(FlatDocuments(parsed), "{'a': 1}");
}

TEST(Json, RefusesHostileInput) {
  EXPECT_EQ(Parsed(std::string(101, '[') + std::string(101, ']'), "a.json").Messages(), "1:101: error: nested more than 100 levels deep\n");
  EXPECT_EQ(Parsed(std::string(100, '[') + std::string(100, ']'), "a.json").Messages(), "");
  EXPECT_EQ(Parsed(std::string(100'000, '['), "a.json").diagnostics.error_count(), 1u);
  const Parsed mixed("{\"a\": 1}\n" + std::string(101, '[') + std::string(101, ']') + "\n{\"b\": 2}", "a.json");
  EXPECT_EQ(mixed.Messages(), "2:101: error: nested more than 100 levels deep\n");
  EXPECT_EQ(FlatDocuments(mixed), "{'a': 1} --- {'b': 2}");
}

TEST(Json, SurvivesEveryWayToCutAFile) {
  const std::string text = "{\"a\": [1, -2.5e3, \"\\ud83d\\ude00\", null], \"b\": {\"c\": true}} {\"\xe4\xb8\xad\": []}";
  for (size_t i = 0; i <= text.size(); ++i) {
    Parsed head(text.substr(0, i), "a.json");
    Parsed tail(text.substr(i), "a.json");
    EXPECT_LE(head.diagnostics.error_count(), 1u) << i;
  }
}

TEST(Value, GivesEmptyAnswersForWhatIsMissing) {
  const Parsed parsed("a: {b: [x]}\n");
  const Value missing = parsed.At("a")["nothing"]["at"].item(3);
  EXPECT_FALSE(missing);
  EXPECT_TRUE(missing.is_null());
  EXPECT_EQ(missing.text(), "");
  EXPECT_EQ(missing.tag(), "");
  EXPECT_EQ(missing.size(), 0u);
  EXPECT_FALSE(missing.span().known());
  EXPECT_FALSE(parsed.At("a/b").item(1));
  EXPECT_FALSE(parsed.At("a").key(1));
}

TEST(ParsedFile, KeepsItsDocumentsWhenMoved) {
  Parsed parsed("a: 1\n---\nb: 2\n");
  const ParsedFile moved = std::move(parsed.file);
  EXPECT_EQ(Flat(Root(moved.documents[1])), "{b: 2}");
}

TEST(ParseVariables, ReadsWhatShellsWouldSet) {
  struct Row { const char* name; const char* text; const char* value; const char* covers; };
  const Row rows[] = {   // The value of X, and what its span covers.
      {"a plain value", "A=1\nX=b c\n", "b c", "b c"},
      {"no line break at the end", "X=b", "b", "b"},
      {"CRLF", "X=b\r\nY=c\r\n", "b", "b"},
      {"spaces around", "  export X = b  \n", "b", "b"},
      {"nothing", "X=\n", "", ""},
      {"double quotes", "X=\"b # c\\n\" # d\n", "b # c\n", "b # c\\n"},
      {"single quotes", "X='b\\n \\'c'\n", "b\\n 'c", "b\\n \\'c"},
      {"several lines", "X=\"b\nc\"\nY=d\n", "b\nc", "b\nc"},
      {"a quote that does not close", "X=\"b\nY=c", "\"b", "\"b"},
      {"a comment behind", "X=b#c # d\n", "b#c", "b#c"},
      {"a comment in front", "# X=a\nX=b\n", "b", "b"},
      {"an equals sign within", "X=a=b\n", "a=b", "a=b"},
      {"the last one counts", "X=a\nX=b\n", "b", "b"},
  };
  for (const Row& row : rows) {
    Sources sources;
    Diagnostics diagnostics;
    const ParsedFile file = ParseVariables(sources, sources.Add(".env", row.text), diagnostics);
    ASSERT_EQ(file.documents.size(), 1u) << row.name;
    const Value value = Root(file.documents[0])["X"];
    EXPECT_EQ(value.text(), row.value) << row.name;
    EXPECT_EQ(sources.text(value.span()), row.covers) << row.name;
    EXPECT_EQ(diagnostics.error_count(), 0u) << row.name;
  }
}

TEST(ParseVariables, WarnsOfOtherLinesAndKeepsTheRest) {
  Sources sources;
  Diagnostics diagnostics;
  const ParsedFile file = ParseVariables(sources, sources.Add(".env", "a line\nA\n=x\n[part]\nX=b\n"), diagnostics);
  EXPECT_EQ(Root(file.documents[0])["X"].text(), "b");
  EXPECT_TRUE(Root(file.documents[0])["A"].is_null());
  ASSERT_EQ(diagnostics.all().size(), 3u);
  EXPECT_EQ(sources.text(diagnostics.all()[0].span), "a line");
}

TEST(CommentsAt, FindsCommentsAboveAndBehind) {
  const std::string yaml =
      "# file\n\n# one\n#two \na: 'x # y' # three\nb: x#y\nc: |\n  # text\n  z\nd: \"q\n  # q\" #four\n# five\n- x";
  struct Row { const char* name; const char* at; std::vector<std::string> comments; };
  const Row rows[] = {
      {"above and behind", "a: ", {"one", "two", "three"}},
      {"none", "b: ", {}},
      {"a block text holds none", "z\n", {}},
      {"a quoted text holds none, behind it one", "# q\"", {"four"}},
  };
  const Parsed parsed(yaml.substr(0, yaml.find("- x")));
  ASSERT_EQ(parsed.Messages(), "");
  for (const Row& row : rows) {
    std::vector<std::string> found;
    for (const Comment& comment : CommentsAt(parsed.sources, parsed.file.documents[0], static_cast<uint32_t>(yaml.find(row.at)))) {
      found.emplace_back(comment.text);
      EXPECT_EQ(parsed.sources.text(comment.span), comment.text) << row.name;
    }
    EXPECT_EQ(found, row.comments) << row.name;
  }
}

TEST(Document, CopiesOnlyTextThatIsWrittenInAnotherWay) {
  struct Row { const char* name; const char* file; const char* text; const char* plain; const char* decoded; };
  const Row rows[] = {
      {"JSON", "x.json", R"({"p": "plain", "d": "one\ntwo", "p2": "plain"})", "plain", "one\ntwo"},
      {"JSON with comments", "x.json", R"({/* "p": "no" */ "p": "plain", "d": "\u00e9"} // end)", "plain", "\u00e9"},
      {"YAML", "x.yaml", "p: plain\nd: \"one\\ntwo\"\n", "plain", "one\ntwo"},
      {"a folded text", "x.yaml", "d: >-\n  one\n  two\np: plain", "plain", "one two"},
      {"nothing behind it", "x.yaml", "d: 'it''s'\np: ''", "", "it's"},
  };
  for (const Row& row : rows) {
    const std::string held = row.text;
    for (const bool owned : {true, false}) {
      Sources sources;
      Diagnostics diagnostics;
      const uint32_t source = owned ? sources.Add(row.file, held) : sources.AddView(row.file, held);
      EXPECT_EQ(sources.padded(source), owned);
      const std::string_view text = sources.text(source);
      EXPECT_EQ(text, held);
      const ParsedFile file = Parse(sources, source, {}, diagnostics);
      ASSERT_EQ(file.documents.size(), 1u) << row.name;
      const Value root = Root(file.documents[0]);
      EXPECT_EQ(root["p"].text(), row.plain) << row.name;
      EXPECT_EQ(root["d"].text(), row.decoded) << row.name;
      const auto within = [&](std::string_view part) { return part.data() >= text.data() && part.data() <= text.data() + text.size(); };
      EXPECT_TRUE(root["p"].text().empty() || within(root["p"].text())) << row.name;
      EXPECT_FALSE(within(root["d"].text())) << row.name;
    }
  }
}

std::string PackOf(const Parsed& parsed) { return WritePack({{parsed.sources.name(0), parsed.sources.text(0), &parsed.file}}); }

TEST(Pack, OpensAsItWasWritten) {
  const Parsed parsed("a: &x !T [1, 'q']\nb: {<<: {c: ~}}\nd: *x\nf: \"g\\th\"\n---\ne: 2\n", "rules/x.yaml");
  const std::string bytes = PackOf(parsed);
  for (bool trusted : {false, true}) {
    const std::optional<std::vector<PackedFile>> files = OpenPack(bytes, trusted);
    ASSERT_TRUE(files);
    ASSERT_EQ(files->size(), 1u);
    EXPECT_EQ((*files)[0].name, "rules/x.yaml");
    EXPECT_EQ((*files)[0].text, parsed.sources.text(0));
    ASSERT_EQ((*files)[0].documents.size(), 2u);
    for (size_t i = 0; i < 2; ++i) EXPECT_EQ(Flat(Root((*files)[0].documents[i])), Flat(Root(parsed.file.documents[i])));
    EXPECT_EQ((*files)[0].documents[0].source, kNoSource);
  }
  EXPECT_EQ(PackOf(Parsed("a: 1\n")), PackOf(Parsed("a: 1\n")));
  EXPECT_TRUE(OpenPack(WritePack({}), false));
}

TEST(Pack, RefusesEveryTruncation) {
  const std::string bytes = PackOf(Parsed("a: [1, {b: c}]\n"));
  for (size_t i = 0; i < bytes.size(); ++i) EXPECT_FALSE(OpenPack(bytes.substr(0, i), false)) << i;
  EXPECT_FALSE(OpenPack(bytes + "xxxx", false));
}

TEST(Pack, IsSafeWhateverByteIsChanged) {
  const std::string bytes = PackOf(Parsed("a: !T [1, {b: c}, ~]\nd: \"e\\tf\"\n"));
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned char change : {0x01, 0x7f, 0x80, 0xff}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ change);
      const std::optional<std::vector<PackedFile>> files = OpenPack(changed, false);
      if (!files) continue;
      for (const PackedFile& file : *files) {
        for (const Document& document : file.documents) EXPECT_LE(Flat(Root(document)).size(), 10'000u);
      }
    }
  }
}

}  // namespace
}  // namespace domicile
