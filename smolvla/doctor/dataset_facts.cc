#include "smolvla/doctor/dataset_facts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostBytes = size_t{256} << 20;
constexpr size_t kMostTasks = 10'000;
constexpr int64_t kMostSize = 1'000'000;

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// The strings inside lists and objects, in order: names are a list, a list in a list,
// or {"motors": [...]}.
void CollectStrings(const Json& value, std::vector<std::string>& strings) {
  if (value.is_string()) strings.push_back(value.get<std::string>());
  if (value.is_structured())
    for (const Json& element : value) CollectStrings(element, strings);
}

std::vector<int64_t> ShapeOf(const JsonReader& feature) {
  std::vector<int64_t> shape;
  const Json* sizes = feature.Find("shape");
  if (!sizes || !sizes->is_array() || sizes->size() > 8)
    feature.FailAt("shape", "a list of sizes");
  for (const Json& size : *sizes) {
    if (!size.is_number_integer() || size.get<int64_t>() < 0 ||
        size.get<int64_t>() > kMostSize)
      feature.FailAt("shape", "sizes from 0 to 1000000");
    shape.push_back(size.get<int64_t>());
  }
  return shape;
}

CameraFacts ReadCamera(const std::string& key, const JsonReader& feature) {
  const std::vector<int64_t> shape = ShapeOf(feature);
  if (shape.size() != 3) return {key};
  std::vector<std::string> names;
  if (const Json* found = feature.Find("names")) CollectStrings(*found, names);
  const bool first = names.empty() ? shape[0] <= 4 : names[0].starts_with("channel");
  return first ? CameraFacts{key, shape[2], shape[1]}
               : CameraFacts{key, shape[1], shape[0]};
}

VectorFacts ReadVector(const JsonReader& feature) {
  const std::vector<int64_t> shape = ShapeOf(feature);
  if (shape.size() != 1) feature.FailAt("shape", "one size");
  VectorFacts vector{shape[0], {}};
  if (const Json* found = feature.Find("names")) CollectStrings(*found, vector.names);
  if (static_cast<int64_t>(vector.names.size()) != vector.dim) vector.names.clear();
  return vector;
}

void ReadFeature(const std::string& key, const JsonReader& feature, DatasetFacts& to) {
  const std::string type = feature.String("dtype", "");
  if (type == "video" || type == "image") {
    to.cameras.push_back(ReadCamera(key, feature));
  } else if (key == "observation.state") {
    to.state = ReadVector(feature);
  } else if (key == "action") {
    to.action = ReadVector(feature);
  }
}

void ReadInfo(const fs::path& path, DatasetFacts& to) {
  const Json json = ReadJson(path);
  const JsonReader read(json, path.string());
  to.version = read.String("codebase_version", "");
  if (read.Find("fps")) to.fps = read.Number("fps", 0, 0.001, 1e6);
  const Json* features = read.Find("features");
  if (!features || !features->is_object())
    read.FailAt("features", "an object of features");
  for (const auto& [key, value] : features->items())
    ReadFeature(key, JsonReader(value, path.string() + ": " + key), to);
}

// Calls `line` on every line of a file that holds one JSON object a line.
void ReadLines(const fs::path& path,
               const std::function<void(const JsonReader&)>& line) {
  const std::string text = ReadText(path, kMostBytes);
  size_t number = 1;
  for (size_t at = 0; at < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view one = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string name = path.string() + ":" + std::to_string(number);
    const Json json = ParseJson(one, name);
    line(JsonReader(json, name));
  }
}

void ReadTasks(const fs::path& meta, DatasetFacts& to) {
  std::set<std::string> seen;
  const auto add = [&](const std::string& task) {
    if (to.tasks.size() < kMostTasks && seen.insert(task).second)
      to.tasks.push_back(task);
  };
  if (IsFile(meta / "tasks.jsonl"))
    ReadLines(meta / "tasks.jsonl", [&](const JsonReader& line) {
      if (line.Find("task")) add(line.String("task", ""));
    });
  if (IsFile(meta / "episodes.jsonl"))
    ReadLines(meta / "episodes.jsonl", [&](const JsonReader& line) {
      std::vector<std::string> tasks;
      if (const Json* found = line.Find("tasks")) CollectStrings(*found, tasks);
      for (const std::string& task : tasks) add(task);
    });
  to.tasks_in_parquet = to.tasks.empty() && IsFile(meta / "tasks.parquet");
}

// One statistic of one episode; empty unless it is a list of finite numbers.
std::vector<double> Numbers(const Json& statistics, const char* name) {
  std::vector<double> numbers;
  const auto found = statistics.find(name);
  if (found == statistics.end() || !found->is_array()) return {};
  for (const Json& number : *found) {
    if (!number.is_number() || !std::isfinite(number.get<double>())) return {};
    numbers.push_back(number.get<double>());
  }
  return numbers;
}

// The statistics of all episodes together, as LeRobot's compute_stats.py aggregates
// them: means weighted by the number of frames, variances about the common mean.
class Aggregate {
 public:
  void Add(const Json& stats, const std::string& feature) {
    const auto found = stats.find(feature);
    if (found == stats.end() || !found->is_object()) return;
    const std::vector<double> count = Numbers(*found, "count");
    const std::vector<double> mean = Numbers(*found, "mean");
    const std::vector<double> std = Numbers(*found, "std");
    if (count.size() != 1 || count[0] <= 0 || mean.empty() || mean.size() != std.size())
      return;
    if (sum_.empty()) sum_.resize(mean.size()), squares_.resize(mean.size());
    if (sum_.size() != mean.size()) return;
    frames_ += count[0];
    for (size_t i = 0; i < mean.size(); ++i) {
      sum_[i] += count[0] * mean[i];
      squares_[i] += count[0] * (std[i] * std[i] + mean[i] * mean[i]);
    }
  }

  FeatureStatistics Total() const {
    FeatureStatistics total;
    for (size_t i = 0; i < sum_.size(); ++i) {
      const double mean = sum_[i] / frames_;
      total["mean"].push_back(mean);
      total["std"].push_back(
          std::sqrt(std::max(0.0, squares_[i] / frames_ - mean * mean)));
    }
    return total;
  }

 private:
  double frames_ = 0;
  std::vector<double> sum_, squares_;
};

void ReadStatistics(const fs::path& meta, DatasetFacts& to) {
  if (IsFile(meta / "stats.json")) {
    Statistics statistics;
    statistics.AddStatsJson(meta / "stats.json");
    if (const auto* found = statistics.Find("observation.state", ""))
      to.state_statistics = *found;
    if (const auto* found = statistics.Find("action", ""))
      to.action_statistics = *found;
  } else if (IsFile(meta / "episodes_stats.jsonl")) {
    Aggregate state, action;
    ReadLines(meta / "episodes_stats.jsonl", [&](const JsonReader& line) {
      const Json* stats = line.Find("stats");
      if (!stats || !stats->is_object()) line.FailAt("stats", "an object");
      state.Add(*stats, "observation.state");
      action.Add(*stats, "action");
    });
    to.state_statistics = state.Total();
    to.action_statistics = action.Total();
  }
}

}  // namespace

DatasetFacts ReadDatasetFacts(const fs::path& folder) {
  DatasetFacts facts;
  facts.folder = folder;
  const fs::path meta = folder / "meta";
  if (!IsFile(meta / "info.json"))
    Fail(folder.string(), ": expected a LeRobot dataset, found no meta/info.json");
  ReadInfo(meta / "info.json", facts);
  for (const auto& read : {ReadTasks, ReadStatistics}) try {
      read(meta, facts);
    } catch (const Error& e) {
      facts.problems.push_back(e.what());
    }
  return facts;
}

}  // namespace svla
