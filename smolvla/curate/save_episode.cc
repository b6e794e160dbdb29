#include "smolvla/curate/save_episode.h"

#include <algorithm>

#include "smolvla/curate/commit_log.h"
#include "smolvla/curate/new_features.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// Files that an episode is added to are copied with it: larger ones are left as they
// are, though LeRobot would fill them, and new ones begun.
constexpr int64_t kMostBytes = int64_t{32} << 20;

int64_t BytesOf(const fs::path& file) {
  std::error_code absent;
  const uintmax_t bytes = fs::file_size(file, absent);
  return absent ? 0 : static_cast<int64_t>(bytes);
}

// Adds the number of each sentence, new ones at the end.
std::vector<int64_t> NumberTasks(const std::vector<std::string>& sentences,
                                 std::vector<std::string>& tasks) {
  std::vector<int64_t> numbers;
  for (const std::string& sentence : sentences) {
    const auto found = std::find(tasks.begin(), tasks.end(), sentence);
    numbers.push_back(found - tasks.begin());
    if (found == tasks.end()) tasks.push_back(sentence);
  }
  return numbers;
}

void CopyGroups(const fs::path& from, ParquetWriter& to) {
  const ParquetFile file(from);
  for (size_t group = 0; group < file.group_rows().size(); ++group) {
    Table table;
    table.rows = file.group_rows()[group];
    for (const std::string& column : file.columns())
      table.columns.push_back(file.Read(column, static_cast<int64_t>(group)));
    to.WriteGroup(table);
  }
}

// Writes the files that one episode changes.
class ChangedFiles {
 public:
  ChangedFiles(const fs::path& folder, const Recording& recording,
               RecordedEpisode& episode, RecordingState& next)
      : folder_(folder),
        recording_(recording),
        episode_(episode),
        next_(next),
        log_(folder) {}

  // In this order what was there before stays readable until the list of episodes
  // changes: files of data and video only grow.
  void Save() {
    StatisticsByFeature statistics = episode_.FinishPictures();
    EpisodeRow row;
    row.index = next_.totals.episodes;
    row.length = episode_.frames();
    row.first_frame = next_.totals.frames;
    const std::vector<int64_t> tasks = NumberTasks(episode_.tasks(), next_.tasks);
    row.tasks = NamedTasks(tasks, next_.tasks);
    const Table rows = episode_.Rows(row.index, row.first_frame, tasks);
    statistics.merge(StatisticsOf(Columns(), rows));
    row.statistics = statistics;
    KeepKnownStatistics(next_, row.statistics);
    for (auto& [camera, file] : next_.videos) {
      if (row.index == 0)
        DescribeVideo(episode_.VideoFile(camera), next_.info["features"][camera]);
      row.videos[camera] = AddVideo(camera, file);
    }
    row.data = AddRows(rows);
    log_.NewFile(fs::path("meta") / "tasks.parquet");
    WriteTasks(log_.new_files(), next_.tasks);
    AddEpisodeRow(std::move(row));
    WriteTotals(statistics);
    log_.Commit();
  }

 private:
  std::vector<NewColumn> Columns() const {
    std::vector<NewColumn> columns;
    for (const NewFeature& made : recording_.features)
      columns.push_back({made, made.feature.key});
    for (const NewFeature& counting : CountingFeatures())
      columns.push_back({counting, counting.feature.key});
    return columns;
  }

  // The next file, if the episode does not go into the open one.
  void MakeRoom(bool full, int64_t bytes, RecordingState::OpenFile& file) const {
    if (file.frames == 0) return;
    if (!full && file.episodes < recording_.episodes_a_file && bytes < kMostBytes)
      return;
    file = {file.place.Next(recording_.limits.files_a_chunk)};
  }

  void Grow(RecordingState::OpenFile& file) const {
    file.frames += episode_.frames();
    ++file.episodes;
  }

  EpisodeRow::Video AddVideo(const std::string& camera,
                             RecordingState::OpenFile& open) {
    const fs::path made = episode_.VideoFile(camera);
    const fs::path before = folder_ / V3VideoFile(camera, open.place);
    const int64_t bytes = BytesOf(before);
    MakeRoom(VideoFileIsFull(recording_.limits, bytes, BytesOf(made)) ||
                 (open.frames && !CanJoin(before, made)),
             bytes, open);
    const fs::path file = log_.NewFile(V3VideoFile(camera, open.place));
    EpisodeRow::Video video;
    video.place = open.place;
    if (open.frames)
      video.from_s =
          JoinVideos({{before, 0, open.frames}, {made, 0, episode_.frames()}}, file)[1];
    else
      fs::rename(made, file);
    video.to_s = video.from_s + static_cast<double>(episode_.frames()) / recording_.fps;
    Grow(open);
    return video;
  }

  FilePlace AddRows(const Table& rows) {
    RecordingState::OpenFile& open = next_.data;
    const fs::path before = folder_ / V3DataFile(open.place);
    const int64_t bytes = BytesOf(before);
    MakeRoom(DataFileIsFull(recording_.limits, bytes, open.frames, rows.rows), bytes,
             open);
    std::vector<NewFeature> features;
    for (const NewColumn& column : Columns()) features.push_back(column.made);
    ParquetWriter file(log_.NewFile(V3DataFile(open.place)), DataColumns(features),
                       DataNotes(features));
    if (open.frames) CopyGroups(before, file);
    file.WriteGroup(rows);
    file.Close();
    Grow(open);
    return open.place;
  }

  void AddEpisodeRow(EpisodeRow row) {
    for (const auto& [feature, statistics] : row.statistics) {
      const std::string start = "stats/" + feature + "/";
      next_.statistics_columns.insert(start + "count");
      for (const auto& [name, values] : statistics.values)
        next_.statistics_columns.insert(start + name);
    }
    if (static_cast<int64_t>(next_.episodes.size()) >= recording_.episodes_a_file) {
      next_.episodes.clear();
      next_.episodes_place = next_.episodes_place.Next(recording_.limits.files_a_chunk);
    }
    next_.episodes.push_back(std::move(row));
    log_.NewFile(V3EpisodesFile(next_.episodes_place));
    EpisodesWriter file(log_.new_files(), next_.episodes_place, next_.episodes.front());
    for (const EpisodeRow& saved : next_.episodes) file.Add(saved);
    file.Close();
  }

  void WriteTotals(const StatisticsByFeature& statistics) {
    next_.statistics = next_.totals.episodes == 0
                           ? statistics
                           : Aggregate({next_.statistics, statistics});
    log_.NewFile(fs::path("meta") / "stats.json");
    WriteStatistics(log_.new_files(), next_.statistics);
    next_.totals = {next_.totals.episodes + 1, next_.totals.frames + episode_.frames(),
                    static_cast<int64_t>(next_.tasks.size())};
    SetTotals(next_.totals, next_.info);
    log_.NewFile(fs::path("meta") / "info.json");
    WriteInfo(log_.new_files(), next_.info);
  }

  const fs::path& folder_;
  const Recording& recording_;
  RecordedEpisode& episode_;
  RecordingState& next_;
  CommitLog log_;
};

}  // namespace

RecordingState SaveEpisodeFiles(const fs::path& folder, const Recording& recording,
                                const RecordingState& before,
                                RecordedEpisode& episode) {
  RecordingState next = before;
  ChangedFiles(folder, recording, episode, next).Save();
  return next;
}

}  // namespace svla
