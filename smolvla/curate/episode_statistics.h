// The statistics of each episode that a dataset has kept: meta/episodes_stats.jsonl
// (v2.1) or the columns stats/... of meta/episodes (v3.0).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "smolvla/data/dataset.h"
#include "smolvla/data/feature_statistics.h"

namespace svla {

// Of the named features, by episode. Episodes and features that have none are left out:
// v2.0 has none at all. Throws Error, naming the file, if what is there cannot be read.
std::map<int64_t, StatisticsByFeature> ReadEpisodeStatistics(
    const Dataset& dataset, const std::set<std::string>& features);

}  // namespace svla
