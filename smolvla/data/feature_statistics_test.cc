#include "smolvla/data/feature_statistics.h"

#include <gtest/gtest.h>

#include "smolvla/data/test_statistics.h"
#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

CountedStatistics Parsed(const std::string& text) {
  return ParseStatistics(ParseJson(text, "json"), "state");
}

// In double both, and no digits cancel: what is left is the order of the additions.
// 1e-12 is some hundred times the rounding of as many as there are parts.
TEST(FeatureStatistics, AggregateAsLeRobotDoes) {
  const Json golden = StatisticsGoldens("statistics.json")["aggregate"];
  std::vector<StatisticsByFeature> parts;
  for (const Json& part : golden["parts"])
    parts.push_back(ParseStatisticsByFeature(part, "part"));
  const auto expected = ParseStatisticsByFeature(golden["total"], "total");
  const auto found = Aggregate(parts);
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [feature, statistics] : expected) {
    SCOPED_TRACE(feature);
    ASSERT_EQ(found.at(feature).values.size(), statistics.values.size());
    EXPECT_EQ(found.at(feature).shape, statistics.shape);
    EXPECT_EQ(found.at(feature).count, statistics.count);
    for (const auto& [name, values] : statistics.values)
      for (size_t i = 0; i < values.size(); ++i)
        EXPECT_NEAR(found.at(feature).values.at(name)[i], values[i],
                    1e-12 * std::abs(values[i]))
            << name;
  }
}

TEST(FeatureStatistics, NothingPutTogetherIsNothing) {
  EXPECT_TRUE(Aggregate({}).empty());
}

TEST(FeatureStatistics, ANanOfOnePartIsOneOfAll) {
  CountedStatistics part{
      {{"min", {1}}, {"max", {1}}, {"mean", {1}}, {"std", {0}}}, {1}, 1};
  CountedStatistics nan = part;
  for (auto& [name, values] : nan.values) values = {NAN};
  for (const auto& [first, second] : {std::pair(part, nan), std::pair(nan, part)}) {
    const auto total = Aggregate({{{"a", first}}, {{"a", second}}});
    for (const auto& [name, values] : total.at("a").values)
      EXPECT_TRUE(std::isnan(values[0])) << name;
  }
}

TEST(FeatureStatistics, PartsThatDoNotFitAreRefusedByName) {
  const auto refusal = [](const std::string& second) {
    const auto first = Parsed(
        R"({"min": [1, 1], "max": [2, 2], "mean": [1, 1], "std": [0, 0], "count": [2]})");
    return MessageOf([&] {
      Aggregate({{{"action", first}}, {{"action", Parsed(second)}}});
    });
  };
  EXPECT_EQ(
      refusal(R"({"min": [1], "max": [2], "mean": [1], "std": [0], "count": [2]})"),
      "statistics of action: expected one shape, found lists of 2 and of 1 numbers, "
      "or nested otherwise");
  EXPECT_EQ(refusal(R"({"min": [1], "max": [2], "mean": [1], "std": [0]})"),
            "statistics of action: expected a count of frames, found none");
  EXPECT_EQ(refusal(R"({"min": [1, 1], "max": [2, 2], "mean": [1, 1], "count": [2]})"),
            "statistics of action: expected \"std\", found none");
}

TEST(FeatureStatistics, AreWrittenAsTheyAreRead) {
  const std::string text =
      R"({"top":{"min":[[[0.25]],[[0.5]],[[1.0]]],"std":[[[0.1]],[[null]],[[0.2]]],)"
      R"("count":[7],"q01":[[[0.0]],[[0.0]],[[0.0]]]}})";
  const auto read = ParseStatisticsByFeature(ParseJson(text, "json"), "json");
  EXPECT_EQ(read.at("top").shape, (std::vector<int64_t>{3, 1, 1}));
  EXPECT_EQ(read.at("top").count, 7);
  EXPECT_TRUE(std::isnan(read.at("top").values.at("std")[1]));
  EXPECT_EQ(Serialized(ToJson(read)), text);
}

TEST(FeatureStatistics, WhatIsNoStatisticIsSkipped) {
  const auto read = Parsed(
      R"({"mean": 2, "std": [1], "note": "by hand", "q01": null, "count": 3.0})");
  EXPECT_EQ(read.values.size(), 2u);
  EXPECT_EQ(read.shape, std::vector<int64_t>{1});
  EXPECT_EQ(read.count, 3);
}

TEST(FeatureStatistics, ASingleFrameOfYesAndNoIsRead) {
  EXPECT_EQ(Parsed(R"({"min": [true, false]})").values.at("min"),
            (std::vector<double>{1, 0}));
}

TEST(FeatureStatistics, UnevenListsAreRefused) {
  const auto refusal = [](const std::string& text) {
    return MessageOf([&] { Parsed(text); });
  };
  EXPECT_EQ(refusal(R"({"mean": [[1, 2], [3]]})"),
            "state: mean: expected lists of equal lengths, found uneven ones");
  EXPECT_EQ(refusal(R"({"mean": [[1, 2], 3]})"),
            "state: mean: expected lists of equal depth, found uneven ones");
  EXPECT_EQ(refusal(R"({"mean": [[], [3]]})"),
            "state: mean: expected lists of equal lengths, found uneven ones");
  EXPECT_EQ(
      refusal(R"({"mean": [1, 2], "std": [1]})"),
      "state: std: expected the shape of the feature's other statistics, found [1]");
  for (const char* count : {"[1, 2]", "[-1]", "[1e300]", "null", "\"many\""})
    EXPECT_EQ(refusal(std::string(R"({"count": )") + count + "}").substr(0, 55),
              "state: count: expected a list of one number of frames, ")
        << count;
  EXPECT_EQ(refusal("[]"), "state: expected an object of statistics");
}

}  // namespace
}  // namespace svla
