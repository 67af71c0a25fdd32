#include "engine/formats/command_words.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <string>

#include "engine/parse/alignment.h"
#include "engine/parse/template.h"

namespace domicile {
namespace {

using SpanOfPart = std::function<Span(size_t from, size_t to)>;

bool White(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool Ends(char c) { return c == ';' || c == '&' || c == '|' || c == '(' || c == ')'; }

// `sh -c`, `bash -x -lc`: the next word is a script.
bool RunsScript(const std::vector<CommandWord>& words) {
  const std::string& flag = words.back().value.text;
  if (flag.size() < 2 || flag.size() > 5 || flag[0] != '-' || flag.back() != 'c') return false;
  for (size_t back = 2; back <= std::min<size_t>(words.size(), 4); ++back) {
    const std::string& word = words[words.size() - back].value.text;
    if (!word.starts_with('-')) return BaseName(word).ends_with("sh");
  }
  return false;
}

// Words as a shell takes them: without quotes, comments and joined lines. What stands behind `sh -c` is split once more.
void SplitWords(std::string_view text, const SpanOfPart& span_of, const Expressions& expressions, std::vector<CommandWord>& words, int depth) {
  bool first = true;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size() && (text[i + 1] == '\n' || text[i + 1] == '\r')) {
      i += 2;
    } else if (c == '\n' || Ends(c)) {
      first = true;
      ++i;
    } else if (White(c)) {
      ++i;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else {
      std::string word;
      const size_t begin = i;
      char quote = 0;
      for (; i < text.size(); ++i) {
        const char now = text[i];
        if (quote) {
          if (now == quote) quote = 0;
          else if (now == '\\' && quote == '"' && i + 1 < text.size() && std::string_view("\"\\$`").find(text[i + 1]) != std::string_view::npos) word += text[++i];
          else word += now;
        } else if (now == '"' || now == '\'') {
          quote = now;
        } else if (now == '$' && i + 1 < text.size() && (text[i + 1] == '(' || text[i + 1] == '{')) {
          // A substitution is one word with what stands around it.
          const char opens = text[i + 1], closes = opens == '(' ? ')' : '}';
          for (int nested = 0; i < text.size(); ++i) {
            word += text[i];
            if (text[i] == opens) ++nested;
            if (text[i] == closes && --nested == 0) break;
          }
        } else if (const size_t end = IsTemplateMarker(text, i) ? EndOfAction(text, i) : std::string_view::npos; end != std::string_view::npos) {
          word += text.substr(i, end - i);   // So is an action of a template.
          i = end - 1;
        } else if (now == '\\' && i + 1 < text.size()) {
          if (text[i + 1] == '\n' || text[i + 1] == '\r') break;
          word += text[++i];
        } else if (White(now) || Ends(now)) {
          break;
        } else {
          word += now;
        }
      }
      const size_t end = std::min(i, text.size());
      // The span of a quoted word leaves its quotes out.
      const bool quoted = end - begin == word.size() + 2 && (c == '"' || c == '\'');
      const bool script = !words.empty() && !first && depth < 3 && RunsScript(words) && word.find_first_of(" \n\t") != std::string::npos;
      if (script && quoted) {
        SplitWords(word, [&](size_t from, size_t to) { return span_of(begin + 1 + from, begin + 1 + to); }, expressions, words, depth + 1);
      } else if (script) {
        const Span whole = span_of(begin, end);
        SplitWords(word, [&](size_t, size_t) { return whole; }, expressions, words, depth + 1);
      } else {
        words.push_back({expressions.piece(word, span_of(begin + quoted, end - quoted)), first});
      }
      first = false;
    }
  }
}

}  // namespace

void ReadWords(Value command, const Expressions& expressions, const Sources* sources, std::vector<CommandWord>& words) {
  const auto split = [&](Value text) {
    const Alignment alignment(sources, text);
    SplitWords(text.text(), [&](size_t from, size_t to) { return alignment.Of(from, to); }, expressions, words, 0);
  };
  if (command.is_scalar()) {
    if (expressions.piece) split(command);
    return;
  }
  for (size_t i = 0; i < command.size() && command.is_sequence(); ++i) {
    const Value item = command.item(i);
    const bool script = item.is_scalar() && item.text().find_first_of(" \n\t") != std::string_view::npos && expressions.piece;
    if (script) split(item);
    else words.push_back({expressions.read(item), words.empty()});
  }
}

std::string_view BaseName(std::string_view word) { return word.substr(word.rfind('/') == std::string_view::npos ? 0 : word.rfind('/') + 1); }

}  // namespace domicile
