// What a LeRobot dataset (v2.0, v2.1, v3.0) says of itself in meta/: enough to
// compare a checkpoint and a robot with what was recorded. No frame is read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "smolvla/policy/statistics.h"

namespace svla {

struct CameraFacts {
  std::string key;
  int64_t width = 0;  // 0 where the shape does not tell
  int64_t height = 0;
};

// A vector of numbers: observation.state or action.
struct VectorFacts {
  int64_t dim = 0;
  std::vector<std::string> names;  // dim of them, or none
};

struct DatasetFacts {
  std::filesystem::path folder;
  std::string version;  // "v2.1"
  std::optional<double> fps;
  std::vector<CameraFacts> cameras;  // in the order of info.json
  std::optional<VectorFacts> state;
  std::optional<VectorFacts> action;
  std::vector<std::string> tasks;                         // each once
  FeatureStatistics state_statistics, action_statistics;  // empty where there are none

  // What could not be read, one line each: part of the dataset, and why.
  std::vector<std::string> problems;
  // True if the tasks are in a Parquet file, which is not read.
  bool tasks_in_parquet = false;
};

// Throws Error, naming the file, if meta/info.json cannot be read; what is wrong with
// the other files is in `problems`.
DatasetFacts ReadDatasetFacts(const std::filesystem::path& folder);

}  // namespace svla
