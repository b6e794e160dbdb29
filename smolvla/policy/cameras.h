// Which picture of an observation goes to which camera of the policy.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "smolvla/policy/robot.h"

namespace svla {

// A camera as the network will meet it: with a picture, or as an empty one, whose
// image tokens are masked.
struct CameraSlot {
  std::string key;               // of config.json
  const Image* image = nullptr;  // null: nothing to encode
};

// The slots in the reference's order: cameras with a picture in the order of
// `cameras`, then as many of the others, empty, as `empty_cameras` allows. Names
// in the observation may be full keys, bare camera names, or names that `rename`
// turns into keys. What is left out is added to `warnings`. Throws Error for a
// name that means no camera, two pictures for one camera, a picture whose bytes do
// not fit its size, and when no camera has a picture.
std::vector<CameraSlot> AssignCameras(const Observation& seen,
                                      const std::vector<std::string>& cameras,
                                      int64_t empty_cameras,
                                      const std::map<std::string, std::string>& rename,
                                      std::vector<std::string>& warnings);

// A camera that exists in the configuration only: what empty_cameras adds.
bool IsPlaceholder(const std::string& key);

}  // namespace svla
