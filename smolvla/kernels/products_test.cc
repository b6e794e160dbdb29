#include "smolvla/kernels/products.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "smolvla/base/bf16.h"
#include "smolvla/base/error.h"
#include "smolvla/base/random.h"
#include "smolvla/kernels/cpu_loops.h"
#include "smolvla/kernels/panel_loops.h"

namespace svla {
namespace {

std::vector<float> Normals(int64_t count, uint64_t seed) {
  const Random random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(random.Normal(i));
  return values;
}

// Those that this processor has.
std::vector<std::string> InstructionSets() {
  std::vector<std::string> sets;
  for (const char* set : {"SSE4", "AVX2", "AVX3"}) try {
      loops::ForceInstructionSet(set);
      sets.push_back(set);
    } catch (const Error&) {
    }
  loops::ForceInstructionSet("");
  return sets;
}

// y = x wᵀ by these products, from packed weights.
std::vector<float> Multiply(Products& products, std::vector<float> x,
                            std::vector<float> w, int64_t in) {
  Arena arena;
  const auto rows = static_cast<int64_t>(x.size()) / in;
  const auto out = static_cast<int64_t>(w.size()) / in;
  std::vector<float> y(static_cast<size_t>(rows * out), NAN);
  const Tensor packed = products.Pack(View(w.data(), DType::kF32, {out, in}), arena);
  products.Multiply(View(x.data(), DType::kF32, {rows, in}), packed, {}, false,
                    View(y.data(), DType::kF32, {rows, out}));
  return y;
}

// Widening is exact, so that rounding the weights is all that bfloat16 does.
TEST(PanelProductsTest, Bfloat16IsFloatWithRoundedWeights) {
  const auto half = MakePanelProducts(DType::kBF16);
  const auto single = MakePanelProducts(DType::kF32);
  for (const std::string& set : InstructionSets()) {
    loops::ForceInstructionSet(set);
    for (const int64_t in : {1, 2, 255, 256, 257, 719})
      for (const int64_t out : {1, 40, 150}) {
        const std::vector<float> x = Normals(7 * in, 1), w = Normals(out * in, 2);
        std::vector<float> rounded = w;
        for (float& value : rounded) value = ToFloat(ToBF16(value));
        EXPECT_EQ(Multiply(*half, x, w, in), Multiply(*single, x, rounded, in))
            << set << " " << in << " " << out;
        EXPECT_NE(Multiply(*half, x, w, in), Multiply(*single, x, w, in));
      }
  }
  loops::ForceInstructionSet("");
}

TEST(PanelProductsTest, Bfloat16WeightsTakeHalfTheMemory) {
  std::vector<float> w = Normals(960 * 960, 3);
  size_t bytes[2];
  for (const DType type : {DType::kF32, DType::kBF16}) {
    Arena arena;
    const Tensor packed =
        MakePanelProducts(type)->Pack(View(w.data(), DType::kF32, {960, 960}), arena);
    EXPECT_EQ(packed.dtype, type);
    bytes[type == DType::kBF16] = arena.bytes();
  }
  EXPECT_LE(bytes[1], bytes[0] / 2 + 4096);
}

TEST(RoundToBF16Test, RoundsAsTheScalarDoes) {
  std::vector<float> x = Normals(1000, 4);
  for (const float special :
       {0.0f, -0.0f, 1.0f, 1.00390625f, 1.01171875f, -3.4e38f, 3.4e38f, 1e-40f,
        std::nanf(""), -std::nanf(""), static_cast<float>(HUGE_VAL),
        -static_cast<float>(HUGE_VAL)})
    x.insert(x.begin() + static_cast<int64_t>(x.size() / 2), special);
  uint32_t all_ones = 0x7fffffff;  // a NaN that would round to zero
  std::memcpy(&x[5], &all_ones, 4);
  for (const std::string& set : InstructionSets()) {
    loops::ForceInstructionSet(set);
    for (const size_t count : {size_t{1}, size_t{7}, size_t{9}, x.size()}) {
      std::vector<uint16_t> y(x.size(), 7);
      loops::RoundToBF16(x.data(), static_cast<int64_t>(count), y.data());
      for (size_t i = 0; i < x.size(); ++i)
        EXPECT_EQ(y[i], i < count ? ToBF16(x[i]).bits : 7) << set << " " << x[i];
    }
  }
  loops::ForceInstructionSet("");
}

TEST(ProductsTest, TheInstructionSetChooses) {
  loops::ForceInstructionSet("SSE4");
  EXPECT_EQ(MakeProducts(DType::kF32)->Name(), "panels");
  EXPECT_EQ(MakeProducts(DType::kBF16)->Name(), "panels");
  loops::ForceInstructionSet("");
  const bool wide = loops::InstructionSet().starts_with("AVX3");
  EXPECT_EQ(MakeProducts(DType::kF32)->Name(), wide ? "oneDNN" : "panels");
}

}  // namespace
}  // namespace svla
