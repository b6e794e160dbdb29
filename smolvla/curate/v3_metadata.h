// The files of meta/ of a v3.0 dataset but its episodes, written as LeRobot 0.6.1 does,
// and how its rows are laid out in Parquet.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/base/json.h"
#include "smolvla/curate/v3_layout.h"
#include "smolvla/data/feature_statistics.h"
#include "smolvla/data/info.h"
#include "smolvla/data/parquet.h"

namespace svla {

// A column or camera of the dataset to be, and its entry in info.json: dtype, shape,
// names, and of videos "info".
struct NewFeature {
  Feature feature;
  Json entry;
};

// Those of IsCountingFeature, which are written anew.
const std::vector<NewFeature>& CountingFeatures();

// True of "bool", "int64", "uint8" ...
bool HoldsIntegers(const Feature& feature);

// The columns of data files in the order of the features, without videos, and the note
// that tells Hugging Face's readers their types.
std::vector<ColumnShape> DataColumns(const std::vector<NewFeature>& features);
std::map<std::string, std::string> DataNotes(const std::vector<NewFeature>& features);

// meta/tasks.parquet: the sentences, by task_index.
void WriteTasks(const std::filesystem::path& folder,
                const std::vector<std::string>& tasks);

// As LeRobot lays its JSON files out. Bytes that are no UTF-8 become U+FFFD.
std::string Indented(const Json& json);

struct DatasetTotals {
  int64_t episodes = 0, frames = 0, tasks = 0;
};

// meta/info.json. `robot_type` may be null.
Json MakeInfo(double fps, const Json& robot_type,
              const std::vector<NewFeature>& features, const FileLimits& limits);
// Puts in what grows with the dataset.
void SetTotals(const DatasetTotals& totals, Json& info);
void WriteInfo(const std::filesystem::path& folder, const Json& info);

// meta/stats.json.
void WriteStatistics(const std::filesystem::path& folder,
                     const StatisticsByFeature& statistics);

}  // namespace svla
