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
                           "1:3,2", "1.5", "1:2:3", "99999999999999999999"})
    EXPECT_NE(Refusal([&] { ParseEpisodeRanges(text, known); }), "") << text;
  EXPECT_NE(Refusal([&] { ParseEpisodeRanges("0", {}); }), "");
}

}  // namespace
}  // namespace svla
