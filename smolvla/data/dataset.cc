#include "smolvla/data/dataset.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

// "0 to 49", or "0, 2 and 5 more".
std::string Numbers(const std::vector<Episode>& episodes) {
  if (episodes.empty()) return "none";
  const int64_t first = episodes.front().index, last = episodes.back().index;
  if (last - first + 1 == static_cast<int64_t>(episodes.size()))
    return std::to_string(first) + " to " + std::to_string(last);
  std::string text;
  for (size_t i = 0; i < episodes.size() && i < 8; ++i)
    text += (i ? ", " : "") + std::to_string(episodes[i].index);
  if (episodes.size() > 8)
    text += " and " + std::to_string(episodes.size() - 8) + " more";
  return text;
}

std::string KeysOf(const std::vector<const Feature*>& features) {
  if (features.empty()) return "(there are none)";
  std::string keys;
  for (const Feature* feature : features)
    keys += (keys.empty() ? "" : ", ") + feature->key;
  return keys;
}

}  // namespace

Dataset::Dataset(const std::filesystem::path& folder)
    : Dataset(folder, ReadDatasetInfo(folder)) {}

Dataset::Dataset(const std::filesystem::path& folder, const DatasetInfo& info)
    : Dataset(folder, info, ReadEpisodes(folder, info), ReadTasks(folder, info)) {}

Dataset::Dataset(const std::filesystem::path& folder, DatasetInfo info,
                 std::vector<Episode> episodes, std::map<int64_t, std::string> tasks,
                 std::map<std::filesystem::path, std::string> footers)
    : folder_(folder),
      info_(std::move(info)),
      episodes_(std::move(episodes)),
      tasks_(std::move(tasks)),
      footers_(std::move(footers)) {
  for (const Episode& episode : episodes_) {
    by_file_[episode.data_file].push_back(&episode);
    frames_ += episode.length;
  }
  for (auto& [file, within] : by_file_)
    std::sort(within.begin(), within.end(), [](const Episode* a, const Episode* b) {
      return a->first_frame < b->first_frame;
    });
}

const Episode& Dataset::EpisodeAt(int64_t index) const {
  const auto found = std::lower_bound(
      episodes_.begin(), episodes_.end(), index,
      [](const Episode& episode, int64_t wanted) { return episode.index < wanted; });
  if (found == episodes_.end() || found->index != index)
    Fail(folder_.string(), ": expected one of the episodes ", Numbers(episodes_),
         ", found ", index);
  return *found;
}

const std::vector<const Episode*>& Dataset::EpisodesIn(
    const std::filesystem::path& data_file) const {
  return by_file_.at(data_file);
}

ParquetFile Dataset::OpenData(const std::filesystem::path& data_file) const {
  const auto footer = footers_.find(data_file);
  return ParquetFile(folder_ / data_file,
                     footer == footers_.end() ? "" : footer->second);
}

const std::string& Dataset::Task(int64_t task_index) const {
  const auto found = tasks_.find(task_index);
  if (found == tasks_.end())
    Fail(folder_.string(), ": expected a task_index of the ", tasks_.size(),
         " tasks, found ", task_index);
  return found->second;
}

const Feature& Dataset::Camera(const std::string& name) const {
  std::vector<const Feature*> fitting;
  for (const Feature* camera : info_.Cameras()) {
    if (camera->key == name) return *camera;
    if (camera->key.ends_with("." + name)) fitting.push_back(camera);
  }
  if (fitting.size() == 1) return *fitting.front();
  if (!fitting.empty())
    Fail(folder_.string(), ": expected the name of one camera, found \"", name,
         "\", which ", KeysOf(fitting), " have; give the whole name");
  Fail(folder_.string(), ": expected one of the cameras ", KeysOf(info_.Cameras()),
       ", found \"", name, "\"");
}

}  // namespace svla
