// Whether the bounds of tolerance.h see what they must: every error planted here
// has to lie outside.
#include "smolvla/kernels/tolerance.h"

#include <gtest/gtest.h>

#include "smolvla/base/bf16.h"
#include "smolvla/kernels/op_cases.h"

namespace svla {
namespace {

using tolerance::WorstRatio;
using Inputs = std::span<const Tensor>;

OpCase CaseNamed(const std::string& op, const std::string& name) {
  for (OpCase& c : SweptCases(op))
    if (c.name == name) return c;
  ADD_FAILURE() << "no case " << name;
  return {};
}

// How far outside the bounds of `right` the reference lies when it computes `wrong`.
double RatioOf(const OpCase& wrong, const OpCase& right) {
  return WorstRatio(Expected(wrong), Expected(right), right.bound(right));
}

// The same case, computed another way.
template <class Run>
double RatioOfRun(const OpCase& right, const Run& run) {
  OpCase wrong = right;
  wrong.run = run;
  return RatioOf(wrong, right);
}

TEST(ToleranceTest, TheRatioSeesBothSignsAndWhatIsNoNumber) {
  Matrix expected(1, 2), bound(1, 2);
  expected.values = {1, -2};
  bound.values = {0.5, 0};
  const auto ratio = [&](double a, double b) {
    Matrix actual(1, 2);
    actual.values = {a, b};
    return WorstRatio(actual, expected, bound);
  };
  EXPECT_EQ(ratio(1, -2), 0);
  EXPECT_EQ(ratio(1.5, -2), 1);
  EXPECT_EQ(ratio(0.25, -2), 1.5);
  EXPECT_EQ(ratio(1, -2.001), INFINITY);
  EXPECT_EQ(ratio(std::nan(""), -2), INFINITY);
  EXPECT_EQ(ratio(1, INFINITY), INFINITY);
  expected.values[0] = std::nan("");
  EXPECT_EQ(ratio(std::nan(""), -2), 0);
  EXPECT_EQ(ratio(1, -2), INFINITY);
  expected.values[0] = INFINITY;
  EXPECT_EQ(ratio(INFINITY, -2), 0);
  EXPECT_EQ(ratio(-INFINITY, -2), INFINITY);
}

class EveryOpTest : public ::testing::TestWithParam<std::string> {};

// What float can do at best passes; a little more than the bound, anywhere and in
// either direction, does not.
TEST_P(EveryOpTest, RoundingPassesAndTwiceTheBoundDoesNot) {
  for (const OpCase& op : SweptCases(GetParam())) {
    if (op.y.matrix.values.size() > 10'000) continue;
    SCOPED_TRACE(op.name);
    const Matrix expected = Expected(op), bound = op.bound(op);
    Matrix actual = expected;
    for (double& value : actual.values) value = static_cast<float>(value);
    ASSERT_LE(WorstRatio(actual, expected, bound), 1);
    const size_t last = expected.values.size() - 1;
    for (const size_t at : {size_t{0}, last / 2, last})
      for (const double sign : {-2.0, 2.0}) {
        actual = expected;
        actual.values[at] +=
            sign * std::max(bound.values[at], 1e-9 * std::abs(expected.values[at]));
        EXPECT_GT(WorstRatio(actual, expected, bound), 1) << at;
      }
  }
}

// An accelerator that rounds its operands to 16 bits or to TF32 is not float.
TEST_P(EveryOpTest, RoundedOperandsAreSeen) {
  for (const OpCase& op : SweptCases(GetParam())) {
    if (op.y.matrix.values.size() < 64 || op.y.matrix.values.size() > 10'000) continue;
    SCOPED_TRACE(op.name);
    // One key alone is attended to whatever its score.
    const bool alone = GetParam() == "Attention" && op.inputs[1].matrix.rows == 1;
    for (size_t input = alone ? 2 : 0; input < op.inputs.size(); ++input) {
      if (op.inputs[input].matrix.values.size() < 8) continue;
      OpCase half = op, tf32 = op;
      for (double& x : half.inputs[input].matrix.values)
        x = ToFloat(ToBF16(static_cast<float>(x)));
      for (double& x : tf32.inputs[input].matrix.values) {
        const auto number = static_cast<float>(x);
        x = std::bit_cast<float>(std::bit_cast<uint32_t>(number) & 0xffffe000);
      }
      EXPECT_GT(RatioOf(half, op), 1) << "bfloat16 in " << input;
      EXPECT_GT(RatioOf(tf32, op), 1) << "TF32 in " << input;
    }
  }
}

// The networks are compared to 2e-5 of their outputs' scale.
TEST_P(EveryOpTest, BoundsLieFarBelowTheResults) {
  for (const OpCase& op : SweptCases(GetParam())) {
    if (op.y.matrix.rows < 50 || op.y.matrix.values.size() > 200'000) continue;
    const Matrix expected = Expected(op), bound = op.bound(op);
    double square = 0, bound_square = 0;
    for (const double value : expected.values) square += value * value;
    for (const double value : bound.values) bound_square += value * value;
    EXPECT_LT(std::sqrt(bound_square / square), 2e-5) << op.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOpTest, ::testing::ValuesIn(OpNames()),
                         [](const auto& param) { return param.param; });

TEST(ToleranceTest, AMissingBiasIsSeen) {
  for (const char* op : {"Linear", "LinearAdd"}) {
    const OpCase right = CaseNamed(op, std::string(op) + " 50 720 320 1 1 0");
    OpCase wrong = right;
    wrong.inputs[2].matrix = Matrix();
    EXPECT_GT(RatioOf(wrong, right), 1e3);
  }
  OpCase right = CaseNamed("LayerNorm", "LayerNorm 50 768 1"), wrong = right;
  wrong.inputs[2].matrix.values.assign(768, 0);
  EXPECT_GT(RatioOf(wrong, right), 1e3);
}

TEST(ToleranceTest, OneTermLeftOutOfALongSumIsSeen) {
  const OpCase right = CaseNamed("Linear", "Linear 50 720 320 1 1 0");
  OpCase wrong = right;
  Matrix& x = wrong.inputs[0].matrix;
  for (int64_t r = 0; r < x.rows; ++r) x(r, x.columns - 1) = 0;
  EXPECT_GT(RatioOf(wrong, right), 1e2);
}

TEST(ToleranceTest, AddingTwiceOrNotAtAllIsSeen) {
  const OpCase product = CaseNamed("LinearAdd", "LinearAdd 50 720 320 1 1 0");
  EXPECT_GT(
      RatioOfRun(product, [](Backend& be, Inputs i,
                             const Tensor& y) { be.Linear(i[0], i[1], i[2], y); }),
      1e3);
  const OpCase sum = CaseNamed("AddScaled", "AddScaled 50 768 1 -1");
  EXPECT_GT(
      RatioOfRun(sum, [](Backend& be, Inputs i,
                         const Tensor& y) { be.AddScaled(i[0], 2 * 31.0 / 9, y); }),
      1e3);
}

TEST(ToleranceTest, AWrongEpsilonIsSeenWhereTheVarianceIsSmall) {
  const OpCase layer = CaseNamed("LayerNorm", "LayerNorm 7 960 3");
  EXPECT_GT(RatioOfRun(layer,
                       [](Backend& be, Inputs i, const Tensor& y) {
                         be.LayerNorm(i[0], i[1], i[2], 1e-5, y);
                       }),
            1e3);
  const OpCase rms = CaseNamed("RmsNorm", "RmsNorm 7 960 3");
  EXPECT_GT(RatioOfRun(rms, [](Backend& be, Inputs i,
                               const Tensor& y) { be.RmsNorm(i[0], i[1], 1e-6, y); }),
            1e3);
}

TEST(ToleranceTest, TheVarianceOfASampleIsSeen) {
  const OpCase right = CaseNamed("LayerNorm", "LayerNorm 7 960 3");
  OpCase wrong = right;
  for (double& w : wrong.inputs[1].matrix.values) w *= std::sqrt(959.0 / 960);
  EXPECT_GT(RatioOf(wrong, right), 1e2);
}

TEST(ToleranceTest, OtherActivationsAreSeen) {
  const auto each = [](double (*f)(double)) {
    return [f](Backend&, Inputs i, const Tensor& y) {
      for (int64_t r = 0; r < y.Rows(); ++r)
        for (int64_t c = 0; c < y.Columns(); ++c)
          y.Row<double>(r)[c] = f(i[0].Row<double>(r)[c]);
    };
  };
  const OpCase gelu = CaseNamed("Gelu", "Gelu 50 768 1 -1");
  const auto exact = [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2))); };
  const auto quick = [](double x) { return x / (1 + std::exp(-1.702 * x)); };
  const auto sign = [](double x) { return -x / (1 + std::exp(-x)); };
  EXPECT_GT(RatioOfRun(gelu, each(exact)), 1e3);
  EXPECT_GT(RatioOfRun(gelu, each(quick)), 1e3);
  EXPECT_GT(RatioOfRun(CaseNamed("Silu", "Silu 50 768 1 -1"), each(quick)), 1e3);
  EXPECT_GT(RatioOfRun(CaseNamed("Silu", "Silu 50 768 1 -1"), each(sign)), 1e3);
  EXPECT_GT(RatioOfRun(CaseNamed("SiluMul", "SiluMul 50 768 1 -1"),
                       [](Backend& be, Inputs i, const Tensor& y) {
                         be.SiluMul(i[1], i[0], y);
                       }),
            1e3);
}

TEST(ToleranceTest, AWrongPositionOrPairingIsSeen) {
  const OpCase right = CaseNamed("Rope", "Rope 50 15 64 177 0");
  for (const int64_t first : {0, 176, 178})
    EXPECT_GT(
        RatioOfRun(right, [first](Backend& be, Inputs i,
                                  const Tensor& y) { be.Rope(i[0], first, 64, y); }),
        1e3);
  EXPECT_GT(RatioOfRun(right, [](Backend& be, Inputs i,
                                 const Tensor& y) { be.Rope(i[0], 177, 32, y); }),
            1e3);
}

TEST(ToleranceTest, AnotherFactorIsSeen) {
  const auto run = [](Backend& be, Inputs i, const Tensor& y) {
    be.Scale(i[0], 31.0 / 9 * (1 + 1e-6), y);
  };
  EXPECT_GT(RatioOfRun(CaseNamed("Scale", "Scale 50 768 1 -1"), run), 1);
}

// The mask, the scale, the sharing of heads.
class AttentionToleranceTest : public ::testing::Test {
 protected:
  // The 227 keys, of which the case's causal mask hides the last from row 48.
  OpCase right_ = CaseNamed("Attention", "Attention 50 227 15 5 64 causal");
};

TEST_F(AttentionToleranceTest, AMaskThatIsOneOffIsSeen) {
  EXPECT_GT(RatioOfRun(right_,
                       [](Backend& be, Inputs i, const Tensor& y) {
                         be.Attention(i[0], i[1], i[2], 64, Mask::kFull, y);
                       }),
            1e3);
  EXPECT_GT(RatioOfRun(right_,
                       [](Backend& be, Inputs i, const Tensor& y) {
                         be.Attention(i[0], Rows(i[1], 0, 226), Rows(i[2], 0, 226), 64,
                                      Mask::kCausal, y);
                       }),
            1e3);
}

TEST_F(AttentionToleranceTest, AWrongScaleOrHeadIsSeen) {
  OpCase wrong = right_;
  for (double& q : wrong.inputs[0].matrix.values) q *= 1 + 1e-4;
  EXPECT_GT(RatioOf(wrong, right_), 10);
  // Head h reads h % 5 where it should read h / 3.
  EXPECT_GT(RatioOfRun(right_,
                       [](Backend& be, Inputs i, const Tensor& y) {
                         for (int64_t h = 0; h < 15; ++h)
                           be.Attention(Columns(i[0], h * 64, 64),
                                        Columns(i[1], h % 5 * 64, 64),
                                        Columns(i[2], h % 5 * 64, 64), 64,
                                        Mask::kCausal, Columns(y, h * 64, 64));
                       }),
            1e3);
}

}  // namespace
}  // namespace svla
