// What can be wrong in the folder meta/. For tests only.
#pragma once

#include <cmath>

#include "smolvla/curate/test_damage.h"

namespace svla {

inline std::vector<Damage> MetadataDamages() {
  return {
      {{"episodes-unreadable"},
       "v21",
       [](const auto& d) { WriteAtomically(d / "meta/episodes.jsonl", "x"); }},
      {{"episodes-unreadable"},
       "v30_images",
       [](const auto& d) { d.CutTo(kEpisodes30, 0.5); }},
      {{"episodes-damaged"},
       "v30_two_cameras",
       [](const auto& d) { d.ScribbleColumn(kEpisodes30, "dataset_to_index"); }},
      {{"episodes-damaged"},
       "v30_images",
       [](const auto& d) {
         d.ScribbleColumn(kEpisodes30, "meta/episodes/file_index");
       }},
      {{"tasks-unreadable"},
       "v21",
       [](const auto& d) { WriteAtomically(d / "meta/tasks.jsonl", "x"); }},
      {{"tasks-unreadable"},
       "v30_images",
       [](const auto& d) { std::filesystem::remove(d / "meta/tasks.parquet"); }},
      {{"totals-wrong"},
       "v30_images",
       [](const auto& d) { d.EditInfo([](Json& j) { j["total_frames"] = 5; }); }},
      {{"totals-wrong"},
       "v20",
       [](const auto& d) { d.EditInfo([](Json& j) { j["total_episodes"] = 4; }); }},
      {{"totals-wrong"},
       "v20",
       [](const auto& d) { d.EditInfo([](Json& j) { j["total_tasks"] = 1; }); }},
      {{"episode-gap", "totals-wrong", "data-unlisted", "rows-out-of-order"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/episodes.jsonl",
                     [](auto& lines) { lines.erase(lines.begin() + 1); });
       }},
      {{"frames-not-contiguous"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30,
                     [](Table& t) { SetNumber(t, "dataset_to_index", 0, 8); });
       }},
      {{"frames-not-contiguous", "rows-out-of-order"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           SetNumber(t, "dataset_from_index", 2, 20);
           SetNumber(t, "dataset_to_index", 2, 25);
         });
       }},
      {{"episode-short", "totals-wrong", "video-long", "rows-miscounted"},
       "v20",
       [](const auto& d) {
         d.EditLines("meta/episodes.jsonl",
                     [](auto& lines) { lines[2]["length"] = 2; });
       }},
      {{"task-empty"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/tasks.jsonl", [](auto& lines) { lines[0]["task"] = " "; });
       }},
      {{"task-not-text"},
       "v30_images",
       [](const auto& d) {
         d.EditTable("meta/tasks.parquet", [](Table& t) {
           for (Column& column : t.columns)
             if (column.kind == ColumnKind::kBytes) column.bytes[1] += "\xff";
         });
       }},
      {{"task-not-text"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kEpisodes30,
                     [](Table& t) { ColumnOf(t, "tasks").bytes[0] = "\xc3 and on"; });
       }},
      {{"task-duplicate"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/tasks.jsonl",
                     [](auto& lines) { lines[0]["task"] = lines[1]["task"]; });
       }},
      {{"task-unused"},
       "v21",
       [](const auto& d) {
         d.EditInfo([](Json& j) { j["total_tasks"] = 3; });
         d.EditLines("meta/tasks.jsonl", [](auto& lines) {
           lines.push_back({{"task_index", 2}, {"task", "Wave."}});
         });
       }},
      {{"tasks-not-positional"},
       "v30_images",
       [](const auto& d) {
         d.EditTable("meta/tasks.parquet", [](Table& t) {
           SetNumber(t, "task_index", 0, 1);
           SetNumber(t, "task_index", 1, 0);
         });
       }},
      {{"statistics-unreadable"},
       "v21",
       [](const auto& d) { WriteAtomically(d / "meta/episodes_stats.jsonl", "x"); }},
      {{"statistics-unreadable"},
       "v30_images",
       [](const auto& d) { WriteAtomically(d / "meta/stats.json", "x"); }},
      {{"statistics-unreadable"},
       "v30_images",
       [](const auto& d) {
         d.ScribbleColumn(kEpisodes30, "stats/observation.images.wrist/q50");
       }},
      {{"statistics-unreadable"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/episodes_stats.jsonl", [](auto& lines) {
           lines[1]["stats"]["observation.images.top"]["mean"] = {{0.1}, {0.1, 0.2}};
         });
       }},
      {{"statistics-missing"},
       "v21",
       [](const auto& d) { std::filesystem::remove(d / "meta/episodes_stats.jsonl"); }},
      {{"statistics-missing"},
       "v30_images",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) { j.erase("action"); });
       }},
      {{"statistics-wrong"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/episodes_stats.jsonl",
                     [](auto& lines) { lines[1]["stats"]["action"]["mean"][3] = 5; });
       }},
      {{"statistics-wrong"},
       "v20",
       [](const auto& d) {
         d.EditJson("meta/stats.json",
                    [](Json& j) { j["observation.state"]["std"][0] = 1; });
       }},
      {{"statistics-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) { j["action"].erase("max"); });
       }},
      {{"statistics-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditJson("meta/stats.json",
                    [](Json& j) { j["action"]["q10"][1] = nullptr; });
       }},
      {{"statistics-unused-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           ColumnOf(t, "stats/timestamp/q90").reals[0] = NAN;
         });
       }},
      {{"statistics-unused-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) { j["timestamp"]["max"][0] = 9; });
       }},
      {{"picture-statistics-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) {
           j["observation.images.top"]["std"][1][0][0] = 0.0047;
         });
       }},
      {{"picture-statistics-wrong"},
       "v30_two_cameras",
       [](const auto& d) {
         d.EditJson("meta/stats.json", [](Json& j) {
           j["observation.images.top"]["max"][1][0][0] = nullptr;
         });
       }},
      {{"picture-statistics-wrong"},
       "v30_images",
       [](const auto& d) {
         d.EditTable(kEpisodes30, [](Table& t) {
           ColumnOf(t, "stats/observation.images.wrist/min").reals[2] = NAN;
         });
       }},
      {{"picture-statistics-wrong"},
       "v21",
       [](const auto& d) {
         d.EditLines("meta/episodes_stats.jsonl", [](auto& lines) {
           lines[1]["stats"]["observation.images.top"]["mean"][0][0][0] = 0.9;
         });
       }},
  };
}

}  // namespace svla
