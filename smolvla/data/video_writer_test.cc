#include "smolvla/data/video_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "smolvla/data/test_files.h"
#include "smolvla/data/video.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

Image Gradient(int64_t width, int64_t height, int64_t shift) {
  Image image{width, height, {}};
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (const int64_t value : {x + 5 * shift, y + 9 * shift, 100 + x - y})
        image.rgb.push_back(static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255)));
  return image;
}

void WriteVideo(const fs::path& path, double fps, const std::string& codec) {
  VideoWriter writer(path, 96, 64, fps, {.codec = codec});
  for (int64_t i = 0; i < 11; ++i) writer.Add(Gradient(96, 64, i));
  EXPECT_EQ(writer.frames(), 11);
  EXPECT_FALSE(fs::exists(path));
  writer.Close();
}

class WriterTest : public ::testing::TestWithParam<const char*> {
 protected:
  const TestFolder folder_;
};

TEST_P(WriterTest, PicturesAndTimesComeBack) {
  const fs::path path = folder_.path() / "a.mp4";
  for (const double fps : {30.0, 50.0, 30000.0 / 1001}) {
    WriteVideo(path, fps, GetParam());
    Video video(path, 1);
    EXPECT_EQ(video.facts().codec, GetParam());
    EXPECT_EQ(video.facts().pixel_format, "yuv420p");
    EXPECT_DOUBLE_EQ(video.facts().fps, fps);
    EXPECT_EQ(video.key_frames(), (std::vector<int64_t>{0, 2, 4, 6, 8, 10}));
    ASSERT_EQ(video.times().size(), 11u);
    Image image;
    for (int64_t i = 0; i < 11; ++i) {
      EXPECT_NEAR(video.times()[static_cast<size_t>(i)], static_cast<double>(i) / fps,
                  1e-9);
      video.Read(i, image);
      const Image sent = Gradient(96, 64, i);
      double off = 0;
      for (size_t at = 0; at < sent.rgb.size(); ++at)
        off += std::abs(int{image.rgb[at]} - int{sent.rgb[at]});
      EXPECT_LT(off / static_cast<double>(sent.rgb.size()), 6) << i;
    }
    fs::remove(path);
  }
}

// LeRobot looks for frame i at i / fps, to 0.1 ms, however long the recording is.
TEST_P(WriterTest, FramesKeepTimeForAnHour) {
  const fs::path path = folder_.path() / "a.mp4";
  for (const double fps : {10.0, 23.976, 29.97, 30000.0 / 1001, 30.000009, 0.1}) {
    WriteVideo(path, fps, GetParam());
    const std::vector<double> times = Video(path, 1).times();
    const double frames = std::round(3600 * fps);
    for (size_t i = 1; i < times.size(); ++i)
      EXPECT_NEAR(times[i] / static_cast<double>(i) * frames, frames / fps, 1e-5)
          << fps << " " << i;
    fs::remove(path);
  }
}

TEST_P(WriterTest, TheSameBytesEachTimeAndFilesThatJoin) {
  const fs::path a = folder_.path() / "a.mp4";
  const fs::path b = folder_.path() / "b.mp4";
  WriteVideo(a, 30, GetParam());
  WriteVideo(b, 30, GetParam());
  EXPECT_EQ(ReadText(a), ReadText(b));
  ASSERT_TRUE(CanJoin(a, b));
  const std::vector<double> starts =
      JoinVideos({{a, 0, 11}, {b, 3, 2}}, folder_.path() / "c.mp4");
  EXPECT_EQ(starts, (std::vector<double>{0, 12.0 / 30}));
}

INSTANTIATE_TEST_SUITE_P(Codecs, WriterTest, ::testing::Values("av1", "h264"));

TEST(VideoWriter, RefusesAndLeavesNothing) {
  const TestFolder folder;
  const fs::path path = folder.path() / "a.mp4";
  const auto refusal = [&](int64_t width, double fps, const char* codec) {
    return Refusal([&] { VideoWriter(path, width, 64, fps, {.codec = codec}); });
  };
  EXPECT_NE(refusal(95, 30, "av1").find("even sides"), std::string::npos);
  EXPECT_NE(refusal(62, 30, "av1").find("64x64"), std::string::npos);
  EXPECT_EQ(refusal(62, 30, "h264"), "");
  EXPECT_NE(refusal(96, 0, "av1"), "");
  EXPECT_NE(refusal(96, 30, "vp9"), "");
  // The encoder is there already when the file turns out to be impossible.
  for (const char* codec : {"av1", "h264"})
    EXPECT_NE(Refusal([&] {
                VideoWriter(folder.path() / std::string(300, 'x'), 96, 64, 30,
                            {.codec = codec});
              }),
              "");
  VideoWriter writer(path, 96, 64, 30, {});
  EXPECT_NE(Refusal([&] { writer.Add(Gradient(64, 64, 0)); }), "");
  EXPECT_NE(Refusal([&] { writer.Close(); }), "");
  { const VideoWriter gone = std::move(writer); }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace svla
