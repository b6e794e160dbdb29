// The videos of many episodes put together into the files of a v3.0 dataset.
#pragma once

#include <functional>

#include "smolvla/curate/assembly.h"
#include "smolvla/curate/episodes_writer.h"
#include "smolvla/curate/readers.h"

namespace svla {

// Writes the videos of one camera, `from` in the sources and `to` in the new dataset,
// and returns where each episode's is, in order. Packets are copied. A new file is
// begun where the limits say so, and where pictures are of another codec or size.
// `done` is told the frames of each episode. Throws Error, naming the file, if a video
// is missing or shorter than its episode.
std::vector<EpisodeRow::Video> JoinEpisodeVideos(
    const Assembly& plan, const std::string& from, const std::string& to,
    const std::filesystem::path& folder, Readers& readers,
    const std::function<void(int64_t frames)>& done);

}  // namespace svla
