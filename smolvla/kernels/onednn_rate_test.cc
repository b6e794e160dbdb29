#include "smolvla/kernels/onednn_rate.h"

#include <gtest/gtest.h>

#include <array>

namespace svla {
namespace {

TEST(OneDnnRate, IsThatOfARealProduct) {
  // A thousand times the work takes longer, and no machine does 100 TFLOP/s.
  const auto small = OneDnnMilliseconds(32, 64, 64, DType::kF32);
  const auto large = OneDnnMilliseconds(320, 640, 640, DType::kF32);
  ASSERT_TRUE(small && large);
  EXPECT_GT(*small, 0.0);
  EXPECT_GT(*large, *small);
  EXPECT_LT(2.0 * 320 * 640 * 640 / *large / 1e6, 1e5);
}

TEST(OneDnnRate, OddShapesAreMeasuredToo) {
  for (const auto& [rows, in, out] :
       {std::array<int64_t, 3>{1, 32, 960}, {50, 720, 32}, {177, 3, 5}})
    EXPECT_TRUE(OneDnnMilliseconds(rows, in, out, DType::kF32)) << rows;
}

TEST(OneDnnRate, OfATypeThatIsNotThereIsNothing) {
  // On some processors bf16 is there: then it is a time.
  EXPECT_GT(OneDnnMilliseconds(64, 64, 64, DType::kBF16).value_or(1.0), 0.0);
}

}  // namespace
}  // namespace svla
