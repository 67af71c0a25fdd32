#include "engine/cli/session.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#include <fmt/format.h>

#include "engine/parse/pack.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

extern "C" const char domicile_knowledge_begin[];
extern "C" const char domicile_knowledge_end[];

namespace domicile {

Session::Session(SessionOptions given) : options(std::move(given)) {}

Date Today() {
  // Reproducible builds set it, and tests do.
  std::time_t now = std::time(nullptr);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) now = static_cast<std::time_t>(std::strtoll(epoch, nullptr, 10));
  std::tm utc{};
  gmtime_r(&now, &utc);
  return *ParseDate(fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday));
}

int Trouble(const std::string& message, const std::string& help) {
  fmt::print(stderr, "error: {}\n", Printable(message));
  if (!help.empty()) fmt::print(stderr, "help: {}\n", Printable(help));
  return kExitTrouble;
}

bool Session::Open() {
  Diagnostics diagnostics;
  as_of = Today();
  if (!options.as_of.empty()) {
    const auto date = ParseDate(options.as_of);
    if (!date) {
      Trouble(fmt::format("`{}` is not a date", options.as_of), "write it as 2026-11-25");
      return false;
    }
    as_of = *date;
  }
  std::vector<KnowledgeFile> files;
  const std::string_view bytes(domicile_knowledge_begin, static_cast<size_t>(domicile_knowledge_end - domicile_knowledge_begin));
  auto packed = OpenPack(bytes, true);
  if (!packed) {
    Trouble("the embedded knowledge cannot be opened: the program is damaged");
    return false;
  }
  for (PackedFile& file : *packed) {
    // Without our policies the rules, places and formats stay: the user's own build on them.
    if (!options.builtin && file.name.starts_with("policies/")) continue;
    KnowledgeFile knowledge_file;
    knowledge_file.name = std::string(file.name);
    knowledge_file.source = sources.AddView(knowledge_file.name, file.text);
    knowledge_file.documents = std::move(file.documents);
    for (Document& document : knowledge_file.documents) document.source = knowledge_file.source;
    files.push_back(std::move(knowledge_file));
  }
  if (!options.policies.empty()) {
    LoadOptions load;
    const Loaded loaded = Load(options.policies, load, sources, diagnostics);
    for (const uint32_t source : loaded.sources) {
      auto parsed = std::make_unique<ParsedFile>(Parse(sources, source, {}, diagnostics));
      KnowledgeFile file;
      file.name = sources.name(source);
      file.source = source;
      file.documents = parsed->documents;
      file.builtin = false;
      files.push_back(std::move(file));
      parsed_.push_back(std::move(parsed));
      own_sources.push_back(source);
    }
  }
  knowledge = ReadKnowledge(std::move(files), sources, options.everything, diagnostics);
  Print(diagnostics);
  return diagnostics.error_count() == 0;
}

Paint Session::PaintFor(int descriptor) const {
  Paint paint;
  const bool terminal = isatty(descriptor) != 0;
  const char* no_color = std::getenv("NO_COLOR");
  paint.color = options.color == "always" || (options.color == "auto" && terminal && !(no_color && *no_color));
  if (const char* term = std::getenv("TERM"); term && std::string_view(term) == "dumb" && options.color == "auto") paint.color = false;
  winsize size{};
  if (terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) paint.width = size.ws_col;
  return paint;
}

void Session::Print(const Diagnostics& diagnostics) const {
  const Paint paint = PaintFor(STDERR_FILENO);
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (!text.empty()) text += '\n';
    text += RenderDiagnostic(sources, diagnostic, paint);
  }
  std::fwrite(text.data(), 1, text.size(), stderr);
}

size_t Session::jobs() const { return options.jobs ? options.jobs : std::max(1u, std::thread::hardware_concurrency()); }

const Policy* Session::FindPolicy(const std::string& id) const {
  if (const Policy* policy = knowledge->FindPolicy(id)) return policy;
  std::vector<std::string_view> names;
  for (const auto& policy : knowledge->policies) {
    names.push_back(policy->id);
    for (const std::string& alias : policy->aliases) names.push_back(alias);
  }
  std::string help = DidYouMean(id, names);
  if (help.empty()) help = "`domicile list policies` shows them all";
  Trouble(fmt::format("there is no policy `{}`", id), help);
  return nullptr;
}

}  // namespace domicile
