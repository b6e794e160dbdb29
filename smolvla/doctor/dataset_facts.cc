#include "smolvla/doctor/dataset_facts.h"

#include <algorithm>
#include <set>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json_lines.h"
#include "smolvla/policy/dataset_statistics.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostTasks = 10'000;
constexpr int64_t kMostSize = 1'000'000;

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

void ReadTasks(const fs::path& meta, DatasetFacts& to) {
  std::set<std::string> seen;
  const auto add = [&](const std::string& task) {
    if (to.tasks.size() < kMostTasks && seen.insert(task).second)
      to.tasks.push_back(task);
  };
  if (IsFile(meta / "tasks.jsonl"))
    ReadJsonLines(meta / "tasks.jsonl",
                  [&](const Json& value, const std::string& name) {
                    const JsonReader line(value, name);
                    if (line.Find("task")) add(line.String("task", ""));
                  });
  if (IsFile(meta / "episodes.jsonl"))
    ReadJsonLines(meta / "episodes.jsonl",
                  [&](const Json& value, const std::string& name) {
                    const JsonReader line(value, name);
                    std::vector<std::string> tasks;
                    if (const Json* found = line.Find("tasks"))
                      CollectStrings(*found, tasks);
                    for (const std::string& task : tasks) add(task);
                  });
  to.tasks_in_parquet = to.tasks.empty() && IsFile(meta / "tasks.parquet");
}

void ReadStatistics(const fs::path& meta, DatasetFacts& to) {
  const auto found = FindDatasetStatistics(meta);
  if (!found) return;
  if (const auto* state = found->statistics.Find("observation.state", ""))
    to.state_statistics = *state;
  if (const auto* action = found->statistics.Find("action", ""))
    to.action_statistics = *action;
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
