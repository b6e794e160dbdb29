#include "smolvla/curate/mended_metadata.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "smolvla/base/error.h"
#include "smolvla/base/text.h"
#include "smolvla/curate/v3_metadata.h"
#include "smolvla/data/frame_reader.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

using Tasks = std::map<int64_t, std::string>;

// Those that are text.
Tasks ReadTasksOrNone(const fs::path& folder, const DatasetInfo& info) {
  try {
    Tasks tasks = ReadTasks(folder, info);
    std::erase_if(tasks, [](const auto& task) { return !IsUtf8(task.second); });
    return tasks;
  } catch (const Error&) {
    return {};
  }
}

// The folder beside the one of `camera` in `file` that no camera declares, if it is the
// only one.
std::string FindOtherFolder(const fs::path& folder, const DatasetInfo& info,
                            const fs::path& file, const std::string& camera) {
  fs::path before;
  for (const fs::path& part : file) {
    if (part == camera) break;
    before /= part;
  }
  std::vector<std::string> others;
  std::error_code none;
  for (fs::directory_iterator at(folder / before, none), end; !none && at != end;
       at.increment(none)) {
    const std::string name = at->path().filename().string();
    if (at->is_directory(none) && !name.starts_with(".") &&
        !name.starts_with("chunk-") && !info.Find(name))
      others.push_back(name);
  }
  return others.size() == 1 ? others[0] : "";
}

bool TakeOtherFolder(const fs::path& folder, const DatasetInfo& info,
                     const Verification& found, std::vector<Episode>& episodes) {
  std::vector<std::string> cameras;
  for (const DatasetFinding& f : found.findings)
    if (f.code == "camera-folder-misnamed") cameras.push_back(f.subject);
  if (cameras.size() != 1 || episodes.empty() ||
      !episodes.front().videos.contains(cameras[0]))
    return false;
  const std::string other = FindOtherFolder(
      folder, info, episodes.front().videos.at(cameras[0]).file, cameras[0]);
  if (other.empty()) return false;
  for (Episode& episode : episodes) {
    const auto place = episode.videos.find(cameras[0]);
    if (place == episode.videos.end()) continue;
    fs::path file;
    for (const fs::path& part : place->second.file)
      file /= part == cameras[0] ? fs::path(other) : part;
    place->second.file = file;
  }
  return true;
}

// The task_index of an episode's rows, each once. None where they cannot be read.
std::set<int64_t> TaskNumbers(FrameReader& reader, const Episode& episode) {
  try {
    const Column* tasks = reader.Rows(episode).Find("task_index");
    if (!tasks || tasks->kind != ColumnKind::kInteger) return {};
    return {tasks->integers.begin(), tasks->integers.end()};
  } catch (const Error&) {
    return {};
  }
}

// An episode that names one sentence tells it of the numbers in its rows that have
// none. What is left has the sentence `rest`, if it is not empty.
Tasks NameTasks(const Dataset& dataset, const std::string& rest) {
  Tasks named = dataset.tasks();
  FrameReader reader(dataset, {});
  std::set<int64_t> disputed;
  for (const Episode& episode : dataset.episodes()) {
    if (episode.tasks.size() != 1 || !IsUtf8(episode.tasks.front())) continue;
    for (const int64_t number : TaskNumbers(reader, episode)) {
      if (dataset.tasks().contains(number)) continue;
      const auto [told, is_new] = named.try_emplace(number, episode.tasks.front());
      if (!is_new && told->second != episode.tasks.front()) disputed.insert(number);
    }
  }
  for (const int64_t number : disputed) named.erase(number);
  if (rest.empty()) return named;
  for (const Episode& episode : dataset.episodes())
    for (const int64_t number : TaskNumbers(reader, episode))
      named.try_emplace(number, rest);
  return named;
}

// Those that no data file has that can be read.
std::set<std::string> MissingFeatures(const Dataset& dataset) {
  std::set<fs::path> files;
  for (const Episode& episode : dataset.episodes()) files.insert(episode.data_file);
  std::set<std::string> missing;
  for (const Feature& feature : dataset.info().features)
    if (!feature.IsVideo() && feature.dtype != "language" &&
        !IsCountingFeature(feature.key))
      missing.insert(feature.key);
  bool any = false;
  for (const fs::path& file : files) {
    try {
      const ParquetFile table = dataset.OpenData(file);
      std::erase_if(missing, [&](const std::string& key) { return table.Has(key); });
      any = true;
    } catch (const Error&) {
      continue;  // its episodes are left out
    }
  }
  return any ? missing : std::set<std::string>{};
}

// Where the episodes of one video begin in it.
class Places {
 public:
  Places(const Dataset& dataset, const std::vector<double>& times, bool overlaps)
      : dataset_(dataset), times_(times), overlaps_(overlaps) {}

  // The first frame of each; -1 where it cannot be known.
  std::vector<int64_t> Find(const std::vector<Episode*>& episodes,
                            const std::string& camera) const {
    int64_t frames = 0;
    for (const Episode* episode : episodes) frames += episode->length;
    // LeRobot writes them one after another in the order of their numbers.
    const bool all = frames == static_cast<int64_t>(times_.size()) &&
                     (overlaps_ || AreInOrder(episodes, camera));
    int64_t next = 0;
    std::vector<int64_t> first;
    for (const Episode* episode : episodes) {
      first.push_back(all ? next : Nearest(episode->videos.at(camera).from_s));
      next += episode->length;
    }
    return first;
  }

 private:
  static bool AreInOrder(const std::vector<Episode*>& episodes,
                         const std::string& camera) {
    return std::is_sorted(
        episodes.begin(), episodes.end(), [&](const Episode* a, const Episode* b) {
          return a->videos.at(camera).from_s < b->videos.at(camera).from_s;
        });
  }

  int64_t Nearest(double from_s) const {
    if (times_.empty()) return -1;
    if (dataset_.info().major == 2) return 0;
    if (overlaps_) return -1;
    for (size_t i = 0; i < times_.size(); ++i)
      if (std::abs(times_[i] - from_s) < 0.5 / dataset_.info().fps)
        return static_cast<int64_t>(i);
    return -1;
  }

  const Dataset& dataset_;
  const std::vector<double>& times_;
  bool overlaps_;
};

void PlaceAnew(const Dataset& dataset, const std::string& camera, bool overlaps,
               std::vector<Episode>& episodes,
               std::map<int64_t, std::string>& unplaced) {
  std::map<fs::path, std::vector<Episode*>> by_file;
  for (Episode& episode : episodes)
    if (const auto place = episode.videos.find(camera); place != episode.videos.end())
      by_file[place->second.file].push_back(&episode);
  for (const auto& [file, shown] : by_file) {
    std::vector<double> times;
    try {
      times = Video(dataset.folder() / file, 1).times();
    } catch (const Error&) {
      continue;  // its episodes are left out
    }
    const std::vector<int64_t> first =
        Places(dataset, times, overlaps).Find(shown, camera);
    for (size_t i = 0; i < shown.size(); ++i)
      if (first[i] >= 0)
        shown[i]->videos[camera].from_s = times[first[i]];
      else
        unplaced[shown[i]->index] =
            file.string() + ": nothing tells which of its frames are the episode's";
  }
}

// The list of episodes, or what the rows make of it.
std::vector<Episode> ListEpisodes(const fs::path& folder, const DatasetInfo& info,
                                  const Verification& found, MendedMetadata& mended) {
  const auto& footers = mended.footers.footers;
  const bool unreadable = found.Has("episodes-unreadable");
  std::vector<Episode> episodes;
  if (!unreadable) episodes = ReadEpisodes(folder, info);
  FoundEpisodes more = unreadable ? FindEpisodes(folder, info, footers)
                                  : FindUnlisted(folder, info, footers, episodes);
  if (unreadable && more.episodes.empty())
    Fail(folder.string(), ": expected a list of episodes or rows that name them, ",
         "found neither: nothing in it can be mended");
  for (Episode& episode : more.episodes) {
    if (!unreadable && !more.unplaced.contains(episode.index))
      mended.added.push_back(episode.index);
    episodes.push_back(std::move(episode));
  }
  mended.unplaced = std::move(more.unplaced);
  std::sort(episodes.begin(), episodes.end(),
            [](const Episode& a, const Episode& b) { return a.index < b.index; });
  return episodes;
}

bool Overlaps(const Verification& found, const std::string& camera) {
  return std::any_of(found.findings.begin(), found.findings.end(),
                     [&](const DatasetFinding& f) {
                       return f.code == "video-range-overlap" && f.subject == camera;
                     });
}

}  // namespace

MendedMetadata MendMetadata(const fs::path& folder, const Verification& found,
                            bool places_anew, const std::string& task) {
  MendedMetadata mended;
  const DatasetInfo info = ReadDatasetInfo(folder);
  mended.footers = FindFooters(folder, info);
  std::vector<Episode> episodes = ListEpisodes(folder, info, found, mended);
  mended.found_folder = TakeOtherFolder(folder, info, found, episodes);
  const Dataset before(folder, info, episodes, ReadTasksOrNone(folder, info),
                       mended.footers.footers);
  mended.missing_features = MissingFeatures(before);
  if (places_anew)
    for (const Feature* camera : info.Cameras())
      if (camera->IsVideo())
        PlaceAnew(before, camera->key, Overlaps(found, camera->key), episodes,
                  mended.unplaced);
  mended.dataset =
      std::make_shared<Dataset>(folder, info, std::move(episodes),
                                NameTasks(before, task), mended.footers.footers);
  return mended;
}

}  // namespace svla
