#include "engine/text/date.h"

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <cmath>

namespace domicile {
namespace {

std::optional<int> Digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// The amount and the unit of `60d`. Fractions only of units that have a fixed length.
struct Duration {
  double amount = 0;
  std::string_view unit;
};

std::optional<Duration> Split(std::string_view text) {
  const size_t unit_start = text.find_first_not_of("0123456789.");
  if (unit_start == 0 || unit_start == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(0, unit_start);
  Duration duration{0, text.substr(unit_start)};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), duration.amount);
  if (error != std::errc() || end != number.data() + number.size() || number.front() == '.' || number.back() == '.') {
    return std::nullopt;
  }
  const bool calendar = duration.unit == "mo" || duration.unit == "y";
  if (calendar && number.find('.') != std::string_view::npos) return std::nullopt;
  if (duration.amount > 1e6) return std::nullopt;
  return duration;
}

}  // namespace

std::optional<Date> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::optional<int> year = Digits(text.substr(0, 4));
  const std::optional<int> month = Digits(text.substr(5, 2));
  const std::optional<int> day = Digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Date{static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count())};
}

std::string FormatDate(Date date) {
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(date.days))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

std::optional<double> ParseDuration(std::string_view text) {
  const std::optional<Duration> duration = Split(text);
  if (!duration) return std::nullopt;
  if (duration->unit == "h") return duration->amount;
  if (duration->unit == "d") return duration->amount * 24;
  if (duration->unit == "w") return duration->amount * 24 * 7;
  if (duration->unit == "mo") return duration->amount * 24 * 30;
  if (duration->unit == "y") return duration->amount * 24 * 365;
  return std::nullopt;
}

std::optional<Date> AddDuration(Date start, std::string_view text) {
  const std::optional<double> hours = ParseDuration(text);
  if (!hours) return std::nullopt;
  const Duration duration = *Split(text);
  if (duration.unit != "mo" && duration.unit != "y") {
    return Date{start.days + static_cast<int32_t>(std::floor(*hours / 24))};
  }
  const int months = static_cast<int>(duration.amount) * (duration.unit == "y" ? 12 : 1);
  const std::chrono::year_month_day from{std::chrono::sys_days(std::chrono::days(start.days))};
  const std::chrono::year_month month = from.year() / from.month() + std::chrono::months(months);
  const std::chrono::day last = (month / std::chrono::last).day();
  // A month after 31 January is the last day of February.
  const std::chrono::year_month_day to = month / std::min(from.day(), last);
  return Date{static_cast<int32_t>(std::chrono::sys_days(to).time_since_epoch().count())};
}

}  // namespace domicile
