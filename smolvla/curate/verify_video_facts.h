// What a video says of itself, and where the videos of a camera lie, held against
// meta/info.json. For the .cc files of verify only.
#pragma once

#include <filesystem>

#include "smolvla/curate/verify_checks.h"
#include "smolvla/data/video.h"

namespace svla {

// False, and told, if the frames cannot be those of the dataset: of another rate. What
// else differs is told too.
bool CheckVideoFacts(Verifying& v, const Feature& camera,
                     const std::filesystem::path& file, int64_t episode,
                     const VideoFacts& facts);

// True, and told, if the folder of a camera is not there but one of a camera that
// meta/info.json does not declare is, of the nearest name.
bool TellMisnamedFolder(Verifying& v, const Feature& camera);

}  // namespace svla
