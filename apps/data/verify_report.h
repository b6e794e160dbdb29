// What `smolvla data verify` prints.
#pragma once

#include <string>

#include "smolvla/base/json.h"
#include "smolvla/curate/verify.h"

namespace svla {

Json ToJson(const DatasetFinding& finding);
Json ToJson(const Verification& verification);

// A block for each finding, then what was looked at and what was not, then the counts.
std::string ToText(const Verification& verification);

}  // namespace svla
