// The range of every joint in every episode: where one episode is unlike the others.
#pragma once

#include <string>
#include <vector>

#include "apps/data/plotted_joints.h"
#include "apps/plot_range.h"
#include "smolvla/base/progress.h"
#include "smolvla/data/frame_reader.h"

namespace svla {

struct JointRanges {
  std::vector<PlotRange> state, action;  // by episode, in order; empty: no value

  PlotRange Whole() const;  // of all episodes, both curves
};

struct Overview {
  std::vector<JointRanges> joints;  // as many as are plotted
  int64_t unread = 0;               // episodes without rows
  std::string reason;               // why the first of them has none
};

// Reads the rows of all episodes, one after another. Never throws Error for what is
// missing.
Overview ReadOverview(const Dataset& dataset, FrameReader& reader,
                      const std::vector<PlottedJoint>& joints,
                      const Progress& progress);

}  // namespace svla
