// Tables in Parquet files, over Apache Arrow, whose types stay in parquet.cc.
//
//   const ParquetFile file(path);
//   const Column state = file.Read("observation.state", /*group=*/0);
//   state.reals[state.offsets[row] + joint];
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/data/table.h"

namespace svla {

// A file, opened: its footer has been read, its rows have not. May be used by one
// thread at a time.
class ParquetFile {
 public:
  // Throws Error, naming the file, if it is no whole Parquet file: one whose writer
  // died has no footer, and the message says so. `footer` stands in for it (see
  // SalvageFooter); empty: the file has its own.
  explicit ParquetFile(const std::filesystem::path& path,
                       const std::string& footer = "");
  ~ParquetFile();
  ParquetFile(ParquetFile&&) noexcept;

  int64_t rows() const { return rows_; }
  const std::vector<std::string>& columns() const { return columns_; }
  bool Has(const std::string& column) const;

  // Rows of each row group.
  const std::vector<int64_t>& group_rows() const { return group_rows_; }

  // Throws Error, naming file and column, if there is none of the name, or one of a
  // type that no dataset has.
  Column Read(const std::string& column, int64_t group) const;

  // The named columns of all rows.
  Table ReadAll(const std::vector<std::string>& columns) const;

  // "huggingface", "pandas", ...
  const std::map<std::string, std::string>& notes() const { return notes_; }

 private:
  struct Open;
  std::unique_ptr<Open> open_;
  std::filesystem::path path_;
  int64_t rows_ = 0;
  std::vector<std::string> columns_;  // of the top level, in order
  std::vector<int64_t> group_rows_;
  std::map<std::string, std::string> notes_;
};

// How a column is written.
struct ColumnShape {
  std::string name;
  // "float", "double", "int64", "bool", "string", ..., as Column::type has them;
  // "image" is the struct of "bytes" and "path" that LeRobot and Hugging Face keep
  // pictures in.
  std::string type;
  // Of one row: {} a plain value, {n} a list of n, {-1} a list of any length,
  // {3, 1, 1} lists in lists in a list.
  std::vector<int64_t> shape;
};

// Writes SNAPPY-compressed Parquet. The file appears under its name, whole, in Close();
// without it nothing is left behind.
class ParquetWriter {
 public:
  // Throws Error, naming the file, if it cannot be written.
  ParquetWriter(const std::filesystem::path& path, std::vector<ColumnShape> columns,
                const std::map<std::string, std::string>& notes);
  ~ParquetWriter();
  ParquetWriter(ParquetWriter&&) noexcept;

  // One row group. Requires the columns of the constructor, in order, with as many
  // rows.
  void WriteGroup(const Table& rows);

  // Written so far.
  int64_t bytes() const;

  void Close();

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace svla
