#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/curate/verify_checks.h"
#include "smolvla/curate/verify_numbers.h"
#include "smolvla/curate/verify_statistics.h"
#include "smolvla/data/frame_reader.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

void AddForAll(Verifying& v, const fs::path& file, const std::string& code,
               const std::string& expected, const std::string& found) {
  for (const Episode* episode : v.dataset.EpisodesIn(file)) {
    v.unread.insert(episode->index);
    v.log.Add({code, "", file.string(), episode->index, expected, found});
  }
}

bool HasColumn(const Feature& feature) { return !feature.IsVideo(); }

void CheckColumns(Verifying& v, const fs::path& name, const ParquetFile& file) {
  const DatasetInfo& info = v.dataset.info();
  for (const Feature& feature : info.features)
    if (HasColumn(feature) && feature.dtype != "language" && !file.Has(feature.key))
      v.log.Add({"feature-missing", feature.key, name.string(), -1,
                 Say("a column \"", feature.key, "\""), "none"});
  for (const std::string& column : file.columns()) {
    const Feature* feature = info.Find(column);
    if (!feature || !HasColumn(*feature))
      v.log.Add({"column-undeclared", column, name.string(), -1,
                 "the features of meta/info.json", Say("a column \"", column, "\"")});
  }
}

// The numbers of a column of any type, pandas makes floats of columns with gaps; -1 for
// what is no whole number.
std::vector<int64_t> WholeNumbers(const Column& column) {
  if (column.kind == ColumnKind::kInteger) return column.integers;
  std::vector<int64_t> numbers;
  for (const double real : column.reals)
    numbers.push_back(IsWhole(real) ? static_cast<int64_t>(real) : -1);
  return numbers;
}

// How many rows each episode has in a file.
std::map<int64_t, int64_t> CountRows(const ParquetFile& file) {
  std::map<int64_t, int64_t> rows;
  if (!file.Has("episode_index")) return rows;
  for (size_t group = 0; group < file.group_rows().size(); ++group)
    for (const int64_t episode :
         WholeNumbers(file.Read("episode_index", static_cast<int64_t>(group))))
      ++rows[episode];
  return rows;
}

void CheckCounts(Verifying& v, const fs::path& name, const ParquetFile& file) {
  std::map<int64_t, int64_t> rows = CountRows(file);
  const auto& episodes = v.dataset.EpisodesIn(name);
  // A file of v2 is of one episode, whatever its rows say.
  if (v.dataset.info().major == 2)
    rows = {{episodes.front()->index, file.rows()}};
  else if (!file.Has("episode_index"))
    return;
  for (const Episode* episode : episodes) {
    const auto found = rows.find(episode->index);
    const int64_t there = found == rows.end() ? 0 : found->second;
    if (found != rows.end()) rows.erase(found);
    if (there == episode->length) continue;
    v.unread.insert(episode->index);
    v.log.Add({"rows-miscounted", "", name.string(), episode->index,
               Say(episode->length, " rows, as the metadata say"), Say(there)});
  }
  for (const auto& [episode, count] : rows)
    v.log.Add({"rows-miscounted", "unlisted", name.string(), -1,
               "rows of the episodes that the metadata put there",
               Say(count, " rows of episode ", episode)});
}

// LeRobot 0.6.1 takes row i of all files together, in the order of their names, for
// frame i. `before` rows are in the files before.
void CheckPositions(Verifying& v, const fs::path& name, const ParquetFile& file,
                    int64_t before) {
  if (!file.Has("index")) return;
  int64_t row = 0;
  for (size_t group = 0; group < file.group_rows().size(); ++group)
    for (const int64_t index :
         WholeNumbers(file.Read("index", static_cast<int64_t>(group))))
      if (const int64_t at = row++; index != before + at) {
        v.log.Add({"rows-out-of-order", "position", name.string(), -1,
                   Say("index ", before + at, " in row ", at, " of the file"),
                   Say(index)});
        return;
      }
}

// Adds the rows of the file to `rows`, which are those of the files before.
void CheckDataFile(Verifying& v, const fs::path& name, int64_t& rows) {
  const fs::path path = v.dataset.folder() / name;
  if (!IsFile(path)) return AddForAll(v, name, "data-missing", "a file", "none");
  try {
    const ParquetFile file(path);
    CheckColumns(v, name, file);
    CheckCounts(v, name, file);
    if (v.dataset.info().major == 3 && v.unread.empty())
      CheckPositions(v, name, file, rows);
    rows += file.rows();
  } catch (const Error& e) {
    AddForAll(v, name, "data-unreadable", "a whole Parquet file",
              Reason(e, v.dataset.folder(), name));
  }
}

// The first row whose number is not first + row; -1 if all are.
int64_t FirstOutOfOrder(const Column& column, int64_t first, int64_t step) {
  for (int64_t row = 0; row < column.rows; ++row)
    if (column.Number(column.Begin(row)) != static_cast<double>(first + step * row))
      return row;
  return -1;
}

// A number a row, in lists of one or without.
bool IsPlainNumber(const Column* column) {
  if (!column || column->kind == ColumnKind::kBytes) return false;
  for (int64_t row = 0; row < column->rows; ++row)
    if (column->End(row) - column->Begin(row) != 1) return false;
  return true;
}

void CheckCounting(Verifying& v, const Episode& episode, const Table& rows) {
  const struct {
    const char* column;
    int64_t first, step;
  } wanted[] = {{"episode_index", episode.index, 0},
                {"frame_index", 0, 1},
                {"index", episode.first_frame, 1}};
  for (const auto& [name, first, step] : wanted) {
    const Column* column = rows.Find(name);
    if (!IsPlainNumber(column)) continue;
    const int64_t row = FirstOutOfOrder(*column, first, step);
    if (row < 0) continue;
    v.log.Add({"rows-out-of-order", name, episode.data_file.string(), episode.index,
               Say(name, " ", first + step * row, " in row ", row),
               Say(column->Number(column->Begin(row)))});
  }
}

void CheckTimestamps(Verifying& v, const Episode& episode, const Table& rows) {
  const Column* stamps = rows.Find("timestamp");
  if (!IsPlainNumber(stamps)) return;
  int64_t first = -1, wrong = 0;
  double before = -1;
  bool rising = true;
  for (int64_t row = 0; row < rows.rows; ++row) {
    const double stamp = stamps->Number(stamps->Begin(row));
    const double wanted = static_cast<double>(row) / v.dataset.info().fps;
    // float has 24 bits, of long episodes too.
    const bool right = std::abs(stamp - wanted) <= kTimeTolerance + wanted * 0x1p-23;
    rising = rising && stamp > before;
    before = stamp;
    if (right) continue;
    if (first < 0) first = row;
    ++wrong;
  }
  if (wrong == 0) return;
  const double there = stamps->Number(stamps->Begin(first));
  v.log.Add(
      {"timestamp-wrong", "", episode.data_file.string(), episode.index,
       Say(static_cast<double>(first) / v.dataset.info().fps, " s in row ", first),
       Say(there, " s, and ", wrong, " of ", rows.rows, " rows wrong",
           rising ? "" : ", not even rising")});
}

void CheckTaskIndices(Verifying& v, const Episode& episode, const Table& rows,
                      std::set<int64_t>& used) {
  const Column* tasks = rows.Find("task_index");
  if (!IsPlainNumber(tasks)) return;
  const std::vector<int64_t> numbers = WholeNumbers(*tasks);
  const std::set<int64_t> here(numbers.begin(), numbers.end());
  used.insert(here.begin(), here.end());
  for (const int64_t task : here)
    if (!v.dataset.tasks().contains(task) && !v.log.Has("tasks-unreadable", ""))
      v.log.Add({"task-unknown", Say(task), episode.data_file.string(), episode.index,
                 Say("one of the ", v.dataset.tasks().size(), " tasks"),
                 Say("task_index ", task)});
}

void CheckUnusedTasks(Verifying& v, const std::set<int64_t>& used) {
  if (!v.unread.empty()) return;  // those episodes may have them
  for (const auto& [task, sentence] : v.dataset.tasks())
    if (!used.contains(task))
      v.log.Add(
          {"task-unused", Say(task),
           v.dataset.info().major == 3 ? "meta/tasks.parquet" : "meta/tasks.jsonl", -1,
           Say("frames of task_index ", task), Say("none; it is \"", sentence, "\"")});
}

}  // namespace

void CheckRows(Verifying& v) {
  std::set<fs::path> files;
  for (const Episode& episode : v.dataset.episodes()) files.insert(episode.data_file);
  int64_t file_rows = 0;
  for (const fs::path& file : files) CheckDataFile(v, file, file_rows);
  FrameReader reader(v.dataset, {});
  NumbersCheck numbers(v);
  StatisticsCheck statistics(v);
  std::set<int64_t> used;
  int64_t read = 0;
  for (const Episode& episode : v.dataset.episodes()) {
    v.Advance(episode.length);
    if (v.unread.contains(episode.index)) continue;
    try {
      const Table& rows = reader.Rows(episode);
      CheckCounting(v, episode, rows);
      CheckTimestamps(v, episode, rows);
      CheckTaskIndices(v, episode, rows, used);
      statistics.Add(episode, rows, numbers.Add(episode, rows));
      ++read;
    } catch (const Error& e) {
      v.unread.insert(episode.index);
      v.log.Add({"data-unreadable", "", episode.data_file.string(), episode.index,
                 "rows that can be read",
                 Reason(e, v.dataset.folder(), episode.data_file)});
    }
  }
  CheckUnusedTasks(v, used);
  numbers.Finish();
  statistics.Finish();
  v.result.checked.push_back(Say("the rows of ", read, " episodes"));
  if (!v.unread.empty())
    v.result.not_checked.push_back(
        Say("the rows of ", v.unread.size(), " episodes, which are missing or wrong"));
}

}  // namespace svla
