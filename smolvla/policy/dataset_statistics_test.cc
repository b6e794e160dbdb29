#include "smolvla/policy/dataset_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "smolvla/base/file.h"
#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

class DatasetStatisticsTest : public testing::Test {
 protected:
  DatasetStatisticsTest() { fs::create_directory(folder_.path() / "meta"); }
  void Write(const std::string& file, const std::string& text) {
    WriteAtomically(folder_.path() / "meta" / file, text);
  }
  FeatureStatistics Action() {
    const auto found = FindDatasetStatistics(folder_.path());
    const auto* action = found ? found->statistics.Find("action", "") : nullptr;
    return action ? *action : FeatureStatistics{};
  }
  std::string Refusal(const std::string& action) {
    Write("episodes_stats.jsonl",
          R"({"stats": {"action": {"mean": [1, 7], "std": [0, 0], "count": [1]}}})"
          "\n\n{\"stats\": {\"action\": " +
              action + "}}\n");
    return MessageOf([&] { Action(); });
  }

  TempFolder folder_;
};

// Two episodes of one and three frames: 1 and 2, 3, 4, and a joint that stands still.
TEST_F(DatasetStatisticsTest, OfEpisodesAreThoseOfTheirFrames) {
  Write(
      "episodes_stats.jsonl",
      R"({"stats": {"action": {"mean": [1, 7], "std": [0, 0], "min": [1, 7], "max": [1, 7], "count": [1]}}}
{"stats": {"action": {"mean": [3, 7], "std": [0.816496580927726, 0], "min": [2, 7], "max": [4, 7], "count": [3]}}}
)");
  FeatureStatistics action = Action();
  EXPECT_NEAR(action["mean"][0], 2.5, 1e-12);
  EXPECT_NEAR(action["std"][0], std::sqrt(1.25), 1e-12);
  EXPECT_EQ(action["std"][1], 0);
  EXPECT_EQ(action["min"], (std::vector<double>{1, 7}));
  EXPECT_EQ(action["max"], (std::vector<double>{4, 7}));
}

TEST_F(DatasetStatisticsTest, ASmallSpreadBesideALargeMeanIsNotLost) {
  Write("episodes_stats.jsonl",
        R"({"stats": {"action": {"mean": [1e8], "std": [0.001], "count": [5]}}}
{"stats": {"action": {"mean": [1e8], "std": [0.001], "count": [5]}}})");
  EXPECT_NEAR(Action()["std"][0], 0.001, 1e-12);
}

TEST_F(DatasetStatisticsTest, AFeatureOfSomeEpisodesIsThatOfThose) {
  Write("episodes_stats.jsonl",
        R"({"stats": {"index": {"mean": [[[1]]]}}}
{"stats": {"action": {"mean": [3], "std": [2], "count": [3]}}})");
  EXPECT_EQ(Action(), (FeatureStatistics{{"mean", {3}}, {"std", {2}}}));
}

TEST_F(DatasetStatisticsTest, AnEpisodeThatDoesNotFitIsAnErrorThatNamesItsLine) {
  for (const char* action :
       {R"({"mean": [1], "std": [1], "count": [3]})",
        R"({"mean": [1, 2], "std": [1], "count": [3]})",
        R"({"mean": [1, 2], "std": [1, 2]})",
        R"({"mean": [1, 2], "std": [1, 2], "count": [0]})",
        R"({"mean": [1, "x"], "std": [1, 2], "count": [1]})",
        R"({"mean": [1, null], "std": [1, 2], "count": [1]})", R"({"std": [1]})", "5"})
    EXPECT_TRUE(Says(Refusal(action), "episodes_stats.jsonl:3: action: ")) << action;
  EXPECT_EQ(Refusal(R"({"mean": [1, 2], "std": [1, 2], "count": [1]})"), "no error");
}

TEST_F(DatasetStatisticsTest, AreFoundByFolderAndByFile) {
  EXPECT_FALSE(FindDatasetStatistics(folder_.path()));
  const fs::path meta = folder_.path() / "meta";
  Write("episodes_stats.jsonl",
        R"({"stats": {"action": {"mean": [3], "std": [2], "count": [3]}}})");
  for (const fs::path& named : {folder_.path(), meta, meta / "episodes_stats.jsonl"})
    EXPECT_EQ(FindDatasetStatistics(named).value().file, meta / "episodes_stats.jsonl");
  Write("stats.json", R"({"action": {"mean": [4], "std": [2]}})");
  for (const fs::path& named : {folder_.path(), meta, meta / "stats.json"})
    EXPECT_EQ(FindDatasetStatistics(named).value().file, meta / "stats.json");
  EXPECT_EQ(Action()["mean"], (std::vector<double>{4}));
  EXPECT_EQ(FindDatasetStatistics(meta / "episodes_stats.jsonl")
                .value()
                .statistics.Find("action", "")
                ->at("mean"),
            (std::vector<double>{3}));
}

TEST(DatasetStatistics, OfRealDatasetsAreRead) {
  const char* shared = std::getenv("SMOLVLA_SHARED_DATA");
  if (!shared) GTEST_SKIP() << "SMOLVLA_SHARED_DATA names no folder";
  for (const auto& [name, joints] :
       {std::pair("v21_g1_av1", 26u), std::pair("v21_koch_screwdriver", 6u)}) {
    const auto found = FindDatasetStatistics(fs::path(shared) / "datasets" / name);
    for (const char* feature : {"observation.state", "action"})
      for (const char* statistic : {"mean", "std", "min", "max"})
        EXPECT_EQ(found->statistics.Find(feature, "")->at(statistic).size(), joints);
  }
}

}  // namespace
}  // namespace svla
