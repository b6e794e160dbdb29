#include "smolvla/curate/new_rows.h"

#include "smolvla/base/error.h"
#include "smolvla/curate/computed_statistics.h"
#include "smolvla/curate/declared_column.h"

namespace svla {
namespace {

Column Integers(const std::string& key, std::vector<int64_t> values) {
  Column column;
  column.name = key;
  column.kind = ColumnKind::kInteger;
  column.rows = static_cast<int64_t>(values.size());
  column.integers = std::move(values);
  return column;
}

std::vector<int64_t> CountFrom(int64_t first, int64_t count) {
  std::vector<int64_t> numbers(count);
  for (int64_t i = 0; i < count; ++i) numbers[i] = first + i;
  return numbers;
}

// LeRobot computes them in double and keeps them in float.
Column Timestamps(const Table& rows, double fps, bool anew) {
  Column column;
  column.name = "timestamp";
  column.rows = rows.rows;
  const Column* old = anew ? nullptr : rows.Find("timestamp");
  for (int64_t i = 0; i < rows.rows; ++i)
    column.reals.push_back(old && old->kind != ColumnKind::kBytes
                               ? old->Number(old->Begin(i))
                               : static_cast<float>(static_cast<double>(i) / fps));
  return column;
}

Column Counted(const std::string& key, const Table& rows, double fps,
               const NewNumbers& numbers) {
  if (key == "timestamp") return Timestamps(rows, fps, numbers.timestamps_anew);
  if (key == "frame_index") return Integers(key, CountFrom(0, rows.rows));
  if (key == "index") return Integers(key, CountFrom(numbers.first_frame, rows.rows));
  if (key == "task_index") return Integers(key, numbers.tasks);
  return Integers(key, std::vector<int64_t>(rows.rows, numbers.episode));
}

// The values of `old` as its declared kind, one row after another.
void CopyValues(const Column& old, const Feature& feature, const std::string& where,
                Column& to) {
  const bool integers = HoldsIntegers(feature);
  to.kind = integers ? ColumnKind::kInteger : ColumnKind::kReal;
  for (int64_t row = 0; row < old.rows; ++row) {
    for (int64_t i = old.Begin(row); i < old.End(row); ++i) {
      const double number = old.Number(i);
      const bool whole = old.kind == ColumnKind::kInteger;
      if (!integers)
        to.reals.push_back(number);
      else if (whole ? Holds(feature, old.integers[i]) : Holds(feature, number))
        to.integers.push_back(whole ? old.integers[i] : static_cast<int64_t>(number));
      else
        Fail(where, ": expected ", feature.dtype, ", as info.json says, found ", number,
             " in row ", row, " of the episode");
    }
  }
}

Column Copied(const NewColumn& column, const ColumnShape& shape, const Table& rows,
              const std::string& file) {
  const Feature& feature = column.made.feature;
  const Column& old = DeclaredColumn(rows, column.from, feature, file);
  Column made;
  made.name = feature.key;
  made.rows = old.rows;
  if (feature.IsText()) {
    made.kind = ColumnKind::kBytes;
    made.bytes = old.bytes;
    return made;
  }
  CopyValues(old, feature, file + ": " + column.from, made);
  made.is_list = !shape.shape.empty();
  if (made.is_list)
    for (int64_t row = 0; row <= made.rows; ++row)
      made.offsets.push_back(row * feature.Size());
  return made;
}

Column Pictures(const NewColumn& column, const Episode& episode, FrameReader& reader) {
  Column made;
  made.name = column.made.feature.key;
  made.kind = ColumnKind::kBytes;
  made.rows = episode.length;
  for (int64_t frame = 0; frame < episode.length; ++frame)
    made.bytes.push_back(reader.PictureBytes(column.from, episode, frame));
  return made;
}

}  // namespace

Table NewRows(const std::vector<NewColumn>& columns, const Dataset& dataset,
              const Episode& episode, FrameReader& reader, const NewNumbers& numbers) {
  std::vector<NewFeature> features;
  for (const NewColumn& column : columns) features.push_back(column.made);
  const std::vector<ColumnShape> shapes = DataColumns(features);
  Table made;
  made.rows = episode.length;
  for (const NewColumn& column : columns) {
    const Feature& feature = column.made.feature;
    if (feature.IsVideo()) continue;
    if (feature.IsCamera()) {
      made.columns.push_back(Pictures(column, episode, reader));
      continue;
    }
    const Table& rows = reader.Rows(episode);
    const std::string file = (dataset.folder() / episode.data_file).string();
    made.columns.push_back(
        IsCountingFeature(feature.key)
            ? Counted(feature.key, rows, dataset.info().fps, numbers)
            : Copied(column, shapes[made.columns.size()], rows, file));
  }
  return made;
}

std::vector<Column> CountedColumns(const Table& rows, double fps,
                                   const NewNumbers& numbers) {
  std::vector<Column> columns;
  for (const NewFeature& counting : CountingFeatures())
    columns.push_back(Counted(counting.feature.key, rows, fps, numbers));
  return columns;
}

StatisticsByFeature StatisticsOf(const std::vector<NewColumn>& columns,
                                 const Table& rows) {
  StatisticsByFeature statistics;
  for (const NewColumn& column : columns) {
    const Feature& feature = column.made.feature;
    if (!feature.IsNumeric()) continue;
    statistics[feature.key] = StatisticsOfColumn(*rows.Find(feature.key), feature);
  }
  return statistics;
}

}  // namespace svla
