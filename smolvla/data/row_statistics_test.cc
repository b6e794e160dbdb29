#include "smolvla/data/row_statistics.h"

#include <gtest/gtest.h>

#include "smolvla/data/test_statistics.h"
#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

std::vector<double> NumbersOf(const Json& golden) {
  int64_t count = golden["frames"];
  for (const int64_t length : golden["shape"]) count *= length;
  const std::string dtype = golden["dtype"];
  std::vector<double> numbers;
  for (int64_t i = 0; i < count; ++i) {
    const double unit =
        static_cast<double>(Mixed(golden["seed"], i) >> 11) * 0x1p-53 - 0.5;
    double number =
        golden["centre"].get<double>() + golden["spread"].get<double>() * unit;
    if (dtype == "float32") number = static_cast<float>(number);
    if (!dtype.starts_with("float")) number = std::floor(number);
    numbers.push_back(dtype == "bool" ? number != 0 : number);
  }
  return numbers;
}

// The bound is none: the arithmetic is numpy's, operation by operation. A bound of 1e-6
// would hold for neither the standard deviations in float, in which most digits cancel,
// nor for quantiles that a last digit moves to the next bin.
TEST(RowStatistics, AreThoseOfLeRobotToTheBit) {
  const Json goldens = StatisticsGoldens("statistics.json");
  for (const Json& golden : goldens["rows"]) {
    SCOPED_TRACE(Serialized(golden).substr(0, 120));
    const auto expected = ParseStatistics(golden["stats"], "golden");
    const auto found =
        StatisticsOfRows(NumbersOf(golden), golden["dtype"], golden["shape"]);
    EXPECT_EQ(found.count, expected.count);
    EXPECT_EQ(found.shape, expected.shape);
    EXPECT_EQ(found.values, expected.values);
  }
}

TEST(RowStatistics, AColumnWithANanIsNanAndItsNeighbourIsNot) {
  const auto found = StatisticsOfRows({{1, NAN, 3, 4}}, "float32", {2});
  for (const auto& [name, values] : found.values) {
    EXPECT_TRUE(std::isfinite(values[0])) << name;
    EXPECT_TRUE(std::isnan(values[1])) << name;
  }
}

// What numpy makes of it.
TEST(RowStatistics, AnInfiniteNumberIsNoCrash) {
  const auto found = StatisticsOfRows({{1, INFINITY, 3}}, "float64", {1});
  EXPECT_EQ(found.values.at("min")[0], 1);
  EXPECT_EQ(found.values.at("q01")[0], INFINITY);
  EXPECT_EQ(found.values.at("mean")[0], INFINITY);
  EXPECT_TRUE(std::isnan(found.values.at("std")[0]));
}

TEST(RowStatistics, WhatIsNoWholeFrameIsRefused) {
  const auto refusal = [](std::vector<double> numbers, const char* dtype,
                          std::vector<int64_t> shape) {
    return MessageOf([&] { StatisticsOfRows(numbers, dtype, shape); });
  };
  EXPECT_EQ(refusal({1, 2, 3}, "float32", {2}),
            "statistics: expected frames of 2 numbers, found 3 numbers in all");
  EXPECT_EQ(refusal({}, "float32", {2}),
            "statistics: expected frames of 2 numbers, found 0 numbers in all");
  EXPECT_EQ(refusal({1}, "string", {1}),
            "statistics: expected a type of numbers, found \"string\"");
  EXPECT_EQ(refusal({1}, "float32", {1, 0}),
            "statistics: expected a shape of numbers, found a length of 0");
  EXPECT_EQ(refusal({1}, "float32", {1LL << 30, 1LL << 40}),
            "statistics: expected a shape of numbers, found a length of 1099511627776");
}

}  // namespace
}  // namespace svla
