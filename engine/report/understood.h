// Shows what was understood of manifests: every fact with its line and how it came about.
#pragma once
#include <string>
#include <vector>

#include "engine/check/finding.h"
#include "engine/report/report.h"

namespace domicile {

// The workloads of one file.
struct UnderstoodPart {
  uint32_t source = kNoSource;
  std::vector<const Workload*> workloads;
};

std::string UnderstoodText(const std::vector<UnderstoodPart>& parts, const Summary& summary, const Vocabulary& vocabulary, const Sources& sources,
                           const OutputOptions& options);
std::string UnderstoodJson(const std::vector<UnderstoodPart>& parts, const Summary& summary, const Vocabulary& vocabulary, const Sources& sources,
                           const OutputOptions& options);

// A table for `matrix`, `where` and `list`: columns as wide as their widest cell.
std::string TextTable(const std::vector<std::vector<std::string>>& rows);
std::string CsvTable(const std::vector<std::vector<std::string>>& rows);
// A list of objects with the first row as keys.
std::string JsonTable(const std::vector<std::vector<std::string>>& rows);

}  // namespace domicile
