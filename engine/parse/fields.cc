#include "engine/parse/fields.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "engine/text/escape.h"
#include "engine/text/suggest.h"

namespace domicile {

std::string_view KindName(Value value) {
  switch (value.kind()) {
    case NodeKind::kMap: return "a map";
    case NodeKind::kSequence: return "a list";
    case NodeKind::kScalar: return "text";
    case NodeKind::kNull: break;
  }
  return "nothing";
}

Fields::Fields(Value map, std::string_view what, Diagnostics& diagnostics) : map_(map), what_(what), diagnostics_(diagnostics) {
  if (!map_.is_map()) diagnostics_.Error(map_.span(), fmt::format("{} here, where {} (a map) is expected", KindName(map_), what_));
}

Value Fields::Get(std::string_view key) {
  known_.push_back(key);
  return map_[key];
}

std::string Fields::Text(std::string_view key) {
  const Value value = Get(key);
  if (!value || value.is_null()) return "";
  return TextOf(value, key, diagnostics_).value_or("");
}

std::string Fields::Need(std::string_view key) {
  std::string text = Text(key);
  if (Trim(text).empty() && map_.is_map() && !map_[key].is_map() && !map_[key].is_sequence())
    diagnostics_.Error(map_.span(), fmt::format("{} has no `{}`", what_, key));
  return text;
}

std::vector<std::string> Fields::Texts(std::string_view key) {
  const Value value = Get(key);
  if (!value || value.is_null()) return {};
  return TextsOf(value, key, diagnostics_);
}

bool Fields::Flag(std::string_view key, bool fallback) {
  const Value value = Get(key);
  if (!value || value.is_null()) return fallback;
  return FlagOf(value, key, diagnostics_).value_or(fallback);
}

std::optional<Date> Fields::Day(std::string_view key) {
  const Value value = Get(key);
  if (!value || value.is_null()) return std::nullopt;
  const auto date = ParseDate(value.text());
  if (!date) diagnostics_.Error(value.span(), fmt::format("`{}` is not a date", value.text())).help = "write it as 2026-11-25";
  return date;
}

void Fields::Done() {
  if (!map_.is_map()) return;
  for (size_t i = 0; i < map_.size(); ++i) {
    const Value key = map_.key(i);
    if (std::find(known_.begin(), known_.end(), key.text()) != known_.end()) continue;
    diagnostics_.Error(key.span(), fmt::format("unknown key `{}` in {}", key.text(), what_)).help = DidYouMean(key.text(), known_);
  }
}

std::optional<std::string> TextOf(Value value, std::string_view what, Diagnostics& diagnostics) {
  if (value.is_scalar()) return std::string(value.text());
  diagnostics.Error(value.span(), fmt::format("{} here, where `{}` expects text", KindName(value), what));
  return std::nullopt;
}

std::vector<std::string> TextsOf(Value value, std::string_view what, Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  if (value.is_sequence()) {
    for (size_t i = 0; i < value.size(); ++i)
      if (auto text = TextOf(value.item(i), what, diagnostics)) texts.push_back(std::move(*text));
  } else if (auto text = TextOf(value, what, diagnostics)) {
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<bool> FlagOf(Value value, std::string_view what, Diagnostics& diagnostics) {
  if (value.is_scalar()) {
    const std::string_view text = value.text();
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
  }
  diagnostics.Error(value.span(), fmt::format("`{}` where `{}` expects true or false", value.text(), what));
  return std::nullopt;
}

std::optional<double> NumberOf(Value value, std::string_view what, Diagnostics& diagnostics) {
  std::string text(value.text());
  std::erase(text, '_');
  if (text.ends_with('%')) text.pop_back();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (value.is_scalar() && error == std::errc() && end == text.data() + text.size() && number == number) return number;
  diagnostics.Error(value.span(), fmt::format("`{}` where `{}` expects a number", value.text(), what));
  return std::nullopt;
}

}  // namespace domicile
