// A new v3.0 dataset out of episodes of others, whose videos are decoded and encoded
// again: for a codec or a distance of key frames that reads faster.
#pragma once

#include <filesystem>

#include "smolvla/curate/assembly.h"
#include "smolvla/data/video_writer.h"

namespace svla {

// As Assemble, frame by frame through DatasetWriter. Timestamps become frame_index /
// fps, and all statistics are computed anew. Throws Error.
void EncodeAnew(const Assembly& plan, const std::filesystem::path& folder,
                const VideoEncoding& encoding, const AssemblyOptions& options);

}  // namespace svla
