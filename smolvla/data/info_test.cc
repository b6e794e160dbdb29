#include "smolvla/data/info.h"

#include <gtest/gtest.h>

#include "smolvla/data/test_files.h"

namespace svla {
namespace {

constexpr const char* kInfo = R"({
  "codebase_version": "v2.1", "fps": 29.97, "robot_type": null, "total_episodes": 3,
  "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
  "video_path": "videos/{video_key}/episode_{episode_index:06d}.mp4", "mine": 1,
  "features": {
    "action": {"dtype": "float32", "shape": [2], "names": [["a", "b"]]},
    "observation.state": {"dtype": "float32", "shape": [2], "names": {"motors": ["c", "d"]}},
    "odd": {"dtype": "float32", "shape": [2], "names": ["one"]},
    "observation.images.top": {"dtype": "video", "shape": [480, 640, 3],
                               "names": ["height", "width", "channel"]},
    "observation.images.side": {"dtype": "video", "shape": [3, 60, 80],
                                "names": ["channels", "height", "width"]},
    "observation.image": {"dtype": "image", "shape": [3, 96, 97], "names": null},
    "phase": {"dtype": "string", "shape": [1], "names": null}}})";

std::string With(const std::string& from, const std::string& to) {
  std::string text = kInfo;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string RefusalOf(const std::string& text) {
  return Refusal([&] { ParseDatasetInfo(text, "info.json"); });
}

TEST(DatasetInfo, ReadsWhatManyProgramsWrite) {
  const DatasetInfo info = ParseDatasetInfo(kInfo, "info.json");
  EXPECT_EQ(info.major, 2);
  EXPECT_EQ(info.fps, 29.97);
  EXPECT_EQ(info.robot_type, "");
  EXPECT_EQ(info.Find("action")->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(info.Find("observation.state")->names,
            (std::vector<std::string>{"c", "d"}));
  EXPECT_TRUE(info.Find("odd")->names.empty());
  const auto cameras = info.Cameras();
  ASSERT_EQ(cameras.size(), 3u);
  EXPECT_EQ(cameras[0]->width, 640);
  EXPECT_EQ(cameras[0]->height, 480);
  EXPECT_EQ(cameras[1]->width, 80);
  EXPECT_EQ(cameras[1]->height, 60);
  EXPECT_EQ(cameras[1]->channels, 3);
  EXPECT_EQ(cameras[2]->width, 97);
  EXPECT_TRUE(info.Find("phase")->IsText());
}

TEST(DatasetInfo, RefusesWhatItCannotBe) {
  const auto refuses = [](const std::string& from, const std::string& to,
                          const std::string& reason) {
    const std::string refusal = RefusalOf(With(from, to));
    EXPECT_TRUE(refusal.starts_with("info.json")) << refusal;
    EXPECT_NE(refusal.find(reason), std::string::npos) << refusal;
  };
  refuses("v2.1", "v1.6", "\"v2.0\", \"v2.1\" or \"v3.0\"");
  refuses("29.97", "0", "fps");
  refuses("29.97", "\"fast\"", "fps");
  refuses("[480, 640, 3]", "[480, -1, 3]", "sizes from 0");
  refuses("[480, 640, 3]", "\"big\"", "shape");
  refuses("\"phase\"", "\"a/b\"", "without \"/\"");
  refuses("\"dtype\": \"string\"", "\"type\": \"string\"", "dtype");
  refuses("\"video_path\"", "\"video\"", "video_path");
}

TEST(DatasetInfo, TemplatesStayInTheFolder) {
  for (const char* path :
       {"/etc/passwd", "../x.parquet", "data/{episode_index}/../../../x", "{video_key",
        "{password}", "{episode_index:99999999999d}", "{episode_index:x}"}) {
    const std::string refusal = RefusalOf(With(
        "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet", path));
    EXPECT_NE(refusal.find("\"data_path\""), std::string::npos) << path << refusal;
  }
  EXPECT_NE(Refusal([] {
              FillTemplate("videos/{video_key}/x.mp4", {0, 0, 0, "../../.."});
            }).find("inside the dataset's folder"),
            std::string::npos);
}

TEST(FillTemplate, PadsAsPythonDoes) {
  EXPECT_EQ(FillTemplate("d/{chunk_index:03d}/{file_index}/{episode_index:06d}/"
                         "{episode_chunk:d}-{video_key}",
                         {12, 3456789, 7, "top"}),
            "d/012/7/3456789/12-top");
}

}  // namespace
}  // namespace svla
