#include "smolvla/base/random.h"

#include <cmath>
#include <numbers>

namespace svla {
namespace {

// Two words to a double in (0, 1): never 0, so that its logarithm is finite.
double ToUnit(uint32_t high, uint32_t low) {
  const uint64_t bits = (uint64_t{high} << 32 | low) >> 11;
  return (static_cast<double>(bits) + 0.5) * 0x1p-53;
}

}  // namespace

// Philox 4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3".
std::array<uint32_t, 4> Random::Words(uint64_t index) const {
  std::array<uint32_t, 4> x = {
      static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
      static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)};
  auto key0 = static_cast<uint32_t>(seed_);
  auto key1 = static_cast<uint32_t>(seed_ >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * x[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * x[2];
    x = {static_cast<uint32_t>(b >> 32) ^ x[1] ^ key0, static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ x[3] ^ key1, static_cast<uint32_t>(a)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return x;
}

double Random::Uniform(uint64_t index) const {
  const auto words = Words(index);
  return ToUnit(words[0], words[1]);
}

// Box and Muller: four words make the radius and the angle of one number; its
// twin is not used, so that Normal(i) needs nothing but i.
double Random::Normal(uint64_t index) const {
  const auto words = Words(index);
  const double radius = std::sqrt(-2.0 * std::log(ToUnit(words[0], words[1])));
  return radius * std::cos(2.0 * std::numbers::pi * ToUnit(words[2], words[3]));
}

}  // namespace svla
