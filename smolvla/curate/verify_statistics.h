// The statistics that a dataset has kept, held against its numbers. For the .cc files
// of verify only.
#pragma once

#include <map>
#include <set>
#include <string>

#include "smolvla/curate/verify_checks.h"
#include "smolvla/data/feature_statistics.h"
#include "smolvla/data/table.h"

namespace svla {

// Where single episodes have theirs.
const char* EpisodeStatisticsFile(const Dataset& dataset);

// Tells of statistics that are NaN or infinite. Call it after the numbers were looked
// at, which may be so themselves. `episode` is -1 of the whole dataset.
void CheckStatisticsAreFinite(Verifying& v, const std::string& file, int64_t episode,
                              const StatisticsByFeature& kept);

// Of the numbers. Where an episode's or the dataset's are missing and no policy reads
// them, nothing is said.
class StatisticsCheck {
 public:
  // Reads what is kept.
  explicit StatisticsCheck(Verifying& v);

  // Computes those of an episode's features in `sound` and compares.
  void Add(const Episode& episode, const Table& rows,
           const std::set<std::string>& sound);

  // Compares those of the whole dataset, if all its rows were added.
  void Finish();

 private:
  void ReadEpisodes();
  void ReadWhole();
  void Compare(const Feature& feature, const std::string& file, int64_t episode,
               const CountedStatistics& kept, const CountedStatistics& computed);

  Verifying& v_;
  std::map<int64_t, StatisticsByFeature> episodes_;
  StatisticsByFeature whole_;     // kept
  StatisticsByFeature computed_;  // of the episodes so far
  std::set<std::string> unsound_;
};

}  // namespace svla
