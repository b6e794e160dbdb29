#include "apps/data/html.h"

#include <gtest/gtest.h>

#include <cmath>

#include "apps/data/thumbnail.h"

namespace svla {
namespace {

TEST(Html, EscapesWhatMeansSomething) {
  EXPECT_EQ(Escaped("<b a=\"1\" c='2'>&amp;"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
  EXPECT_EQ(Escaped("lägg\x01\xff"), "lägg\\x01\\xff");
}

TEST(CurvePath, StepsFromPointToPoint) {
  const PlotRange range{0, 10};
  EXPECT_EQ(CurvePath({10, 0, 5}, range, 600), "M0 0l0 0 1 1000 1-500");
  EXPECT_EQ(CurvePath({}, range, 600), "");
}

TEST(CurvePath, LeavesGapsWhereThereIsNoValue) {
  EXPECT_EQ(CurvePath({10, NAN, 10, 10}, {0, 10}, 600), "M0 0l0 0M2 0l0 0 1 0");
  EXPECT_EQ(CurvePath({NAN, INFINITY}, {0, 10}, 600), "");
}

TEST(CurvePath, ThinsAndKeepsSpikes) {
  std::vector<double> values(100'000, 5);
  values[31'007] = 10, values[31'008] = 0;
  const std::string path = CurvePath(values, {0, 10}, 600);
  EXPECT_LT(path.size(), 600 * 8u);
  // Up by 500, down by 1000, and back.
  EXPECT_NE(path.find("-500 1 1000"), path.npos);
}

TEST(CurvePath, TakesTheLargestNumbersThereAre) {
  EXPECT_EQ(CurvePath({-1.7e308, 1.7e308}, {-1.7e308, 1.7e308}, 600),
            "M0 1000l0 0 1-1000");
}

TEST(CurvePath, OfALevelLineIsInTheMiddle) {
  EXPECT_EQ(CurvePath({3, 3}, {3, 3}, 600), "M0 500l0 0 1 0");
}

TEST(ThumbnailOf, AveragesAndNeverEnlarges) {
  const Image image{4, 2, {0,  0, 0, 10, 0, 0, 100, 7, 0, 100, 7, 0,
                           20, 0, 0, 30, 0, 0, 100, 7, 0, 100, 7, 0}};
  const Image small = Thumbnail(image, 2);
  EXPECT_EQ(small.width, 2);
  EXPECT_EQ(small.height, 1);
  EXPECT_EQ(small.rgb, (std::vector<uint8_t>{15, 0, 0, 100, 7, 0}));
  EXPECT_EQ(Thumbnail(image, 160).rgb, image.rgb);
  EXPECT_EQ(Thumbnail({1000, 1, std::vector<uint8_t>(3000)}, 10).height, 1);
}

}  // namespace
}  // namespace svla
