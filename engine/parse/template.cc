#include "engine/parse/template.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/parse/yaml_text.h"

namespace domicile {
namespace {

constexpr size_t kLongestAction = 20'000;
// Starts a word that stands for an action. A character for private use, of three bytes; an action has four at least.
constexpr std::string_view kStandIn = "\xee\x80\x80";

// Without the marks around it.
std::string_view Inside(std::string_view action) {
  action = action.substr(2, action.size() - 4);
  const auto outside = [](char c) { return IsBlank(c) || c == '-' || c == '+' || c == '~'; };
  while (!action.empty() && outside(action.front())) action.remove_prefix(1);
  while (!action.empty() && outside(action.back())) action.remove_suffix(1);
  return action;
}

std::string_view FirstWord(std::string_view inside) { return inside.substr(0, inside.find_first_of(" \t\r\n(")); }

bool Opens(std::string_view word) { return word == "if" || word == "with" || word == "range" || word == "define" || word == "block"; }

bool IsComment(std::string_view action) { return action[1] == '#' || (action[1] == '{' && Inside(action).starts_with("/*")); }

bool Gives(std::string_view action) {
  const std::string_view inside = Inside(action), word = FirstWord(inside);
  if (action[0] == '<') return inside.starts_with('=');
  if (action[1] == '#') return false;
  if (action[1] == '%') return word == "include" || word == "extends" || word == "call" || word == "filter";
  constexpr std::string_view kControls[] = {"if", "else", "end", "with", "range", "define", "break", "continue", "fail"};
  if (inside.empty() || std::find(std::begin(kControls), std::end(kControls), word) != std::end(kControls)) return false;
  // Comments, and the sections of Mustache.
  if (inside.starts_with("/*") || inside[0] == '!' || inside[0] == '#' || inside[0] == '/' || inside[0] == '^') return false;
  if (inside[0] != '$') return true;
  const size_t behind = inside.find_first_not_of(" \t", word.size());
  const bool several = word.ends_with(',');
  return behind == std::string_view::npos || !(several || inside[behind] == '=' || inside.substr(behind, 2) == ":=");
}

}  // namespace

bool IsTemplateMarker(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return false;
  if (text[at] == '<') return text[at + 1] == '%';
  if (text[at] != '{' || (text[at + 1] != '{' && text[at + 1] != '%')) return false;
  return at == 0 || text[at - 1] != '$';
}

size_t FindTemplateMarker(std::string_view text, size_t from) {
  for (size_t at = text.find_first_of("{<", from); at != std::string_view::npos; at = text.find_first_of("{<", at + 1)) {
    if (IsTemplateMarker(text, at)) return at;
    // The second brace of `${{` starts no marker of its own, nor does a third one.
    if (text[at] == '{') {
      while (at + 1 < text.size() && text[at + 1] == '{') ++at;
    }
  }
  return std::string_view::npos;
}

std::string_view HowToRender(std::string_view marker) {
  return marker.starts_with("{{") ? "render it first, for example with `helm template`" : "render it first with the tool that it is written for";
}

size_t EndOfAction(std::string_view text, size_t at) {
  const bool braces = text[at] == '{' && text[at + 1] == '{', comment = text[at] == '{' && text[at + 1] == '#';
  const std::string_view close = braces ? "}}" : comment ? "#}" : text[at] == '<' ? "%>" : "%}";
  const std::string_view near = text.substr(0, std::min(text.size(), at + kLongestAction));
  // A comment of Helm may hold quotes and braces.
  size_t i = at + 2;
  if (braces && near.substr(i, 4).find("/*") != std::string_view::npos) i = std::max(i, near.find("*/", i));
  for (; i < near.size(); ++i) {
    if (near.substr(i, 2) == close) return i + 2;
    if (comment) continue;
    if (near.substr(i, 2) == "{{") return std::string_view::npos;   // The next one starts, and this one is not closed.
    // Text in quotes may hold what would close the action. Only on one line: elsewhere an apostrophe is no quote.
    if (near[i] != '"' && near[i] != '`') continue;
    const size_t quote = near.find(near[i], i + 1);
    if (quote != std::string_view::npos && near.substr(i, quote - i).find('\n') == std::string_view::npos) i = quote;
  }
  return std::string_view::npos;
}

void ReportUnseen(std::string_view action, Span span, Diagnostics& diagnostics) {
  diagnostics.Error(span, fmt::format("this is a template, and nobody knows what `{}` puts in", action.substr(0, action.find('\n')))).help =
      fmt::format("{}; what it writes out itself was looked at", HowToRender(action));
}

bool MarkerWalk::Next() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') {
      single_ = double_ = 0;
      line_has_text_ = false;
    } else if (c == '#' && !line_has_text_) {
      at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
    } else if (c == '\'') {
      ++single_;
    } else if (c == '"') {
      ++double_;
    } else if (IsTemplateMarker(text_, at_)) {
      marker_ = at_;
      at_ += 2;
      line_has_text_ = true;
      return true;
    }
    line_has_text_ = line_has_text_ || !IsBlank(c);
  }
  return false;
}

ReadableTemplate::ReadableTemplate(std::string_view text) : text_(text), readable_(text) {
  // It would be taken for a word that stands for an action.
  if (text.find(kStandIn) != std::string_view::npos) return;
  FindActions();
  FindDefinitions();
  MakeReadable();
}

void ReadableTemplate::FindActions() {
  const bool jinja = text_.find("{%") != std::string_view::npos;
  const Scan scan(text_);
  // Comments of Jinja mean something only where Jinja is written.
  const auto next = [&](size_t from) {
    const size_t marker = FindTemplateMarker(text_, from);
    return jinja ? std::min(marker, text_.substr(0, marker).find("{#", from)) : marker;
  };
  for (size_t at = next(0); at != std::string_view::npos; at = next(at)) {
    const size_t end = EndOfAction(text_, at);
    // What stands in a comment of the YAML is text, closed or not.
    const size_t line = scan.LineStart(at), line_end = scan.LineEnd(at);
    if (scan.at(line + Indentation(line)) == '#') {
      at = line_end;
      continue;
    }
    if (end == std::string_view::npos) return;   // Looking on from each marker of many would take forever.
    actions_.push_back({at, end, Gives(text_.substr(at, end - at))});
    at = end;
  }
}

void ReadableTemplate::FindDefinitions() {
  std::vector<std::pair<size_t, bool>> open;   // Where each block starts, and whether it is a definition that stands in no other.
  bool defining = false;
  for (const Action& action : actions_) {
    if (text_.substr(action.begin, 2) != "{{") continue;
    const std::string_view word = FirstWord(Inside(text_.substr(action.begin, action.end - action.begin)));
    if (Opens(word)) {
      open.emplace_back(action.begin, word == "define" && !defining);
      defining = defining || word == "define";
    } else if (word == "end" && !open.empty()) {
      if (open.back().second) {
        definitions_.emplace_back(open.back().first, action.end);
        defining = false;
      }
      open.pop_back();
    }
  }
}

size_t ReadableTemplate::Indentation(size_t line) const { return std::min(text_.find_first_not_of(' ', line), text_.size()) - line; }

void ReadableTemplate::MakeReadable() {
  const Scan scan(text_);
  const auto blank = [&](size_t begin, size_t end, char with = ' ') {
    for (size_t i = begin; i < end; ++i)
      if (readable_[i] != '\n' && readable_[i] != '\r') readable_[i] = with;
  };
  const auto stand_in = [&](Action& action) {
    action.word = true;
    std::fill(readable_.begin() + static_cast<ptrdiff_t>(action.begin), readable_.begin() + static_cast<ptrdiff_t>(action.end), 'x');
    std::copy(kStandIn.begin(), kStandIn.end(), readable_.begin() + static_cast<ptrdiff_t>(action.begin));
  };
  constexpr size_t kNone = std::string_view::npos;
  size_t block = kNone;   // Indentation of the line above that starts a block text.
  size_t inner = kNone;   // That of the first line of the block text.
  size_t next = 0;        // Action.
  for (size_t line = 0; line < text_.size();) {
    // A line, and those that its actions reach into.
    size_t end = scan.LineEnd(line);
    const size_t first = next;
    for (; next < actions_.size() && actions_[next].begin < end; ++next)
      if (actions_[next].end > end) end = scan.LineEnd(actions_[next].end);
    size_t behind = line;
    bool alone = first < next;
    for (size_t i = first; i < next; ++i) {
      alone = alone && scan.SkipBlank(behind) >= actions_[i].begin;
      behind = actions_[i].end;
    }
    alone = alone && scan.SkipBlank(behind) >= end;
    const bool empty = !alone && std::all_of(text_.begin() + static_cast<ptrdiff_t>(line), text_.begin() + static_cast<ptrdiff_t>(end), IsBlank);
    const size_t indentation = Indentation(line);
    const bool gives = std::any_of(actions_.begin() + static_cast<ptrdiff_t>(first), actions_.begin() + static_cast<ptrdiff_t>(next), [](const Action& action) { return action.gives; });
    if (block != kNone && !empty && !alone && indentation <= block) block = kNone;
    const bool in_text = block != kNone && indentation > block && (inner == kNone || indentation >= inner);
    if (in_text && !empty && inner == kNone && (gives || !alone)) inner = indentation;
    bool structure = false;
    for (size_t i = first; i < next; ++i) {
      Action& action = actions_[i];
      // `args: {{- toYaml .Values.args | nindent 2 }}` is as if it stood on a line of its own.
      const bool last = i + 1 == next || std::none_of(actions_.begin() + static_cast<ptrdiff_t>(i) + 1, actions_.begin() + static_cast<ptrdiff_t>(next), [](const Action& other) { return other.gives; });
      const bool rest = !alone && !in_text && action.gives && last && Indents(action) && scan.SkipBlank(actions_[next - 1].end) >= end && action.begin > line &&
                        std::string_view(":-").find(text_[text_.find_last_not_of(" \t", action.begin - 1)]) != std::string_view::npos;
      structure = structure || rest;
      // Empty lines at the start of a block text are not indented deeper than the first that is not empty.
      if ((alone && !(in_text && gives)) || structure || IsComment(TextOf(action))) blank(action.begin, action.end, in_text && inner == kNone ? '\n' : ' ');
      else stand_in(action);
    }
    if (!alone && !in_text) {
      const std::string_view written = std::string_view(readable_).substr(line, end - line);
      const size_t last = written.find_last_not_of(" \t+-0123456789");
      if (last != std::string_view::npos && (written[last] == '|' || written[last] == '>') && (last == 0 || written[last - 1] == ' ')) {
        block = indentation;
        inner = kNone;
      }
    }
    line = scan.NextLine(end);
  }
  for (const auto& [begin, end] : definitions_) {
    blank(begin, end);
    for (auto action = FirstFrom(begin); action != actions_.end() && action->begin < end; ++action) actions_[static_cast<size_t>(action - actions_.begin())].gives = false;
  }
}

std::string ReadableTemplate::Restored(std::string_view value, size_t from) const {
  std::string restored;
  auto action = FirstFrom(from);
  for (size_t at = 0; at < value.size();) {
    const size_t found = std::min(value.find(kStandIn, at), value.size());
    restored += value.substr(at, found - at);
    if (found == value.size()) break;
    while (action != actions_.end() && !action->word) ++action;
    if (action == actions_.end()) break;
    restored += text_.substr(action->begin, action->end - action->begin);
    at = std::min(found + (action->end - action->begin), value.size());
    ++action;
  }
  return restored;
}

std::vector<ReadableTemplate::Action>::const_iterator ReadableTemplate::FirstFrom(size_t at) const {
  return std::lower_bound(actions_.begin(), actions_.end(), at, [](const Action& action, size_t place) { return action.begin < place; });
}

const ReadableTemplate::Action* ReadableTemplate::FirstUnseen(size_t begin, size_t end) const {
  for (auto action = FirstFrom(begin); action != actions_.end() && action->begin < end; ++action)
    if (action->gives && !action->word) return &*action;
  return nullptr;
}

bool ReadableTemplate::IsCut(size_t begin, size_t end) const {
  for (auto action = FirstFrom(begin); action != actions_.end() && action->begin < end; ++action)
    if (!action->word && !IsComment(TextOf(*action))) return true;
  return false;
}

const ReadableTemplate::Action* ReadableTemplate::UnseenBehind(size_t at) const { return FirstUnseen(at, Scan(readable_).SkipBlank(at)); }

}  // namespace domicile
