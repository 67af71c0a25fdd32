// What every verb needs: the knowledge (embedded and the user's own), today's date, and how to print.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/check/check.h"
#include "engine/load/load.h"
#include "engine/parse/parse.h"
#include "engine/policy/knowledge.h"
#include "engine/project/project.h"
#include "engine/text/snippet.h"

namespace domicile {

inline constexpr int kExitOk = 0, kExitFindings = 1, kExitTrouble = 2;

struct SessionOptions {
  std::vector<std::string> policies;      // Files and folders of the user's own.
  bool builtin = true;
  std::string as_of;                      // Empty: today.
  std::string color = "auto";             // auto, always, never.
  size_t jobs = 0;                        // 0: one for each core.
  bool everything = false;                // Read and check all that is built in, as `test` does.
  std::string config;                     // The project file; empty: the nearest `.domicile.yaml` upward.
  bool isolated = false;                  // No project file.
  std::vector<std::string> assume;        // NAME=VALUE.
};
inline constexpr std::string_view kAssumeOption = "--assume";   // What sets them.

class Session {
 public:
  explicit Session(SessionOptions options);
  ~Session();

  // Reads the knowledge; prints what is wrong with it. False: exit 2.
  bool Open();
  // Paint of standard output or standard error.
  Paint PaintFor(int descriptor) const;
  // Prints diagnostics to standard error.
  void Print(const Diagnostics& diagnostics) const;

  // Threads to use: as asked for, or one for each core.
  size_t jobs() const;
  // A policy by id or alias; prints a suggestion when there is none.
  const Policy* FindPolicy(const std::string& id) const;

  SessionOptions options;
  Sources sources;
  std::unique_ptr<Knowledge> knowledge;
  Project project;
  Date as_of{};
  std::vector<uint32_t> own_sources;      // Of the files of knowledge that the options name.

 private:
  // Reads the project file, without looking at what it says: a null value when there is none or nothing in it. False: it is no file.
  bool ReadProjectFile(Diagnostics& diagnostics, Value& root);
  // Reads files of knowledge, not built in.
  std::vector<uint32_t> ReadOwn(const std::vector<std::string>& paths, Diagnostics& diagnostics, std::vector<KnowledgeFile>& files);
  bool ReadAssumed();

  std::vector<std::unique_ptr<ParsedFile>> parsed_;
};

Date Today();

// Says `error: message` and `help: ...` on standard error. Returns kExitTrouble.
int Trouble(const std::string& message, const std::string& help = "");

}  // namespace domicile
