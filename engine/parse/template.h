// Text that a template engine fills in: Helm, Jinja, ERB.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/diagnostics.h"

namespace domicile {

// A template marker: `{{`, `{%` or `<%`, but not the `${{` of GitHub Actions.
bool IsTemplateMarker(std::string_view text, size_t at);
// Where the first one stands in `text` from `from` on; npos when there is none. Knows nothing of comments or quotes.
size_t FindTemplateMarker(std::string_view text, size_t from);

// Past the end of the action whose marker stands at `at`; npos when it is not closed.
size_t EndOfAction(std::string_view text, size_t at);

// What to do about a template that starts with this marker.
std::string_view HowToRender(std::string_view marker);
// That an action puts in what nobody knows.
void ReportUnseen(std::string_view action, Span span, Diagnostics& diagnostics);

// Goes once through a part of a text, from marker to marker, and keeps count of the quotes on the line.
class MarkerWalk {
 public:
  // `begin` starts a line, or a document in it.
  MarkerWalk(std::string_view text, size_t begin, size_t end) : text_(text.substr(0, end)), at_(begin) {}
  // Moves to the next marker that stands in no comment line. False when there is none.
  bool Next();
  size_t marker() const { return marker_; }
  // Whether a quote is open in front of the marker, as far as its line tells.
  bool quoted() const { return single_ % 2 == 1 || double_ % 2 == 1; }
  bool double_quoted() const { return double_ % 2 == 1; }

 private:
  std::string_view text_;
  size_t at_ = 0;
  size_t marker_ = 0;
  size_t single_ = 0;
  size_t double_ = 0;
  bool line_has_text_ = false;
};

// A template made readable: actions within a value are words, lines of nothing but actions are blank, and what `define` holds is, too,
// since it stands wherever it is included. As long as the template, byte for byte, so that places in one are places in the other.
class ReadableTemplate {
 public:
  explicit ReadableTemplate(std::string_view text);

  std::string_view text() const { return readable_; }

  size_t FirstMarker() const { return actions_.empty() ? 0 : actions_[0].begin; }

  // `value`, read from the readable text at `from` or behind it, with the actions in it as they were written.
  std::string Restored(std::string_view value, size_t from) const;

  // The template itself within [begin, end).
  std::string_view Written(size_t begin, size_t end) const { return text_.substr(begin, end - begin); }

  struct Action {
    size_t begin = 0;
    size_t end = 0;
    bool gives = false;   // Puts something in, as `include` does and `if` does not.
    bool word = false;    // Within a value.
  };
  std::string_view TextOf(const Action& action) const { return text_.substr(action.begin, action.end - action.begin); }
  // Whether it indents what it puts in: a map or a list.
  bool Indents(const Action& action) const { return TextOf(action).find("indent") != std::string_view::npos; }
  // The first one on lines of their own within [begin, end) that puts something in, or nullptr. Nobody knows what that is.
  const Action* FirstUnseen(size_t begin, size_t end) const;
  // Whether lines of nothing but actions stand within [begin, end): what is read there may be several branches of one value.
  bool IsCut(size_t begin, size_t end) const;
  // The one that follows `at` with nothing but white space, comments and other actions between, if it puts something in; else nullptr.
  const Action* UnseenBehind(size_t at) const;

 private:
  std::vector<Action>::const_iterator FirstFrom(size_t at) const;
  void FindActions();
  void FindDefinitions();
  void MakeReadable();
  size_t Indentation(size_t line) const;

  std::string_view text_;
  std::string readable_;
  std::vector<Action> actions_;                          // In order of the text.
  std::vector<std::pair<size_t, size_t>> definitions_;   // From the `define` to past its `end`.
};

}  // namespace domicile
