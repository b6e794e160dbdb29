// What `smolvla doctor` prints.
#pragma once

#include <string>

#include "smolvla/base/json.h"
#include "smolvla/doctor/finding.h"

namespace svla {

Json ToJson(const Diagnosis& diagnosis);

// A block for each finding, then what was looked at and what was not, then the counts.
std::string ToText(const Diagnosis& diagnosis);

}  // namespace svla
