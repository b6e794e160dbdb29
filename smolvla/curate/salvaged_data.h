// Data files whose writer died before their footer was written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "smolvla/data/info.h"

namespace svla {

// What was found, and what could not be.
struct FoundFooters {
  std::map<std::filesystem::path, std::string> footers;  // by data file
  std::map<std::filesystem::path, int64_t> rows;         // that they make readable
  std::map<std::filesystem::path, std::string> lost;     // files, and why
};

// Footers of the data files that lack them (SalvageFooter), by their paths within the
// folder. Files that are whole are none of them.
//
// Nothing in such a file tells its columns. They are taken to be those of another data
// file that is whole, or without one those of info.json, in its order; and what is read
// so must count as rows do (frame_index, index, timestamp) and lie between the least
// and the greatest number that meta/stats.json has of each feature, or the file is
// lost: rows that may be another column's are worse than none.
FoundFooters FindFooters(const std::filesystem::path& folder, const DatasetInfo& info);

}  // namespace svla
