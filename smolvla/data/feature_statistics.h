// What LeRobot keeps of every feature of an episode or a dataset: meta/stats.json,
// meta/episodes_stats.jsonl, and the columns stats/... of meta/episodes.
// row_statistics.h and picture_statistics.h compute it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "smolvla/base/json.h"
#include "smolvla/policy/statistics.h"

namespace svla {

struct CountedStatistics {
  FeatureStatistics values;    // "min", "max", "mean", "std", "q01", ...: one length
  std::vector<int64_t> shape;  // of each: [n], or [3, 1, 1] of pictures
  int64_t count = 0;           // frames; of pictures, those looked at; 0 if unknown
};

// All that LeRobot 0.6.1 keeps, beside the count.
inline constexpr const char* kStatisticNames[] = {"min", "max", "mean", "std", "q01",
                                                  "q10", "q50", "q90",  "q99"};

using StatisticsByFeature = std::map<std::string, CountedStatistics>;

// {"min": [...], "max": ..., "count": [n], "q01": ...}, in lists nested as the shape
// says. Numbers that are not finite become null.
Json ToJson(const CountedStatistics& statistics);
Json ToJson(const StatisticsByFeature& features);

// The reverse. Any statistic may be missing; null is not a number (NaN), and true is
// 1, which LeRobot writes of a single frame. What is no list of numbers is skipped, but
// for the "count". Throws Error, naming `name`, the feature and the statistic, if lists
// are uneven, or two statistics of a feature are of different shapes.
CountedStatistics ParseStatistics(const Json& json, const std::string& name);
StatisticsByFeature ParseStatisticsByFeature(const Json& json, const std::string& name);

// Those of the episodes, or of the datasets, put together: mean and std of all frames,
// min and max; quantiles are means by count, which is what LeRobot 0.6.1 takes for
// them, and only of features that have them everywhere. A feature that some parts lack
// is that of the others. Throws Error, naming the feature, if a part has no count,
// lacks "min", "max", "mean" or "std", or is of another shape than those before.
StatisticsByFeature Aggregate(const std::vector<StatisticsByFeature>& parts);

}  // namespace svla
