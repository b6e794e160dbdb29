#include "smolvla/data/picture_statistics.h"

#include <gtest/gtest.h>

#include "smolvla/data/test_statistics.h"
#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

Image PictureOf(const Json& golden, int64_t index) {
  Image picture{golden["width"], golden["height"], {}};
  const int64_t bytes = picture.width * picture.height * 3;
  const uint64_t least = golden["least"], most = golden["most"];
  for (int64_t i = 0; i < bytes; ++i)
    picture.rgb.push_back(static_cast<uint8_t>(
        least + (Mixed(golden["seed"], index * bytes + i) >> 32) % (most - least + 1)));
  return picture;
}

// No bound, for the reasons that row_statistics_test.cc gives.
TEST(PictureStatistics, AreThoseOfLeRobotToTheBit) {
  const Json goldens = StatisticsGoldens("statistics.json");
  for (const Json& golden : goldens["pictures"]) {
    SCOPED_TRACE(Serialized(golden).substr(0, 120));
    PictureStatistics camera;
    for (const int64_t frame : SampledFrames(golden["pictures"]))
      camera.Add(PictureOf(golden, frame));
    const auto expected = ParseStatistics(golden["stats"], "golden");
    const auto found = camera.Total();
    EXPECT_EQ(found.count, expected.count);
    EXPECT_EQ(found.shape, expected.shape);
    EXPECT_EQ(found.values, expected.values);
  }
}

TEST(PictureStatistics, LookAtTheFramesThatLeRobotLooksAt) {
  const Json goldens = StatisticsGoldens("statistics.json");
  for (const Json& golden : goldens["sampled"]) {
    SCOPED_TRACE(Serialized(golden));
    const auto sampled = SampledFrames(golden["frames"]);
    EXPECT_EQ(sampled.size(), golden["count"]);
    EXPECT_EQ(HashOf(sampled), golden["hash"].get<uint64_t>());
  }
  EXPECT_TRUE(SampledFrames(0).empty());
}

TEST(PictureStatistics, APictureOfAnotherSizeIsRefused) {
  PictureStatistics camera;
  camera.Add({2, 1, std::vector<uint8_t>(6)});
  EXPECT_EQ(MessageOf([&] {
              camera.Add({1, 2, std::vector<uint8_t>(6)});
            }),
            "statistics: expected pictures of 2x1, found one of 1x2");
  EXPECT_EQ(MessageOf([&] { camera.Add({}); }),
            "statistics: expected a picture, found an empty one");
}

}  // namespace
}  // namespace svla
