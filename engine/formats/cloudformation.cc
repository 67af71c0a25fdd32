#include "engine/formats/cloudformation.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "engine/formats/joins.h"
#include "engine/formats/terms.h"
#include "engine/parse/tag.h"

namespace domicile {
namespace {

constexpr int kDeepest = 24;             // Functions within functions.
constexpr int kMostSteps = 20'000;       // Of one value: anchors may repeat what is written once.
constexpr size_t kLongest = 200'000;     // Of one text.
constexpr size_t kMostExports = 1'000;   // Of one template; a stack may have 200.

// What one value may cost, and whether defaults of parameters count.
struct Budget {
  int steps = kMostSteps;
  bool defaults = true;
};

struct Call {
  std::string_view name;
  Value argument;
  bool bare = false;   // The short form: the function is the tag of its own argument.
};

std::optional<Call> CallOf(Value value) {
  if (Tagged(value)) {
    std::string_view name = value.tag().substr(1);
    if (name.starts_with("Fn::")) name.remove_prefix(4);
    return Call{name, value, true};
  }
  if (!value.is_map() || value.size() != 1) return std::nullopt;
  const std::string_view key = value.key(0).text();
  if (key == "Ref") return Call{key, value.value(0)};
  if (key.starts_with("Fn::") && key.find("::", 4) == std::string_view::npos) return Call{key.substr(4), value.value(0)};
  return std::nullopt;
}

std::vector<Joins::Told> Exports(Value root, const Joins& joins);

// The file of a value, without its folders.
std::string FileName(const Joins& joins, Value value) {
  const std::string_view file = joins.FileOf(value);
  return std::string(file.substr(file.rfind('/') == std::string_view::npos ? 0 : file.rfind('/') + 1));
}

// The template in a document; of Serverless Framework it is a part. Missing when there is none.
Value Stack(Value root) {
  if (root["Resources"].is_map()) return root;
  return root["resources"]["Resources"].is_map() ? root["resources"] : Value();
}

class Template {
 public:
  // Without `joins` nothing is imported.
  Template(Value root, const Joins* joins, const Assumptions* assumed) : root_(root), joins_(joins), assumed_(assumed) {}

  Meaning Read(Value value) const {
    Budget budget;
    return Eval(value, 0, budget);
  }

  Meaning Piece(std::string_view text, Span span) const {
    Budget budget;
    return Fill(text, span, Value(), 0, budget);
  }

  bool Expand(Value value, std::vector<Value>* found) const {
    // A resource that is never made.
    if (const Value condition = value.is_map() ? value["Condition"] : Value(); condition.is_scalar() && value["Type"].is_scalar()) {
      Budget budget;
      return Settled(condition.text(), 0, budget) == false;
    }
    const std::optional<Call> call = CallOf(value);
    if (!call) return false;
    if (call->name == "If" && call->argument.size() == 3 && call->argument.is_sequence()) {
      Budget budget;
      const std::optional<bool> settled = Settled(call->argument.item(0).text(), 0, budget);
      if (settled != false) found->push_back(call->argument.item(1));
      if (settled != true) found->push_back(call->argument.item(2));
      return true;
    }
    if (call->name == "Ref" && call->argument.text() == "AWS::NoValue") return true;
    if (call->name == "ToJsonString" && !call->bare) {
      found->push_back(call->argument);
      return true;
    }
    if (call->name == "FindInMap") {
      Budget budget;
      std::vector<Because> because;
      const Value inside = InMap(*call, 0, budget, &because, nullptr);
      if (!inside || inside.is_scalar()) return false;
      found->push_back(inside);
      return true;
    }
    return false;
  }

  void Follow(Value reference, std::string_view kind, std::vector<Value>* found) const {
    const std::string name = Referred(reference, 0);
    const Value resource = name.empty() ? Value() : root_["Resources"][name];
    if (resource.is_map() && (kind.empty() || resource["Type"].text() == kind)) found->push_back(resource);
  }

 private:
  static Meaning Hidden(std::string written, std::string reason, Span span) {
    Meaning meaning;
    meaning.span = span;
    meaning.Add(Hole{std::move(written), std::move(reason)});
    return meaning;
  }

  // The name of the first resource to which a value refers.
  std::string Referred(Value value, int depth) const {
    if (depth > kDeepest) return "";
    const std::optional<Call> call = CallOf(value);
    if (!call) return value.is_scalar() ? std::string(value.text()) : "";
    const Value argument = call->argument;
    if (call->name == "Ref" || call->name == "GetAtt") {
      const std::string_view text = argument.is_sequence() ? argument.item(0).text() : argument.text();
      return std::string(call->name == "GetAtt" ? text.substr(0, text.find('.')) : text);
    }
    if (call->name == "Sub") {
      const std::string_view text = argument.is_sequence() ? argument.item(0).text() : argument.text();
      for (size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
        const std::string_view name = text.substr(at + 2, text.find_first_of("}.", at + 2) - at - 2);
        if (root_["Resources"][name]) return std::string(name);
      }
      return "";
    }
    for (size_t i = 0; i < argument.size() && argument.is_sequence() && i < 16; ++i)
      for (size_t j = 0; j < std::max<size_t>(argument.item(i).size(), 1) && j < 16; ++j) {
        const Value part = argument.item(i).is_sequence() && !Tagged(argument.item(i)) ? argument.item(i).item(j) : argument.item(i);
        if (!CallOf(part)) continue;
        if (std::string name = Referred(part, depth + 1); !name.empty()) return name;
      }
    return "";
  }

  Meaning Eval(Value value, int depth, Budget& budget) const {
    if (depth > kDeepest || --budget.steps < 0) return Hidden("", "the expression is too deep", value.span());
    if (const std::optional<Call> call = CallOf(value)) return EvalCall(value, *call, depth + 1, budget);
    if (value.is_scalar()) return Assume(ReadLiteral(value.text(), value.span()), assumed_);
    Meaning meaning;
    meaning.span = value.span();   // Other maps and lists are no values.
    return meaning;
  }

  Meaning EvalCall(Value value, const Call& call, int depth, Budget& budget) const {
    const Value argument = call.argument;
    const auto hidden = [&](std::string reason) { return Hidden(std::string(argument.text()), std::move(reason), value.span()); };
    if (call.name == "Ref") return Name(argument.text(), argument.span(), depth, budget);
    if (call.name == "Sub") {
      const Value text = argument.is_sequence() ? argument.item(0) : argument;
      if (!text.is_scalar()) return hidden("`Fn::Sub` fills this in");
      return Fill(text.text(), value.span(), argument.is_sequence() && argument.size() > 1 ? argument.item(1) : Value(), depth, budget);
    }
    if (call.name == "GetAtt") {
      std::string path(argument.text());
      for (size_t i = 0; i < argument.size() && argument.is_sequence() && i < 4; ++i) path += (i ? "." : "") + std::string(argument.item(i).text());
      return Attribute(path, value.span());
    }
    if (call.name == "Join" && argument.is_sequence() && argument.size() == 2) {
      Meaning joined;
      joined.span = value.span();
      const std::optional<std::vector<Meaning>> list = List(argument.item(1), depth, budget);
      if (!list) return hidden(Eval(argument.item(1), depth, budget).known() ? "`Fn::Join` fills this in" : Eval(argument.item(1), depth, budget).Reason());
      for (size_t i = 0; i < list->size() && joined.text.size() < kLongest; ++i) {
        if (i > 0) joined.Add(argument.item(0).text());
        joined.Add((*list)[i]);
      }
      return joined;
    }
    if (call.name == "Select" && argument.is_sequence() && argument.size() == 2) {
      const Meaning index = Eval(argument.item(0), depth, budget);
      size_t at = 0;
      const auto [end, error] = std::from_chars(index.text.data(), index.text.data() + index.text.size(), at);
      const std::optional<std::vector<Meaning>> list = List(argument.item(1), depth, budget);
      if (error != std::errc() || end != index.text.data() + index.text.size() || !list || at >= list->size()) return hidden("`Fn::Select` fills this in");
      Meaning chosen = (*list)[at];
      chosen.span = value.span();
      chosen.exact = false;
      return chosen;
    }
    if (call.name == "FindInMap") {
      Meaning meaning;
      meaning.span = value.span();
      Hole hole;
      const Value inside = InMap(call, depth, budget, &meaning.because, &hole);
      if (inside) {
        Meaning found = Eval(inside, depth, budget);
        found.because.insert(found.because.begin(), meaning.because.begin(), meaning.because.end());
        return found;
      }
      meaning.Add(std::move(hole));
      return meaning;
    }
    if (call.name == "If" && argument.is_sequence() && argument.size() == 3) {
      const std::optional<bool> settled = Settled(argument.item(0).text(), 0, budget);
      if (settled) return Eval(argument.item(*settled ? 1 : 2), depth, budget);
      Meaning first = Eval(argument.item(1), depth, budget), second = Eval(argument.item(2), depth, budget);
      if (first.known() && second.known() && first.text == second.text) return first;
      return hidden(fmt::format("condition `{}` decides between `{}` and `{}`", argument.item(0).text(), first.Written(), second.Written()));
    }
    if (call.name == "Base64") {
      if (!call.bare) return Eval(argument, depth, budget);
      if (argument.is_scalar()) return ReadLiteral(argument.text(), argument.span());
      if (argument.is_map() && argument.size() == 1)
        if (const std::string_view key = argument.key(0).text(); key == "Ref" || key.starts_with("Fn::"))
          return EvalCall(value, {key == "Ref" ? key : key.substr(4), argument.value(0)}, depth, budget);
      return hidden("`Fn::Base64` fills this in");
    }
    if (call.name == "ImportValue") {
      return Import(ImportedName(value, call, depth, budget), value.span(), depth, budget);
    }
    if (call.name == "Split" || call.name == "GetAZs") {
      const std::optional<std::vector<Meaning>> list = List(value, depth, budget);
      if (list && !list->empty()) return list->front();
    }
    return hidden(fmt::format("`{}{}{}` fills this in", call.bare ? value.tag() : value.key(0).text(), argument.text().empty() ? "" : " ", argument.text()));
  }

  Meaning ImportedName(Value value, const Call& call, int depth, Budget& budget) const {
    if (!call.bare) return Eval(call.argument, depth, budget);
    if (call.argument.is_scalar()) return ReadLiteral(call.argument.text(), call.argument.span());
    // `!ImportValue {"Fn::Sub": ...}`: the tag and what it is about are one node.
    if (call.argument.is_map() && call.argument.size() == 1)
      if (const std::string_view key = call.argument.key(0).text(); key == "Ref" || key.starts_with("Fn::"))
        return EvalCall(value, {key == "Ref" ? key : key.substr(4), call.argument.value(0)}, depth, budget);
    return Hidden("", "a value", value.span());
  }

  // The value that another template of the run exports under that name.
  Meaning Import(const Meaning& name, Span span, int depth, Budget& budget) const {
    const std::string key = ExportName(name);
    const std::vector<Value> found = joins_ && !key.empty() ? joins_->Shared(Exports, key, root_) : std::vector<Value>();
    if (found.empty()) return Hidden(name.Written(), fmt::format("`{}` is imported from another stack", name.Written()), span);
    if (found.size() > 1) {
      std::string files;
      for (size_t i = 0; i < found.size() && i < 4; ++i)
        if (const std::string file = FileName(*joins_, found[i]); !file.empty()) files += (files.empty() ? ": " : ", ") + file;
      return Hidden(name.Written(), fmt::format("`{}` is imported, and several templates export it{}", name.Written(), files), span);
    }
    Meaning meaning = Template(Stack(Root(*found[0].document())), joins_, assumed_).Eval(found[0], depth + 1, budget);
    if (meaning.known()) {
      const std::string file = FileName(*joins_, found[0]);
      meaning.because.insert(meaning.because.begin(), Because{.text = fmt::format("`{}` is exported{}", name.Written(), file.empty() ? "" : " by " + file), .span = found[0].span()});
    }
    return meaning;
  }

 public:
  // The name of an export for others. Names are alike for all stacks of an account and a region; what else is not known tells nothing.
  static std::string ExportName(const Meaning& name) {
    for (const Hole& hole : name.holes)
      if (hole.written != "${AWS::Region}" && hole.written != "${AWS::AccountId}" && hole.written != "${AWS::Partition}" && hole.written != "${AWS::URLSuffix}") return "";
    return name.Written();
  }

 private:
  // The values of a list; nothing when it is not known how many there are.
  std::optional<std::vector<Meaning>> List(Value value, int depth, Budget& budget) const {
    if (depth > kDeepest || --budget.steps < 0) return std::nullopt;
    const std::optional<Call> call = CallOf(value);
    std::vector<Meaning> list;
    if (!call) {
      if (!value.is_sequence()) return std::nullopt;
      for (size_t i = 0; i < value.size() && i < 1'000; ++i) {
        if (const std::optional<Call> inner = CallOf(value.item(i)); inner && inner->name == "Ref" && inner->argument.text() == "AWS::NoValue") continue;
        list.push_back(Eval(value.item(i), depth + 1, budget));
      }
      return list;
    }
    const Value argument = call->argument;
    if (call->name == "Split" && argument.is_sequence() && argument.size() == 2 && !argument.item(0).text().empty()) {
      const Meaning whole = Eval(argument.item(1), depth + 1, budget);
      return Pieces(whole, argument.item(0).text(), false);
    }
    if (call->name == "GetAZs") {
      const Value region = call->bare || argument.is_scalar() ? Value() : argument;
      Meaning zone = argument.is_scalar() && !argument.text().empty() && call->name == "GetAZs" && (!call->bare || !argument.text().empty())
                         ? ReadLiteral(argument.text(), argument.span())
                     : region ? Eval(region, depth + 1, budget)
                              : Name("AWS::Region", value.span(), depth + 1, budget);
      return std::vector<Meaning>(8, zone);   // Which zones there are is nowhere written; all are in the region.
    }
    if (call->name == "FindInMap") {
      std::vector<Because> because;
      const Value inside = InMap(*call, depth + 1, budget, &because, nullptr);
      if (inside.is_sequence()) return List(inside, depth + 1, budget);
      return std::nullopt;
    }
    if (call->name == "If" && argument.is_sequence() && argument.size() == 3)
      if (const std::optional<bool> settled = Settled(argument.item(0).text(), 0, budget)) return List(argument.item(*settled ? 1 : 2), depth + 1, budget);
    if (call->name == "Ref") {
      const std::string_view type = root_["Parameters"][argument.text()]["Type"].text();
      if (type != "CommaDelimitedList" && !type.starts_with("List<")) return std::nullopt;
      const Meaning whole = Name(argument.text(), argument.span(), depth + 1, budget);
      if (!whole.known()) return std::nullopt;
      return Pieces(whole, ",", true);
    }
    return std::nullopt;
  }

  static std::vector<Meaning> Pieces(const Meaning& whole, std::string_view delimiter, bool trimmed) {
    std::vector<Meaning> list;
    for (size_t begin = 0; begin <= whole.text.size() && list.size() < 1'000;) {
      const size_t end = std::min(whole.text.find(delimiter, begin), whole.text.size());
      size_t from = begin, to = end;
      while (trimmed && from < to && whole.text[from] == ' ') ++from;
      while (trimmed && from < to && whole.text[to - 1] == ' ') --to;
      list.push_back(whole.Part(from, to));
      begin = end + delimiter.size();
    }
    return list;
  }

  // What stands in a mapping; missing, and `hole` says why, when a key is not known and what might stand there differs.
  Value InMap(const Call& call, int depth, Budget& budget, std::vector<Because>* because, Hole* hole) const {
    const Value argument = call.argument;
    if (!argument.is_sequence() || argument.size() < 3) return Value();
    std::string path;
    std::vector<Value> places;
    for (size_t i = 0; i < 3; ++i) {
      const Meaning key = Eval(argument.item(i), depth + 1, budget);
      path += (i ? "." : "") + key.Written();
      std::vector<Value> next;
      if (i == 0) places = {root_["Mappings"]};
      for (const Value place : places) {
        if (key.known()) {
          if (const Value found = place[key.text]) next.push_back(found);
        } else {
          for (size_t k = 0; k < place.size() && place.is_map() && next.size() < 1'000; ++k) next.push_back(place.value(k));
          if (hole) *hole = Hole{"", fmt::format("mapping `{}` has it by {}", argument.item(0).text(), key.Reason())};
        }
      }
      for (const Because& step : key.because) because->push_back(step);
      places = std::move(next);
    }
    if (hole && hole->reason.empty()) *hole = Hole{"", fmt::format("`{}` is not in the mappings", path)};
    if (places.empty()) return Value();
    for (const Value place : places)
      if (place != places[0] && (!place.is_scalar() || place.text() != places[0].text())) return Value();
    because->push_back(Because{.text = fmt::format("`{}` in the mappings", path), .span = places[0].span()});
    return places[0];
  }

  // `${X}`, `${X.Arn}` and `${!Literal}` of a text.
  Meaning Fill(std::string_view text, Span span, Value own, int depth, Budget& budget) const {
    Meaning filled;
    filled.span = span;
    size_t begin = 0;
    const auto literal = [&](size_t end) {
      if (end > begin) filled.Add(Assume(ReadLiteral(text.substr(begin, end - begin), span), assumed_));
    };
    if (text.find("${") == std::string_view::npos) return Assume(ReadLiteral(text, span), assumed_);
    for (size_t at = text.find("${"); at != std::string_view::npos && filled.text.size() < kLongest; at = text.find("${", at)) {
      const size_t close = text.find('}', at);
      if (close == std::string_view::npos) break;
      std::string_view name = text.substr(at + 2, close - at - 2);
      while (name.starts_with(' ')) name.remove_prefix(1);
      while (name.ends_with(' ')) name.remove_suffix(1);
      literal(at);
      begin = close + 1;
      if (name.starts_with('!')) {
        filled.Add(fmt::format("${{{}}}", name.substr(1)));
      } else if (const Value given = own[name]) {
        filled.Add(Eval(given, depth + 1, budget));
      } else {
        Meaning part = Name(name, span, depth + 1, budget);
        // A text that is one variable and nothing else is its value, where that stands.
        if (at == 0 && begin == text.size()) return part;
        filled.Add(std::move(part));
      }
      at = begin;
    }
    literal(text.size());
    return filled;
  }

  Meaning Name(std::string_view name, Span span, int depth, Budget& budget) const {
    if (depth > kDeepest || --budget.steps < 0) return Hidden(std::string(name), "the expression is too deep", span);
    const auto hidden = [&](std::string reason) { return Hidden(fmt::format("${{{}}}", name), std::move(reason), span); };
    if (name == "AWS::NoValue") return Meaning{.span = span};
    if (Filled given = FillName(name, assumed_); !given.because.empty()) return Meaning{.text = std::move(given.text), .span = span, .because = std::move(given.because)};
    if (name.starts_with("AWS::")) {
      if (name == "AWS::Partition" || name == "AWS::URLSuffix")
        if (const Filled region = FillName("AWS::Region", assumed_); !region.because.empty()) {
          const bool china = region.text.starts_with("cn-"), government = region.text.starts_with("us-gov-");
          const std::string_view said = name == "AWS::Partition" ? (china ? "aws-cn" : government ? "aws-us-gov" : "aws") : (china ? "amazonaws.com.cn" : "amazonaws.com");
          return Meaning{.text = std::string(said), .span = span, .because = region.because};
        }
      return hidden(fmt::format("`{}` is known only when the stack is deployed", name));
    }
    if (const Value parameter = root_["Parameters"][name]; parameter.is_map()) return Parameter(name, parameter, span, budget);
    if (name.find('.') != std::string_view::npos) return Attribute(name, span);
    if (const Value resource = root_["Resources"][name]; resource.is_map()) {
      // Its name, where it has one of its own.
      const std::string_view type = resource["Type"].text();
      const std::string_view last = type.substr(type.rfind(':') == std::string_view::npos ? 0 : type.rfind(':') + 1);
      const Value properties = resource["Properties"];
      Value own = properties[fmt::format("{}Name", last)];
      if (!own) own = properties["Name"];
      if (own && !own.is_null()) return Eval(own, depth + 1, budget);
      return hidden(fmt::format("`{}` is named when the stack is deployed", name));
    }
    return hidden(fmt::format("nothing in the template gives `{}`", name));
  }

  Meaning Attribute(std::string_view path, Span span) const { return Hidden(fmt::format("${{{}}}", path), fmt::format("`{}` is known only when the stack is deployed", path), span); }

  Meaning Parameter(std::string_view name, Value parameter, Span span, const Budget& budget) const {
    const auto hidden = [&](std::string reason) { return Hidden(fmt::format("${{{}}}", name), std::move(reason), span); };
    const Value fallback = parameter["Default"], allowed = parameter["AllowedValues"];
    if (parameter["Type"].text().starts_with("AWS::SSM::Parameter::Value")) return hidden(fmt::format("parameter `{}` is taken from the parameter store", name));
    if (allowed.is_sequence() && allowed.size() == 1 && allowed.item(0).is_scalar()) return ReadLiteral(allowed.item(0).text(), allowed.item(0).span());
    if (!budget.defaults) return hidden(fmt::format("parameter `{}`", name));
    if (fallback.is_scalar() && !fallback.text().empty()) {
      Meaning meaning = ReadLiteral(fallback.text(), fallback.span());
      if (meaning.known()) meaning.because.push_back(Because{.text = fmt::format("`{}` is the default of parameter `{}`; a deployment may say otherwise", meaning.text, name), .span = span});
      return meaning;
    }
    if (allowed.is_sequence() && allowed.size() > 1) {
      std::string listed;
      for (size_t i = 0; i < allowed.size() && i < 8; ++i) listed += fmt::format("{}`{}`", i ? ", " : "", allowed.item(i).text());
      return hidden(fmt::format("parameter `{}` has no default; it may be {}{}", name, listed, allowed.size() > 8 ? ", ..." : ""));
    }
    return hidden(fallback ? fmt::format("parameter `{}` is empty unless a deployment gives it", name) : fmt::format("parameter `{}` has no default", name));
  }

  // What a condition is, whatever parameters are given beyond those that are assumed.
  std::optional<bool> Settled(std::string_view name, int depth, Budget& budget) const {
    if (depth > kDeepest) return std::nullopt;
    return Holds(root_["Conditions"][name], depth + 1, budget);
  }

  std::optional<bool> Holds(Value value, int depth, Budget& budget) const {
    if (depth > kDeepest || --budget.steps < 0 || !value) return std::nullopt;
    if (value.is_map() && !Tagged(value) && value.size() == 1 && value.key(0).text() == "Condition") return Settled(value.value(0).text(), depth + 1, budget);
    const std::optional<Call> call = CallOf(value);
    if (!call) return std::nullopt;
    const Value argument = call->argument;
    if (call->name == "Condition") return Settled(argument.text(), depth + 1, budget);
    if (!argument.is_sequence()) return std::nullopt;
    if (call->name == "Equals" && argument.size() == 2) {
      Budget plain{.steps = budget.steps, .defaults = false};
      const Meaning a = Eval(argument.item(0), depth + 1, plain), b = Eval(argument.item(1), depth + 1, plain);
      budget.steps = plain.steps;
      if (!a.known() || !b.known()) return std::nullopt;
      return a.text == b.text;
    }
    if (call->name == "Not" && argument.size() == 1) {
      const std::optional<bool> inner = Holds(argument.item(0), depth + 1, budget);
      return inner ? std::optional(!*inner) : std::nullopt;
    }
    if (call->name == "And" || call->name == "Or") {
      const bool decides = call->name == "Or";
      bool all = true;
      for (size_t i = 0; i < argument.size() && i < 16; ++i) {
        const std::optional<bool> one = Holds(argument.item(i), depth + 1, budget);
        if (one == decides) return decides;
        all = all && one.has_value();
      }
      return all ? std::optional(!decides) : std::nullopt;
    }
    return std::nullopt;
  }

  Value root_;
  const Joins* joins_;
  const Assumptions* assumed_;
};

std::vector<Joins::Told> Exports(Value root, const Joins& joins) {
  std::vector<Joins::Told> exports;
  const Value stack = Stack(root), outputs = stack["Outputs"];
  const Template own(stack, nullptr, joins.assumed());
  for (size_t i = 0; i < outputs.size() && outputs.is_map() && i < kMostExports; ++i)
    if (const Value name = outputs.value(i)["Export"]["Name"], value = outputs.value(i)["Value"]; name && value)
      if (std::string key = Template::ExportName(own.Read(name)); !key.empty()) exports.push_back({std::move(key), value});
  return exports;
}

}  // namespace

Expressions CloudFormationExpressions(Value root, const Joins* joins) {
  Expressions expressions = Bind(std::make_shared<const Template>(root, joins, joins ? joins->assumed() : nullptr));
  expressions.maps = true;
  return expressions;
}

}  // namespace domicile
