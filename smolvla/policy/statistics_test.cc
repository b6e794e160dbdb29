#include "smolvla/policy/statistics.h"

#include <gtest/gtest.h>

#include "smolvla/base/file.h"
#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

using Names = std::vector<std::string>;

// Statistics in a file under the given tensor names; the i-th holds i.
class StatisticsTest : public testing::Test {
 protected:
  Statistics Holding(const Names& names) {
    AlteredTensors tensors;
    for (size_t i = 0; i < names.size(); ++i)
      tensors.Set(names[i], {1}, {static_cast<float>(i)});
    tensors.Write(folder_.path() / "state.safetensors");
    Statistics statistics;
    statistics.Add(SafetensorsFile(folder_.path() / "state.safetensors").tensors());
    return statistics;
  }

  Statistics FromJson(const std::string& text) {
    WriteAtomically(folder_.path() / "stats.json", text);
    Statistics statistics;
    statistics.AddStatsJson(folder_.path() / "stats.json");
    return statistics;
  }

  // The "mean" of a feature under a prefix, or -1.
  static double Mean(const Statistics& statistics, const std::string& feature,
                     const std::string& prefix = "") {
    const FeatureStatistics* found = statistics.Find(feature, prefix);
    if (!found || !found->contains("mean")) return -1;
    return found->at("mean")[0];
  }

  TempFolder folder_;
};

TEST_F(StatisticsTest, AreFoundUnderEveryNameThatLeRobotWrote) {
  for (const std::string name :
       {"action.mean", "buffer.action.mean", "buffer_action.mean",
        "normalize_inputs.buffer_action.mean", "normalize_targets.buffer_action.mean",
        "unnormalize_outputs.buffer_action.mean"})
    EXPECT_EQ(Mean(Holding({name}), "action"), 0) << name;
  for (const std::string name : {"observation.state.mean", "observation_state.mean",
                                 "normalize_inputs.buffer_observation_state.mean"})
    EXPECT_EQ(Mean(Holding({name}), "observation.state"), 0) << name;
}

TEST_F(StatisticsTest, OfADatasetAreFoundUnderItsPrefix) {
  const Statistics statistics =
      Holding({"so100.buffer.action.mean", "so100-blue.buffer.action.mean",
               "so100_red_buffer_action.mean", "so100.buffer.observation.state.mean"});
  EXPECT_EQ(Mean(statistics, "action"), -1);
  EXPECT_EQ(Mean(statistics, "action", "so100"), 0);
  EXPECT_EQ(Mean(statistics, "action", "so100-blue"), 1);
  EXPECT_EQ(Mean(statistics, "action", "so100_red"), 2);
  EXPECT_EQ(Mean(statistics, "action", "so10"), -1);
  EXPECT_EQ(Mean(statistics, "observation.state", "so100"), 3);
  EXPECT_EQ(statistics.Prefixes("action"), (Names{"so100-blue", "so100", "so100_red"}));
  EXPECT_EQ(statistics.Prefixes("observation.state"), (Names{"so100"}));
}

TEST_F(StatisticsTest, WithAPrefixThePlainOnesAreNotTaken) {
  const Statistics statistics = Holding({"action.mean", "so100.buffer.action.mean"});
  EXPECT_EQ(Mean(statistics, "action"), 0);
  EXPECT_EQ(Mean(statistics, "action", "so100"), 1);
  EXPECT_EQ(Mean(statistics, "action", "so101"), -1);
  EXPECT_EQ(statistics.Prefixes("action"), (Names{"so100"}));
}

TEST_F(StatisticsTest, AnotherFeatureThatEndsAlikeIsNotTaken) {
  const Statistics statistics =
      Holding({"reaction.mean", "action_is_pad.mean", "observation.states.mean"});
  EXPECT_EQ(Mean(statistics, "action"), -1);
  EXPECT_EQ(Mean(statistics, "observation.state"), -1);
  EXPECT_TRUE(statistics.Prefixes("action").empty());
}

TEST_F(StatisticsTest, NamesAreCutAtTheirLastDot) {
  const Statistics statistics =
      Holding({"observation.images.top.mean", "observation.state.std", "nodot"});
  EXPECT_EQ(statistics.features().size(), 2u);
  EXPECT_TRUE(statistics.features().at("observation.images.top").contains("mean"));
  EXPECT_TRUE(statistics.features().at("observation.state").contains("std"));
}

TEST_F(StatisticsTest, OfADatasetsJsonAreRead) {
  const Statistics statistics = FromJson(
      R"({"action": {"mean": [1, 2.5], "std": [3, 4], "count": [100]},
          "observation.images.top": {"mean": [[[0.5]], [[0.25]]]},
          "timestamp": {"mean": 7}})");
  EXPECT_EQ(statistics.Find("action", "")->at("mean"), (std::vector<double>{1, 2.5}));
  EXPECT_EQ(statistics.Find("action", "")->at("std"), (std::vector<double>{3, 4}));
  EXPECT_EQ(statistics.Find("observation.images.top", "")->at("mean"),
            (std::vector<double>{0.5, 0.25}));
  EXPECT_EQ(Mean(statistics, "timestamp"), 7);
}

TEST_F(StatisticsTest, WhatIsNoStatsJsonIsAnErrorThatNamesThePlace) {
  EXPECT_TRUE(Says(MessageOf([&] { FromJson("[1]"); }), "stats.json"));
  EXPECT_TRUE(Says(MessageOf([&] { FromJson(R"({"action": 3})"); }), "action"));
}

TEST_F(StatisticsTest, EntriesThatAreNoNumbersAreLeftOut) {
  const Statistics statistics = FromJson(
      R"({"action": {"mean": [1], "std": [2, "a"], "note": "x"}, "task": {"a": "b"}})");
  EXPECT_EQ(statistics.Find("action", "")->size(), 1u);
  EXPECT_EQ(statistics.Find("task", ""), nullptr);
}

TEST_F(StatisticsTest, TensorsThatAreNoNumbersAreLeftOut) {
  AlteredTensors tensors;
  tensors.entries["action.count"] = {DType::kI64, {1}, std::vector<std::byte>(8)};
  tensors.Set("action.mean", {1}, {4});
  tensors.Write(folder_.path() / "state.safetensors");
  Statistics statistics;
  EXPECT_TRUE(statistics.empty());
  statistics.Add(SafetensorsFile(folder_.path() / "state.safetensors").tensors());
  EXPECT_FALSE(statistics.empty());
  EXPECT_EQ(statistics.Find("action", "")->size(), 1u);
}

}  // namespace
}  // namespace svla
