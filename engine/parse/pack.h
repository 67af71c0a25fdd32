// Writes parsed files as one block of bytes and opens such a block without copying: the form in which rules/ and policies/ are
// embedded in the program, and in which an organisation may ship its own.
//
// Layout, little endian, every array aligned to 4: magic "DOMPACK2", count of files, then for each file the offsets and sizes of its
// name, its text and the arrays of each document. The exact order is in pack.cc. A pack is trusted only as far as it is in bounds:
// OpenPack checks every offset and every index before it returns.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/parse/parse.h"

namespace domicile {

struct PackInput {
  std::string name;           // As shown in messages: `policies/eu-gdpr.yaml`.
  std::string_view text;
  const ParsedFile* file = nullptr;
};
std::string WritePack(const std::vector<PackInput>& files);

struct PackedFile {
  std::string_view name;
  std::string_view text;
  std::vector<Document> documents;   // source is kNoSource; the caller sets it after adding the text to Sources.
};
// Empty when the bytes are not a pack that this version wrote. `trusted` skips the walk over the nodes (the embedded pack).
std::optional<std::vector<PackedFile>> OpenPack(std::string_view bytes, bool trusted);

}  // namespace domicile
