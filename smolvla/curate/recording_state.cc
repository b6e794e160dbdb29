#include "smolvla/curate/recording_state.h"

#include <algorithm>
#include <charconv>

#include "smolvla/base/error.h"
#include "smolvla/curate/episode_statistics.h"
#include "smolvla/data/dataset.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// "chunk-012" -> 12, -1 if it is no such name.
int64_t NumberAfter(const std::string& name, const std::string& start) {
  int64_t number = -1;
  if (name.starts_with(start))
    std::from_chars(name.data() + start.size(), name.data() + name.size(), number);
  return number;
}

// The place after the last file in `folder`, and after those that the metadata name,
// which need not be there: they may not have been fetched.
FilePlace PlaceAfter(const fs::path& folder, std::vector<fs::path> files,
                     int64_t files_a_chunk) {
  std::error_code none;
  for (fs::recursive_directory_iterator at(folder, none), end; !none && at != end;
       at.increment(none))
    files.push_back(at->path());
  if (none && none != std::errc::no_such_file_or_directory)
    Fail(folder.string(), ": cannot be read: ", none.message());
  FilePlace last;
  bool any = false;
  for (const fs::path& file : files) {
    const FilePlace place{NumberAfter(file.parent_path().filename().string(), "chunk-"),
                          NumberAfter(file.filename().string(), "file-")};
    if (place.chunk < 0 || place.file < 0) continue;
    if (!any || std::pair(place.chunk, place.file) > std::pair(last.chunk, last.file))
      last = place;
    any = true;
  }
  return any ? last.Next(files_a_chunk) : last;
}

void CheckSameKind(const Dataset& dataset, const Recording& recording) {
  const auto differ = [&](const std::string& what, const std::string& wanted,
                          const std::string& found) {
    Fail(dataset.folder().string(), ": to go on with it, expected ", what, " ", found,
         " as it has, found ", wanted, "; record into a new folder and merge");
  };
  const DatasetInfo& info = dataset.info();
  if (info.major != 3)
    Fail(dataset.folder().string(), ": expected a v3.0 dataset to go on with, found ",
         info.version, "; `smolvla data convert` makes one");
  if (info.data_path != kV3DataPath ||
      (!info.video_path.empty() && info.video_path != kV3VideoPath))
    Fail(dataset.folder().string(), ": expected files where LeRobot has them, found ",
         info.data_path, "; `smolvla data convert` puts them there");
  if (info.fps != recording.fps)
    differ("frames a second:", Serialized(recording.fps), Serialized(info.fps));
  size_t features = 0;
  for (const Feature& feature : info.features) {
    if (IsCountingFeature(feature.key)) continue;
    ++features;
    const auto same =
        std::find_if(recording.features.begin(), recording.features.end(),
                     [&](const NewFeature& f) { return f.feature.key == feature.key; });
    if (same == recording.features.end()) differ("the feature", "none", feature.key);
    const Feature& other = same->feature;
    if (other.dtype != feature.dtype)
      differ(feature.key + " of type", other.dtype, feature.dtype);
    if (feature.IsCamera()
            ? other.width != feature.width || other.height != feature.height
            : other.Size() != feature.Size())
      differ(feature.key + " of shape", Serialized(other.shape),
             Serialized(feature.shape));
    if (!other.names.empty() && !feature.names.empty() && other.names != feature.names)
      differ(feature.key + " with the names", Serialized(other.names),
             Serialized(feature.names));
  }
  if (features != recording.features.size())
    differ("so many features:", std::to_string(recording.features.size()),
           std::to_string(features));
}

// stats.json, or where it lacks what is needed to go on, that of the episodes.
StatisticsByFeature TotalStatistics(const Dataset& dataset) {
  const fs::path path = dataset.folder() / "meta" / "stats.json";
  try {
    const StatisticsByFeature total =
        ParseStatisticsByFeature(ReadJson(path), path.string());
    return Aggregate({total});
  } catch (const Error&) {
    std::set<std::string> features;
    for (const Feature& feature : dataset.info().features) features.insert(feature.key);
    std::vector<StatisticsByFeature> parts;
    for (auto& [episode, statistics] : ReadEpisodeStatistics(dataset, features))
      parts.push_back(std::move(statistics));
    if (parts.size() != dataset.episodes().size())
      Fail(path.string(), ": expected the statistics of the dataset, to go on with ",
           "them; `smolvla data stats` computes them");
    return Aggregate(parts);
  }
}

void TakeFeatures(const Dataset& dataset, const Json& info, Recording& recording) {
  recording.features.clear();
  for (const Feature& feature : dataset.info().features)
    if (!IsCountingFeature(feature.key))
      recording.features.push_back({feature, info["features"][feature.key]});
}

// Of the last file of meta/episodes.
std::set<std::string> StatisticsColumns(const fs::path& folder) {
  std::set<std::string> columns;
  const std::vector<fs::path> files = EpisodeFiles(folder);
  if (files.empty()) return columns;
  const ParquetFile last(files.back());
  for (const std::string& column : last.columns())
    if (column.starts_with("stats/")) columns.insert(column);
  return columns;
}

// LeRobot reads all files of meta/episodes as one table: what the episodes before have,
// new ones must have.
void CheckCanGoOn(const DatasetInfo& info, const fs::path& folder,
                  std::set<std::string> columns) {
  for (const Feature& feature : info.features) {
    if (feature.IsText()) continue;
    const std::string start = "stats/" + feature.key + "/";
    columns.erase(start + "count");
    for (const char* name : kStatisticNames) columns.erase(start + name);
  }
  if (!columns.empty())
    Fail((folder / "meta" / "episodes").string(), ": to go on with it, expected ",
         "statistics that are computed of an episode, found ", *columns.begin(),
         "; `smolvla data convert` writes a dataset to go on with");
}

bool HoldsSomething(const fs::path& folder) {
  std::error_code none;
  for (fs::directory_iterator at(folder, none), end; !none && at != end;
       at.increment(none))
    return true;
  return false;
}

}  // namespace

void KeepKnownStatistics(const RecordingState& state, StatisticsByFeature& statistics) {
  if (state.totals.episodes == 0) return;
  for (auto feature = statistics.begin(); feature != statistics.end();) {
    const std::string start = "stats/" + feature->first + "/";
    const bool known = state.statistics_columns.contains(start + "count");
    std::erase_if(feature->second.values, [&](const auto& statistic) {
      return !state.statistics_columns.contains(start + statistic.first);
    });
    feature = known ? std::next(feature) : statistics.erase(feature);
  }
}

RecordingState ReadRecordingState(const fs::path& folder, Recording& recording) {
  RecordingState state;
  for (const NewFeature& made : recording.features)
    if (made.feature.IsVideo()) state.videos[made.feature.key];
  if (!HoldsSomething(folder)) {
    std::vector<NewFeature> all = recording.features;
    all.insert(all.end(), CountingFeatures().begin(), CountingFeatures().end());
    state.info = MakeInfo(
        recording.fps,
        recording.robot_type.empty() ? Json(nullptr) : Json(recording.robot_type), all,
        recording.limits);
    return state;
  }
  const Dataset dataset(folder);
  CheckSameKind(dataset, recording);
  state.info = ReadJson(folder / "meta" / "info.json");
  TakeFeatures(dataset, state.info, recording);
  recording.limits = {dataset.info().chunks_size, dataset.info().data_megabytes,
                      dataset.info().video_megabytes};
  const int64_t files = recording.limits.files_a_chunk;
  for (const auto& [number, task] : dataset.tasks()) {
    if (number != static_cast<int64_t>(state.tasks.size()))
      Fail((folder / "meta" / "tasks.parquet").string(),
           ": expected tasks numbered from 0 without gaps, found ", number);
    state.tasks.push_back(task);
  }
  state.statistics = TotalStatistics(dataset);
  state.statistics_columns = StatisticsColumns(folder);
  CheckCanGoOn(dataset.info(), folder, state.statistics_columns);
  state.totals.episodes =
      dataset.episodes().empty() ? 0 : dataset.episodes().back().index + 1;
  state.totals.frames = dataset.frames();
  state.totals.tasks = static_cast<int64_t>(state.tasks.size());
  std::vector<fs::path> data;
  for (const Episode& episode : dataset.episodes()) data.push_back(episode.data_file);
  state.data.place = PlaceAfter(folder / "data", std::move(data), files);
  for (auto& [camera, file] : state.videos) {
    std::vector<fs::path> videos;
    for (const Episode& episode : dataset.episodes())
      if (const auto video = episode.videos.find(camera); video != episode.videos.end())
        videos.push_back(video->second.file);
    file.place = PlaceAfter(folder / "videos" / camera, std::move(videos), files);
  }
  state.episodes_place = PlaceAfter(folder / "meta" / "episodes", {}, files);
  return state;
}

}  // namespace svla
