#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/text.h"
#include "smolvla/curate/verify_checks.h"
#include "smolvla/data/parquet.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kShortEpisode = 3;  // frames

std::string EpisodeList(const Dataset& dataset) {
  return dataset.info().major == 3 ? "meta/episodes" : "meta/episodes.jsonl";
}

void CheckTotal(Verifying& v, const char* key, int64_t said, int64_t there) {
  if (said != there)
    v.log.Add({"totals-wrong", key, "meta/info.json", -1,
               Say(key, " ", there, ", as the lists have it"), Say(said)});
}

void CheckNumbering(Verifying& v) {
  const std::vector<Episode>& episodes = v.dataset.episodes();
  int64_t next = 0, frames = 0;
  for (const Episode& episode : episodes) {
    if (episode.index != next)
      v.log.Add({"episode-gap", "", EpisodeList(v.dataset), episode.index,
                 Say("episode ", next), Say("episode ", episode.index, " next")});
    if (episode.first_frame != frames)
      v.log.Add({"frames-not-contiguous", "", EpisodeList(v.dataset), episode.index,
                 Say("dataset_from_index ", frames), Say(episode.first_frame)});
    if (episode.length < kShortEpisode)
      v.log.Add({"episode-short", "", EpisodeList(v.dataset), episode.index,
                 Say(kShortEpisode, " frames or more"), Say(episode.length)});
    for (const std::string& sentence : episode.tasks)
      if (!IsUtf8(sentence))
        v.log.Add({"task-not-text", "episodes", EpisodeList(v.dataset), episode.index,
                   "a sentence in UTF-8", Say("\"", Printable(sentence), "\"")});
    next = episode.index + 1;
    frames = episode.first_frame + episode.length;
  }
}

// What Episode does not keep: where v3 says that an episode ends.
void CheckEnds(Verifying& v, const std::string& name, const ParquetFile& file) {
  for (const char* column : {"dataset_from_index", "dataset_to_index"})
    if (!file.Has(column)) return;
  const Table table = file.ReadAll(
      {"episode_index", "length", "dataset_from_index", "dataset_to_index"});
  for (const Column& column : table.columns)
    if (column.kind == ColumnKind::kBytes || column.is_list) return;
  for (int64_t row = 0; row < table.rows; ++row) {
    const double wanted = table.columns[2].Number(row) + table.columns[1].Number(row);
    if (const double end = table.columns[3].Number(row); end != wanted)
      v.log.Add({"frames-not-contiguous", "", name,
                 static_cast<int64_t>(table.columns[0].Number(row)),
                 Say("dataset_to_index ", wanted), Say(end)});
  }
}

bool IsLeRobotsColumn(const std::string& name) {
  for (const char* start : {"stats/", "videos/", "data/", "dataset_", "meta/"})
    if (name.starts_with(start)) return true;
  return false;
}

// LeRobot reads all columns of the list, other checks only those that they need.
// Columns of others are left alone: their types may be any.
void CheckColumns(Verifying& v, const std::string& name, const ParquetFile& file) {
  for (const std::string& column : file.columns()) {
    if (!IsLeRobotsColumn(column)) continue;
    try {
      for (size_t group = 0; group < file.group_rows().size(); ++group)
        file.Read(column, static_cast<int64_t>(group));
    } catch (const Error& e) {
      v.log.Add(
          {column.starts_with("stats/") ? "statistics-unreadable" : "episodes-damaged",
           "", name, -1, Say("a column \"", column, "\" that can be read"),
           Reason(e, v.dataset.folder(), name)});
    }
  }
}

void CheckFeatures(Verifying& v) {
  const DatasetInfo& info = v.dataset.info();
  for (const char* key : {kState, kAction})
    if (!info.Find(key))
      v.log.Add({"state-or-action-missing", key, "meta/info.json", -1,
                 Say("a feature ", key), "none of that name"});
  for (const Feature* camera : info.Cameras())
    if (camera->width <= 0 || camera->height <= 0 || camera->channels <= 0)
      v.log.Add({camera->IsVideo() ? "video-size-wrong" : "picture-size-wrong",
                 camera->key, "meta/info.json", -1,
                 Say("height, width and channels in \"shape\" of ", camera->key),
                 Serialized(camera->shape)});
}

// LeRobot finds a sentence by the position of its row.
void CheckTaskOrder(Verifying& v) {
  const fs::path path = v.dataset.folder() / "meta" / "tasks.parquet";
  if (v.dataset.info().major != 3 || !IsFile(path)) return;
  const Table table = ParquetFile(path).ReadAll({"task_index"});
  if (table.columns[0].kind != ColumnKind::kInteger) return;  // said by ReadTasks
  for (int64_t row = 0; row < table.rows; ++row)
    if (table.columns[0].integers[row] != row) {
      v.log.Add({"tasks-not-positional", "", "meta/tasks.parquet", -1,
                 Say("task_index ", row, " in row ", row),
                 Say(table.columns[0].integers[row])});
      return;
    }
}

void CheckSentences(Verifying& v, const std::string& file) {
  std::map<std::string, int64_t> seen;
  for (const auto& [index, sentence] : v.dataset.tasks()) {
    if (sentence.find_first_not_of(" \t\r\n") == std::string::npos)
      v.log.Add({"task-empty", Say(index), file, -1, "a sentence",
                 Say("none of task_index ", index)});
    if (!IsUtf8(sentence))
      v.log.Add({"task-not-text", Say(index), file, -1, "a sentence in UTF-8",
                 Say("\"", Printable(sentence), "\" of task_index ", index)});
    const auto [same, is_new] = seen.try_emplace(sentence, index);
    if (!is_new)
      v.log.Add(
          {"task-duplicate", Say(index), file, -1, "each sentence once",
           Say("\"", sentence, "\" of task_index ", same->second, " and ", index)});
  }
}

// macOS leaves a "._NAME" beside each NAME on disks of other systems. LeRobot takes
// every .parquet for a table.
void CheckMacFiles(Verifying& v, const std::string& below) {
  std::error_code none;
  for (fs::recursive_directory_iterator at(v.dataset.folder() / below, none), end;
       !none && at != end; at.increment(none))
    if (at->path().extension() == ".parquet" &&
        at->path().filename().string().starts_with("._"))
      v.log.Add({"data-unlisted", "",
                 at->path().lexically_relative(v.dataset.folder()).string(), -1,
                 "tables only", "a file that macOS left"});
}

}  // namespace

void CheckEpisodes(Verifying& v) {
  const DatasetInfo& info = v.dataset.info();
  CheckTotal(v, "total_episodes", info.total_episodes,
             static_cast<int64_t>(v.dataset.episodes().size()));
  CheckTotal(v, "total_frames", info.total_frames, v.dataset.frames());
  CheckFeatures(v);
  CheckNumbering(v);
  if (info.major == 3)
    for (const fs::path& path : EpisodeFiles(v.dataset.folder())) {
      const ParquetFile file(path);
      const std::string name = path.lexically_relative(v.dataset.folder()).string();
      CheckColumns(v, name, file);
      if (!v.log.Has("episodes-damaged", "")) CheckEnds(v, name, file);
    }
  v.result.checked.push_back(
      Say("the list of ", v.dataset.episodes().size(), " episodes"));
}

void CheckTasks(Verifying& v) {
  CheckTotal(v, "total_tasks", v.dataset.info().total_tasks,
             static_cast<int64_t>(v.dataset.tasks().size()));
  CheckSentences(
      v, v.dataset.info().major == 3 ? "meta/tasks.parquet" : "meta/tasks.jsonl");
  CheckTaskOrder(v);
  v.result.checked.push_back(
      Say("the sentences of the tasks: ", v.dataset.tasks().size()));
}

void CheckStrayFiles(Verifying& v) {
  std::set<fs::path> named;
  for (const Episode& episode : v.dataset.episodes())
    named.insert(episode.data_file.lexically_normal());
  for (const fs::path& file : DataFilesOf(v.dataset.folder()))
    if (!named.contains(file))
      v.log.Add({"data-unlisted", "", file.string(), -1,
                 "files of the episodes in the metadata only", "a file of none"});
  if (v.dataset.info().major == 3)
    for (const char* below : {"data", "meta/episodes"}) CheckMacFiles(v, below);
}

}  // namespace svla
