// What is shown of one episode: some of its pictures, and its numbers over time. What
// cannot be read is named, so that the rest can be shown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/data/plotted_joints.h"
#include "smolvla/data/frame_reader.h"

namespace svla {

struct JointCurves {
  std::vector<double> state, action;  // one value a frame; empty where there are none
};

struct Tile {
  int64_t frame = 0;
  Image picture;  // small; empty if it is missing
};

struct CameraTiles {
  std::string camera;
  std::vector<Tile> tiles;
  std::string missing;  // why the first missing picture is; empty if none is
};

struct EpisodeView {
  const Episode* episode = nullptr;
  std::vector<JointCurves> joints;  // as many as are plotted, or none without rows
  std::string rows_missing;         // why there are none
  std::vector<CameraTiles> cameras;
};

// How many pictures of each camera are shown, and how wide they are at most.
inline constexpr int64_t kTilesOfCamera = 8;
inline constexpr int64_t kTileWidth = 160;

// The frames of an episode that are shown: evenly spread, its first and last among
// them; all where there are few.
std::vector<int64_t> FramesToShow(int64_t length);

// Never throws Error for what is missing. The reader must be of the dataset.
EpisodeView ViewEpisode(const Dataset& dataset, FrameReader& reader,
                        const Episode& episode,
                        const std::vector<PlottedJoint>& joints);

}  // namespace svla
