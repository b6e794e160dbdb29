#include "smolvla/data/episodes.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json_lines.h"
#include "smolvla/data/parquet.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMost = int64_t{1} << 40;

fs::path Fill(const std::string& path_template, const PathNumbers& numbers) {
  try {
    return FillTemplate(path_template, numbers);
  } catch (const Error& e) {
    Fail("meta/info.json: expected ", e.what());
  }
}

std::vector<Episode> ReadEpisodeLines(const fs::path& path, const DatasetInfo& info) {
  std::vector<Episode> episodes;
  ReadJsonLines(path, [&](const Json& value, const std::string& name) {
    const JsonReader line(value, name);
    Episode& episode = episodes.emplace_back();
    if (!line.Find("episode_index")) line.FailAt("episode_index", "a number");
    episode.index = line.Integer("episode_index", 0, {0, kMost});
    if (!line.Find("length")) line.FailAt("length", "the number of frames");
    episode.length = line.Integer("length", 0, {0, kMost});
    if (const Json* tasks = line.Find("tasks"); tasks && tasks->is_array())
      for (const Json& task : *tasks)
        if (task.is_string()) episode.tasks.push_back(task.get<std::string>());
    PlaceInOwnFiles(info, episode);
  });
  return episodes;
}

// Reads whole numbers out of a table of episodes.
class EpisodeTable {
 public:
  EpisodeTable(const fs::path& path, const std::vector<std::string>& wanted,
               const std::vector<std::string>& wished)
      : path_(path) {
    const ParquetFile file(path);
    std::vector<std::string> names = wanted;
    for (const std::string& name : wished)
      if (file.Has(name)) names.push_back(name);
    table_ = file.ReadAll(names);
  }

  int64_t rows() const { return table_.rows; }
  const Column* Find(const std::string& name) const { return table_.Find(name); }

  double Number(const std::string& name, int64_t row) const {
    const Column* column = table_.Find(name);
    if (!column) Fail(path_.string(), ": expected a column \"", name, "\", found none");
    if (column->kind == ColumnKind::kBytes ||
        column->End(row) - column->Begin(row) != 1)
      Fail(path_.string(), ": column \"", name, "\": expected a number a row, found ",
           column->type);
    return column->Number(column->Begin(row));
  }

  // Numbers that are not whole come from pandas, which makes floats of columns with
  // gaps.
  int64_t Integer(const std::string& name, int64_t row) const {
    const double number = Number(name, row);
    if (!(number >= 0 && number <= static_cast<double>(kMost)) ||
        number != static_cast<double>(static_cast<int64_t>(number)))
      Fail(path_.string(), ": column \"", name, "\", row ", row,
           ": expected a whole number from 0, found ", number);
    return static_cast<int64_t>(number);
  }

 private:
  fs::path path_;
  Table table_;
};

void PlaceInSharedFiles(const DatasetInfo& info, const EpisodeTable& table, int64_t row,
                        Episode& episode) {
  PathNumbers numbers;
  numbers.episode = episode.index;
  numbers.chunk = table.Integer("data/chunk_index", row);
  numbers.file = table.Integer("data/file_index", row);
  episode.data_file = Fill(info.data_path, numbers);
  for (const Feature& feature : info.features) {
    if (!feature.IsVideo()) continue;
    const std::string at = "videos/" + feature.key + "/";
    // A camera that the table does not know has no video; reading a picture says so.
    if (!table.Find(at + "chunk_index")) continue;
    numbers.camera = feature.key;
    numbers.chunk = table.Integer(at + "chunk_index", row);
    numbers.file = table.Integer(at + "file_index", row);
    episode.videos[feature.key] = {Fill(info.video_path, numbers),
                                   table.Number(at + "from_timestamp", row),
                                   table.Number(at + "to_timestamp", row)};
  }
}

void ReadEpisodeTable(const fs::path& path, const DatasetInfo& info,
                      std::vector<Episode>& episodes) {
  const std::vector<std::string> wanted{"episode_index", "length", "data/chunk_index",
                                        "data/file_index"};
  std::vector<std::string> wished{"tasks", "dataset_from_index"};
  for (const Feature& feature : info.features)
    if (feature.IsVideo())
      for (const char* part :
           {"chunk_index", "file_index", "from_timestamp", "to_timestamp"})
        wished.push_back("videos/" + feature.key + "/" + part);
  const EpisodeTable table(path, wanted, wished);
  const Column* tasks = table.Find("tasks");
  if (tasks && tasks->kind != ColumnKind::kBytes) tasks = nullptr;
  for (int64_t row = 0; row < table.rows(); ++row) {
    Episode& episode = episodes.emplace_back();
    episode.index = table.Integer("episode_index", row);
    episode.length = table.Integer("length", row);
    if (table.Find("dataset_from_index"))
      episode.first_frame = table.Integer("dataset_from_index", row);
    if (tasks)
      for (int64_t i = tasks->Begin(row); i < tasks->End(row); ++i)
        episode.tasks.push_back(tasks->bytes[i]);
    PlaceInSharedFiles(info, table, row, episode);
  }
}

void CheckEachOnce(const std::vector<Episode>& episodes, const fs::path& where) {
  for (size_t i = 1; i < episodes.size(); ++i)
    if (episodes[i].index == episodes[i - 1].index)
      Fail(where.string(), ": expected each episode once, found ", episodes[i].index,
           " twice");
}

// Files in the making begin with a point.
std::vector<fs::path> ParquetFilesBelow(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (fs::recursive_directory_iterator at(folder, none), end; !none && at != end;
       at.increment(none)) {
    if (at->path().extension() == ".parquet" &&
        !at->path().filename().string().starts_with("."))
      files.push_back(at->path());
    if (at.depth() > 2) at.disable_recursion_pending();
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

void PlaceInOwnFiles(const DatasetInfo& info, Episode& episode) {
  PathNumbers numbers;
  numbers.episode = episode.index;
  numbers.chunk = episode.index / info.chunks_size;
  episode.data_file = Fill(info.data_path, numbers);
  for (const Feature& feature : info.features)
    if (feature.IsVideo()) {
      numbers.camera = feature.key;
      episode.videos[feature.key] = {Fill(info.video_path, numbers), 0, -1};
    }
}

std::vector<fs::path> EpisodeFiles(const fs::path& folder) {
  return ParquetFilesBelow(folder / "meta" / "episodes");
}

std::vector<fs::path> DataFilesOf(const fs::path& folder) {
  std::vector<fs::path> files = ParquetFilesBelow(folder / "data");
  for (fs::path& file : files) file = file.lexically_relative(folder);
  return files;
}

std::vector<Episode> ReadEpisodes(const fs::path& folder, const DatasetInfo& info) {
  std::vector<Episode> episodes;
  fs::path where = folder / "meta" / "episodes.jsonl";
  if (info.major == 2) {
    if (!IsFile(where))
      Fail(where.string(), ": expected the list of episodes, found no such file");
    episodes = ReadEpisodeLines(where, info);
  } else {
    where = folder / "meta" / "episodes";
    const auto files = EpisodeFiles(folder);
    if (files.empty() && (info.total_episodes > 0 || !DataFilesOf(folder).empty()))
      Fail(where.string(),
           ": expected Parquet files that list the episodes, found none");
    for (const fs::path& file : files) ReadEpisodeTable(file, info, episodes);
  }
  std::sort(episodes.begin(), episodes.end(),
            [](const Episode& a, const Episode& b) { return a.index < b.index; });
  CheckEachOnce(episodes, where);
  if (info.major == 2) {
    int64_t frames = 0;
    for (Episode& episode : episodes) {
      episode.first_frame = frames;
      frames += episode.length;
    }
  }
  return episodes;
}

namespace {

// pandas writes the sentences as the index of its table: under "task", or without a
// name of its own as "__index_level_0__".
std::map<int64_t, std::string> ReadTaskTable(const fs::path& path) {
  const ParquetFile file(path);
  std::string sentences;
  for (const std::string& name : file.columns())
    if (name != "task_index" && (sentences.empty() || name == "task")) sentences = name;
  if (sentences.empty())
    Fail(path.string(), ": expected a column of sentences, found none");
  const Table table = file.ReadAll({"task_index", sentences});
  const Column& numbers = table.columns[0];
  const Column& texts = table.columns[1];
  if (numbers.kind != ColumnKind::kInteger || numbers.is_list ||
      texts.kind != ColumnKind::kBytes || texts.is_list)
    Fail(path.string(), ": expected numbers and sentences, found ", numbers.type,
         " and ", texts.type);
  std::map<int64_t, std::string> tasks;
  for (int64_t row = 0; row < table.rows; ++row)
    tasks[numbers.integers[row]] = texts.bytes[row];
  return tasks;
}

}  // namespace

std::map<int64_t, std::string> ReadTasks(const fs::path& folder,
                                         const DatasetInfo& info) {
  const fs::path lines = folder / "meta" / "tasks.jsonl";
  const fs::path table = folder / "meta" / "tasks.parquet";
  if (info.major == 3 && IsFile(table)) return ReadTaskTable(table);
  if (!IsFile(lines))
    Fail((info.major == 3 ? table : lines).string(),
         ": expected the list of tasks, found no such file");
  std::map<int64_t, std::string> tasks;
  ReadJsonLines(lines, [&](const Json& value, const std::string& name) {
    const JsonReader line(value, name);
    if (!line.Find("task_index")) line.FailAt("task_index", "a number");
    if (!line.Find("task")) line.FailAt("task", "a sentence");
    tasks[line.Integer("task_index", 0, {0, kMost})] = line.String("task", "");
  });
  return tasks;
}

}  // namespace svla
