// The statistics of a LeRobot dataset: kept whole in meta/stats.json (v2.0, v3.0), or
// by episode in meta/episodes_stats.jsonl (v2.1) and put together here.
#pragma once

#include <filesystem>
#include <optional>

#include "smolvla/policy/statistics.h"

namespace svla {

struct DatasetStatistics {
  Statistics statistics;
  std::filesystem::path file;  // that they were read from
};

// `named` is one of the two files, the folder that holds it, or the dataset's folder;
// where both are there, stats.json is read. Nothing if there is neither. Throws Error,
// naming the file, if it cannot be read.
//
// Of episodes only observation.state and action are put together, as LeRobot's
// compute_stats.py does: mean and std of all their frames, min and max of all episodes.
std::optional<DatasetStatistics> FindDatasetStatistics(
    const std::filesystem::path& named);

}  // namespace svla
