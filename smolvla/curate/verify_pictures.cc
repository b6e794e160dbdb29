#include "smolvla/curate/verify_pictures.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/curate/episode_statistics.h"
#include "smolvla/curate/verify_statistics.h"
#include "smolvla/data/frame_reader.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr double kBlack = 0.02;  // of white: mean and std of all channels
// Levels of 255 by which the mean of a part of the picture moves: less is what encoding
// the same picture again makes of it, more a hand that passes.
constexpr double kMoved = 2;
constexpr int64_t kParts = 16;  // a picture has as many in each direction
// Of white. Statistics are of the pictures before they were encoded, some of other
// frames, and of fewer pixels.
constexpr double kStatisticsTolerance = 0.05;

std::vector<float> PartMeans(const Image& picture) {
  const int64_t across = std::min<int64_t>(kParts, picture.width);
  const int64_t down = std::min<int64_t>(kParts, picture.height);
  std::vector<float> sums(static_cast<size_t>(across * down));
  std::vector<float> counts(sums.size());
  for (int64_t y = 0; y < picture.height; ++y) {
    const int64_t row = y * down / picture.height * across;
    const uint8_t* pixels = picture.rgb.data() + y * picture.width * 3;
    for (int64_t x = 0; x < picture.width; ++x, pixels += 3) {
      const auto part = static_cast<size_t>(row + x * across / picture.width);
      sums[part] += static_cast<float>(pixels[0] + pixels[1] + pixels[2]);
      counts[part] += 3;
    }
  }
  for (size_t i = 0; i < sums.size(); ++i) sums[i] /= counts[i];
  return sums;
}

bool IsBlack(const CountedStatistics& statistics) {
  const auto is_small = [](double value) { return value < kBlack; };
  const auto& mean = statistics.values.at("mean");
  const auto& std = statistics.values.at("std");
  return std::all_of(mean.begin(), mean.end(), is_small) &&
         std::all_of(std.begin(), std.end(), is_small);
}

}  // namespace

void EpisodePictures::Add(const Image& picture) {
  statistics_.Add(picture);
  if (moved_) return;
  const std::vector<float> means = PartMeans(picture);
  if (first_.empty()) first_ = means;
  for (size_t i = 0; i < means.size(); ++i)
    moved_ = moved_ || std::abs(means[i] - first_[i]) > kMoved;
}

CameraCheck::CameraCheck(Verifying& v, const Feature& camera) : v_(v), camera_(camera) {
  try {
    kept_ = ReadEpisodeStatistics(v.dataset, {camera.key});
  } catch (const Error& e) {
    v.log.Add(Unreadable("statistics-unreadable", e, v.dataset.folder(),
                         EpisodeStatisticsFile(v.dataset),
                         "statistics of the episodes"));
  }
  for (const auto& [episode, kept] : kept_)
    CheckStatisticsAreFinite(v, EpisodeStatisticsFile(v.dataset), episode, kept);
}

void CameraCheck::Add(const Episode& episode, const std::string& file,
                      const EpisodePictures& pictures) {
  const CountedStatistics statistics = pictures.Statistics();
  const std::string key = camera_.key;
  if (IsBlack(statistics))
    v_.log.Add({"camera-black", key, file, episode.index,
                "pictures with something on them",
                Say("black ones: a mean of ", statistics.values.at("mean")[0])});
  else if (pictures.IsFrozen() && v_.moving.contains(episode.index))
    v_.log.Add({"camera-frozen", key, file, episode.index,
                "pictures that change as the state moves",
                Say("the same one in ", pictures.pictures(), " samples")});
  // Of depth maps other numbers are kept.
  if (camera_.channels != 3) return;
  ++episodes_;
  computed_ = Aggregate({computed_, {{key, statistics}}});
  const auto of_episode = kept_.find(episode.index);
  if (of_episode == kept_.end()) return;
  if (const auto found = of_episode->second.find(key);
      found != of_episode->second.end())
    Compare(EpisodeStatisticsFile(v_.dataset), episode.index, found->second,
            statistics);
}

void CameraCheck::Compare(const std::string& file, int64_t episode,
                          const CountedStatistics& kept,
                          const CountedStatistics& computed) {
  for (const char* statistic : {"mean", "std"}) {
    const auto found = kept.values.find(statistic);
    if (found == kept.values.end() || found->second.size() != 3) return;
    for (size_t channel = 0; channel < 3; ++channel) {
      const double wanted = computed.values.at(statistic)[channel];
      if (std::abs(found->second[channel] - wanted) <= kStatisticsTolerance) continue;
      v_.log.Add({"picture-statistics-wrong", camera_.key, file, episode,
                  Say(statistic, " of ", camera_.key, " ", wanted),
                  Say(found->second[channel])});
      return;
    }
  }
}

void CameraCheck::Finish() {
  if (episodes_ == 0) return;
  v_.result.checked.push_back(
      Say("sampled pictures of ", camera_.key, " in ", episodes_, " episodes"));
  const fs::path path = v_.dataset.folder() / "meta" / "stats.json";
  if (episodes_ != v_.result.episodes || !IsFile(path)) return;
  try {
    const StatisticsByFeature whole =
        ParseStatisticsByFeature(ReadJson(path), path.string());
    if (const auto kept = whole.find(camera_.key); kept != whole.end())
      Compare("meta/stats.json", -1, kept->second, computed_.at(camera_.key));
  } catch (const Error&) {
    // Told with those of the numbers.
  }
}

namespace {

// False, and told, if a picture cannot be had or is of another size.
bool ReadAll(Verifying& v, FrameReader& reader, const Feature& camera,
             const Episode& episode, EpisodePictures& pictures) {
  const std::vector<int64_t> sampled = SampledFrames(episode.length);
  const std::set<int64_t> wanted(sampled.begin(), sampled.end());
  const std::string file = episode.data_file.string();
  Image image;
  for (int64_t frame = 0; frame < episode.length; ++frame) {
    try {
      reader.ReadPicture(camera.key, episode, frame, image);
    } catch (const Error& e) {
      v.log.Add({"picture-unreadable", camera.key, file, episode.index,
                 Say("a picture of ", camera.key, " in frame ", frame),
                 Reason(e, v.dataset.folder(), episode.data_file)});
      return false;
    }
    if (camera.width > 0 &&
        (image.width != camera.width || image.height != camera.height)) {
      v.log.Add({"picture-size-wrong", camera.key, file, episode.index,
                 Say(camera.width, "x", camera.height, " pixels"),
                 Say(image.width, "x", image.height, " in frame ", frame)});
      return false;
    }
    if (wanted.contains(frame)) pictures.Add(image);
  }
  return true;
}

}  // namespace

void CheckPictures(Verifying& v) {
  FrameReader reader(v.dataset, {});
  for (const Feature& camera : v.dataset.info().features) {
    if (camera.dtype != "image") continue;
    CameraCheck check(v, camera);
    for (const Episode& episode : v.dataset.episodes()) {
      v.Advance(episode.length);
      if (v.unread.contains(episode.index) || v.log.Has("feature-missing", camera.key))
        continue;
      EpisodePictures pictures;
      if (ReadAll(v, reader, camera, episode, pictures) && pictures.pictures() > 0)
        check.Add(episode, episode.data_file.string(), pictures);
    }
    check.Finish();
  }
}

}  // namespace svla
