// Random numbers that are a function of (seed, stream, index): any thread may
// draw any of them, in any order, and always gets the same.
#pragma once

#include <array>
#include <cstdint>

namespace svla {

class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  // Uniform over all 32-bit words.
  std::array<uint32_t, 4> Words(uint64_t index) const;

  // Uniform in (0, 1).
  double Uniform(uint64_t index) const;

  // Standard normal.
  double Normal(uint64_t index) const;

 private:
  uint64_t seed_;
  uint64_t stream_;
};

}  // namespace svla
