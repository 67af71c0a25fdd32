// What a value stands for where a format does not write it plainly: `!Ref`, `[parameters('x')]`, `${self:custom.x}`, `os.environ/X`.
// A format names its way of writing by `expressions:`; each is one row of the table in expressions.cc.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/selector.h"
#include "engine/formats/terms.h"
#include "engine/parse/document.h"

namespace domicile {

class Joins;

// A part of a text that nothing in the input gives.
struct Hole {
  std::string written, reason;
};

// The text for which a value stands. What is not known of it stands as one kHole each, in the order of `holes`.
struct Meaning {
  static constexpr char kHole = '\x01';   // No text of a manifest holds it: the parser refuses control characters.
  std::string text;
  std::vector<Hole> holes;
  Span span;                              // Of what was written where the value is used.
  bool exact = false;                     // `text` is what the span covers, byte by byte.
  std::vector<Because> because;           // Why an expression has this value.

  bool known() const { return holes.empty(); }
  std::string Written() const;            // With the holes as they were written.
  std::string Reason() const;             // Why it is hidden.
  void Add(std::string_view literal) { text += literal; }
  void Add(Hole hole);
  void Add(Meaning part);
  Meaning Part(size_t begin, size_t end) const;
};

// What a plain text says: each `${X}`, `$X`, `$(X)`, `{{ x }}`, `<x>` in it is a hole, or all of it where it only refers to something.
Meaning ReadLiteral(std::string_view text, Span span);

// The same with the values put in that the user gives, for variables or for names that nothing in the input explains.
Meaning Assume(Meaning meaning, const Assumptions* assumed);

// Puts what is known of each hole in its place: `value` gives a text, with holes where it is not known. A text that was one hole and
// nothing else takes over the span of its value.
Meaning FillHoles(Meaning meaning, const std::function<Meaning(Hole)>& value);

// `missing` names what belongs to them and is not among the input, and says where it is named.
struct Layers {
  std::vector<Value> all;
  std::vector<std::pair<std::string, Span>> missing;
};

// One way of writing, bound to one document.
struct Expressions {
  // The document to read in place of the one that was given, where what is written once (in a loop) stands for several things: each of them
  // is there by itself. It lives as long as `kept`. Missing where the document is read as it is.
  Value root;
  std::shared_ptr<const void> kept;
  // What a scalar, or a map that is an expression, stands for.
  std::function<Meaning(Value)> read;
  // The same of a piece of a script or of another text; empty where only whole values can be read.
  std::function<Meaning(std::string_view text, Span)> piece;
  // Maps may be values (`{Ref: X}`) although pieces can be read.
  bool maps = false;
  // The values that stand in place of this one (branches of a condition, a reference to a list); false when it stands for itself.
  std::function<bool(Value, std::vector<Value>*)> expand;
  // What stands at a path below a place where nothing is written, and yet something will be (`known after apply`). May be empty.
  std::function<Meaning(Value place, const Selector& path)> absent;
  // The keys of a map that are not written and yet will be there, with what stands there. May be empty.
  std::function<void(Value map, const std::function<void(std::string_view key, Meaning)>& add)> later;
  // The objects to which a reference refers: by name, or by what the format writes. `kind` is what the format file asks for.
  std::function<void(Value, std::string_view kind, std::vector<Value>*)> follow;
  // What counts together with a place, or in its stead: a service of Compose, and those that it extends. Of what only one can say the first
  // that says it counts. Nothing of a place that stands alone; may be empty.
  std::function<Layers(Value place)> layers;
};

// The expressions of a document that `Source` reads: it has Read, Piece, Expand and Follow.
template <class Source>
Expressions Bind(std::shared_ptr<const Source> source) {
  Expressions expressions;
  expressions.read = [source](Value value) { return source->Read(value); };
  expressions.piece = [source](std::string_view text, Span span) { return source->Piece(text, span); };
  expressions.expand = [source](Value value, std::vector<Value>* found) { return source->Expand(value, found); };
  expressions.follow = [source](Value reference, std::string_view kind, std::vector<Value>* found) { source->Follow(reference, kind, found); };
  return expressions;
}

// What a scalar says where its expression is settled, else what is written.
std::string SettledText(const Expressions& expressions, Value scalar);

using MakeExpressions = Expressions (*)(Value root, const Joins* joins);
// Null when there is none of that name; the plain way for an empty name.
MakeExpressions FindExpressions(std::string_view name);

// What a name stands for; null when nobody knows.
using Lookup = std::function<const Meaning*(std::string_view name)>;
// Puts values into the holes that shells would fill: `$X`, `${X}`, `$(X)`, and `${X:-default}` where `defaults` count. A text that was
// one variable and nothing else takes over the span of its value.
Meaning FillVariables(Meaning meaning, const Lookup& lookup, bool defaults);

// The plain way: literals, and references by the name of a document (of the kind, in the same namespace or without one).
Expressions PlainExpressions(Value root, const Joins* joins);

}  // namespace domicile
