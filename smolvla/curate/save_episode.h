// An episode that was recorded becomes part of its dataset.
#pragma once

#include <filesystem>

#include "smolvla/curate/recorded_episode.h"
#include "smolvla/curate/recording_state.h"

namespace svla {

// Puts the episode into the dataset in `folder`, which is as `before` says, and returns
// what it is then. The files that it changes are written anew and appear as one. What
// that takes does not grow with the dataset: files are ended early. Throws Error or
// std::filesystem::filesystem_error; the dataset is then as it was, or whoever opens it
// next completes it.
RecordingState SaveEpisodeFiles(const std::filesystem::path& folder,
                                const Recording& recording,
                                const RecordingState& before, RecordedEpisode& episode);

}  // namespace svla
