// The 16-bit number types of checkpoints, and the rounding between them and
// float, written once.
#pragma once

#include <bit>
#include <cstdint>

namespace svla {

// bfloat16: the upper half of a float.
struct BF16 {
  uint16_t bits = 0;
};

// IEEE half precision.
struct F16 {
  uint16_t bits = 0;
};

inline float ToFloat(BF16 x) { return std::bit_cast<float>(uint32_t{x.bits} << 16); }

// To nearest, ties to even, as PyTorch rounds; NaN stays NaN.
inline BF16 ToBF16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return {static_cast<uint16_t>((bits >> 16) | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}

inline float ToFloat(F16 x) {
  const uint32_t sign = uint32_t{x.bits} >> 15 << 31;
  const uint32_t exponent = (x.bits >> 10) & 0x1f;
  const uint32_t fraction = x.bits & 0x3ff;
  // Infinity and NaN keep their fraction. Zero and subnormals are multiples of
  // 2^-24, which float holds exactly.
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000 | fraction << 13);
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

}  // namespace svla
