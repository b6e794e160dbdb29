// The statistics of a dataset, which turn robot units into the network's and back:
// where they are kept, and under which names.
//
// They are found as "<feature>.<statistic>" in the state files of the processors,
// as "normalize_inputs.buffer_<feature>.<statistic>" inside the weights of old
// checkpoints, and as {"<feature>": {"<statistic>": [...]}} in a dataset's
// meta/stats.json. Checkpoints trained on several datasets put a name before:
// "so100.buffer.action.mean".
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/base/safetensors.h"

namespace svla {

// By name: "mean", "std", "min", "max", "q01", ...
using FeatureStatistics = std::map<std::string, std::vector<double>>;

class Statistics {
 public:
  // Adds what a file holds. What was there before under the same name is replaced.
  void Add(const std::map<std::string, StoredTensor>& tensors);
  // Throws Error if it is no stats.json.
  void AddStatsJson(const std::filesystem::path& path);
  void Set(const std::string& feature, FeatureStatistics statistics);

  // The statistics of "action" or "observation.state", under that name or, with a
  // prefix, under <prefix>.buffer.<feature>, <prefix>_buffer_<feature> and the
  // like. Null if absent.
  const FeatureStatistics* Find(const std::string& feature,
                                const std::string& prefix) const;

  // The prefixes under which there are statistics of `feature`, but not under its
  // plain name.
  std::vector<std::string> Prefixes(const std::string& feature) const;

  bool empty() const { return features_.empty(); }
  const std::map<std::string, FeatureStatistics>& features() const { return features_; }

 private:
  std::map<std::string, FeatureStatistics> features_;  // by the name in the file
};

}  // namespace svla
