#include "smolvla/curate/episode_ranges.h"

#include <gtest/gtest.h>

#include "smolvla/base/test_refusal.h"

namespace svla {
namespace {

using Numbers = std::vector<int64_t>;

TEST(EpisodeRanges, AreReadAsInPython) {
  const Numbers known{0, 1, 2, 3, 5, 6};  // 4 is not there
  EXPECT_EQ(ParseEpisodeRanges("0", known), Numbers({0}));
  EXPECT_EQ(ParseEpisodeRanges("5,0:2", known), Numbers({5, 0, 1}));
  EXPECT_EQ(ParseEpisodeRanges("3:6", known), Numbers({3, 5}));
  EXPECT_EQ(ParseEpisodeRanges("2:", known), Numbers({2, 3, 5, 6}));
  EXPECT_EQ(ParseEpisodeRanges(":2", known), Numbers({0, 1}));
}

TEST(EpisodeRanges, WhatMeansNothingIsRefused) {
  const Numbers known{0, 1, 2, 3, 5, 6};
  for (const char* text : {"", "a", "1,", "-1", "4", "7", "0:9", "2:2", "3:1", "0,0",
                           "1:3,2", "1.5", "1:2:3", "99999999999999999999", "4:5",
                           "9223372036854775807", "0:9223372036854775807"})
    EXPECT_NE(Refusal([&] { ParseEpisodeRanges(text, known); }), "") << text;
  EXPECT_NE(Refusal([&] { ParseEpisodeRanges("0", {}); }), "");
}

// The numbers come from a file: what is named takes as long as there are episodes, not
// as the numbers are large.
TEST(EpisodeRanges, NumbersMayBeSparse) {
  const int64_t large = int64_t{1} << 40;
  const Numbers known{0, large - 1, large};
  EXPECT_EQ(ParseEpisodeRanges("0:", known), known);
  EXPECT_EQ(ParseEpisodeRanges("1:1099511627776", known), Numbers({large - 1}));
  EXPECT_NE(Refusal([&] {
              ParseEpisodeRanges("1:4000000000", known);
            }).find("there is no episode in 1:4000000000"),
            std::string::npos);
}

}  // namespace
}  // namespace svla
