// What is wrong with a dataset, said so that whoever recorded it can mend it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "smolvla/base/severity.h"

namespace svla {

struct DatasetFinding {
  std::string code;  // kebab-case; docs/datasets.md lists them. Never renamed
  Severity severity = Severity::kError;
  std::string file;  // within the dataset's folder, and the episodes where it says
  std::string expected;
  std::string found;
  std::string consequence;             // for whoever trains on it
  std::string remedy;                  // a command where there is one
  std::string subject = {};            // a feature, a camera
  std::vector<int64_t> episodes = {};  // those that it names, ascending
};

}  // namespace svla
