#include "smolvla/policy/cameras.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

std::string Join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// The key that a name in the observation means.
std::string KeyOf(const std::string& name, const std::vector<std::string>& cameras,
                  const std::map<std::string, std::string>& rename) {
  const auto is_camera = [&](const std::string& key) {
    return std::find(cameras.begin(), cameras.end(), key) != cameras.end();
  };
  for (const std::string& written :
       {name, "observation.images." + name, "observation." + name}) {
    if (const auto renamed = rename.find(written);
        renamed != rename.end() && is_camera(renamed->second))
      return renamed->second;
    if (is_camera(written)) return written;
  }
  // A bare name may also be the last part of a key of another family.
  std::vector<std::string> matches;
  for (const std::string& key : cameras)
    if (key.ends_with("." + name)) matches.push_back(key);
  if (matches.size() == 1) return matches[0];
  Fail("picture \"", name, "\": the policy has no such camera; it has ", Join(cameras));
}

// Beyond any sensor, and small enough that the bytes of a picture can be counted.
constexpr int64_t kMostSide = 1 << 20;

void CheckImage(const std::string& name, const Image& image) {
  if (image.width < 1 || image.height < 1 || image.width > kMostSide ||
      image.height > kMostSide)
    Fail("picture \"", name, "\": ", image.width, " x ", image.height, " pixels");
  if (image.rgb.size() != static_cast<size_t>(image.width * image.height * 3))
    Fail("picture \"", name, "\": expected ", image.width * image.height * 3,
         " bytes for ", image.width, " x ", image.height, ", found ", image.rgb.size());
}

}  // namespace

bool IsPlaceholder(const std::string& key) {
  return key.starts_with("observation.images.empty_camera_");
}

std::vector<CameraSlot> AssignCameras(const Observation& seen,
                                      const std::vector<std::string>& cameras,
                                      int64_t empty_cameras,
                                      const std::map<std::string, std::string>& rename,
                                      std::vector<std::string>& warnings) {
  std::map<std::string, const Image*> given;
  for (const auto& [name, image] : seen.images) {
    const std::string key = KeyOf(name, cameras, rename);
    CheckImage(name, image);
    if (!given.emplace(key, &image).second)
      Fail("two pictures for the camera ", key, ", one of them named \"", name, "\"");
  }
  if (given.empty()) Fail("expected a picture of at least one of ", Join(cameras));

  std::vector<CameraSlot> slots;
  std::vector<std::string> absent;
  for (const std::string& key : cameras) {
    if (given.contains(key))
      slots.push_back({key, given[key]});
    else
      absent.push_back(key);
  }
  for (const std::string& name : seen.masked) {
    const std::string key = KeyOf(name, cameras, rename);
    const auto slot = std::find_if(slots.begin(), slots.end(),
                                   [&](const CameraSlot& s) { return s.key == key; });
    if (slot == slots.end()) Fail("masked camera ", key, ": expected a picture of it");
    slot->image = nullptr;
  }
  const size_t stand_in =
      std::min(absent.size(), static_cast<size_t>(std::max<int64_t>(0, empty_cameras)));
  std::vector<std::string> forgotten;  // stand-ins that are no placeholders
  for (size_t i = 0; i < stand_in; ++i) {
    slots.push_back({absent[i], nullptr});
    if (!IsPlaceholder(absent[i])) forgotten.push_back(absent[i]);
  }
  if (!forgotten.empty())
    warnings.push_back("no picture of " + Join(forgotten) +
                       ": stands as an empty camera (empty_cameras)");
  absent.erase(absent.begin(), absent.begin() + static_cast<int64_t>(stand_in));
  std::erase_if(absent, IsPlaceholder);
  if (!absent.empty())
    warnings.push_back("no picture of " + Join(absent) +
                       ": left out, as LeRobot does; a policy trained with it will act "
                       "differently");
  return slots;
}

}  // namespace svla
