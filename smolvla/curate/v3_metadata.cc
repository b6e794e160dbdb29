#include "smolvla/curate/v3_metadata.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

const std::string kChunk = "chunk_index", kFile = "file_index";

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

namespace {

std::vector<ColumnShape> EpisodeColumns(const EpisodeRow& like) {
  std::vector<ColumnShape> columns{
      {"episode_index", "int64", {}},   {"tasks", "string", {-1}},
      {"length", "int64", {}},          {"data/" + kChunk, "int64", {}},
      {"data/" + kFile, "int64", {}},   {"dataset_from_index", "int64", {}},
      {"dataset_to_index", "int64", {}}};
  for (const auto& [camera, video] : like.videos) {
    const std::string at = "videos/" + camera + "/";
    columns.push_back({at + kChunk, "int64", {}});
    columns.push_back({at + kFile, "int64", {}});
    columns.push_back({at + "from_timestamp", "double", {}});
    columns.push_back({at + "to_timestamp", "double", {}});
  }
  for (const auto& [feature, statistics] : like.statistics) {
    const std::string at = "stats/" + feature + "/";
    std::vector<int64_t> shape = statistics.shape;
    shape[0] = shape.size() == 1 ? -1 : shape[0];
    for (const auto& [name, values] : statistics.values)
      columns.push_back({at + name, "double", shape});
    columns.push_back({at + "count", "int64", {-1}});
  }
  columns.push_back({"meta/episodes/" + kChunk, "int64", {}});
  columns.push_back({"meta/episodes/" + kFile, "int64", {}});
  return columns;
}

// Fills the columns of a table one value after another, in their order, row by row.
class RowFiller {
 public:
  explicit RowFiller(const std::vector<ColumnShape>& columns) : shapes_(columns) {
    for (const ColumnShape& shape : columns) {
      Column& column = table_.columns.emplace_back();
      column.name = shape.name;
      column.type = shape.type;
      column.kind = shape.type == "int64"    ? ColumnKind::kInteger
                    : shape.type == "double" ? ColumnKind::kReal
                                             : ColumnKind::kBytes;
      column.is_list = !shape.shape.empty();
      if (column.is_list) column.offsets.push_back(0);
    }
  }

  void Add(int64_t value) { Next().integers.push_back(value), End(); }
  void Add(double value) { Next().reals.push_back(value), End(); }
  void Add(const FilePlace& place) { Add(place.chunk), Add(place.file); }
  void Add(const std::vector<std::string>& values) { Append(Next().bytes, values); }
  void Add(const std::vector<double>& values) { Append(Next().reals, values); }
  void Add(const std::vector<int64_t>& values) { Append(Next().integers, values); }

  // Of the column that is next.
  const std::vector<int64_t>& DeclaredShape() const {
    SVLA_CHECK(at_ < shapes_.size());
    return shapes_[at_].shape;
  }
  const std::string& name() { return Next().name; }
  void EndRow() {
    SVLA_CHECK(at_ == table_.columns.size());
    at_ = 0;
    ++table_.rows;
  }
  const Table& table() const { return table_; }

 private:
  Column& Next() {
    SVLA_CHECK(at_ < table_.columns.size());
    return table_.columns[at_];
  }
  template <class T>
  void Append(std::vector<T>& to, const std::vector<T>& values) {
    to.insert(to.end(), values.begin(), values.end());
    Next().offsets.push_back(static_cast<int64_t>(to.size()));
    End();
  }
  void End() { ++Next().rows, ++at_; }

  const std::vector<ColumnShape>& shapes_;
  Table table_;
  size_t at_ = 0;
};

void AddRow(const EpisodeRow& row, const FilePlace& place, RowFiller& to) {
  to.Add(row.index);
  to.Add(row.tasks);
  to.Add(row.length);
  to.Add(row.data);
  to.Add(row.first_frame);
  to.Add(row.first_frame + row.length);
  for (const auto& [camera, video] : row.videos) {
    to.Add(video.place);
    to.Add(video.from_s);
    to.Add(video.to_s);
  }
  for (const auto& [feature, statistics] : row.statistics) {
    // LeRobot's of a single frame of several dimensions have more of them than others.
    if (const auto shape = to.DeclaredShape();
        shape.size() > 1 && statistics.shape != shape)
      Fail("episode ", row.index, ": ", feature, ": expected statistics of shape ",
           Serialized(shape), " as of the first episode, found ",
           Serialized(statistics.shape), "; leave out the episodes of one frame");
    for (const auto& [name, values] : statistics.values) {
      const std::string column = "stats/" + feature + "/" + name;
      if (to.name() != column)
        Fail("episode ", row.index, ": expected statistics ", to.name(), ", found ",
             column);
      to.Add(values);
    }
    to.Add(std::vector<int64_t>{statistics.count});
  }
  to.Add(place);
  to.EndRow();
}

}  // namespace

std::string Indented(const Json& json) {
  return json.dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
}

EpisodesWriter::EpisodesWriter(const fs::path& folder, const FilePlace& place,
                               const EpisodeRow& like)
    : place_(place),
      columns_(EpisodeColumns(like)),
      file_(WithFolder(folder / V3EpisodesFile(place)), columns_, {}) {}

void EpisodesWriter::Add(EpisodeRow row) {
  constexpr size_t kRowsAGroup = 10;
  rows_.push_back(std::move(row));
  if (rows_.size() == kRowsAGroup) WriteGroup();
}

void EpisodesWriter::WriteGroup() {
  RowFiller filler(columns_);
  for (const EpisodeRow& row : rows_) AddRow(row, place_, filler);
  file_.WriteGroup(filler.table());
  rows_.clear();
}

void EpisodesWriter::Close() {
  if (!rows_.empty()) WriteGroup();
  file_.Close();
}

std::vector<std::string> NamedTasks(const std::vector<int64_t>& numbers,
                                    const std::vector<std::string>& tasks) {
  std::vector<std::string> named;
  for (const int64_t number : numbers)
    if (std::find(named.begin(), named.end(), tasks[number]) == named.end())
      named.push_back(tasks[number]);
  return named;
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
