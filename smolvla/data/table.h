// Rows of numbers and texts, column by column, as they are read from Parquet files and
// written to them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace svla {

// One column of some rows. Lists, and lists in lists, are one run of values a row.
// Integers of every width and booleans are kInteger, floating-point numbers kReal,
// texts, binary values and pictures (a struct of "bytes" and "path") kBytes. Integers
// of which some are null are kReal, too.
enum class ColumnKind { kInteger, kReal, kBytes };

// True of a double that is an integer, and the only one it may stand for (below 2^53).
bool IsWhole(double number);

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kReal;
  std::string type;  // of one value: "float", "double", "int64", "bool", "string", ...

  // Exactly one of these holds the values. Nulls are 0, NaN and "".
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<std::string> bytes;

  bool is_list = false;
  std::vector<int64_t> offsets;  // [rows + 1], lists only
  int64_t rows = 0;

  // The values of a row are [Begin(row), End(row)).
  int64_t Begin(int64_t row) const { return is_list ? offsets[row] : row; }
  int64_t End(int64_t row) const { return is_list ? offsets[row + 1] : row + 1; }

  // Of an integer or a real. Requires value to be one of the column's.
  double Number(int64_t value) const {
    return kind == ColumnKind::kInteger ? static_cast<double>(integers[value])
                                        : reals[value];
  }
  // What it takes of memory.
  int64_t Bytes() const;

  // Makes reals of integers.
  void Widen();

  // Adds rows [first, first + count) of another column. To an empty one, which becomes
  // its like. Throws Error if they are of different kinds, numbers of both excepted.
  void Append(const Column& from, int64_t first, int64_t count);
};

// Columns of the same rows.
struct Table {
  std::vector<Column> columns;
  int64_t rows = 0;

  const Column* Find(const std::string& name) const;  // null if absent
};

}  // namespace svla
