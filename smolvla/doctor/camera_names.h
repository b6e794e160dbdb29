// Which camera of the policy a name means, and what its configuration says of it.
#pragma once

#include <string>
#include <utility>

#include "smolvla/doctor/patient.h"

namespace svla {

// The key of config.json that `name` means in an observation: as AssignCameras reads
// it, renames included. Empty if it means none.
std::string PolicyCamera(const Patient& patient, const std::string& name);

// Width and height of the feature's shape, {0, 0} where it does not tell.
std::pair<int64_t, int64_t> ConfiguredSize(const Patient& patient,
                                           const std::string& key);

}  // namespace svla
