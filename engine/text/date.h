// Calendar dates and durations as policies write them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace domicile {

// Days since 1970-01-01 in the proleptic Gregorian calendar.
struct Date {
  int32_t days = 0;
  friend auto operator<=>(const Date&, const Date&) = default;
};

// `2026-11-25`; strict: four, two and two digits and a day that exists.
std::optional<Date> ParseDate(std::string_view text);
std::string FormatDate(Date date);

// Hours of `24h`, `60d`, `2w`, `6mo` (30 days each), `3y` (365 days each); the unit is required. Empty for anything else.
std::optional<double> ParseDuration(std::string_view text);
// The whole number of months and years is counted on the calendar where an age is compared: the day after `start` + duration.
// Returns the last day on which something that started on `start` is not older than `duration`.
std::optional<Date> AddDuration(Date start, std::string_view duration);

}  // namespace domicile
