#include "engine/cli/session.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "engine/parse/pack.h"
#include "engine/text/escape.h"
#include "engine/text/suggest.h"

extern "C" const char domicile_knowledge_begin[];
extern "C" const char domicile_knowledge_end[];

namespace domicile {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kProjectFile = ".domicile.yaml";

}  // namespace

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

// The program ends with its session: taking the knowledge apart would be a tenth of a short run.
Session::~Session() {
  static auto* kept = new std::vector<std::unique_ptr<Knowledge>>;
  kept->push_back(std::move(knowledge));
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
  Value root;
  if (!ReadProjectFile(diagnostics, root) || !ReadAssumed()) {
    Print(diagnostics);
    return false;
  }
  std::vector<std::string> policies;
  for (const auto& [path, span] : PolicyPathsOf(root)) {
    const fs::path whole = fs::path(project.file).parent_path() / path;
    std::error_code ignored;
    if (fs::exists(whole, ignored)) policies.push_back(whole.string());
    else diagnostics.Error(span, fmt::format("`{}` does not exist", path)).help = "paths are relative to the project file";
  }
  ReadOwn(policies, diagnostics, files);
  own_sources = ReadOwn(options.policies, diagnostics, files);
  knowledge = ReadKnowledge(std::move(files), sources, options.everything, diagnostics);
  // What does not know the policies cannot judge the names of policies.
  if (diagnostics.error_count() == 0) ReadProject(root, sources, *knowledge, diagnostics, project);
  Print(diagnostics);
  return diagnostics.error_count() == 0;
}

std::vector<uint32_t> Session::ReadOwn(const std::vector<std::string>& paths, Diagnostics& diagnostics, std::vector<KnowledgeFile>& files) {
  if (paths.empty()) return {};
  const Loaded loaded = Load(paths, {}, sources, diagnostics);
  for (const uint32_t source : loaded.sources) {
    auto parsed = std::make_unique<ParsedFile>(Parse(sources, source, {}, diagnostics));
    KnowledgeFile file;
    file.name = sources.name(source);
    file.source = source;
    file.documents = parsed->documents;
    file.builtin = false;
    files.push_back(std::move(file));
    parsed_.push_back(std::move(parsed));
  }
  return loaded.sources;
}

bool Session::ReadProjectFile(Diagnostics& diagnostics, Value& root) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  project.working_folder = here.generic_string();
  if (options.isolated && !options.config.empty()) {
    Trouble("--config names a project file and --isolated wants none", "leave out one of them");
    return false;
  }
  if (options.isolated) return true;
  project.file = options.config;
  std::string up;
  for (fs::path folder = here; project.file.empty() && !folder.empty(); folder = folder.parent_path(), up += "../") {
    if (fs::is_regular_file(folder / kProjectFile, error)) project.file = up + std::string(kProjectFile);
    if (!folder.has_relative_path()) break;
  }
  if (project.file.empty()) return true;
  project.folder = fs::weakly_canonical(here / project.file, error).parent_path().generic_string();
  if (fs::is_directory(project.file, error)) {
    Trouble(fmt::format("`{}` is a folder, not a project file", project.file));
    return false;
  }
  const Loaded loaded = Load({project.file}, {}, sources, diagnostics);
  if (loaded.sources.empty()) return false;
  // Of two equal keys the last one counts in manifests; here they are a mistake.
  Diagnostics parse;
  auto parsed = std::make_unique<ParsedFile>(Parse(sources, loaded.sources[0], {}, parse));
  for (const Diagnostic& diagnostic : parse.all()) {
    Diagnostic& said = diagnostics.Error(diagnostic.span, diagnostic.message);
    said.help = diagnostic.help;
    said.labels = diagnostic.labels;
  }
  parsed_.push_back(std::move(parsed));
  const std::vector<Document>& documents = parsed_.back()->documents;
  if (documents.size() > 1) diagnostics.Error(Root(documents[1]).span(), "a second document in the project file");
  if (!documents.empty()) root = Root(documents[0]);
  return diagnostics.error_count() == 0;
}

bool Session::ReadAssumed() {
  for (const std::string& pair : options.assume) {
    const size_t equal = pair.find('=');
    if (equal == std::string::npos || equal == 0) {
      Trouble(fmt::format("`{}` assumes nothing", pair), "write --assume REGION=eu-central-1");
      return false;
    }
    project.assumed.push_back({pair.substr(0, equal), pair.substr(equal + 1), std::string(kAssumeOption), {}});
  }
  return true;
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
