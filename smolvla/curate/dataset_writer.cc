#include "smolvla/curate/dataset_writer.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/curate/commit_log.h"
#include "smolvla/curate/folder_lock.h"
#include "smolvla/curate/new_features.h"
#include "smolvla/curate/recorded_episode.h"
#include "smolvla/curate/recording_state.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr size_t kEpisodesAFile = 1000;  // of meta/episodes, which is written anew

FolderLock LockFor(const fs::path& folder) {
  std::optional<FolderLock> lock = FolderLock::Try(folder);
  if (!lock) Fail(folder.string(), ": another process is recording into it");
  return std::move(*lock);
}

const fs::path& MadeFolder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) Fail(folder.string(), ": cannot make: ", failed.message());
  return folder;
}

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

// The next file, if the episode no longer fits into the open one.
void MakeRoom(bool full, int64_t files_a_chunk, RecordingState::OpenFile& file) {
  if (file.frames == 0 || !full) return;
  file.place = file.place.Next(files_a_chunk);
  file.frames = 0;
}

}  // namespace

struct DatasetWriter::Open {
  Open(const fs::path& the_folder, const Recording& the_recording)
      : folder(MadeFolder(the_folder)),
        lock(LockFor(folder)),
        recording(the_recording) {
    FinishCommit(folder);
    state = ReadRecordingState(folder, recording);
    for (const NewFeature& made : recording.features)
      columns.push_back({made, made.feature.key});
    for (const NewFeature& counting : CountingFeatures())
      columns.push_back({counting, counting.feature.key});
  }
  ~Open() {
    episode.reset();
    RemoveUnsaved();
  }

  // A commit that failed half-way is completed by the next process.
  void RemoveUnsaved() const {
    std::error_code ignored;
    if (!HasUnfinishedCommit()) fs::remove_all(CommitFolder(folder), ignored);
  }

  bool HasUnfinishedCommit() const {
    std::error_code ignored;
    return fs::exists(CommitFolder(folder) / "commit.json", ignored);
  }

  RecordedEpisode& Episode() {
    if (!episode) {
      if (HasUnfinishedCommit())
        Fail(folder.string(),
             ": an episode could not be put into place; make room and ",
             "open the dataset again, which completes it");
      MadeFolder(CommitFolder(folder));
      episode = std::make_unique<RecordedEpisode>(recording, CommitFolder(folder));
    }
    return *episode;
  }

  EpisodeRow::Video AddVideo(const std::string& camera, CommitLog& log,
                             RecordingState& next) const {
    RecordingState::OpenFile& open = next.videos.at(camera);
    const fs::path made = episode->VideoFile(camera);
    const fs::path before = folder / V3VideoFile(camera, open.place);
    MakeRoom(VideoFileIsFull(recording.limits, BytesOf(before), BytesOf(made)) ||
                 (open.frames && !CanJoin(before, made)),
             recording.limits.files_a_chunk, open);
    const fs::path file = log.NewFile(V3VideoFile(camera, open.place));
    EpisodeRow::Video video;
    video.place = open.place;
    if (open.frames)
      video.from_s =
          JoinVideos({{before, 0, open.frames}, {made, 0, episode->frames()}}, file)[1];
    else
      fs::rename(made, file);
    video.to_s = video.from_s + static_cast<double>(episode->frames()) / recording.fps;
    open.frames += episode->frames();
    return video;
  }

  FilePlace AddRows(const Table& rows, CommitLog& log, RecordingState& next) const {
    RecordingState::OpenFile& open = next.data;
    const fs::path before = folder / V3DataFile(open.place);
    MakeRoom(DataFileIsFull(recording.limits, BytesOf(before), open.frames, rows.rows),
             recording.limits.files_a_chunk, open);
    std::vector<NewFeature> features;
    for (const NewColumn& column : columns) features.push_back(column.made);
    ParquetWriter file(log.NewFile(V3DataFile(open.place)), DataColumns(features),
                       DataNotes(features));
    if (open.frames) CopyGroups(before, file);
    file.WriteGroup(rows);
    file.Close();
    open.frames += rows.rows;
    return open.place;
  }

  void AddEpisodeRow(EpisodeRow row, CommitLog& log, RecordingState& next) const {
    if (next.episodes.size() >= kEpisodesAFile) {
      next.episodes.clear();
      next.episodes_place = next.episodes_place.Next(recording.limits.files_a_chunk);
    }
    next.episodes.push_back(std::move(row));
    log.NewFile(V3EpisodesFile(next.episodes_place));
    EpisodesWriter file(log.new_files(), next.episodes_place, next.episodes.front());
    for (const EpisodeRow& saved : next.episodes) file.Add(saved);
    file.Close();
  }

  void Save() {
    RecordingState next = state;
    EpisodeRow row;
    row.statistics = episode->FinishPictures();
    row.index = state.totals.episodes;
    row.length = episode->frames();
    row.first_frame = state.totals.frames;
    const std::vector<int64_t> tasks = NumberTasks(episode->tasks(), next.tasks);
    row.tasks = NamedTasks(tasks, next.tasks);
    const Table rows = episode->Rows(row.index, row.first_frame, tasks);
    row.statistics.merge(StatisticsOf(columns, rows));
    const StatisticsByFeature of_all = row.statistics;
    KeepKnownStatistics(state, row.statistics);
    for (const auto& [feature, statistics] : row.statistics) {
      const std::string start = "stats/" + feature + "/";
      next.statistics_columns.insert(start + "count");
      for (const auto& [name, values] : statistics.values)
        next.statistics_columns.insert(start + name);
    }

    // In this order what was there before stays readable until the list of episodes
    // changes: files of data and video only grow.
    CommitLog log(folder);
    for (const auto& [camera, file] : state.videos) {
      Json& entry = next.info["features"][camera];
      if (state.totals.episodes == 0) DescribeVideo(episode->VideoFile(camera), entry);
      row.videos[camera] = AddVideo(camera, log, next);
    }
    row.data = AddRows(rows, log, next);
    log.NewFile(fs::path("meta") / "tasks.parquet");
    WriteTasks(log.new_files(), next.tasks);
    next.statistics =
        state.totals.episodes == 0 ? of_all : Aggregate({state.statistics, of_all});
    AddEpisodeRow(std::move(row), log, next);
    log.NewFile(fs::path("meta") / "stats.json");
    WriteStatistics(log.new_files(), next.statistics);
    next.totals = {state.totals.episodes + 1, state.totals.frames + rows.rows,
                   static_cast<int64_t>(next.tasks.size())};
    SetTotals(next.totals, next.info);
    log.NewFile(fs::path("meta") / "info.json");
    WriteInfo(log.new_files(), next.info);
    log.Commit();
    state = std::move(next);
  }

  fs::path folder;
  FolderLock lock;
  Recording recording;
  RecordingState state;
  std::vector<NewColumn> columns;
  std::unique_ptr<RecordedEpisode> episode;  // null between episodes
  int64_t waits = 0;                         // of episodes before
};

DatasetWriter::DatasetWriter(const fs::path& folder, const Recording& recording)
    : open_(std::make_unique<Open>(folder, recording)) {}
DatasetWriter::~DatasetWriter() = default;

void DatasetWriter::Add(const RecordedFrame& frame) { open_->Episode().Add(frame); }

void DatasetWriter::SaveEpisode() {
  const std::string name = open_->folder.string();
  if (frames() == 0) Fail(name, ": expected a frame at least in the episode");
  if (open_->episode->failed())
    Fail(name, ": a picture of the episode could not be encoded; discard the episode");
  try {
    open_->Save();
  } catch (const fs::filesystem_error& e) {
    DiscardEpisode();
    Fail(name, ": cannot save the episode: ", e.code().message());
  } catch (...) {
    DiscardEpisode();
    throw;
  }
  open_->waits += open_->episode->waits();
  open_->episode.reset();
}

void DatasetWriter::DiscardEpisode() {
  open_->episode.reset();
  open_->RemoveUnsaved();
}

int64_t DatasetWriter::episodes() const { return open_->state.totals.episodes; }
int64_t DatasetWriter::frames() const {
  return open_->episode ? open_->episode->frames() : 0;
}
int64_t DatasetWriter::waits() const {
  return open_->waits + (open_->episode ? open_->episode->waits() : 0);
}

namespace {

NewFeature MadeFeature(const std::string& key, const std::string& dtype,
                       const std::vector<int64_t>& shape, const Json& names) {
  NewFeature made;
  made.entry = {{"dtype", dtype}, {"shape", shape}, {"names", names}};
  made.feature.key = key;
  made.feature.dtype = dtype;
  made.feature.shape = shape;
  return made;
}

}  // namespace

NewFeature NumbersFeature(const std::string& key, const std::string& dtype,
                          const std::vector<int64_t>& shape,
                          const std::vector<std::string>& names) {
  NewFeature made =
      MadeFeature(key, dtype, shape, names.empty() ? Json(nullptr) : Json(names));
  made.feature.names = names;
  return made;
}

NewFeature CameraFeature(const std::string& key, const std::string& dtype,
                         int64_t width, int64_t height) {
  NewFeature made =
      MadeFeature(key, dtype, {height, width, 3}, {"height", "width", "channels"});
  made.feature.width = width;
  made.feature.height = height;
  made.feature.channels = 3;
  return made;
}

NewFeature TextFeature(const std::string& key) {
  return MadeFeature(key, "string", {1}, nullptr);
}

}  // namespace svla
