// Parses YAML and JSON sources into documents.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/parse/document.h"

namespace domicile {

struct ParseLimits {
  size_t max_depth = 100;                  // Nesting of collections.
  size_t max_nodes = 50'000'000;           // Nodes of one file.
  size_t max_expanded = 10'000'000;        // Nodes of one document when every alias is written out: refuses alias bombs.
  bool text_stays = true;                  // The source lives as long as what is read from it, so that text need not be copied.
};

// Owns the arrays that its documents view. Movable; documents stay valid.
struct ParsedFile {
  struct Storage {
    std::vector<Node> nodes;
    std::vector<uint32_t> children;
    std::string arena;
    std::vector<uint32_t> tags;
  };
  std::vector<std::unique_ptr<Storage>> storage;   // One for each document.
  std::vector<Document> documents;                 // Empty documents are left out.
  std::string unseen;                              // The first action of a template of which nobody knows what it puts in; empty when there is none.
  bool templated = false;                          // Holds Helm, Jinja or other template markers outside of comments and quoted text.
};

// JSON when the first character that is not white space is `{` or `[` and the file name says json or simdjson accepts it (several
// values are several documents; comments, as Azure allows them, are passed over); YAML otherwise. Reports an error with the cause
// named: a tab used as indentation, a template (`{{`, `{%`, `<%`), an unclosed quote, a missing colon, ... Equal keys are a warning
// with both places, and the last one counts, as in most tools; where that is not good enough (the embedded files), take the warning
// for an error. Whole documents are kept or left out: those before a broken one are returned, and in YAML those behind it as well, from
// the next line `---` on.
ParsedFile Parse(const Sources& sources, uint32_t source, const ParseLimits& limits, Diagnostics& diagnostics);

// A file of environment variables, as `.env` of Compose: one document, a map of names to texts. Quotes are taken off, comments left out,
// what variables stand in values is not looked at. Lines that are not NAME=value are a warning, and so are equal names: the last counts.
ParsedFile ParseVariables(const Sources& sources, uint32_t source, Diagnostics& diagnostics);

// The comment that belongs to the line of the offset: behind the value on the same line or on lines of their own directly above.
// Empty when there is none. Text without `#` and surrounding spaces, with its span.
struct Comment {
  Span span;
  std::string_view text;
};
std::vector<Comment> CommentsAt(const Sources& sources, const Document& document, uint32_t offset);

// Every comment of the file whose text starts with the prefix, and the offset that it is about: the start of its own line when it
// stands behind something, else of the first line below that is no comment. `documents` are all that were read from the source: what
// looks like a comment inside of a text of any of them is text.
struct PlacedComment {
  Comment comment;
  uint32_t about = 0;
};
std::vector<PlacedComment> CommentsThatStartWith(const Sources& sources, uint32_t source, std::span<const Document> documents, std::string_view prefix);

}  // namespace domicile
