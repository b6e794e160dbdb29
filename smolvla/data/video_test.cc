#include "smolvla/data/video.h"

#include <gtest/gtest.h>

#include "smolvla/base/json.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

fs::path VideosFolder() { return fs::path(SMOLVLA_SOURCE_DIR) / "testdata/videos"; }

// Files that the reference decoder was run on: AV1, H.264, HEVC and MPEG-4, reordered
// frames, a late start, other colours.
class ReferenceVideoTest : public ::testing::TestWithParam<const char*> {
 protected:
  ReferenceVideoTest()
      : video_(VideosFolder() / GetParam(), /*threads=*/1),
        expected_(ReadJson(VideosFolder() / "videos.json")[GetParam()]) {}

  Video video_;
  Json expected_;
};

TEST_P(ReferenceVideoTest, TimesAndKeyFramesAreTheReferences) {
  const auto times = expected_["times"].get<std::vector<double>>();
  ASSERT_EQ(video_.times().size(), times.size());
  for (size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(video_.times()[i], times[i], 1e-9) << i;
  EXPECT_EQ(video_.key_frames(), expected_["keys"].get<std::vector<int64_t>>());
}

TEST_P(ReferenceVideoTest, PicturesAreTheReferencesInOrder) {
  const auto crcs = expected_["crc32"].get<std::vector<uint32_t>>();
  Image image;
  for (size_t frame = 0; frame < crcs.size(); ++frame) {
    video_.Read(static_cast<int64_t>(frame), image);
    EXPECT_EQ(Crc32(image), crcs[frame]) << frame;
  }
  EXPECT_LE(video_.seeks(), 0);
  EXPECT_LE(video_.packets(), static_cast<int64_t>(crcs.size()) + 1);
}

TEST_P(ReferenceVideoTest, PicturesAreTheReferencesInAnyOrder) {
  const auto crcs = expected_["crc32"].get<std::vector<uint32_t>>();
  Image image;
  for (size_t step = 0; step < 3 * crcs.size(); ++step) {
    const size_t frame = step * 7 % crcs.size();
    video_.Read(static_cast<int64_t>(frame), image);
    EXPECT_EQ(Crc32(image), crcs[frame]) << frame;
  }
}

INSTANTIATE_TEST_SUITE_P(Videos, ReferenceVideoTest,
                         ::testing::Values("av1.mp4", "h264.mp4", "h264_444.mp4",
                                           "h264_full_range.mp4", "h264_reordered.mp4",
                                           "h264_wide.mp4", "hevc_grey.mp4", "late.mp4",
                                           "mpeg4.mp4"),
                         [](const auto& test) {
                           const std::string name = test.param;
                           return name.substr(0, name.find('.'));
                         });

TEST(Video, TheNearestFrameMustBeNearEnough) {
  const Video video(VideosFolder() / "av1.mp4", 1);
  EXPECT_EQ(video.FrameAt(0.1, 1e-4), 3);
  EXPECT_EQ(video.FrameAt(0.1 + 0.9e-4, 1e-4), 3);
  const std::string refusal = Refusal([&] { video.FrameAt(0.11, 1e-4); });
  EXPECT_NE(refusal.find("the nearest is frame 3"), std::string::npos) << refusal;
}

// Cut anywhere and with bytes changed: an Error or pictures, never a crash.
TEST(Video, DamageIsAnError) {
  const TestFolder folder;
  const fs::path file = folder.path() / "damaged.mp4";
  const auto read = [&](const std::string& bytes) {
    WriteAtomically(file, bytes);
    return Refusal([&] {
      Video video(file, 1);
      Image image;
      for (size_t frame = 0; frame < video.times().size(); ++frame)
        video.Read(static_cast<int64_t>(frame), image);
    });
  };
  for (const char* name : {"av1.mp4", "h264_reordered.mp4"}) {
    const std::string whole = ReadText(VideosFolder() / name);
    EXPECT_EQ(read(whole), "");
    // The last bytes only say which program wrote the file.
    for (size_t length = 0; length + 400 < whole.size(); length += 211)
      EXPECT_NE(read(whole.substr(0, length)), "") << length;
    for (size_t at = 0; at < whole.size(); at += 101) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0x55);
      read(changed);
    }
  }
  EXPECT_NE(Refusal([&] { Video(folder.path(), 1); }), "");
  EXPECT_NE(Refusal([&] { Video(folder.path() / "none.mp4", 1); }), "");
}

}  // namespace
}  // namespace svla
