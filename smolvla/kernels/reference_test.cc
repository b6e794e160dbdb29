// The reference backend against values worked out by hand and values that LeRobot
// and transformers gave (testdata/README.md).
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "smolvla/base/error.h"
#include "smolvla/base/safetensors.h"
#include "smolvla/kernels/backend.h"

namespace svla {
namespace {

using Values = std::vector<double>;

class ReferenceTest : public ::testing::Test {
 protected:
  Tensor New(const Shape& shape, const Values& values) {
    const Tensor x = arena_.New(DType::kF64, shape);
    be_->Write(values, x);
    return x;
  }
  Values Read(const Tensor& x) {
    Values values(static_cast<size_t>(x.Count()));
    be_->Read(x, values);
    return values;
  }
  // A recorded tensor as rows of its last dimension.
  Tensor Recorded(const std::string& name) {
    const StoredTensor& stored = file_.At(name);
    const int64_t columns = stored.shape.back();
    return New({stored.Count() / columns, columns}, ValuesOf<double>(stored));
  }

  double LayerNormError(double eps);
  double RmsNormError(double eps);

  Arena arena_;
  std::unique_ptr<Backend> be_ = MakeReferenceBackend();
  SafetensorsFile file_{SMOLVLA_SOURCE_DIR "/testdata/reference_values.safetensors"};
};

void ExpectNear(const Values& actual, const Values& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    EXPECT_NEAR(actual[i], expected[i], tolerance) << i;
}

double Largest(const Values& a, const Values& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST_F(ReferenceTest, LinearMultipliesByTheTransposeAndAdds) {
  const Tensor x = New({2, 3}, {1, 2, 3, -1, 0, 0.5});
  const Tensor w = New({2, 3}, {1, 0, -1, 2, 1, 4});
  const Tensor bias = New({2}, {10, 20}), y = New({2, 2}, {1, 1, 1, 1});
  be_->LinearAdd(x, w, bias, y);
  EXPECT_EQ(Read(y), (Values{9, 37, 9.5, 21}));
  be_->Linear(x, be_->Pack(w, arena_), Tensor(), y);
  EXPECT_EQ(Read(y), (Values{-2, 16, -1.5, 0}));
}

TEST_F(ReferenceTest, NormsDivideByTheirDeviation) {
  const Tensor x = New({1, 2}, {1, 3}), weight = New({2}, {2, 4});
  const Tensor y = New({1, 2}, {0, 0});
  be_->LayerNorm(x, weight, New({2}, {0.5, 0}), 0, y);  // mean 2, variance 1
  ExpectNear(Read(y), {-1.5, 4}, 1e-15);
  be_->LayerNorm(x, weight, New({2}, {0.5, 0}), 3, y);
  ExpectNear(Read(y), {-0.5, 2}, 1e-15);
  be_->RmsNorm(x, weight, 11, y);  // mean square 5
  ExpectNear(Read(y), {0.5, 3}, 1e-15);
}

TEST_F(ReferenceTest, RopeTurnsTheHalvesOfAHead) {
  // Two heads of four; the second pair's wavelength is 100.
  const Tensor x = New({1, 8}, {1, 1, 0, 0, 0, 0, 1, 1}), y = New({1, 8}, Values(8));
  be_->Rope(x, 3, 4, y);
  const double slow = 3.0f / 100.0f;  // the angle is a float's
  ExpectNear(Read(y),
             {std::cos(3.0), std::cos(slow), std::sin(3.0), std::sin(slow),
              -std::sin(3.0), -std::sin(slow), std::cos(3.0), std::cos(slow)},
             1e-15);
}

TEST_F(ReferenceTest, AttentionWeighsTheValuesItSees) {
  // Head dimension 1, so the scores are the products: ln 1, ln 2, ln 3 and the
  // weights 1, 2, 3 of 6. Both query heads read the one key head.
  const Tensor q = New({2, 2}, {1, 0, 1, 0});
  const Tensor k = New({3, 1}, {0, std::log(2.0), std::log(3.0)});
  const Tensor v = New({3, 1}, {6, 12, 18}), y = New({2, 2}, Values(4));
  be_->Attention(q, k, v, 1, Mask::kFull, y);
  ExpectNear(Read(y), {14, 12, 14, 12}, 1e-13);
  be_->Attention(q, k, v, 1, Mask::kCausal, y);  // the first row sees two keys
  ExpectNear(Read(y), {10, 9, 14, 12}, 1e-13);
}

TEST_F(ReferenceTest, AttentionDividesByTheRootOfTheHeadDimension) {
  const Tensor q = New({1, 4}, {2 * std::log(3.0), 0, 0, 0});
  const Tensor k = New({2, 4}, {1, 0, 0, 0, 0, 5, 5, 5});
  const Tensor v = New({2, 4}, {4, 0, 0, 8, 0, 0, 0, 0}), y = New({1, 4}, Values(4));
  be_->Attention(q, k, v, 4, Mask::kFull, y);  // 3 to 1
  ExpectNear(Read(y), {3, 0, 0, 6}, 1e-14);
}

TEST_F(ReferenceTest, ActivationsHaveTheirKnownValues) {
  const double tanh1 = std::tanh(std::sqrt(2 / std::numbers::pi) * 1.044715);
  const Tensor x = New({1, 3}, {0, 1, -1}), y = New({1, 3}, Values(3));
  be_->Gelu(x, y);
  ExpectNear(Read(y), {0, (1 + tanh1) / 2, (tanh1 - 1) / 2}, 1e-15);
  const double e = std::numbers::e;
  be_->Silu(x, y);
  ExpectNear(Read(y), {0, e / (1 + e), -1 / (1 + e)}, 1e-15);
  be_->SiluMul(x, New({1, 3}, {1, 2, 4}), y);
  ExpectNear(Read(y), {0, 2 * e / (1 + e), -4 / (1 + e)}, 1e-15);
}

TEST_F(ReferenceTest, RowsAreScaledAddedAndLookedUp) {
  const Tensor x = New({2, 2}, {1, 2, 3, 4}), y = New({2, 2}, {10, 20, 30, 40});
  be_->AddScaled(x, -2, y);
  EXPECT_EQ(Read(y), (Values{8, 16, 24, 32}));
  be_->Scale(x, 0.5, y);
  EXPECT_EQ(Read(y), (Values{0.5, 1, 1.5, 2}));
  be_->Embed(x, std::vector<int64_t>{1, 0}, 3, y);
  EXPECT_EQ(Read(y), (Values{9, 12, 3, 6}));
}

TEST_F(ReferenceTest, PatchesGoChannelByChannelAndRowByRow) {
  // Pixel value: channel, row, column.
  Values pixels;
  for (int channel = 0; channel < 3; ++channel)
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 4; ++c) pixels.push_back(100 * channel + 10 * r + c);
  const Tensor y = New({2, 12}, Values(24));
  be_->Patches(New({3, 3, 4}, pixels), 2, y);  // the third row is left out
  EXPECT_EQ(Read(y), (Values{0, 1, 10, 11, 100, 101, 110, 111, 200, 201, 210, 211,  //
                             2, 3, 12, 13, 102, 103, 112, 113, 202, 203, 212, 213}));
}

TEST_F(ReferenceTest, PixelShuffleJoinsSquaresOfTokens) {
  Values tokens;
  for (int i = 0; i < 16; ++i) tokens.insert(tokens.end(), {i + 0.0, i + 0.5});
  const Tensor y = New({4, 8}, Values(32));
  be_->PixelShuffle(New({16, 2}, tokens), 4, 2, y);
  EXPECT_EQ(Read(Rows(y, 0, 1)), (Values{0, 0.5, 1, 1.5, 4, 4.5, 5, 5.5}));
  EXPECT_EQ(Read(Rows(y, 1, 1)), (Values{2, 2.5, 3, 3.5, 6, 6.5, 7, 7.5}));
  EXPECT_EQ(Read(Rows(y, 2, 1)), (Values{8, 8.5, 9, 9.5, 12, 12.5, 13, 13.5}));
}

TEST_F(ReferenceTest, GeluIsTransformersOwn) {
  const Tensor x = Recorded("gelu.x");
  be_->Gelu(x, x);
  ExpectNear(Read(x), ValuesOf<double>(file_.At("gelu.y")), 1e-12);
}

double ReferenceTest::LayerNormError(double eps) {
  const Tensor x = Recorded("layernorm.x");
  be_->LayerNorm(x, Recorded("layernorm.weight"), Recorded("layernorm.bias"), eps, x);
  return Largest(Read(x), ValuesOf<double>(file_.At("layernorm.y")));
}

double ReferenceTest::RmsNormError(double eps) {
  const Tensor x = Recorded("rmsnorm.x");
  be_->RmsNorm(x, Recorded("rmsnorm.weight"), eps, x);
  return Largest(Read(x), ValuesOf<double>(file_.At("rmsnorm.y")));
}

TEST_F(ReferenceTest, NormsAreTransformersOwnAndTheirEpsilonsAreSeen) {
  EXPECT_LT(LayerNormError(1e-6), 1e-12);
  EXPECT_GT(LayerNormError(1e-5), 1e-2);
  EXPECT_LT(RmsNormError(1e-5), 1e-12);
  EXPECT_GT(RmsNormError(1e-6), 1e-2);
}

// LeRobot turns by angles in float32; its results are rounded, its angles are ours.
TEST_F(ReferenceTest, RopeIsLeRobotsOwnAtEveryPosition) {
  for (const int64_t head_dim : {16, 64}) {
    const std::string at = "rope." + std::to_string(head_dim) + ".";
    const Tensor x = Recorded(at + "x"), y = Recorded(at + "y");
    const auto bytes = file_.At(at + "positions").bytes;
    std::vector<int64_t> positions(bytes.size() / sizeof(int64_t));
    std::memcpy(positions.data(), bytes.data(), bytes.size());
    for (size_t i = 0; i < positions.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      const Tensor turned = Rows(x, row, 1);
      be_->Rope(turned, positions[i], head_dim, turned);
      ExpectNear(Read(turned), Read(Rows(y, row, 1)), 1e-6);
    }
  }
}

}  // namespace
}  // namespace svla
