#include "engine/cli/usage.h"

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "engine/cli/session.h"
#include "engine/text/suggest.h"

namespace domicile {
namespace {

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

std::string Meant(std::string_view written, const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  for (const std::string_view name : views)
    if (written.size() > 1 && name.starts_with(written)) return fmt::format("did you mean `{}`?", name);
  return DidYouMean(written, views);
}

}  // namespace

int SayUsage(const CLI::ParseError& error, const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  const CLI::App* verb = parsed.empty() ? nullptr : parsed[0];
  const std::string command = verb ? "domicile " + verb->get_name() : "domicile";
  const std::string more = fmt::format("`{} --help` shows how it is used", command);
  std::vector<std::string> left = app.remaining(true);   // What nothing took: unknown options, and words too many.

  if (!verb && dynamic_cast<const CLI::RequiredError*>(&error)) {
    std::vector<std::string> verbs;
    for (const CLI::App* each : app.get_subcommands({})) verbs.push_back(each->get_name());
    const std::string all = fmt::format("the verbs are {}; `domicile VERB --help` shows the options of each", Joined(verbs));
    const auto word = std::find_if(left.begin(), left.end(), [](const std::string& one) { return !one.starts_with('-'); });
    if (word == left.end()) return Trouble("no verb was given", all);
    const std::string meant = Meant(*word, verbs);
    return Trouble(fmt::format("`{}` is not a verb", *word), meant.empty() ? all : meant);
  }

  // An option that is not one explains whatever else is missing.
  std::vector<std::string> options;
  for (const CLI::App* of : {&app, verb})
    for (const CLI::Option* option : of ? of->get_options() : std::vector<const CLI::Option*>{})
      for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
  for (const std::string& one : left) {
    if (!one.starts_with('-')) continue;
    const std::string name = one.substr(0, one.find('='));
    const std::string meant = name.starts_with("--") ? Meant(name, options) : "";
    return Trouble(fmt::format("`{}` is not an option of `{}`", name, command), meant.empty() ? more : meant);
  }
  if (!left.empty()) return Trouble(fmt::format("`{}` is one word too many for `{}`", left[0], command), more);

  if (verb && dynamic_cast<const CLI::RequiredError*>(&error))
    for (const CLI::Option* option : verb->get_options())
      if (option->get_required() && option->count() == 0)
        return Trouble(fmt::format("`{}` needs {}", command, option->get_type_name()), fmt::format("{}: {}", option->get_type_name(), option->get_description()));

  // "--fail-on: warn not in {error,warning,review,note,never}", "--jobs: Value 0 not in range 1 to 256",
  // "--policy: 1 required ID missing", "Could not convert: --quiet = maybe"
  const std::string message = error.what();
  const size_t colon = message.find(": "), braces = message.find(" not in {"), range = message.find(" not in range "), missing = message.rfind(" missing");
  if (colon != std::string::npos && message.starts_with("--")) {
    const std::string name = message.substr(0, colon);
    if (braces != std::string::npos) {
      const std::string value = message.substr(colon + 2, braces - colon - 2);
      const std::vector<std::string> values = CLI::detail::split(message.substr(braces + 9, message.rfind('}') - braces - 9), ',');
      const std::string meant = Meant(value, values);
      return Trouble(fmt::format("`{}` is not a value of `{}`", value, name), meant.empty() ? fmt::format("its values are {}", Joined(values)) : meant);
    }
    if (range != std::string::npos) return Trouble(fmt::format("`{}` takes a number from {}", name, message.substr(range + 14)), more);
    if (missing != std::string::npos && missing > message.rfind(' ', missing - 1))
      return Trouble(fmt::format("`{}` needs {}", name, message.substr(message.rfind(' ', missing - 1) + 1, missing - message.rfind(' ', missing - 1) - 1)), more);
  }
  std::string lowered = message;
  while (!lowered.empty() && (lowered.back() == '\n' || lowered.back() == '.')) lowered.pop_back();
  if (!lowered.empty() && lowered[0] >= 'A' && lowered[0] <= 'Z') lowered[0] = static_cast<char>(lowered[0] + 32);
  return Trouble(lowered, more);
}

}  // namespace domicile
