// Copies of the test datasets in which something is spoiled. For tests only.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/base/json_lines.h"
#include "smolvla/data/parquet.h"
#include "smolvla/data/test_files.h"

namespace svla {

// A copy of a dataset, gone with the object.
class SpoiltDataset {
 public:
  explicit SpoiltDataset(const std::string& name) {
    std::filesystem::copy(TestDataset(name), path(),
                          std::filesystem::copy_options::recursive);
  }

  std::filesystem::path path() const { return folder_.path() / "dataset"; }
  std::filesystem::path operator/(const std::string& file) const {
    return path() / file;
  }

  void EditJson(const std::string& file, const std::function<void(Json&)>& edit) const {
    Json json = ReadJson(*this / file);
    edit(json);
    WriteAtomically(*this / file, json.dump(4));
  }
  void EditInfo(const std::function<void(Json&)>& edit) const {
    EditJson("meta/info.json", edit);
  }

  // Of a file with one JSON value a line.
  void EditLines(const std::string& file,
                 const std::function<void(std::vector<Json>&)>& edit) const {
    std::vector<Json> lines;
    ReadJsonLines(*this / file,
                  [&](const Json& line, const std::string&) { lines.push_back(line); });
    edit(lines);
    std::string text;
    for (const Json& line : lines) text += line.dump() + "\n";
    WriteAtomically(*this / file, text);
  }

  // Writes the rows anew, in one row group.
  void EditTable(const std::string& file,
                 const std::function<void(Table&)>& edit) const {
    const ParquetFile before(*this / file);
    Table table = before.ReadAll(before.columns());
    edit(table);
    std::vector<ColumnShape> shapes;
    for (const Column& column : table.columns)
      shapes.push_back(
          {column.name, column.type,
           column.is_list ? std::vector<int64_t>{-1} : std::vector<int64_t>{}});
    ParquetWriter after(*this / file, shapes, before.notes());
    after.WriteGroup(table);
    after.Close();
  }

  void CutTo(const std::string& file, double share) const {
    const auto size = static_cast<double>(std::filesystem::file_size(*this / file));
    std::filesystem::resize_file(*this / file, static_cast<uintmax_t>(size * share));
  }

  // Zeros in the middle of a file, where videos have their pictures.
  void Scribble(const std::string& file, double from, double to) const {
    const auto size = static_cast<double>(std::filesystem::file_size(*this / file));
    std::fstream out(*this / file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(size * from));
    const std::string zeros(static_cast<size_t>(size * (to - from)), '\0');
    out.write(zeros.data(), static_cast<std::streamsize>(zeros.size()));
  }

  // Makes one column of a table unreadable: the beginning of its first page is zeros.
  void ScribbleColumn(const std::string& file, const std::string& column) const {
    EditTable(file, [&](Table& table) {
      std::stable_partition(table.columns.begin(), table.columns.end(),
                            [&](const Column& c) { return c.name == column; });
    });
    std::fstream out(*this / file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(4);  // behind "PAR1"
    out.write(std::string(16, '\0').data(), 16);
  }

 private:
  TestFolder folder_;
};

inline Column& ColumnOf(Table& table, const std::string& name) {
  for (Column& column : table.columns)
    if (column.name == name) return column;
  Fail("the test's table has no column ", name);
}

// Keeps the first rows.
inline void Shorten(Table& table, int64_t rows) {
  for (Column& column : table.columns) {
    Column kept;
    kept.Append(column, 0, rows);
    column = kept;
  }
  table.rows = rows;
}

using Codes = std::set<std::string>;

struct Damage {
  Codes codes;  // of the findings that it leads to
  const char* dataset;
  std::function<void(const SpoiltDataset&)> spoil;
};

// Files of v2.
inline std::string DataOf(int episode) {
  return "data/chunk-000/episode_00000" + std::to_string(episode) + ".parquet";
}
inline std::string VideoOf(const std::string& camera, int episode) {
  return "videos/chunk-000/observation.images." + camera + "/episode_00000" +
         std::to_string(episode) + ".mp4";
}
// The first files of v3.
inline constexpr const char* kEpisodes30 = "meta/episodes/chunk-000/file-000.parquet";
inline constexpr const char* kData30 = "data/chunk-000/file-000.parquet";

inline void SetNumber(Table& table, const std::string& name, int64_t row,
                      double value) {
  Column& column = ColumnOf(table, name);
  if (column.kind == ColumnKind::kInteger)
    column.integers.at(static_cast<size_t>(row)) = static_cast<int64_t>(value);
  else
    column.reals.at(static_cast<size_t>(row)) = value;
}

}  // namespace svla
