// What the pictures of a camera show in an episode, whether they come out of a video or
// a data file. For the .cc files of verify only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "smolvla/curate/verify_checks.h"
#include "smolvla/data/feature_statistics.h"
#include "smolvla/data/picture_statistics.h"

namespace svla {

// The sampled pictures of one episode.
class EpisodePictures {
 public:
  // Requires frames of pictures of one size.
  void Add(const Image& picture);

  int64_t pictures() const { return statistics_.pictures(); }
  CountedStatistics Statistics() const { return statistics_.Total(); }
  // The same picture all the time, but for what encoding makes of it.
  bool IsFrozen() const { return pictures() > 1 && !moved_; }

 private:
  PictureStatistics statistics_;
  std::vector<float> first_;  // means of parts of the first picture
  bool moved_ = false;
};

// All episodes of a camera.
class CameraCheck {
 public:
  CameraCheck(Verifying& v, const Feature& camera);

  // `file` holds the pictures. Requires one picture at least.
  void Add(const Episode& episode, const std::string& file,
           const EpisodePictures& pictures);

  // Compares the statistics of the whole dataset if all its episodes were added.
  void Finish();

 private:
  void Compare(const std::string& file, int64_t episode, const CountedStatistics& kept,
               const CountedStatistics& computed);

  Verifying& v_;
  const Feature& camera_;
  std::map<int64_t, StatisticsByFeature> kept_;
  StatisticsByFeature computed_;  // of the episodes so far
  int64_t episodes_ = 0;
};

}  // namespace svla
