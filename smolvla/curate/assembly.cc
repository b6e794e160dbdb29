#include "smolvla/curate/assembly.h"

#include <algorithm>
#include <optional>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/curate/computed_statistics.h"
#include "smolvla/curate/episode_statistics.h"
#include "smolvla/curate/episodes_writer.h"
#include "smolvla/curate/joined_videos.h"
#include "smolvla/curate/new_features.h"
#include "smolvla/curate/new_rows.h"
#include "smolvla/curate/readers.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// The sentences that the rows name, dataset by dataset, in the order of their old
// numbers.
class NewTasks {
 public:
  NewTasks(const Assembly& plan, const std::vector<const Dataset*>& datasets,
           Readers& readers) {
    std::map<const Dataset*, std::set<int64_t>> used;
    for (const Assembly::Part& part : plan.episodes) {
      const Column& numbers = Numbers(part, readers);
      used[part.dataset].insert(numbers.integers.begin(), numbers.integers.end());
    }
    for (const Dataset* dataset : datasets)
      for (const int64_t number : used[dataset]) {
        const std::string& task = dataset->Task(number);
        if (numbers_.try_emplace(task, static_cast<int64_t>(tasks_.size())).second)
          tasks_.push_back(task);
      }
  }

  const std::vector<std::string>& tasks() const { return tasks_; }

  // Of each row.
  std::vector<int64_t> Of(const Assembly::Part& part, Readers& readers) const {
    std::vector<int64_t> made;
    for (const int64_t number : Numbers(part, readers).integers)
      made.push_back(numbers_.at(part.dataset->Task(number)));
    return made;
  }

 private:
  static const Column& Numbers(const Assembly::Part& part, Readers& readers) {
    const Column* numbers =
        readers.Of(*part.dataset).Rows(*part.episode).Find("task_index");
    if (!numbers || numbers->kind != ColumnKind::kInteger || numbers->is_list)
      Fail((part.dataset->folder() / part.episode->data_file).string(),
           ": expected a column task_index of whole numbers");
    return *numbers;
  }

  std::vector<std::string> tasks_;
  std::map<std::string, int64_t> numbers_;
};

// The statistics of pictures: those that were kept, or new ones.
class NewPictureStatistics {
 public:
  NewPictureStatistics(const Assembly& plan, const std::vector<NewColumn>& columns,
                       const std::vector<const Dataset*>& datasets) {
    std::set<std::string> cameras;
    for (const NewColumn& column : columns)
      if (column.made.feature.IsCamera()) cameras.insert(column.from);
    if (plan.pictures_anew || cameras.empty()) return;
    for (const Dataset* dataset : datasets)
      kept_[dataset] = ReadEpisodeStatistics(*dataset, cameras);
    for (const std::string& camera : cameras)
      if (AllHave(plan, camera)) usable_.insert(camera);
  }

  CountedStatistics Of(const NewColumn& column, const Assembly::Part& part,
                       FrameReader& reader) const {
    if (usable_.contains(column.from))
      return kept_.at(part.dataset).at(part.episode->index).at(column.from);
    return StatisticsOfPictures(column.from, *part.episode, reader);
  }

 private:
  // One episode without them, or with others, and all are computed.
  bool AllHave(const Assembly& plan, const std::string& camera) const {
    const CountedStatistics* like = nullptr;
    for (const Assembly::Part& part : plan.episodes) {
      const auto& of_dataset = kept_.at(part.dataset);
      const auto episode = of_dataset.find(part.episode->index);
      if (episode == of_dataset.end()) return false;
      const auto found = episode->second.find(camera);
      if (found == episode->second.end() || found->second.count <= 0) return false;
      const CountedStatistics& here = found->second;
      // LeRobot cannot read episodes of which some have less.
      for (const char* needed : kStatisticNames)
        if (!here.values.contains(needed)) return false;
      if (like && (like->shape != here.shape || !SameNames(*like, here))) return false;
      like = &here;
    }
    return true;
  }

  static bool SameNames(const CountedStatistics& a, const CountedStatistics& b) {
    return std::equal(
        a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
        [](const auto& one, const auto& other) { return one.first == other.first; });
  }

  std::map<const Dataset*, std::map<int64_t, StatisticsByFeature>> kept_;
  std::set<std::string> usable_;
};

// The data files, one row group an episode.
class DataFiles {
 public:
  DataFiles(const fs::path& folder, const std::vector<NewColumn>& columns,
            const FileLimits& limits)
      : folder_(folder), limits_(limits) {
    for (const NewColumn& column : columns) features_.push_back(column.made);
  }

  FilePlace Add(const Table& rows) {
    if (file_ && DataFileIsFull(limits_, file_->bytes(), frames_, rows.rows)) {
      Close();
      place_ = place_.Next(limits_.files_a_chunk);
    }
    if (!file_) {
      file_.emplace(WithFolder(folder_ / V3DataFile(place_)), DataColumns(features_),
                    DataNotes(features_));
      frames_ = 0;
    }
    file_->WriteGroup(rows);
    frames_ += rows.rows;
    return place_;
  }

  void Close() {
    if (file_) file_->Close();
    file_.reset();
  }

 private:
  fs::path folder_;
  FileLimits limits_;
  std::vector<NewFeature> features_;
  FilePlace place_;
  std::optional<ParquetWriter> file_;
  int64_t frames_ = 0;
};

class Assembler {
 public:
  Assembler(const Assembly& plan, const fs::path& folder,
            const AssemblyOptions& options)
      : plan_(plan),
        folder_(folder),
        progress_(options.progress),
        datasets_(DatasetsOf(plan)),
        readers_(ReaderOptions(plan, options)),
        columns_(NewColumns(plan, datasets_)),
        tasks_(plan, datasets_, readers_),
        pictures_(plan, columns_, datasets_) {
    int64_t passes = 1;
    for (const NewColumn& column : columns_) passes += column.made.feature.IsVideo();
    for (const Assembly::Part& part : plan.episodes) frames_ += part.episode->length;
    whole_ = passes * frames_;
  }

  void Run() {
    WriteVideos();
    WriteEpisodes();
    WriteTasks(folder_, tasks_.tasks());
    WriteStatistics(folder_, total_.Total());
    std::vector<NewFeature> features;
    for (const NewColumn& column : columns_) features.push_back(column.made);
    Json info = MakeInfo(datasets_.front()->info().fps, RobotType(*datasets_.front()),
                         features, plan_.limits);
    SetTotals({static_cast<int64_t>(plan_.episodes.size()), frames_,
               static_cast<int64_t>(tasks_.tasks().size())},
              info);
    WriteInfo(folder_, info);
    Tell(whole_ - done_);
  }

 private:
  static FrameReaderOptions ReaderOptions(const Assembly& plan,
                                          const AssemblyOptions& options) {
    FrameReaderOptions made;
    made.decoder_threads = options.decoder_threads;
    made.most_videos = 4;
    made.count_frames = plan.timestamps_anew;
    return made;
  }

  void Tell(int64_t frames) {
    done_ += frames;
    if (progress_) progress_(done_, whole_);
  }

  void WriteVideos() {
    for (NewColumn& column : columns_) {
      const std::string& camera = column.made.feature.key;
      if (!column.made.feature.IsVideo()) continue;
      videos_[camera] = JoinEpisodeVideos(plan_, column.from, camera, folder_, readers_,
                                          [this](int64_t frames) { Tell(frames); });
      DescribeVideo(folder_ / V3VideoFile(camera, {}), column.made.entry);
      FilePlace described;
      for (const EpisodeRow::Video& video : videos_[camera]) {
        if (video.place == described) continue;
        described = video.place;
        DescribeOtherVideo(folder_ / V3VideoFile(camera, described), column.made.entry);
      }
    }
  }

  void WriteEpisodes() {
    DataFiles data(folder_, columns_, plan_.limits);
    std::optional<EpisodesWriter> rows;
    int64_t first_frame = 0;
    for (size_t i = 0; i < plan_.episodes.size(); ++i) {
      const Assembly::Part& part = plan_.episodes[i];
      FrameReader& reader = readers_.Of(*part.dataset);
      const NewNumbers numbers{static_cast<int64_t>(i), first_frame,
                               tasks_.Of(part, readers_), plan_.timestamps_anew};
      const Table table =
          NewRows(columns_, *part.dataset, *part.episode, reader, numbers);
      EpisodeRow row;
      row.index = numbers.episode;
      row.length = table.rows;
      row.first_frame = first_frame;
      row.tasks = NamedTasks(numbers.tasks, tasks_.tasks());
      row.data = data.Add(table);
      for (const auto& [camera, places] : videos_) row.videos[camera] = places[i];
      row.statistics = StatisticsOf(columns_, table);
      for (const NewColumn& column : columns_)
        if (column.made.feature.IsCamera())
          row.statistics[column.made.feature.key] = pictures_.Of(column, part, reader);
      total_.Add(row.statistics);
      if (!rows) rows.emplace(folder_, FilePlace{}, row);
      rows->Add(std::move(row));
      first_frame += table.rows;
      Tell(table.rows);
    }
    data.Close();
    rows->Close();
  }

  const Assembly& plan_;
  const fs::path& folder_;
  const Progress& progress_;
  std::vector<const Dataset*> datasets_;
  Readers readers_;
  std::vector<NewColumn> columns_;
  NewTasks tasks_;
  NewPictureStatistics pictures_;
  std::map<std::string, std::vector<EpisodeRow::Video>> videos_;  // by new camera
  RunningStatistics total_;
  int64_t frames_ = 0, done_ = 0, whole_ = 0;
};

}  // namespace

std::vector<const Dataset*> DatasetsOf(const Assembly& plan) {
  std::vector<const Dataset*> datasets;
  for (const Assembly::Part& part : plan.episodes)
    if (std::find(datasets.begin(), datasets.end(), part.dataset) == datasets.end())
      datasets.push_back(part.dataset);
  return datasets;
}

void Assemble(const Assembly& plan, const fs::path& folder,
              const AssemblyOptions& options) {
  if (plan.episodes.empty())
    Fail("expected one episode at least to remain, found none");
  for (const Assembly::Part& part : plan.episodes)
    if (part.episode->length == 0)
      Fail(part.dataset->folder().string(), ": episode ", part.episode->index,
           " has no frame; `smolvla data repair` leaves such episodes out");
  Assembler(plan, folder, options).Run();
}

Completeness FindComplete(const Dataset& dataset, const std::set<std::string>& drops) {
  Completeness found;
  std::map<fs::path, bool> there;
  for (const Episode& episode : dataset.episodes()) {
    std::vector<fs::path> files{episode.data_file};
    for (const auto& [camera, place] : episode.videos)
      if (!drops.contains(camera)) files.push_back(place.file);
    bool complete = true;
    for (const fs::path& file : files) {
      const auto [known, is_new] = there.try_emplace(file, false);
      if (is_new) known->second = IsFile(dataset.folder() / file);
      if (is_new && !known->second) found.missing.push_back(file);
      complete = complete && known->second;
    }
    (complete ? found.complete : found.incomplete).push_back(&episode);
  }
  return found;
}

}  // namespace svla
