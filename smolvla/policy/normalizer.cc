#include "smolvla/policy/normalizer.h"

#include <cmath>

#include "smolvla/base/error.h"

namespace svla {
namespace {

struct ModeNames {
  NormalizationMode mode;
  const char* name;
  const char* low;  // the two statistics it needs
  const char* high;
};

constexpr ModeNames kModes[] = {
    {NormalizationMode::kIdentity, "IDENTITY", "", ""},
    {NormalizationMode::kMeanStd, "MEAN_STD", "mean", "std"},
    {NormalizationMode::kMinMax, "MIN_MAX", "min", "max"},
    {NormalizationMode::kQuantiles, "QUANTILES", "q01", "q99"},
    {NormalizationMode::kQuantile10, "QUANTILE10", "q10", "q90"},
};

std::vector<double> Take(const FeatureStatistics& statistics, const char* name,
                         int64_t dim, const std::string& where) {
  const auto found = statistics.find(name);
  if (found == statistics.end())
    Fail(where, ": expected the statistic \"", name, "\", found none");
  if (static_cast<int64_t>(found->second.size()) != dim)
    Fail(where, ": \"", name, "\": expected ", dim, " numbers, found ",
         found->second.size());
  for (size_t i = 0; i < found->second.size(); ++i)
    if (!std::isfinite(found->second[i]))
      Fail(where, ": \"", name, "\"[", i, "] is ", found->second[i],
           ": the statistics were never filled in; --stats-from names others");
  return found->second;
}

}  // namespace

NormalizationMode ParseMode(const std::string& name, const std::string& where) {
  std::string known;
  for (const ModeNames& mode : kModes) {
    if (name == mode.name) return mode.mode;
    known += std::string(known.empty() ? "" : ", ") + mode.name;
  }
  Fail(where, ": normalization mode \"", name, "\": expected one of ", known);
}

Normalizer::Normalizer(NormalizationMode mode, const FeatureStatistics& statistics,
                       int64_t dim, double eps, const std::string& where)
    : mode_(mode), eps_(eps) {
  for (const ModeNames& names : kModes)
    if (names.mode == mode && mode != NormalizationMode::kIdentity) {
      low_ = Take(statistics, names.low, dim, where);
      high_ = Take(statistics, names.high, dim, where);
      for (size_t i = 0; i < high_.size(); ++i)
        if (mode == NormalizationMode::kMeanStd && high_[i] < 0.0)
          Fail(where, ": \"std\"[", i, "]: expected at least 0, found ", high_[i]);
    }
}

void Normalizer::Normalize(std::span<double> values) const {
  if (mode_ == NormalizationMode::kIdentity) return;
  SVLA_CHECK(values.size() == low_.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const double from_low = values[i] - low_[i];
    const double range = high_[i] - low_[i];
    values[i] = mode_ == NormalizationMode::kMeanStd
                    ? from_low / (high_[i] + eps_)
                    : 2.0 * from_low / (range == 0.0 ? eps_ : range) - 1.0;
  }
}

void Normalizer::Restore(std::span<double> values) const {
  if (mode_ == NormalizationMode::kIdentity) return;
  SVLA_CHECK(values.size() == low_.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const double range = high_[i] - low_[i];
    values[i] = mode_ == NormalizationMode::kMeanStd
                    ? values[i] * high_[i] + low_[i]
                    : (values[i] + 1.0) / 2.0 * (range == 0.0 ? eps_ : range) + low_[i];
  }
}

}  // namespace svla
