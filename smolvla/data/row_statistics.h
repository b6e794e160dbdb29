// Statistics of the numbers of an episode, equal to those that LeRobot 0.6.1 computes
// (lerobot/datasets/compute_stats.py) to the bit: the same sums, in the same type and
// the same order.
//
//   const CountedStatistics state = StatisticsOfRows(numbers, "float32", {6});
#pragma once

#include <span>

#include "smolvla/data/feature_statistics.h"

namespace svla {

// `numbers` are those of all frames, one frame after another, each of `shape` (empty: a
// single number); `dtype` is what info.json says of them, which decides the arithmetic:
// "float32", "bool" and integers of up to 16 bits are summed in float, as LeRobot does,
// others in double. Requires them to be exact in double.
//
// Of shape [a, b] LeRobot takes every frame for `a` rows of b numbers, and so the
// statistics have b; but those of a single frame have a times b. A column with a NaN
// has NaN everywhere.
//
// Throws Error if there is no frame, a part of one, or `dtype` is no type of numbers.
CountedStatistics StatisticsOfRows(std::span<const double> numbers,
                                   const std::string& dtype,
                                   const std::vector<int64_t>& shape);

}  // namespace svla
