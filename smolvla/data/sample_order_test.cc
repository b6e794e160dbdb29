#include "smolvla/data/sample_order.h"

#include <gtest/gtest.h>

#include "smolvla/data/test_statistics.h"
#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

TEST(SampleOrder, IsThatOfLeRobotToTheLastFrame) {
  const Json goldens = StatisticsGoldens("sample_order.json");
  for (const Json& golden : goldens["orders"]) {
    SCOPED_TRACE(Serialized(golden));
    const uint64_t seed = golden["seed"], epoch = golden["epoch"];
    EXPECT_EQ(EpochSeed(seed, epoch), golden["epoch_seed"].get<uint64_t>());
    const auto order = SampleOrder(seed, epoch, golden["frames"]);
    EXPECT_EQ(order.size(), golden["frames"]);
    EXPECT_EQ(HashOf(order), golden["hash"].get<uint64_t>());
    if (golden.contains("order")) {
      EXPECT_EQ(order, golden["order"].get<std::vector<int64_t>>());
    }
  }
}

TEST(SampleOrder, OfNothingIsEmptyAndOfLessAnError) {
  EXPECT_TRUE(SampleOrder(1, 2, 0).empty());
  EXPECT_EQ(MessageOf([] { SampleOrder(1, 2, -1); }),
            "order of samples: expected a number of frames, found -1");
}

TEST(SampledEpisodes, LeaveOutTheFramesThatLeRobotLeavesOut) {
  const Json golden = StatisticsGoldens("sample_order.json")["episodes"];
  std::vector<FrameRange> episodes;
  for (const Json& range : golden["episodes"]) episodes.push_back({range[0], range[1]});
  const SampledEpisodes sampled(episodes, golden["drop_first"], golden["drop_last"]);
  std::vector<int64_t> frames;
  for (int64_t i = 0; i < sampled.count(); ++i) frames.push_back(sampled.FrameAt(i));
  EXPECT_EQ(frames, golden["frames"].get<std::vector<int64_t>>());
  EXPECT_EQ(sampled.episodes(), 3);
}

TEST(SampledEpisodes, NoFramesAreAnError) {
  EXPECT_EQ(MessageOf([] {
              SampledEpisodes({{0, 3}, {3, 5}}, 1, 2);
            }),
            "order of samples: expected frames, found none in 2 episodes, of which the "
            "first 1 and the last 2 frames are left out");
  EXPECT_EQ(MessageOf([] {
              SampledEpisodes({{0, 3}}, 0, -1);
            }),
            "order of samples: expected to leave out 0 frames or more of an episode, "
            "found -1");
}

}  // namespace
}  // namespace svla
