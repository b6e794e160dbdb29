#include "smolvla/base/bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace svla {
namespace {

// The value of a sign, an exponent field and a fraction field, from the definition.
double Defined(uint32_t bits, int exponent_bits, int fraction_bits) {
  const double sign = bits >> (exponent_bits + fraction_bits) ? -1.0 : 1.0;
  const int top = (1 << exponent_bits) - 1;
  const int exponent = static_cast<int>(bits >> fraction_bits) & top;
  const double fraction =
      std::ldexp(bits & ((1u << fraction_bits) - 1), -fraction_bits);
  if (exponent == top)
    return fraction == 0 ? sign * INFINITY : std::numeric_limits<double>::quiet_NaN();
  const int bias = top / 2;
  return sign * (exponent == 0 ? std::ldexp(fraction, 1 - bias)
                               : std::ldexp(1 + fraction, exponent - bias));
}

void ExpectSame(double actual, double expected, uint32_t bits) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << bits;
  } else {
    EXPECT_EQ(actual, expected) << bits;
    EXPECT_EQ(std::signbit(actual), std::signbit(expected)) << bits;
  }
}

TEST(Bf16Test, EveryPatternOfBothTypesHasItsDefinedValue) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    ExpectSame(ToFloat(BF16{half}), Defined(bits, 8, 7), bits);
    ExpectSame(ToFloat(F16{half}), Defined(bits, 5, 10), bits);
  }
}

TEST(Bf16Test, EveryBfloat16SurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = ToFloat(BF16{static_cast<uint16_t>(bits)});
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(ToFloat(ToBF16(value)))) << bits;
    else
      EXPECT_EQ(ToBF16(value).bits, bits);
  }
}

// Between any two neighbours: below the middle down, above it up, in the middle to
// the even one.
TEST(Bf16Test, RoundsToTheNearestAndTiesToEven) {
  for (uint32_t bits = 0; bits < 0x7f80; ++bits)
    for (const uint32_t sign : {0u, 0x8000u}) {
      const uint32_t low = bits | sign;
      const uint32_t middle = low << 16 | 0x8000;
      EXPECT_EQ(ToBF16(std::bit_cast<float>(middle - 1)).bits, low);
      EXPECT_EQ(ToBF16(std::bit_cast<float>(middle)).bits, low + (low & 1));
      EXPECT_EQ(ToBF16(std::bit_cast<float>(middle + 1)).bits, low + 1);
    }
}

TEST(Bf16Test, ANanWhoseHighBitsAreThoseOfInfinityStaysNan) {
  EXPECT_TRUE(std::isnan(ToFloat(ToBF16(std::bit_cast<float>(0x7f800001u)))));
  EXPECT_TRUE(std::isnan(ToFloat(ToBF16(std::bit_cast<float>(0xffffffffu)))));
}

}  // namespace
}  // namespace svla
