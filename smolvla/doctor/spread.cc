#include "smolvla/doctor/spread.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {

ModeStatistics StatisticsOf(NormalizationMode mode) {
  switch (mode) {
    case NormalizationMode::kIdentity:
      return {"IDENTITY", "", ""};
    case NormalizationMode::kMeanStd:
      return {"MEAN_STD", "mean", "std"};
    case NormalizationMode::kMinMax:
      return {"MIN_MAX", "min", "max"};
    case NormalizationMode::kQuantiles:
      return {"QUANTILES", "q01", "q99"};
    case NormalizationMode::kQuantile10:
      return {"QUANTILE10", "q10", "q90"};
  }
  SVLA_CHECK(false);
}

std::string JointName(size_t joint, const VectorFacts* names) {
  std::string text = "joint " + std::to_string(joint);
  if (names && joint < names->names.size()) text += " (" + names->names[joint] + ")";
  return text;
}

const VectorFacts* NamesOf(const DatasetFacts* dataset, const std::string& feature,
                           size_t count) {
  if (!dataset) return nullptr;
  const auto& facts = feature == "action" ? dataset->action : dataset->state;
  return facts && facts->names.size() == count ? &*facts : nullptr;
}

std::string JointNote(size_t joint, const VectorFacts* names, const std::string& note) {
  return JointName(joint, names) + ": " + note;
}

std::vector<double> SpreadsOf(NormalizationMode mode,
                              const FeatureStatistics& statistics) {
  const ModeStatistics names = StatisticsOf(mode);
  std::vector<double> spreads = statistics.at(names.extent);
  if (mode != NormalizationMode::kMeanStd)
    for (size_t i = 0; i < spreads.size(); ++i)
      spreads[i] -= statistics.at(names.center)[i];
  return spreads;
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

const std::vector<double>& StatisticOr(const FeatureStatistics& statistics,
                                       const std::string& name) {
  static const std::vector<double> none;
  const auto found = statistics.find(name);
  return found == statistics.end() ? none : found->second;
}

}  // namespace svla
