// What the metadata of a dataset say of its episodes and tasks, v2 and v3 alike.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/data/info.h"

namespace svla {

// The part of a video file that one episode's frames are in.
struct VideoPlace {
  std::filesystem::path file;  // within the dataset's folder
  double from_s = 0;           // when the episode's first frame is shown
  double to_s = -1;            // the end; -1 where a file holds one episode (v2)
};

struct Episode {
  int64_t index = 0;        // "episode_index"
  int64_t length = 0;       // frames
  int64_t first_frame = 0;  // "index" of its first frame: frames are counted through
  std::vector<std::string> tasks;
  std::filesystem::path data_file;           // within the dataset's folder
  std::map<std::string, VideoPlace> videos;  // by camera
};

// In the order of their index. Throws Error, naming the file, if the metadata cannot be
// read, name an episode twice or lead out of the folder.
std::vector<Episode> ReadEpisodes(const std::filesystem::path& folder,
                                  const DatasetInfo& info);

// The sentences, by "task_index"; a number that has none is left out. Throws Error.
std::map<int64_t, std::string> ReadTasks(const std::filesystem::path& folder,
                                         const DatasetInfo& info);

// meta/episodes/chunk-*/file-*.parquet, in order.
std::vector<std::filesystem::path> EpisodeFiles(const std::filesystem::path& folder);

// The Parquet files below data/ that LeRobot would read, in order; within the folder.
std::vector<std::filesystem::path> DataFilesOf(const std::filesystem::path& folder);

// Where v2 keeps an episode: a data file and videos of its own. Throws Error if
// info.json's templates do not say.
void PlaceInOwnFiles(const DatasetInfo& info, Episode& episode);

}  // namespace svla
