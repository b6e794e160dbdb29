// What a dataset that is being recorded holds so far: all that the next episode depends
// on.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "smolvla/curate/dataset_writer.h"
#include "smolvla/curate/episodes_writer.h"

namespace svla {

struct RecordingState {
  // A file that the next episode is added to, if there is room.
  struct OpenFile {
    FilePlace place;
    int64_t frames = 0;  // 0: none yet in this place
    int64_t episodes = 0;
  };

  Json info;  // meta/info.json
  DatasetTotals totals;
  std::vector<std::string> tasks;
  StatisticsByFeature statistics;
  // The columns stats/... that the episodes before have, and new ones must have, since
  // LeRobot reads all files as one table; empty if there are none before.
  std::set<std::string> statistics_columns;
  OpenFile data;
  std::map<std::string, OpenFile> videos;  // by camera
  // Of the file of meta/episodes that is being filled.
  FilePlace episodes_place;
  std::vector<EpisodeRow> episodes;
};

// Leaves of an episode's statistics those that the episodes before have.
void KeepKnownStatistics(const RecordingState& state, StatisticsByFeature& statistics);

// Of a new dataset, or of the one in `folder`, which is gone on with in new files. The
// features of `recording` become those of the dataset, in its order. Throws Error if
// there is something else in the folder, or a dataset of another kind.
RecordingState ReadRecordingState(const std::filesystem::path& folder,
                                  Recording& recording);

}  // namespace svla
