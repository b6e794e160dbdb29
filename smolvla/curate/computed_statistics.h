// The statistics of a dataset, computed from what its files hold.
//
//   const StatisticsByFeature all = ComputeStatistics(dataset, episodes, {});
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "smolvla/base/progress.h"
#include "smolvla/data/feature_statistics.h"
#include "smolvla/data/frame_reader.h"

namespace svla {

// Of a column of numbers of an episode. Throws Error as StatisticsOfRows does.
CountedStatistics StatisticsOfColumn(const Column& values, const Feature& feature);

// Of a camera in an episode, of LeRobot's sample of its pictures. Requires one frame.
// Throws Error, naming the file, if one cannot be read.
CountedStatistics StatisticsOfPictures(const std::string& camera,
                                       const Episode& episode, FrameReader& reader);

// Those of any number of episodes put together, in bounded memory.
class RunningStatistics {
 public:
  void Add(const StatisticsByFeature& episode);
  StatisticsByFeature Total() const;

 private:
  std::vector<StatisticsByFeature> held_;
};

struct StatisticsOptions {
  bool pictures = true;  // false: of the numbers only, no picture is read
  int decoder_threads = 1;
  Progress progress;  // in frames
  // Told those of each episode, in order; once numbers were met that are not finite,
  // without those of pictures. May be empty.
  std::function<void(const Episode&, const StatisticsByFeature&)> each;
};

// Of all numbers and cameras in the episodes. Throws Error, naming file and feature, if
// one has no frame or cannot be read, or lacks a feature that meta/info.json declares.
// Numbers that are not finite have no statistics: throws Error, naming feature and
// joint, in how many frames they are and the first of them.
StatisticsByFeature ComputeStatistics(const Dataset& dataset,
                                      const std::vector<const Episode*>& episodes,
                                      const StatisticsOptions& options);

}  // namespace svla
