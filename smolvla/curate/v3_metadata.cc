#include "smolvla/curate/v3_metadata.h"

#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

NewFeature Counting(const std::string& key, const std::string& dtype) {
  NewFeature made;
  made.feature.key = key;
  made.feature.dtype = dtype;
  made.feature.shape = {1};
  made.entry = {{"dtype", dtype}, {"shape", {1}}, {"names", nullptr}};
  return made;
}

// Arrow's name of a dtype of info.json.
std::string ValueType(const Feature& feature) {
  if (feature.dtype == "float16") return "halffloat";
  if (feature.dtype == "float32") return "float";
  if (feature.dtype == "float64") return "double";
  return feature.IsText() ? "string" : feature.dtype;
}

// A single number is a plain value, as are texts and pictures.
std::vector<int64_t> ValueShape(const Feature& feature) {
  const bool plain = !feature.IsNumeric() || feature.Size() == 1;
  return plain && feature.shape.size() <= 1 ? std::vector<int64_t>{}
         : feature.IsNumeric()              ? feature.shape
                                            : std::vector<int64_t>{};
}

Json HubType(const Feature& feature) {
  if (feature.dtype == "image") return {{"_type", "Image"}};
  const Json value{{"dtype", feature.IsText() ? "string" : feature.dtype},
                   {"_type", "Value"}};
  const std::vector<int64_t> shape = ValueShape(feature);
  if (shape.empty()) return value;
  if (shape.size() == 1)
    return {{"feature", value}, {"length", shape[0]}, {"_type", "List"}};
  return {{"shape", shape},
          {"dtype", feature.dtype},
          {"_type", "Array" + std::to_string(shape.size()) + "D"}};
}

// What pandas needs to make the sentences the index of its table.
std::string PandasNote() {
  const auto column = [](const char* name, const char* pandas, const char* numpy) {
    return Json{{"name", name},
                {"field_name", name},
                {"pandas_type", pandas},
                {"numpy_type", numpy},
                {"metadata", nullptr}};
  };
  const Json note{
      {"index_columns", {"task"}},
      {"column_indexes", Json::array({{{"name", nullptr},
                                       {"field_name", nullptr},
                                       {"pandas_type", "unicode"},
                                       {"numpy_type", "object"},
                                       {"metadata", {{"encoding", "UTF-8"}}}}})},
      {"columns", Json::array({column("task_index", "int64", "int64"),
                               column("task", "unicode", "object")})},
      {"attributes", Json::object()},
      {"creator", {{"library", "smolvla"}, {"version", "0.1.0"}}},
      {"pandas_version", "2.2.3"}};
  return Serialized(note);
}

}  // namespace

const std::vector<NewFeature>& CountingFeatures() {
  static const std::vector<NewFeature> features{
      Counting("timestamp", "float32"), Counting("frame_index", "int64"),
      Counting("episode_index", "int64"), Counting("index", "int64"),
      Counting("task_index", "int64")};
  return features;
}

bool HoldsIntegers(const Feature& feature) {
  return feature.dtype == "bool" || feature.dtype.starts_with("int") ||
         feature.dtype.starts_with("uint");
}

std::vector<ColumnShape> DataColumns(const std::vector<NewFeature>& features) {
  std::vector<ColumnShape> columns;
  for (const NewFeature& made : features)
    if (!made.feature.IsVideo())
      columns.push_back(
          {made.feature.key, ValueType(made.feature), ValueShape(made.feature)});
  return columns;
}

std::map<std::string, std::string> DataNotes(const std::vector<NewFeature>& features) {
  Json types = Json::object();
  for (const NewFeature& made : features)
    if (!made.feature.IsVideo()) types[made.feature.key] = HubType(made.feature);
  return {{"huggingface", Serialized({{"info", {{"features", types}}}})}};
}

void WriteTasks(const fs::path& folder, const std::vector<std::string>& tasks) {
  Table table;
  table.rows = static_cast<int64_t>(tasks.size());
  Column numbers, texts;
  numbers.name = "task_index";
  numbers.kind = ColumnKind::kInteger;
  for (int64_t i = 0; i < table.rows; ++i) numbers.integers.push_back(i);
  texts.name = "task";
  texts.kind = ColumnKind::kBytes;
  texts.bytes = tasks;
  numbers.rows = texts.rows = table.rows;
  table.columns = {numbers, texts};
  ParquetWriter file(WithFolder(folder / "meta" / "tasks.parquet"),
                     {{"task_index", "int64", {}}, {"task", "string", {}}},
                     {{"pandas", PandasNote()}});
  file.WriteGroup(table);
  file.Close();
}

std::string Indented(const Json& json) {
  return json.dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json MakeInfo(double fps, const Json& robot_type,
              const std::vector<NewFeature>& features, const FileLimits& limits) {
  Json entries = Json::object();
  bool any_video = false;
  for (const NewFeature& made : features) {
    entries[made.feature.key] = made.entry;
    any_video = any_video || made.feature.IsVideo();
  }
  Json info{{"codebase_version", "v3.0"}};
  // LeRobot multiplies with it and compares it, and writes a whole number as one.
  if (fps == std::floor(fps))
    info["fps"] = static_cast<int64_t>(fps);
  else
    info["fps"] = fps;
  info["features"] = entries;
  SetTotals({}, info);
  info["chunks_size"] = limits.files_a_chunk;
  info["data_files_size_in_mb"] = limits.data_megabytes;
  info["video_files_size_in_mb"] = limits.video_megabytes;
  info["data_path"] = kV3DataPath;
  info["video_path"] = any_video ? Json(kV3VideoPath) : Json(nullptr);
  info["robot_type"] = robot_type;
  return info;
}

void SetTotals(const DatasetTotals& totals, Json& info) {
  info["total_episodes"] = totals.episodes;
  info["total_frames"] = totals.frames;
  info["total_tasks"] = totals.tasks;
  info["splits"] = {{"train", "0:" + std::to_string(totals.episodes)}};
}

void WriteInfo(const fs::path& folder, const Json& info) {
  WriteAtomically(WithFolder(folder / "meta" / "info.json"), Indented(info));
}

void WriteStatistics(const fs::path& folder, const StatisticsByFeature& statistics) {
  WriteAtomically(WithFolder(folder / "meta" / "stats.json"),
                  Indented(ToJson(statistics)));
}

}  // namespace svla
