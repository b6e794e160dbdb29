#include "apps/data/overview.h"

#include "smolvla/base/error.h"

namespace svla {
namespace {

PlotRange RangeOf(const Table& rows, const std::string& feature, int64_t element) {
  PlotRange range;
  for (const double value : ElementOf(rows, feature, element)) range.Include(value);
  return range;
}

}  // namespace

PlotRange JointRanges::Whole() const {
  PlotRange whole;
  for (const std::vector<PlotRange>* ranges : {&state, &action})
    for (const PlotRange& range : *ranges)
      whole.Include(range.low), whole.Include(range.high);
  return whole;
}

Overview ReadOverview(const Dataset& dataset, FrameReader& reader,
                      const std::vector<PlottedJoint>& joints,
                      const Progress& progress) {
  const size_t episodes = dataset.episodes().size();
  Overview overview;
  for (size_t joint = 0; joint < joints.size(); ++joint)
    overview.joints.push_back(
        {std::vector<PlotRange>(episodes), std::vector<PlotRange>(episodes)});
  for (size_t at = 0; at < episodes; ++at) {
    try {
      const Table& rows = reader.Rows(dataset.episodes()[at]);
      for (size_t j = 0; j < joints.size(); ++j) {
        const PlottedJoint& joint = joints[j];
        overview.joints[j].state[at] = RangeOf(rows, joint.state, joint.element);
        overview.joints[j].action[at] = RangeOf(rows, joint.action, joint.element);
      }
    } catch (const Error& error) {
      if (overview.unread++ == 0) overview.reason = error.what();
    }
    if (progress)
      progress(static_cast<int64_t>(at + 1), static_cast<int64_t>(episodes));
  }
  return overview;
}

}  // namespace svla
