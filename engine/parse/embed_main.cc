// Parses the files of rules/ and policies/ while domicile is built, and writes them as one pack.
//
//   embed ROOT LIST OUTPUT
//
// LIST names one file a line, relative to ROOT. Whatever is wrong with a file, equal keys included, stops the build.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "engine/parse/pack.h"
#include "engine/text/snippet.h"

namespace {

bool ReadFile(const std::string& path, std::string* text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) return false;
  char buffer[1 << 16];
  for (size_t read = 0; (read = std::fread(buffer, 1, sizeof buffer, file.get())) > 0;) text->append(buffer, read);
  return std::ferror(file.get()) == 0;
}

bool WriteFile(const std::string& path, const std::string& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return (std::fclose(file) == 0) && written;
}

int Fail(const std::string& message) {
  std::fprintf(stderr, "embed: %s\n", message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace domicile;
  if (argc != 4) return Fail("usage: embed ROOT LIST OUTPUT");
  const std::string root = argv[1];
  std::string list;
  if (!ReadFile(argv[2], &list)) return Fail(std::string("cannot read `") + argv[2] + "`");

  Sources sources;
  Diagnostics diagnostics;
  std::vector<ParsedFile> files;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find('\n', begin), list.size());
    const std::string name = list.substr(begin, end - begin);
    begin = end + 1;
    if (name.empty()) continue;
    std::string text;
    if (!ReadFile(root + "/" + name, &text)) return Fail("cannot read `" + name + "`");
    const uint32_t source = sources.Add(name, std::move(text));
    files.push_back(Parse(sources, source, ParseLimits{}, diagnostics));
  }
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    std::fputs(RenderDiagnostic(sources, diagnostic, Paint{}).c_str(), stderr);
  }
  if (!diagnostics.all().empty()) return 1;

  std::vector<PackInput> inputs;
  for (uint32_t i = 0; i < files.size(); ++i) inputs.push_back({sources.name(i), sources.text(i), &files[i]});
  if (!WriteFile(argv[3], WritePack(inputs))) return Fail(std::string("cannot write `") + argv[3] + "`");
  return 0;
}
