#include "smolvla/curate/episodes_writer.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

const std::string kChunk = "chunk_index", kFile = "file_index";

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

}  // namespace svla
