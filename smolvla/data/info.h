// meta/info.json of a LeRobot dataset, v2.0, v2.1 or v3.0, as the many programs that
// write it do: names in lists, in lists of lists or in dictionaries, "channel" for
// "channels", pictures as [C, H, W], frame rates with a point, keys of their own.
//
//   const DatasetInfo info = ReadDatasetInfo(folder);
//   for (const Feature* camera : info.Cameras()) ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "smolvla/base/json.h"

namespace svla {

// A column of the dataset, or a camera.
struct Feature {
  std::string key;                 // "observation.state"
  std::string dtype;               // "float32", "video", "image", "string", ...
  std::vector<int64_t> shape;      // of one frame
  std::vector<std::string> names;  // flattened; as many as numbers, or none

  bool IsVideo() const { return dtype == "video"; }
  bool IsCamera() const { return dtype == "video" || dtype == "image"; }
  bool IsText() const { return dtype == "string" || dtype == "language"; }
  bool IsNumeric() const { return !IsCamera() && !IsText(); }
  int64_t Size() const;  // numbers in one frame

  // Of a camera; 0 where the shape does not tell.
  int64_t width = 0, height = 0, channels = 0;
};

// timestamp, frame_index, episode_index, index and task_index: what LeRobot adds to
// every dataset, a number a row.
bool IsCountingFeature(const std::string& key);

struct DatasetInfo {
  std::string version;            // "v2.1"
  int major = 0;                  // 2 or 3
  double fps = 0;                 // frames a second
  std::string robot_type;         // empty if unknown
  std::vector<Feature> features;  // in the order of the file
  int64_t total_episodes = 0;
  int64_t total_frames = 0;
  int64_t total_tasks = 0;
  int64_t chunks_size = 1000;  // files (v3) or episodes (v2) a chunk folder
  int64_t data_megabytes = 100, video_megabytes = 200;  // a file, v3
  std::string data_path, video_path;  // templates; the latter empty without videos

  const Feature* Find(const std::string& key) const;  // null if absent
  std::vector<const Feature*> Cameras() const;
};

// Throws Error, naming the file and the key, if it is no info.json of a version that
// can be read, or if a template leads out of the dataset's folder.
DatasetInfo ReadDatasetInfo(const std::filesystem::path& folder);

// The same from memory; `name` stands for the file in messages.
DatasetInfo ParseDatasetInfo(std::string_view text, const std::string& name);

// What fills the templates. v2 numbers episodes, v3 files.
struct PathNumbers {
  int64_t chunk = 0;    // {episode_chunk}, {chunk_index}
  int64_t episode = 0;  // {episode_index}
  int64_t file = 0;     // {file_index}
  std::string camera;   // {video_key}
};

// The file that a template means: "data/chunk-{chunk_index:03d}/..." with the numbers
// put in. Throws Error for a field that is not one of the above, and for a path that
// leaves the dataset's folder: absolute, or through "..".
std::filesystem::path FillTemplate(const std::string& path_template,
                                   const PathNumbers& numbers);

}  // namespace svla
