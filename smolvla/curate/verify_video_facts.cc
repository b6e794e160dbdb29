#include "smolvla/curate/verify_video_facts.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr double kRateTolerance = 0.01;  // of the rate

bool IsOther(const Json& said, const Json& there) {
  if (said.is_null()) return false;
  if (said.is_number() && there.is_number())
    return std::abs(said.get<double>() - there.get<double>()) >
           kRateTolerance * std::abs(there.get<double>());
  return said != there;
}

// How many letters at the start and the end two names have in common.
size_t Likeness(const std::string& a, const std::string& b) {
  const auto start = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto end = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  return static_cast<size_t>((start.first - a.begin()) + (end.first - a.rbegin()));
}

// The folder that the videos of a camera begin with, and its part before the camera's
// name: {"videos/chunk-000/observation.images.top", "videos/chunk-000"}.
std::pair<fs::path, fs::path> FolderOf(const fs::path& file, const std::string& key) {
  fs::path folder, before;
  for (const fs::path& part : file) {
    before = folder;
    folder /= part;
    if (part == key) return {folder, before};
  }
  return {};
}

}  // namespace

Json VideoInfo(const Dataset& dataset, const Feature& camera) {
  const Json info = ReadJson(dataset.folder() / "meta" / "info.json");
  const Json& feature = info["features"][camera.key];
  for (const char* name : {"info", "video_info"})
    if (feature.contains(name) && feature[name].is_object()) return feature[name];
  return Json::object();
}

bool CheckVideoFacts(Verifying& v, const Feature& camera, const fs::path& file,
                     int64_t episode, const Json& info, const VideoFacts& facts) {
  const auto tell = [&](const std::string& code, const std::string& expected,
                        const std::string& found) {
    v.log.Add({code, camera.key, file.string(), episode, expected, found});
  };
  const double fps = v.dataset.info().fps;
  if (camera.width > 0 &&
      (facts.width != camera.width || facts.height != camera.height))
    tell("video-size-wrong", Say(camera.width, "x", camera.height, " pixels"),
         Say(facts.width, "x", facts.height));
  const std::pair<const char*, Json> there[] = {{"video.codec", facts.codec},
                                                {"video.pix_fmt", facts.pixel_format},
                                                {"video.fps", facts.fps},
                                                {"video.width", facts.width},
                                                {"video.height", facts.height}};
  const bool right_rate =
      facts.fps <= 0 || std::abs(facts.fps - fps) <= kRateTolerance * fps;
  for (const auto& [key, value] : there) {
    // A wrong rate or size is told once.
    const bool told = (std::string(key) == "video.fps" && !right_rate) ||
                      v.log.Has("video-size-wrong", camera.key);
    if (!told && info.contains(key) && IsOther(info[key], value))
      v.log.Add({"video-info-wrong", camera.key, "meta/info.json", -1,
                 Say(key, " ", Serialized(value), " of ", camera.key, ", as in ",
                     file.string()),
                 Serialized(info[key])});
  }
  if (!right_rate)
    tell("video-rate-wrong", Say(fps, " frames a second"), Say(facts.fps));
  return right_rate;
}

bool TellMisnamedFolder(Verifying& v, const Feature& camera) {
  const Dataset& dataset = v.dataset;
  if (dataset.episodes().empty()) return false;
  const auto place = dataset.episodes().front().videos.find(camera.key);
  if (place == dataset.episodes().front().videos.end()) return false;
  const auto [folder, before] = FolderOf(place->second.file, camera.key);
  std::error_code none;
  if (folder.empty() || fs::exists(dataset.folder() / folder, none)) return false;
  std::string nearest;
  for (fs::directory_iterator at(dataset.folder() / before, none), end;
       !none && at != end; at.increment(none)) {
    const std::string name = at->path().filename().string();
    if (!at->is_directory(none) || name.starts_with(".") ||
        name.starts_with("chunk-") || dataset.info().Find(name))
      continue;
    if (nearest.empty() || Likeness(name, camera.key) > Likeness(nearest, camera.key))
      nearest = name;
  }
  if (nearest.empty()) return false;
  v.log.Add({"camera-folder-misnamed", camera.key, folder.string(), -1,
             "the folder of " + camera.key,
             (before / nearest).string() + " beside it"});
  return true;
}

}  // namespace svla
