// The episodes of a dataset whose list of them cannot be read, as its data files and
// videos tell them: what a recording leaves that was killed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/data/episodes.h"

namespace svla {

struct FoundEpisodes {
  std::vector<Episode> episodes;            // in the order of their index
  std::map<int64_t, std::string> unplaced;  // whose data or pictures are nowhere, why
};

// An episode is the rows that name it by episode_index. In v3 its pictures are as many
// frames of a camera's videos, one file after another, after as many as its first row's
// "index" says; where videos end or begin within an episode, have more frames than
// there are rows though none is lost, or the first row is not the first frame, that
// cannot be, and no episode is placed. Reads three columns, and the index of each
// video.
FoundEpisodes FindEpisodes(const std::filesystem::path& folder, const DatasetInfo& info,
                           const std::map<std::filesystem::path, std::string>& footers);

// The same of data files that no listed episode is in, without episodes that are
// listed: what was recorded after a list that can be read, or lost its line of it.
FoundEpisodes FindUnlisted(const std::filesystem::path& folder, const DatasetInfo& info,
                           const std::map<std::filesystem::path, std::string>& footers,
                           const std::vector<Episode>& listed);

}  // namespace svla
