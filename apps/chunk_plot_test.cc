#include "apps/chunk_plot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/policy/picture.h"

// Fontconfig keeps its cache until the process ends, out of the leak checker's sight.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }

namespace svla {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

// A path of the running test's own: others may run beside it.
std::filesystem::path Temporary(const std::string& name) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return std::filesystem::path(testing::TempDir()) / (test->name() + ("_" + name));
}

ChunkPlot Plot(size_t steps, size_t joints) {
  ChunkPlot plot;
  plot.title = "a task";
  for (size_t step = 0; step < steps; ++step) {
    plot.actions.emplace_back();
    for (size_t joint = 0; joint < joints; ++joint)
      plot.actions.back().push_back(std::sin(0.1f * static_cast<float>(step + joint)));
  }
  return plot;
}

Image Drawn(const ChunkPlot& plot) {
  const auto path = Temporary("drawn.png");
  PlotChunk(path, plot);
  Image image = ReadPicture(path);
  std::filesystem::remove(path);
  return image;
}

// Where the pixels are that are blue, as the curves, or orange, as the state.
struct Extent {
  int64_t count = 0, left = INT64_MAX, right = -1, top = INT64_MAX, bottom = -1;
};

template <class Matches>
Extent Find(const Image& image, const Matches& matches) {
  Extent found;
  for (int64_t y = 0; y < image.height; ++y)
    for (int64_t x = 0; x < image.width; ++x) {
      const uint8_t* p = &image.rgb[static_cast<size_t>((y * image.width + x) * 3)];
      if (!matches(int{p[0]}, int{p[1]}, int{p[2]})) continue;
      ++found.count;
      found.left = std::min(found.left, x), found.right = std::max(found.right, x);
      found.top = std::min(found.top, y), found.bottom = std::max(found.bottom, y);
    }
  return found;
}

Extent Blue(const Image& image) {
  return Find(image, [](int r, int, int b) { return b - r > 100; });
}

Extent Orange(const Image& image) {
  return Find(image, [](int r, int, int b) { return r - b > 100; });
}

TEST(ChunkPlotTest, APngIs1600PixelsWideAndGrowsWithTheRowsOfPanels) {
  int64_t last = 0;
  for (const size_t joints :
       {size_t{1}, size_t{6}, size_t{9}, size_t{16}, size_t{32}}) {
    const Image image = Drawn(Plot(50, joints));
    EXPECT_EQ(image.width, 1600);
    EXPECT_GT(image.height, last);
    // The lowest curve is in the lowest row.
    EXPECT_GT(Blue(image).bottom, image.height - 320);
    last = image.height;
  }
}

TEST(ChunkPlotTest, AnyNumberOfJointsAndStepsIsDrawnInsideThePage) {
  for (const size_t joints : {size_t{1}, size_t{2}, size_t{5}, size_t{14}, size_t{32}})
    for (const size_t steps : {size_t{1}, size_t{13}, size_t{1000}}) {
      const Image image = Drawn(Plot(steps, joints));
      const Extent blue = Blue(image);
      EXPECT_GT(blue.count, 0);
      EXPECT_GE(blue.left, 48);
      EXPECT_LT(blue.right, image.width - 48);
      EXPECT_LT(blue.bottom, image.height - 48);
    }
}

TEST(ChunkPlotTest, TheSamePlotGivesTheSamePng) {
  const auto path = Temporary("again.png");
  PlotChunk(path, Plot(50, 6));
  const std::string first = ReadText(path);
  PlotChunk(path, Plot(50, 6));
  EXPECT_TRUE(ReadText(path) == first);
  std::filesystem::remove(path);
}

TEST(ChunkPlotTest, AnSvgIsAWholeSvg) {
  const auto path = Temporary("drawn.svg");
  PlotChunk(path, Plot(50, 6));
  const std::string text = ReadText(path);
  EXPECT_TRUE(text.starts_with("<?xml"));
  EXPECT_NE(text.find("<svg"), std::string::npos);
  EXPECT_TRUE(text.ends_with("</svg>\n"));
  std::filesystem::remove(path);
}

TEST(ChunkPlotTest, AnotherSuffixIsRefusedWithTheTwoAccepted) {
  for (const char* name : {"plot.jpg", "plot", "plot.PNG.txt"}) {
    try {
      PlotChunk(Temporary(name), Plot(5, 1));
      FAIL() << name;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find(name), std::string::npos) << message;
      EXPECT_NE(message.find(".png or .svg"), std::string::npos) << message;
    }
    EXPECT_FALSE(std::filesystem::exists(Temporary(name)));
  }
}

TEST(ChunkPlotTest, AConstantJointIsALevelLineAndSoIsNoise) {
  ChunkPlot plot = Plot(50, 1);
  for (size_t step = 0; step < 50; ++step)
    plot.actions[step][0] = 45 + (step % 2 ? 1e-5f : 0);
  const Extent blue = Blue(Drawn(plot));
  EXPECT_LE(blue.bottom - blue.top, 6);
  EXPECT_GT(blue.right - blue.left, 1200);
}

TEST(ChunkPlotTest, ValuesThatAreNotFiniteLeaveAGap) {
  ChunkPlot plot = Plot(50, 1);
  for (auto& action : plot.actions) action[0] = 1;
  const Extent whole = Blue(Drawn(plot));
  for (size_t step = 20; step < 30; ++step) plot.actions[step][0] = kNone;
  plot.actions[25][0] = std::numeric_limits<float>::infinity();
  const Extent gap = Blue(Drawn(plot));
  EXPECT_EQ(gap.left, whole.left);
  EXPECT_EQ(gap.right, whole.right);
  // 11 of the 49 stretches between two steps are gone.
  EXPECT_NEAR(static_cast<double>(gap.count) / static_cast<double>(whole.count),
              38.0 / 49.0, 0.02);
}

TEST(ChunkPlotTest, TheLastValuesMayBeAGapToo) {
  ChunkPlot plot = Plot(50, 1);
  const int64_t whole = Blue(Drawn(plot)).count;
  plot.actions[49][0] = plot.actions[48][0] = kNone;
  EXPECT_GT(Blue(Drawn(plot)).count, whole * 4 / 5);
}

TEST(ChunkPlotTest, AnInfiniteValueDoesNotStretchTheRange) {
  ChunkPlot plot = Plot(50, 1);
  const Extent finite = Blue(Drawn(plot));
  plot.actions[30][0] = std::numeric_limits<float>::infinity();
  plot.actions[31][0] = -std::numeric_limits<float>::infinity();
  const Extent infinite = Blue(Drawn(plot));
  EXPECT_NEAR(infinite.top, finite.top, 2);
  EXPECT_NEAR(infinite.bottom, finite.bottom, 2);
}

TEST(ChunkPlotTest, AValueBetweenTwoGapsIsADot) {
  ChunkPlot plot = Plot(50, 1);
  for (auto& action : plot.actions) action[0] = kNone;
  EXPECT_EQ(Blue(Drawn(plot)).count, 0);
  plot.actions[7][0] = 3;
  EXPECT_GT(Blue(Drawn(plot)).count, 10);
}

TEST(ChunkPlotTest, TheStateIsADotAtTheLeftEdgeOfTheJointsThatHaveOne) {
  ChunkPlot plot = Plot(50, 2);
  EXPECT_EQ(Orange(Drawn(plot)).count, 0);
  plot.state = {kNone};
  const int64_t legend = Orange(Drawn(plot)).count;
  EXPECT_GT(legend, 0);
  plot.state = {0.5f};
  EXPECT_GT(Orange(Drawn(plot)).count, legend * 3 / 2);
  plot.state = {0.5f, 0.5f};
  EXPECT_GT(Orange(Drawn(plot)).count, legend * 5 / 2);
  EXPECT_LT(Orange(Drawn(plot)).left, Blue(Drawn(plot)).left);
}

TEST(ChunkPlotTest, TheStateCountsForTheRange) {
  ChunkPlot plot = Plot(50, 1);
  const Extent alone = Blue(Drawn(plot));
  plot.state = {100};
  const Extent beside = Blue(Drawn(plot));
  EXPECT_LT(beside.bottom - beside.top, (alone.bottom - alone.top) / 10);
}

TEST(ChunkPlotTest, LongTextsAreCutAtTheMargin) {
  ChunkPlot plot = Plot(50, 12);
  const std::string word = "überlänge_";
  for (int i = 0; i < 40; ++i) plot.title += word;
  plot.subtitle = plot.title;
  plot.joints.assign(12, plot.title);
  const Image image = Drawn(plot);
  const Extent ink = Find(image, [](int r, int g, int b) {
    return std::max({r, g, b}) < 128;
  });
  EXPECT_GT(ink.count, 1000);
  EXPECT_GE(ink.left, 46);
  EXPECT_LE(ink.right, image.width - 46);
}

TEST(ChunkPlotTest, ATextThatIsNotUtf8IsAnErrorAndLeavesNoFile) {
  const auto path = Temporary("broken.png");
  ChunkPlot plot = Plot(5, 1);
  plot.title = "caf\xe9";
  EXPECT_THROW(PlotChunk(path, plot), Error);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace svla
