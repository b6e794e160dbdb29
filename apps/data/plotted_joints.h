// Which numbers of a dataset are worth a curve over time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "smolvla/data/info.h"
#include "smolvla/data/table.h"

namespace svla {

// One curve, or a joint's two: what it was told beside where it was.
struct PlottedJoint {
  std::string name;    // "shoulder_pan.pos", "next.reward"
  std::string state;   // the feature of the first curve; empty if there is none
  std::string action;  // that of the dashed one; empty if there is none
  int64_t element = 0;
  bool is_joint = false;  // of the robot; else another number
};

struct PlottedJoints {
  std::vector<PlottedJoint> joints;
  int64_t left_out = 0;  // beyond the most that are plotted
};

// Joints first: states and actions share a plot where they are of one length and their
// names agree. Then the other numbers, without those by which LeRobot counts frames.
PlottedJoints JointsToPlot(const DatasetInfo& info);

// The element of a feature at each row; NaN where there is none. Empty if the table
// has no numbers of that name.
std::vector<double> ElementOf(const Table& rows, const std::string& feature,
                              int64_t element);

}  // namespace svla
