// `smolvla data bench` as a program meets it.
#include <gtest/gtest.h>

#include "apps/test_command.h"
#include "smolvla/base/json.h"

namespace svla {
namespace {

Outcome Bench(const std::string& dataset, std::vector<std::string> words) {
  words.insert(words.begin(),
               {"data", "bench",
                std::string(SMOLVLA_SOURCE_DIR) + "/testdata/datasets/" + dataset});
  return RunSmolvla(words);
}

TEST(DataBenchCommand, MeasuresEveryReading) {
  const Outcome outcome = Bench("v30_two_cameras", {"--frames", "30", "--rounds", "2",
                                                    "--threads", "2", "--json"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  for (const char* key : {"random_frames_per_s", "sequential_frames_per_s",
                          "delta_batches_frames_per_s"}) {
    EXPECT_GT(json[key]["min"], 0.0) << key;
    EXPECT_GE(json[key]["median"], json[key]["min"]) << key;
    EXPECT_EQ(json[key]["rounds"].size(), 2u) << key;
    EXPECT_GE(json[key]["frames"], 60) << key;
  }
  EXPECT_GT(json["open_s"], 0.0);
  ASSERT_EQ(json["cameras"].size(), 2u);
  EXPECT_EQ(json["cameras"][0]["codec"], "av1");
  EXPECT_EQ(json["cameras"][0]["width"], 64);
}

TEST(DataBenchCommand, MeasuresOneCameraForSomeTime) {
  const Outcome outcome =
      Bench("v30_images", {"--seconds", "0.01", "--rounds", "1", "--camera", "wrist"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("observation.images.wrist 48x32 image"), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("frames in order"), std::string::npos);
}

TEST(DataBenchCommand, WrongInputIsOneAndAWrongCommandLineTwo) {
  EXPECT_EQ(Bench("none", {}).code, 1);
  EXPECT_EQ(Bench("v21", {"--frames", "1", "--camera", "side"}).code, 1);
  EXPECT_EQ(Bench("v21", {"--frames", "0"}).code, 2);
  EXPECT_EQ(Bench("v21", {"--frames", "1", "--seconds", "1"}).code, 2);
}

}  // namespace
}  // namespace svla
