#include "engine/formats/selector.h"

#include <algorithm>

#include "engine/formats/expressions.h"
#include "engine/parse/tag.h"

namespace domicile {
namespace {

constexpr int kDeepest = 200;               // Steps and expressions behind expressions.

// `*` stands for any characters; only the last one is ever tried again.
bool FitsGlob(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      mark = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

}  // namespace

std::optional<Selector> Selector::Make(std::string_view path) {
  Selector made;
  made.text_ = std::string(path);
  if (path == ".") return made;
  size_t i = 0;
  if (i < path.size() && path[i] == '$') {
    made.from_root_ = true;
    ++i;
    if (i < path.size() && path[i] == '.' && path.substr(i, 2) != "..") ++i;
  }
  while (i < path.size()) {
    Step step;
    if (path[i] == '[') {
      const size_t close = path.find(']', i);
      if (close == std::string_view::npos) return std::nullopt;
      const std::string_view inner = path.substr(i + 1, close - i - 1);
      if (inner == "*") {
        step.kind = Step::Kind::kEach;
      } else if (inner.find('=') != std::string_view::npos) {
        step.kind = Step::Kind::kWhere;
        for (size_t begin = 0; begin <= inner.size();) {
          const size_t end = std::min(inner.find(',', begin), inner.size()), equal = inner.find('=', begin);
          if (equal >= end) return std::nullopt;
          step.wanted.emplace_back(inner.substr(begin, equal - begin), inner.substr(equal + 1, end - equal - 1));
          begin = end + 1;
        }
      } else {
        step.kind = Step::Kind::kIndex;
        if (inner.empty()) return std::nullopt;
        for (char c : inner) {
          if (c < '0' || c > '9') return std::nullopt;
          step.index = step.index * 10 + static_cast<size_t>(c - '0');
        }
      }
      i = close + 1;
    } else {
      if (path.substr(i, 2) == "..") {
        step.kind = Step::Kind::kDescend;
        i += 2;
      } else if (path[i] == '.') {
        if (made.steps_.empty()) return std::nullopt;
        ++i;
      } else if (!made.steps_.empty()) {
        return std::nullopt;   // `a"b"`: a step without its dot.
      }
      if (i < path.size() && path[i] == '"') {
        const size_t close = path.find('"', i + 1);
        if (close == std::string_view::npos) return std::nullopt;
        step.name = std::string(path.substr(i + 1, close - i - 1));
        i = close + 1;
        if (step.name.find('*') != std::string::npos && step.kind == Step::Kind::kKey) step.kind = Step::Kind::kGlob;
      } else {
        const size_t end = std::min(path.find_first_of(".[\"", i), path.size());
        step.name = std::string(path.substr(i, end - i));
        i = end;
        if (step.name == "*" && step.kind == Step::Kind::kKey) step.kind = Step::Kind::kAnyKey;
      }
      if (step.name.empty()) return std::nullopt;
    }
    made.steps_.push_back(std::move(step));
  }
  return made;
}

void Selector::Descend(const std::string& name, Value value, std::vector<Selected>& out, int depth) {
  if (depth > 100 || out.size() > kMost) return;
  if (value.is_map()) {
    for (size_t i = 0; i < value.size(); ++i) {
      if (FitsGlob(name, value.key(i).text()) && !value.value(i).is_null()) out.push_back({value.key(i), value.value(i)});
      Descend(name, value.value(i), out, depth + 1);
    }
  } else if (value.is_sequence()) {
    for (size_t i = 0; i < value.size(); ++i) {
      if (name == "*") out.push_back({Value(), value.item(i)});
      Descend(name, value.item(i), out, depth + 1);
    }
  }
}

void Selector::Walk(size_t step, Selected at, const Expand* expand, size_t most, std::vector<Selected>& out, int depth) const {
  if (out.size() >= most || depth > kDeepest) return;
  if (std::vector<Value> others; expand && (*expand)(at.value, &others)) {
    for (const Value other : others) Walk(step, {at.key, other}, expand, most, out, depth + 1);
    return;
  }
  if (step == steps_.size()) {
    if (at.value && !at.value.is_null()) out.push_back(at);
    return;
  }
  const Step& now = steps_[step];
  const Value value = at.value;
  switch (now.kind) {
    case Step::Kind::kKey:
      if (const Value found = value[now.name]) Walk(step + 1, {value.KeyOf(now.name), found}, expand, most, out, depth + 1);
      break;
    case Step::Kind::kAnyKey:
      for (size_t i = 0; i < value.size() && value.is_map(); ++i) Walk(step + 1, {value.key(i), value.value(i)}, expand, most, out, depth + 1);
      break;
    case Step::Kind::kGlob:
      for (size_t i = 0; i < value.size() && value.is_map(); ++i)
        if (FitsGlob(now.name, value.key(i).text())) Walk(step + 1, {value.key(i), value.value(i)}, expand, most, out, depth + 1);
      break;
    case Step::Kind::kEach:
      // What fills in the whole list hides its items.
      if (step + 1 == steps_.size() && value.is_scalar() && !ReadLiteral(value.text(), value.span()).known()) Walk(step + 1, at, expand, most, out, depth + 1);
      for (size_t i = 0; i < value.size() && value.is_sequence() && !Tagged(value); ++i) Walk(step + 1, {Value(), value.item(i)}, expand, most, out, depth + 1);
      break;
    case Step::Kind::kIndex:
      if (value.is_sequence() && !Tagged(value) && now.index < value.size()) Walk(step + 1, {Value(), value.item(now.index)}, expand, most, out, depth + 1);
      break;
    case Step::Kind::kWhere:
      for (size_t i = 0; i < value.size() && value.is_sequence() && !Tagged(value); ++i)
        if (std::all_of(now.wanted.begin(), now.wanted.end(), [&](const auto& one) { return value.item(i)[one.first].text() == one.second; })) Walk(step + 1, {Value(), value.item(i)}, expand, most, out, depth + 1);
      break;
    case Step::Kind::kDescend: {
      std::vector<Selected> found;
      Descend(now.name, value, found, 0);
      for (const Selected& one : found) Walk(step + 1, one, expand, most, out, depth + 1);
      break;
    }
  }
}

std::vector<Selected> Selector::Select(Value from, Value root, const Expand* expand) const {
  std::vector<Selected> out;
  Walk(0, {Value(), from_root_ ? root : from}, expand, kMost, out, 0);
  return out;
}

Value Selector::First(Value from, Value root) const {
  std::vector<Selected> one;
  Walk(0, {Value(), from_root_ ? root : from}, nullptr, 1, one, 0);
  return one.empty() ? Value() : one[0].value;
}

}  // namespace domicile
