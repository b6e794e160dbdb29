// What can be wrong in the folder data/, but for pictures. For tests only.
#pragma once

#include <algorithm>
#include <cmath>

#include "smolvla/curate/test_damage.h"

namespace svla {

// All numbers of a vector, or of one of its joints, become what those of the first row
// are.
inline void Freeze(Table& table, const std::string& name, int64_t joint = -1) {
  Column& column = ColumnOf(table, name);
  const int64_t size = column.offsets[1];
  for (int64_t i = 0; i < column.rows * size; ++i)
    if (joint < 0 || i % size == joint) column.reals[i] = column.reals[i % size];
}

inline std::vector<Damage> RowDamages() {
  return {
      {{"data-missing"},
       "v21",
       [](const auto& d) { std::filesystem::remove(d / DataOf(1)); }},
      {{"data-unreadable"}, "v21", [](const auto& d) { d.CutTo(DataOf(1), 0.7); }},
      {{"data-unreadable"}, "v30_images", [](const auto& d) { d.CutTo(kData30, 0.7); }},
      {{"data-unlisted"},
       "v21",
       [](const auto& d) { std::filesystem::copy_file(d / DataOf(1), d / DataOf(7)); }},
      {{"data-unlisted"},
       "v30_images",
       [](const auto& d) {
         WriteAtomically(d / "data/chunk-000/._file-000.parquet", "Mac OS X");
       }},
      {{"rows-miscounted"},
       "v21",
       [](const auto& d) { d.EditTable(DataOf(1), [](Table& t) { Shorten(t, 11); }); }},
      {{"rows-miscounted"},
       "v30_images",
       [](const auto& d) { d.EditTable(kData30, [](Table& t) { Shorten(t, 9); }); }},
      {{"rows-miscounted"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) { SetNumber(t, "episode_index", 9, 7); });
       }},
      {{"rows-out-of-order"},
       "v21",
       [](const auto& d) {
         d.EditTable(DataOf(1), [](Table& t) {
           SetNumber(t, "frame_index", 3, 4);
           SetNumber(t, "frame_index", 4, 3);
         });
       }},
      // The episodes change places, all else is right.
      {{"rows-out-of-order"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) {
           for (Column& column : t.columns) {
             Column turned;
             turned.Append(column, 4, 6);
             turned.Append(column, 0, 4);
             column = turned;
           }
         });
       }},
      {{"timestamp-wrong"},
       "v21",
       [](const auto& d) {
         d.EditTable(DataOf(1), [](Table& t) { SetNumber(t, "timestamp", 3, 0.31); });
       }},
      {{"feature-missing"},
       "v21",
       [](const auto& d) {
         d.EditTable(DataOf(1), [](Table& t) {
           std::erase_if(t.columns,
                         [](const Column& c) { return c.name == "next.reward"; });
         });
       }},
      {{"state-or-action-missing", "column-undeclared"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["features"].erase("action"); });
       }},
      {{"feature-mismatch"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["features"]["observation.state"]["shape"] = {5}; });
       }},
      {{"column-undeclared"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["features"].erase("phase"); });
       }},
      {{"task-unknown"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["total_tasks"] = 1; });
         d.EditLines("meta/tasks.jsonl", [](auto& lines) { lines.pop_back(); });
       }},
      {{"numbers-not-finite"},
       "v21",
       [](const auto& d) {
         d.EditTable(DataOf(1),
                     [](Table& t) { SetNumber(t, "observation.state", 8, NAN); });
       }},
      {{"numbers-not-finite"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30,
                     [](Table& t) { SetNumber(t, "next.reward", 8, INFINITY); });
       }},
      {{"joint-constant", "statistics-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kData30, [](Table& t) { Freeze(t, "observation.state", 2); });
       }},
      {{"action-constant", "statistics-wrong"},
       "v21",
       [](const auto& d) {
         d.EditTable(DataOf(1), [](Table& t) { Freeze(t, "action"); });
       }},
      {{"state-constant", "statistics-wrong"},
       "v21",
       [](const auto& d) {
         d.EditTable(DataOf(1), [](Table& t) { Freeze(t, "observation.state"); });
       }},
      {{"episode-duplicated", "statistics-wrong"},
       "v30_many_files",
       [](const auto& d) {
         Table first =
             ParquetFile(d / kData30).ReadAll({"action", "observation.state"});
         Shorten(first, 4);
         d.EditTable("data/chunk-001/file-001.parquet", [&](Table& t) {
           for (const Column& column : first.columns) {
             Column& into = ColumnOf(t, column.name);
             std::copy(column.reals.begin(), column.reals.end(), into.reals.end() - 24);
           }
         });
       }},
  };
}

}  // namespace svla
