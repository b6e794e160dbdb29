// The files of statistics of a dataset, replaced by others.
#pragma once

#include <cstdint>
#include <map>

#include "smolvla/data/dataset.h"
#include "smolvla/data/feature_statistics.h"

namespace svla {

// Writes meta/stats.json and, of v2.1, meta/episodes_stats.jsonl, as one: a crash
// leaves the old ones or the new. The old are kept beside them, with ".old" behind
// their names. Cameras that are not among the new statistics keep those they have.
// Throws Error.
void ReplaceStatistics(const Dataset& dataset, const StatisticsByFeature& whole,
                       const std::map<int64_t, StatisticsByFeature>& episodes);

}  // namespace svla
