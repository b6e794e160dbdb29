// meta/episodes of a v3.0 dataset: a row for each episode, written as LeRobot 0.6.1
// does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/curate/v3_layout.h"
#include "smolvla/data/feature_statistics.h"
#include "smolvla/data/parquet.h"

namespace svla {

// What meta/episodes says of an episode.
struct EpisodeRow {
  struct Video {
    FilePlace place;
    double from_s = 0, to_s = 0;
  };
  int64_t index = 0, length = 0, first_frame = 0;
  std::vector<std::string> tasks;
  FilePlace data;
  std::map<std::string, Video> videos;  // by camera
  StatisticsByFeature statistics;       // of one set of features for all episodes
};

// The sentences that the rows of an episode name by number, each once, in their order.
std::vector<std::string> NamedTasks(const std::vector<int64_t>& numbers,
                                    const std::vector<std::string>& tasks);

// A file of meta/episodes, ten episodes a row group as LeRobot's. Appears whole in
// Close().
class EpisodesWriter {
 public:
  // `like` says which columns there are: cameras and statistics.
  EpisodesWriter(const std::filesystem::path& folder, const FilePlace& place,
                 const EpisodeRow& like);

  // Throws Error if it has other statistics than `like`.
  void Add(EpisodeRow row);
  void Close();

 private:
  void WriteGroup();

  FilePlace place_;
  std::vector<ColumnShape> columns_;
  ParquetWriter file_;
  std::vector<EpisodeRow> rows_;  // of the next group
};

}  // namespace svla
