// The statistics of one feature as the doctor reads them: where a joint's values lie
// in training, whatever the mode of normalisation.
#pragma once

#include <string>
#include <vector>

#include "smolvla/doctor/dataset_facts.h"
#include "smolvla/policy/normalizer.h"

namespace svla {

// The statistics that a mode reads: where a joint is, and how far it moves.
struct ModeStatistics {
  const char* mode;    // "MEAN_STD"
  const char* center;  // "mean", or the lower end of the range
  const char* extent;  // "std", or the upper end
};
ModeStatistics StatisticsOf(NormalizationMode mode);

// "joint 3 (wrist_flex.pos)", or "joint 3" where the dataset does not tell.
std::string JointName(size_t joint, const VectorFacts* names);

// The dataset's description of "observation.state" or "action", if it has one of
// `count` numbers: names of other numbers would mislead. `dataset` may be null.
const VectorFacts* NamesOf(const DatasetFacts* dataset, const std::string& feature,
                           size_t count);

// A joint and what is to be said of it: "joint 3 (wrist_flex.pos): std 0".
std::string JointNote(size_t joint, const VectorFacts* names, const std::string& note);

// How far each joint moves: std, or the width of the range. Requires the two
// statistics of the mode, of one length.
std::vector<double> SpreadsOf(NormalizationMode mode,
                              const FeatureStatistics& statistics);

// The middle one; 0 of none.
double Median(std::vector<double> values);

// The statistic, or an empty list.
const std::vector<double>& StatisticOr(const FeatureStatistics& statistics,
                                       const std::string& name);

}  // namespace svla
