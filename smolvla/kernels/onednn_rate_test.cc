#include "smolvla/kernels/onednn_rate.h"

#include <gtest/gtest.h>

#include <array>

#include "smolvla/kernels/products.h"

namespace svla {
namespace {

TEST(OneDnnRate, IsThatOfARealProduct) {
  const auto found = OneDnnMilliseconds(320, 640, 640, DType::kF32);
  ASSERT_TRUE(found);
  EXPECT_GT(*found, 0.0);
  // No machine does 100 TFLOP/s.
  EXPECT_LT(2.0 * 320 * 640 * 640 / *found / 1e6, 1e5);
}

TEST(OneDnnRate, OddShapesAreMeasuredToo) {
  for (const auto& [rows, in, out] :
       {std::array<int64_t, 3>{1, 32, 960}, {50, 720, 32}, {177, 3, 5}})
    EXPECT_TRUE(OneDnnMilliseconds(rows, in, out, DType::kF32)) << rows;
}

TEST(OneDnnRate, OfATypeThatIsNotThereIsNothing) {
  EXPECT_EQ(OneDnnMilliseconds(64, 64, 64, DType::kBF16).has_value(),
            MakeOneDnnProducts(DType::kBF16) != nullptr);
}

}  // namespace
}  // namespace svla
