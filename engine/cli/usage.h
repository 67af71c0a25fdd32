// Says what is wrong with a command line in our own words: CLI11's name neither the culprit nor what was probably meant.
#pragma once

namespace CLI {
class App;
class ParseError;
}

namespace domicile {

// Prints the error and its help. Returns the exit code.
int SayUsage(const CLI::ParseError& error, const CLI::App& app);

}  // namespace domicile
