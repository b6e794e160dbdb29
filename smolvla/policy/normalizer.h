// Robot units ↔ the network's, by the statistics of the training data. Formulas
// and modes are those of LeRobot's processor/normalize_processor.py.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "smolvla/policy/statistics.h"

namespace svla {

enum class NormalizationMode { kIdentity, kMeanStd, kMinMax, kQuantiles, kQuantile10 };

// "IDENTITY", "MEAN_STD", "MIN_MAX", "QUANTILES" or "QUANTILE10". Throws Error,
// beginning with `where`, for anything else.
NormalizationMode ParseMode(const std::string& name, const std::string& where);

// One feature, both ways: normalised = (x - offset) / scale (+ shift), where
//   MEAN_STD    (x - mean) / (std + eps);    back: y std + mean, without eps
//   MIN_MAX     2 (x - min) / (max - min) - 1, and QUANTILES, QUANTILE10 likewise
//               with q01 and q99, q10 and q90; a range of 0 becomes eps.
class Normalizer {
 public:
  // Passes values through.
  Normalizer() = default;

  // Throws Error, beginning with `where`, if a statistic that the mode needs is
  // absent, is not `dim` long or not finite.
  Normalizer(NormalizationMode mode, const FeatureStatistics& statistics, int64_t dim,
             double eps, const std::string& where);

  void Normalize(std::span<double> values) const;
  void Restore(std::span<double> values) const;

  NormalizationMode mode() const { return mode_; }

 private:
  NormalizationMode mode_ = NormalizationMode::kIdentity;
  double eps_ = 1e-8;
  std::vector<double> low_, high_;  // mean and std, or the two ends of the range
};

}  // namespace svla
