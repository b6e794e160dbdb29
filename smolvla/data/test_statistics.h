// The numbers that scripts/make_statistics_goldens.py takes the statistics of.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "smolvla/base/json.h"
#include "smolvla/data/feature_statistics.h"
#include "smolvla/policy/robot.h"

namespace svla {

// Number `index` of SplitMix64.
inline uint64_t Mixed(uint64_t seed, uint64_t index) {
  uint64_t z = (index + seed + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

inline Json StatisticsGoldens(const std::string& file) {
  return ReadJson(std::string(SMOLVLA_SOURCE_DIR "/testdata/statistics/") + file);
}

// FNV-1a over whole numbers in place of bytes.
inline uint64_t HashOf(const std::vector<int64_t>& values) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const int64_t value : values)
    hash = (hash ^ static_cast<uint64_t>(value)) * 0x100000001B3;
  return hash;
}

}  // namespace svla
