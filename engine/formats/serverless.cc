#include "engine/formats/serverless.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "engine/formats/cloudformation.h"
#include "engine/formats/joins.h"
#include "engine/formats/terms.h"
#include "engine/text/escape.h"

namespace domicile {
namespace {

constexpr int kDeepest = 12;        // Variables within variables.
constexpr int kMostSteps = 2'000;   // Of one value.

// What stands between the commas that are in no quotes and in no inner variable.
std::vector<std::string_view> Alternatives(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  char quote = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (quote && i < text.size()) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '{' || c == '(') {
      ++depth;
    } else if (c == '}' || c == ')') {
      --depth;
    } else if (c == ',' && (depth <= 0 || i == text.size())) {
      parts.push_back(Trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return parts;
}

class Service {
 public:
  Service(Value root, Expressions resources, const Assumptions* assumed) : root_(root), resources_(std::move(resources)), assumed_(assumed) {}

  Meaning Read(Value value) const {
    int steps = kMostSteps;
    return Complete(resources_.read(value), 0, steps);
  }
  Meaning Piece(std::string_view text, Span span) const {
    int steps = kMostSteps;
    return Complete(text == "${AWS::Region}" ? resources_.piece(text, span) : ReadLiteral(text, span), 0, steps);
  }
  const Expressions& resources() const { return resources_; }

 private:
  Meaning Complete(Meaning meaning, int depth, int& steps) const {
    if (meaning.known() || depth > kDeepest || --steps < 0) return meaning;
    const Span span = meaning.span;
    return FillHoles(std::move(meaning), [&](Hole hole) { return Resolve(std::move(hole), span, depth, steps); });
  }

  Meaning Resolve(Hole hole, Span span, int depth, int& steps) const {
    Meaning none;
    none.span = span;
    const std::string written = hole.written;
    none.Add(std::move(hole));
    if (!written.starts_with("${") || !written.ends_with('}') || written.starts_with("${{")) return none;
    const std::vector<std::string_view> parts = Alternatives(std::string_view(written).substr(2, written.size() - 3));
    std::string_view given;
    for (size_t i = 0; i < parts.size() && i < 8; ++i) {
      Meaning one = Alternative(parts[i], span, depth, steps);
      if (one.text.empty()) {
        if (given.empty()) given = parts[i];
        continue;
      }
      if (one.known() && !given.empty()) one.because.push_back(Because{.text = fmt::format("`{}` is the default; `{}` may say otherwise", one.text, given), .span = span});
      return one;
    }
    return none;
  }

  // Empty where nothing is known of it.
  Meaning Alternative(std::string_view text, Span span, int depth, int& steps) const {
    if (text.size() > 1 && (text[0] == '\'' || text[0] == '"')) return Meaning{.text = std::string(text.substr(1, text.size() - 2)), .span = span};
    if (Filled given = FillName(text, assumed_); !given.because.empty()) return Meaning{.text = std::move(given.text), .span = span, .because = std::move(given.because)};
    if (text.starts_with("${")) return Known(Complete(ReadLiteral(text, span), depth + 1, steps));
    if (text == "AWS::Region" || text == "aws:region") return At("provider.region", span, depth, steps);
    if (text == "sls:stage" || text == "opt:stage") {
      Meaning stage = At("provider.stage", span, depth, steps);
      if (text == "sls:stage" && stage.text.empty()) stage.text = "dev";
      return stage;
    }
    if (text.starts_with("self:")) return At(text.substr(5), span, depth, steps);
    if (text.starts_with("param:")) return At(fmt::format("params.default.{}", text.substr(6)), span, depth, steps);
    if (!text.empty() && text.find_first_of(":({$") == std::string_view::npos) return Meaning{.text = std::string(text), .span = span};
    return Meaning();
  }

  Meaning Known(Meaning meaning) const { return meaning.known() ? std::move(meaning) : Meaning(); }

  Meaning At(std::string_view path, Span span, int depth, int& steps) const {
    std::string plain(path);
    if (plain.find('$') != std::string::npos) {
      // `${self:custom.${opt:stage}.x}`
      const Meaning inner = Complete(ReadLiteral(plain, span), depth + 1, steps);
      if (!inner.known()) return Meaning();
      plain = inner.text;
    }
    Value at = root_;
    for (size_t begin = 0; begin <= plain.size() && at;) {
      const size_t end = std::min(plain.find('.', begin), plain.size());
      at = at[std::string_view(plain).substr(begin, end - begin)];
      begin = end + 1;
    }
    if (!at || !at.is_scalar()) return Meaning();
    return Known(Complete(resources_.read(at), depth + 1, steps));
  }

  Value root_;
  Expressions resources_;
  const Assumptions* assumed_;
};

}  // namespace

Expressions ServerlessExpressions(Value root, const Joins* joins) {
  const Expressions resources = CloudFormationExpressions(root["resources"], joins);
  const auto made = std::make_shared<Service>(root, resources, joins ? joins->assumed() : nullptr);
  Expressions expressions = resources;
  expressions.read = [made](Value value) { return made->Read(value); };
  expressions.piece = [made](std::string_view text, Span span) { return made->Piece(text, span); };
  return expressions;
}

}  // namespace domicile
