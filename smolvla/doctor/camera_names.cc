#include "smolvla/doctor/camera_names.h"

#include "smolvla/base/error.h"
#include "smolvla/policy/cameras.h"

namespace svla {

std::string PolicyCamera(const Patient& p, const std::string& name) {
  // AssignCameras knows what names mean; one pixel is enough for it.
  Observation seen;
  seen.images[name] = {1, 1, {0, 0, 0}};
  std::vector<std::string> ignored;
  try {
    return AssignCameras(seen, p.parts.config.Cameras(), /*empty_cameras=*/0,
                         p.parts.processors.rename, ignored)
        .front()
        .key;
  } catch (const Error&) {
    return "";
  }
}

std::pair<int64_t, int64_t> ConfiguredSize(const Patient& p, const std::string& key) {
  for (const PolicyFeature& feature : p.parts.config.input_features) {
    const auto& shape = feature.shape;
    if (feature.key != key || shape.size() != 3) continue;
    if (shape[0] < 1 || shape[1] < 1 || shape[2] < 1) continue;
    // LeRobot writes [channels, height, width].
    return shape[0] <= 4 ? std::pair(shape[2], shape[1])
                         : std::pair(shape[1], shape[0]);
  }
  return {0, 0};
}

}  // namespace svla
