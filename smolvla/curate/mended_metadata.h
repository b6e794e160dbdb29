// A dataset's metadata with what its files themselves put right.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "smolvla/curate/found_episodes.h"
#include "smolvla/curate/verify.h"
#include "smolvla/data/dataset.h"

namespace svla {

struct MendedMetadata {
  std::shared_ptr<const Dataset> dataset;
  std::set<std::string> missing_features;   // that no data file has
  bool found_folder = false;                // of a camera whose own was not there
  std::map<int64_t, std::string> unplaced;  // episodes not found in a video, and why
  FoundFooters footers;                     // of data files that lack them
};

// Sentences are taken from the episodes that name them, misnamed folders of cameras
// where there is one choice, and, with `places_anew`, where an episode is in its video
// from the frames that the video has. A list of episodes that cannot be read is made
// anew (FindEpisodes), data files without a footer get one. Throws Error if neither the
// list nor a data file can be read.
MendedMetadata MendMetadata(const std::filesystem::path& folder,
                            const Verification& found, bool places_anew);

}  // namespace svla
