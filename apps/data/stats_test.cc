// `smolvla data stats` as a program meets it.
#include <gtest/gtest.h>

#include "apps/test_command.h"
#include "smolvla/base/json.h"
#include "smolvla/curate/test_damage.h"
#include "smolvla/curate/verify.h"
#include "smolvla/data/feature_statistics.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

Json Computed(const std::string& folder, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"data", "stats", folder, "--json"};
  words.insert(words.end(), more.begin(), more.end());
  const Outcome outcome = RunSmolvla(words);
  EXPECT_EQ(outcome.code, 0);
  return ParseJson(outcome.out, "stdout");
}

// What LeRobot wrote, but for pictures, which it saw before they were encoded.
TEST(StatsCommand, ComputesWhatLeRobotHasWritten) {
  for (const char* name : {"v30_images", "v30_two_cameras", "v30_many_files"}) {
    const Json json = Computed(TestDataset(name).string());
    const Json kept = ReadJson(TestDataset(name) / "meta/stats.json");
    for (const auto& [key, statistics] : json["stats"].items()) {
      ASSERT_TRUE(kept.contains(key)) << key;
      const double tolerance = key.starts_with("observation.images") ? 0.05 : 1e-6;
      for (const auto& [statistic, values] : kept[key].items()) {
        const Json made = statistics[statistic].flatten(), wanted = values.flatten();
        ASSERT_EQ(made.size(), wanted.size()) << key << statistic;
        if (key.starts_with("observation.images") && statistic != "mean") continue;
        for (const auto& [at, number] : wanted.items())
          EXPECT_NEAR(made[at].get<double>(), number.get<double>(), tolerance)
              << key << " " << statistic;
      }
    }
  }
}

TEST(StatsCommand, CountsEpisodesAndFramesOfThoseNamed) {
  const std::string folder = TestDataset("v21").string();
  const Json all = Computed(folder), some = Computed(folder, {"--episodes", "0,2"});
  EXPECT_EQ(all["dataset"], folder);
  EXPECT_EQ(all["episodes"], 3);
  EXPECT_EQ(all["frames"], 24);
  EXPECT_EQ(some["episodes"], 2);
  EXPECT_EQ(some["frames"], 12);
  EXPECT_EQ(some["stats"]["action"]["count"][0], 12);
  EXPECT_NE(some["stats"]["action"], all["stats"]["action"]);
  EXPECT_TRUE(all["stats"].contains("observation.images.top"));
  EXPECT_FALSE(
      Computed(folder, {"--no-pictures"})["stats"].contains("observation.images.top"));
}

TEST(StatsCommand, PrintsATableWithTheNamesOfJoints) {
  const Outcome outcome = RunSmolvla({"data", "stats", TestDataset("v21").string()});
  EXPECT_EQ(outcome.code, 0);
  for (const char* word : {"shoulder_pan", "green", "mean", "3 episodes, 24 frames"})
    EXPECT_NE(outcome.out.find(word), std::string::npos) << word;
}

TEST(StatsCommand, WritesThemAndKeepsTheOldFile) {
  for (const char* name : {"v20", "v21", "v30_two_cameras"}) {
    const SpoiltDataset dataset(name);
    WriteAtomically(dataset / "meta/stats.json", "{}");
    if (std::string(name) == "v21")
      WriteAtomically(dataset / "meta/episodes_stats.jsonl", "x");
    EXPECT_GT(VerifyDataset(dataset.path(), {}).findings.size(), 0u) << name;
    const Json json = Computed(dataset.path().string(), {"--write"});
    EXPECT_EQ(json["written"], true);
    EXPECT_EQ(VerifyDataset(dataset.path(), {}).findings.size(), 0u) << name;
    EXPECT_EQ(ReadJson(dataset / "meta/stats.json"), json["stats"]) << name;
    EXPECT_EQ(ReadText(dataset / "meta/stats.json.old"), "{}");
    EXPECT_FALSE(fs::exists(dataset / ".recording"));
  }
}

TEST(StatsCommand, WithoutPicturesCamerasKeepWhatTheyHave) {
  const SpoiltDataset dataset("v30_two_cameras");
  dataset.EditJson("meta/stats.json", [](Json& j) { j.erase("action"); });
  const Json before = ReadJson(dataset / "meta/stats.json");
  Computed(dataset.path().string(), {"--write", "--no-pictures"});
  const Json after = ReadJson(dataset / "meta/stats.json");
  EXPECT_TRUE(after.contains("action"));
  EXPECT_EQ(after["observation.images.top"], before["observation.images.top"]);
}

TEST(StatsCommand, MakesANewDatasetThatHasThem) {
  const SpoiltDataset dataset("v30_two_cameras");
  dataset.EditJson("meta/stats.json", [](Json& j) {
    j["observation.images.top"]["std"][1][0][0] = 0.0047;
  });
  const fs::path made = dataset.path().parent_path() / "made";
  EXPECT_EQ(RunSmolvla({"data", "stats", dataset.path().string(), made.string()}).code,
            0);
  EXPECT_EQ(VerifyDataset(made, {}).findings.size(), 0u);
}

TEST(StatsCommand, SaysWhatIsMissingAndLeavesItOutWhenAsked) {
  const SpoiltDataset dataset("v21");
  fs::remove(dataset / VideoOf("top", 1));
  const std::string folder = dataset.path().string();
  EXPECT_EQ(RunSmolvla({"data", "stats", folder}).code, 1);
  EXPECT_EQ(Computed(folder, {"--skip-missing"})["frames"], 12);
  EXPECT_EQ(Computed(folder, {"--no-pictures"})["frames"], 24);
}

TEST(StatsCommand, AWrongCommandLineIsTwo) {
  const std::string folder = TestDataset("v21").string();
  EXPECT_EQ(RunSmolvla({"data", "stats"}).code, 2);
  EXPECT_EQ(RunSmolvla({"data", "stats", folder, "--write", "--episodes", "0"}).code,
            2);
  EXPECT_EQ(RunSmolvla({"data", "stats", folder, "new", "--write"}).code, 2);
  EXPECT_EQ(RunSmolvla({"data", "stats", folder, "--episodes", "9"}).code, 1);
}

}  // namespace
}  // namespace svla
