#include "smolvla/curate/computed_statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "smolvla/curate/test_damage.h"

namespace svla {
namespace {

TEST(ComputedStatistics, SayWhereNumbersAreNotFinite) {
  const SpoiltDataset spoilt("v30_two_cameras");
  spoilt.EditTable(kData30, [](Table& table) {
    Column& state = ColumnOf(table, "observation.state");
    for (const int64_t row : {2, 3}) state.reals[state.Begin(row) + 1] = NAN;
    state.reals[state.Begin(3) + 2] = INFINITY;
  });
  const Dataset dataset(spoilt.path());
  std::vector<const Episode*> episodes;
  for (const Episode& episode : dataset.episodes()) episodes.push_back(&episode);
  const std::string refusal =
      Refusal([&] { ComputeStatistics(dataset, episodes, {}); });
  for (const char* part :
       {"observation.state, joint 1 (", ", of 2 frames", "frame 2 of episode 0",
        "1 more joints", "smolvla data verify"})
    EXPECT_NE(refusal.find(part), std::string::npos) << refusal;
}

}  // namespace
}  // namespace svla
