// The episodes of a dataset whose list of them cannot be read, as its data files and
// videos tell them, and data files that lack their footer. Both are what a recording
// leaves that was killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/data/episodes.h"

namespace svla {

// What was found, and what could not be.
struct FoundFooters {
  std::map<std::filesystem::path, std::string> footers;  // by data file
  std::map<std::filesystem::path, int64_t> rows;         // that they make readable
  std::map<std::filesystem::path, std::string> lost;     // files, and why
};

// Footers of the data files that lack them (SalvageFooter), by their paths within the
// folder. Files that are whole are none of them.
FoundFooters FindFooters(const std::filesystem::path& folder, const DatasetInfo& info);

struct FoundEpisodes {
  std::vector<Episode> episodes;            // in the order of their index
  std::map<int64_t, std::string> unplaced;  // whose data or pictures are nowhere, why
};

// An episode is the rows that name it by episode_index. In v3 its pictures are as many
// frames of a camera's videos, one file after another, after as many as its first row's
// "index" says; where videos end or begin within an episode that cannot be, and no
// episode of that camera is placed. Reads three columns, and the index of each video.
FoundEpisodes FindEpisodes(const std::filesystem::path& folder, const DatasetInfo& info,
                           const std::map<std::filesystem::path, std::string>& footers);

}  // namespace svla
