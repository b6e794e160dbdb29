// The order in which numpy adds a contiguous run of numbers. What it gives for float
// differs in the last digits from a plain loop, and where a small spread is computed
// beside a large mean the last digits are all there is.
#pragma once

#include <cstdint>

namespace svla {

template <class T, class ValueAt>
T PairwiseSum(int64_t from, int64_t count, const ValueAt& value) {
  constexpr int64_t kLanes = 8;
  constexpr int64_t kBlock = 128;
  if (count > kBlock) {
    const int64_t half = count / 2 - count / 2 % kLanes;
    return PairwiseSum<T>(from, half, value) +
           PairwiseSum<T>(from + half, count - half, value);
  }
  T sum = 0;
  int64_t i = 0;
  if (count >= kLanes) {
    T lane[kLanes] = {};
    for (; i < count - count % kLanes; ++i) lane[i % kLanes] += value(from + i);
    sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
          ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }
  for (; i < count; ++i) sum += value(from + i);
  return sum;
}

}  // namespace svla
