// A picture of one action chunk: a small panel for each joint, all over the same
// steps, each with its own range.
//
//   PlotChunk("chunk.png", {.title = "pick up the red cube",
//                           .subtitle = "smolvla_base, seed 0",
//                           .joints = {"shoulder_pan", "gripper"},
//                           .actions = chunk.actions,
//                           .state = seen.state,
//                           .fps = 30});
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace svla {

struct ChunkPlot {
  std::string title;     // UTF-8; cut to the width of the picture, as all texts are
  std::string subtitle;  // UTF-8, may be empty
  std::vector<std::string> joints;          // [dim], UTF-8; empty: "joint 0" and so on
  std::vector<std::vector<float>> actions;  // [chunk][dim]; not finite: a gap
  // Where the joints are now, in the units of the actions: a dot before the first
  // step. Fewer than dim, or not finite: no dot for those.
  std::vector<float> state;
  double fps = 0;  // steps a second, to label the steps with time; 0: unknown
};

// Writes a PNG 1600 pixels wide, or an SVG of the same layout, whole or not at all.
// The same plot and fonts give the same PNG. Requires at least one action and one
// joint, all actions of the same length, and a name for each joint or none. Throws
// Error if `path` ends in neither .png nor .svg, cannot be written, or if a text is not
// UTF-8.
void PlotChunk(const std::filesystem::path& path, const ChunkPlot& plot);

}  // namespace svla
