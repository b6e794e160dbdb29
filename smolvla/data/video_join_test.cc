#include <gtest/gtest.h>

#include <algorithm>

#include "smolvla/data/test_files.h"
#include "smolvla/data/video.h"
#include "smolvla/data/video_writer.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

fs::path VideosFolder() { return fs::path(SMOLVLA_SOURCE_DIR) / "testdata/videos"; }

class JoinTest : public ::testing::TestWithParam<const char*> {
 protected:
  // Every frame of every part is found at its time, the same to the bit, and time goes
  // on without a gap.
  void ExpectJoined(const std::vector<VideoPart>& parts) {
    const fs::path to = folder_.path() / "joined.mp4";
    const std::vector<double> starts = JoinVideos(parts, to);
    ASSERT_EQ(starts.size(), parts.size());
    Video joined(to, 1);
    EXPECT_EQ(joined.times().front(), 0);
    for (size_t i = 1; i < joined.times().size(); ++i)
      EXPECT_NEAR(joined.times()[i] - joined.times()[i - 1], 1.0 / 30, 1e-9) << i;
    EXPECT_NEAR(joined.facts().fps, 30, 1e-9);
    for (size_t i = 0; i < parts.size(); ++i) ExpectPart(parts[i], starts[i], joined);
  }

  void ExpectPart(const VideoPart& part, double start, Video& joined) {
    Video source(part.file, 1);
    Image expected;
    Image found;
    for (int64_t t = 0; t < part.count; ++t) {
      source.Read(part.first + t, expected);
      joined.Read(joined.FrameAt(start + static_cast<double>(t) / 30, 1e-6), found);
      EXPECT_EQ(found.rgb, expected.rgb) << part.first + t;
    }
  }

  const fs::path file_ = VideosFolder() / GetParam();
  const TestFolder folder_;
};

TEST_P(JoinTest, AWholeFile) {
  const auto frames = static_cast<int64_t>(Video(file_, 1).times().size());
  ExpectJoined({{file_, 0, frames}});
}

TEST_P(JoinTest, EveryPartOfIt) {
  const auto frames = static_cast<int64_t>(Video(file_, 1).times().size());
  std::vector<VideoPart> parts;
  for (int64_t first = 0; first < frames; ++first)
    parts.push_back({file_, first, std::min<int64_t>(3, frames - first)});
  parts.push_back({file_, 0, frames});
  ExpectJoined(parts);
}

INSTANTIATE_TEST_SUITE_P(Videos, JoinTest,
                         ::testing::Values("av1.mp4", "h264.mp4", "h264_444.mp4",
                                           "h264_full_range.mp4", "h264_reordered.mp4",
                                           "h264_wide.mp4", "hevc_grey.mp4", "late.mp4",
                                           "mpeg4.mp4"),
                         [](const auto& test) {
                           const std::string name = test.param;
                           return name.substr(0, name.find('.'));
                         });

TEST(JoinVideos, RefusesWhatDiffersAndLeavesNothing) {
  const TestFolder folder;
  const fs::path av1 = VideosFolder() / "av1.mp4";
  const fs::path h264 = VideosFolder() / "h264.mp4";
  EXPECT_TRUE(CanJoin(av1, av1));
  EXPECT_FALSE(CanJoin(av1, h264));
  EXPECT_FALSE(CanJoin(h264, VideosFolder() / "h264_wide.mp4"));
  const fs::path to = folder.path() / "joined.mp4";
  EXPECT_NE(Refusal([&] { JoinVideos({{av1, 0, 2}, {h264, 0, 2}}, to); }), "");
  EXPECT_NE(Refusal([&] { JoinVideos({{av1, 0, 1000}}, to); }), "");
  EXPECT_NE(Refusal([&] { JoinVideos({{av1, -1, 2}}, to); }), "");
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(JoinVideos, DamageIsAnErrorOrAVideo) {
  const TestFolder folder;
  const fs::path file = folder.path() / "damaged.mp4";
  const fs::path to = folder.path() / "joined.mp4";
  const std::string whole = ReadText(VideosFolder() / "h264_reordered.mp4");
  const auto join = [&](const std::string& bytes) {
    WriteAtomically(file, bytes);
    return Refusal([&] { JoinVideos({{file, 1, 5}, {file, 0, 8}}, to); });
  };
  EXPECT_EQ(join(whole), "");
  for (size_t i = 0; i < 20; ++i) join(whole.substr(0, whole.size() * i / 20));
  for (size_t at = 0; at < whole.size(); at += 101) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    join(changed);
  }
}

}  // namespace
}  // namespace svla
