// What the commands that make a new dataset say of it.
#pragma once

#include <string>
#include <vector>

#include "apps/data/edit.h"
#include "smolvla/base/json.h"

namespace svla {

struct EditReport : EditResult {
  std::string part;                   // its name where there are several
  std::vector<std::string> left_out;  // "3", of several sources "my_dataset: 3"
  std::vector<std::string> missing;   // files
};

Json ToJson(const EditReport& report);
std::string ToText(const EditReport& report);

// "a, b, c, d, e and 7 more".
std::string Shortened(const std::vector<std::string>& words);

}  // namespace svla
