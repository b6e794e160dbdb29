#include "smolvla/base/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "smolvla/base/threads.h"

namespace svla {
namespace {

using Words = std::array<uint32_t, 4>;

// kat_vectors of Random123, "philox4x32 10": the counter is (index, stream), the
// key the seed, low word first.
TEST(RandomTest, WordsAreThoseOfPhilox4x32With10Rounds) {
  EXPECT_EQ(Random(0, 0).Words(0),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Random(~uint64_t{0}, ~uint64_t{0}).Words(~uint64_t{0}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  // The digits of pi.
  EXPECT_EQ(Random(0x299f31d0a4093822, 0x0370734413198a2e).Words(0x85a308d3243f6a88),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomTest, SeedsStreamsAndIndicesAllChangeTheNumbers) {
  const Words words = Random(1, 2).Words(3);
  EXPECT_NE(Random(2, 2).Words(3), words);
  EXPECT_NE(Random(1, 3).Words(3), words);
  EXPECT_NE(Random(1, 2).Words(4), words);
  EXPECT_NE(Random(1 | uint64_t{1} << 32, 2).Words(3), words);
  EXPECT_NE(Random(1, 2 | uint64_t{1} << 32).Words(3), words);
  EXPECT_NE(Random(1, 2).Words(3 | uint64_t{1} << 32), words);
}

TEST(RandomTest, UniformFillsTheOpenUnitInterval) {
  constexpr int kCount = 100'000;
  constexpr int kBins = 10;
  const Random random(7);
  std::array<int, kBins> bins = {};
  for (uint64_t i = 0; i < kCount; ++i) {
    const double u = random.Uniform(i);
    ASSERT_TRUE(u > 0 && u < 1) << u;
    ++bins[static_cast<size_t>(u * kBins)];
  }
  // Five standard deviations of a binomial.
  for (const int count : bins) EXPECT_NEAR(count, kCount / kBins, 5 * 95);
}

TEST(RandomTest, NormalHasTheMomentsOfTheStandardNormal) {
  constexpr int kCount = 200'000;
  const Random random(8, 1);
  double moments[4] = {};
  double beside = 0, before = 0;
  for (uint64_t i = 0; i < kCount; ++i) {
    const double x = random.Normal(i);
    double power = 1;
    for (double& moment : moments) moment += (power *= x) / kCount;
    beside += x * before / kCount;
    before = x;
  }
  // Five standard errors: those of the moments are sqrt(1, 2, 15, 96) / sqrt(n).
  const double error = 5 / std::sqrt(kCount);
  EXPECT_NEAR(moments[0], 0, error);
  EXPECT_NEAR(moments[1], 1, error * std::sqrt(2.0));
  EXPECT_NEAR(moments[2], 0, error * std::sqrt(15.0));
  EXPECT_NEAR(moments[3], 3, error * std::sqrt(96.0));
  EXPECT_NEAR(beside, 0, error);
}

TEST(RandomTest, AnyThreadInAnyOrderDrawsTheSameNumbers) {
  constexpr int64_t kCount = 1000;
  const Random random(9, 5);
  std::vector<double> forward, parallel(kCount);
  for (uint64_t i = 0; i < kCount; ++i) forward.push_back(random.Normal(i));
  ParallelFor(kCount, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = end - 1; i >= begin; --i)
      parallel[static_cast<size_t>(i)] = Random(9, 5).Normal(static_cast<uint64_t>(i));
  });
  EXPECT_EQ(parallel, forward);
}

}  // namespace
}  // namespace svla
