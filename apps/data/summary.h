// What a dataset holds, counted: for `smolvla data info` and `smolvla data show`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/data/dataset.h"

namespace svla {

struct SummarisedFiles {
  int64_t found = 0;
  std::vector<std::filesystem::path> missing;  // within the dataset's folder
  // Why one of these cannot be seen; empty if they are absent.
  std::string out_of_reach;
};

struct DatasetSummary {
  std::filesystem::path folder;
  DatasetInfo info;
  int64_t episodes = 0, frames = 0, shortest = 0, longest = 0;
  std::map<std::string, int64_t> tasks;  // episodes that name it
  SummarisedFiles data, videos;
  uintmax_t bytes = 0;  // of the files that are there
};

// Files are asked for their size, not opened.
DatasetSummary Summarise(const Dataset& dataset);

// "float32 6: shoulder_pan, ..." or "video 640x480".
std::string Describe(const Feature& feature);

// "1 h 3 min 20 s".
std::string Duration(double seconds);

// "3 episodes", "1 episode".
std::string Counted(int64_t count, const std::string& word);

}  // namespace svla
