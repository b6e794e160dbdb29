#include "smolvla/policy/dataset_statistics.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json_lines.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// A list of finite numbers, as long as those before it. Half a dataset's statistics
// would pass for the whole's, so an episode that does not fit is an error.
std::vector<double> Numbers(const JsonReader& read, const char* key, size_t length) {
  std::vector<double> numbers;
  const Json* list = read.Find(key);
  if (!list || !list->is_array()) read.FailAt(key, "a list of numbers");
  for (const Json& number : *list) {
    if (!number.is_number() || !std::isfinite(number.get<double>()))
      read.FailAt(key, "finite numbers");
    numbers.push_back(number.get<double>());
  }
  if (numbers.size() != length)
    read.FailAt(key, "a list of " + std::to_string(length) + " numbers");
  return numbers;
}

// One feature over all episodes so far.
class Aggregate {
 public:
  void Add(const JsonReader& episode) {
    const Json* given = episode.Find("mean");
    if (!given || !given->is_array()) episode.FailAt("mean", "a list of numbers");
    if (frames_ == 0) Resize(given->size());
    const size_t length = mean_.size();
    const double count = Numbers(episode, "count", 1)[0];
    if (count < 1) episode.FailAt("count", "at least one frame");
    const auto mean = Numbers(episode, "mean", length);
    const auto std = Numbers(episode, "std", length);
    has_range_ = has_range_ && episode.Find("min") && episode.Find("max");
    const auto min = has_range_ ? Numbers(episode, "min", length) : mean;
    const auto max = has_range_ ? Numbers(episode, "max", length) : mean;
    const double before = frames_;
    frames_ += count;
    for (size_t i = 0; i < length; ++i) {
      // About the common mean: sums of squares about zero would lose a small std
      // beside a large mean.
      const double moved = mean[i] - mean_[i];
      mean_[i] += moved * count / frames_;
      squares_[i] += count * (std[i] * std[i] + moved * moved * before / frames_);
      min_[i] = std::min(min_[i], min[i]);
      max_[i] = std::max(max_[i], max[i]);
    }
  }

  // Empty if no episode was added.
  FeatureStatistics Total() const {
    if (frames_ == 0) return {};
    FeatureStatistics total{{"mean", mean_}};
    for (const double squares : squares_)
      total["std"].push_back(std::sqrt(squares / frames_));
    if (has_range_) total["min"] = min_, total["max"] = max_;
    return total;
  }

 private:
  void Resize(size_t length) {
    mean_.assign(length, 0);
    squares_.assign(length, 0);
    min_.assign(length, HUGE_VAL);
    max_.assign(length, -HUGE_VAL);
  }

  double frames_ = 0;
  bool has_range_ = true;        // in every episode so far
  std::vector<double> mean_;     // of all frames
  std::vector<double> squares_;  // sums of squared distances from it
  std::vector<double> min_, max_;
};

Statistics ReadEpisodes(const fs::path& path) {
  std::map<std::string, Aggregate> features{{"observation.state", {}}, {"action", {}}};
  ReadJsonLines(path, [&](const Json& line, const std::string& name) {
    const JsonReader read(line, name);
    const Json* stats = read.Find("stats");
    if (!stats || !stats->is_object()) read.FailAt("stats", "an object");
    for (auto& [feature, aggregate] : features)
      if (const auto found = stats->find(feature); found != stats->end())
        aggregate.Add(JsonReader(*found, name + ": " + feature));
  });
  Statistics statistics;
  for (const auto& [feature, aggregate] : features)
    if (FeatureStatistics total = aggregate.Total(); !total.empty())
      statistics.Set(feature, std::move(total));
  return statistics;
}

}  // namespace

std::optional<DatasetStatistics> FindDatasetStatistics(const fs::path& named) {
  for (const fs::path& json : {named, named / "meta/stats.json", named / "stats.json"})
    if (json.extension() != ".jsonl" && IsFile(json)) {
      DatasetStatistics found{{}, json};
      found.statistics.AddStatsJson(json);
      return found;
    }
  for (const fs::path& lines :
       {named, named / "meta/episodes_stats.jsonl", named / "episodes_stats.jsonl"})
    if (IsFile(lines)) return DatasetStatistics{ReadEpisodes(lines), lines};
  return std::nullopt;
}

}  // namespace svla
