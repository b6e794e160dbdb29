#include "smolvla/curate/found_episodes.h"

#include <algorithm>
#include <set>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/curate/v3_layout.h"
#include "smolvla/data/dataset.h"
#include "smolvla/data/video.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMost = int64_t{1} << 40;  // episodes, frames

// Rows of a data file that name one episode, one after another.
struct Run {
  int64_t episode = 0, rows = 0;
  int64_t first = -1;  // "index" of its first row; -1 where the rows have none
};

std::vector<Run> RunsOf(const ParquetFile& file) {
  std::vector<Run> runs;
  const bool counted = file.Has("index");
  const Table table =
      file.ReadAll(counted ? std::vector<std::string>{"episode_index", "index"}
                           : std::vector<std::string>{"episode_index"});
  for (const Column& column : table.columns)
    if (column.kind != ColumnKind::kInteger ||
        (column.is_list && column.offsets.back() != column.rows))
      Fail("column \"", column.name, "\": expected a whole number a row, found ",
           column.type);
  for (const Column& column : table.columns)
    for (const int64_t number : column.integers)
      if (number < 0 || number > kMost)
        Fail("column \"", column.name, "\": expected numbers from 0, found ", number);
  for (int64_t row = 0; row < table.rows; ++row) {
    const int64_t episode = table.columns[0].integers[row];
    if (runs.empty() || runs.back().episode != episode)
      runs.push_back({episode, 0, counted ? table.columns[1].integers[row] : -1});
    ++runs.back().rows;
  }
  return runs;
}

// Episodes by the rows that name them.
class RowSearch {
 public:
  RowSearch(const fs::path& folder, const DatasetInfo& info,
            const std::map<fs::path, std::string>& footers)
      : info_(info), files_(folder, info, {}, {}, footers), whole_(footers.empty()) {}

  // Whether no row was lost, as far as files tell. Requires Find().
  bool whole() const { return whole_; }

  FoundEpisodes Find() {
    for (const fs::path& file : DataFilesOf(files_.folder())) {
      try {
        for (const Run& run : RunsOf(files_.OpenData(file))) Add(file, run);
      } catch (const Error&) {
        whole_ = false;  // named by whoever looks for footers
      }
    }
    FoundEpisodes found;
    for (auto& [index, episode] : episodes_)
      found.episodes.push_back(std::move(episode));
    found.unplaced = std::move(unplaced_);
    return found;
  }

 private:
  void Add(const fs::path& file, const Run& run) {
    if (info_.major == 2 && IsStrayCopy(file, run.episode)) return;
    const auto [place, is_new] = episodes_.try_emplace(run.episode);
    Episode& episode = place->second;
    if (is_new) {
      episode.index = run.episode;
      if (info_.major == 2) PlaceInOwnFiles(info_, episode);
      if (info_.major == 2 && episode.data_file != file)
        unplaced_[run.episode] = file.string() + ": holds its rows; expected them in " +
                                 episode.data_file.string();
      episode.data_file = file;
      episode.first_frame = run.first >= 0 ? run.first : next_;
    } else if (episode.data_file != file) {
      unplaced_[run.episode] = "its rows are in two files, " +
                               episode.data_file.string() + " and " + file.string();
      return;
    }
    episode.length += run.rows;
    next_ = episode.first_frame + episode.length;
  }

  // v2: an episode has a file of its own, whose rows are the episode's.
  bool IsStrayCopy(const fs::path& file, int64_t index) const {
    Episode episode;
    episode.index = index;
    PlaceInOwnFiles(info_, episode);
    return episode.data_file != file && IsFile(files_.folder() / episode.data_file);
  }

  const DatasetInfo& info_;
  const Dataset files_;  // without the episodes that are looked for
  std::map<int64_t, Episode> episodes_;
  std::map<int64_t, std::string> unplaced_;
  int64_t next_ = 0;  // "index" of the row after those so far
  bool whole_;
};

struct FoundVideo {
  fs::path file;
  int64_t first = 0;  // how many frames are in the videos before
  std::vector<double> times;

  int64_t end() const { return first + static_cast<int64_t>(times.size()); }
};

// The videos of a camera that can be read, up to the first that cannot: how many frames
// those behind it follow is unknown.
std::vector<FoundVideo> VideosOf(const fs::path& folder, const DatasetInfo& info,
                                 const std::string& camera) {
  std::vector<FoundVideo> videos;
  PathNumbers numbers;
  numbers.camera = camera;
  for (FilePlace place;; place = place.Next(info.chunks_size)) {
    numbers.chunk = place.chunk;
    numbers.file = place.file;
    FoundVideo video{FillTemplate(info.video_path, numbers), 0, {}};
    if (!IsFile(folder / video.file)) return videos;
    try {
      video.times = Video(folder / video.file, 1).times();
    } catch (const Error&) {
      return videos;
    }
    if (!videos.empty()) video.first = videos.back().end();
    videos.push_back(std::move(video));
  }
}

// Puts the episodes where their frames are. What it returns is not empty where nothing
// is known of any.
std::string PlaceInVideos(const std::vector<FoundVideo>& videos, double fps,
                          const std::string& camera, FoundEpisodes& found) {
  // A file begins with an episode and ends with one, or something else is lost.
  for (const FoundVideo& video : videos)
    for (const Episode& episode : found.episodes)
      if (episode.first_frame < video.end() &&
          video.end() < episode.first_frame + episode.length)
        return video.file.string() + ": ends after " + std::to_string(video.end()) +
               " frames of the camera, within episode " + std::to_string(episode.index);
  for (Episode& episode : found.episodes) {
    const auto video = std::find_if(
        videos.begin(), videos.end(),
        [&](const FoundVideo& each) { return episode.first_frame < each.end(); });
    if (video == videos.end()) {
      found.unplaced.try_emplace(
          episode.index, camera + ": no video has frames " +
                             std::to_string(episode.first_frame) + " to " +
                             std::to_string(episode.first_frame + episode.length - 1));
      continue;
    }
    const double from =
        video->times[static_cast<size_t>(episode.first_frame - video->first)];
    episode.videos[camera] = {video->file, from,
                              from + static_cast<double>(episode.length) / fps};
  }
  return "";
}

// "index" counts the frames of the videos only if it begins with them. Not empty where
// it does not: part of a larger dataset.
std::string ShiftOf(const DatasetInfo& info, const std::vector<Episode>& episodes) {
  const fs::path first = FillTemplate(info.data_path, PathNumbers());
  int64_t least = INT64_MAX;
  for (const Episode& episode : episodes)
    if (episode.data_file == first) least = std::min(least, episode.first_frame);
  if (least == INT64_MAX || least == 0) return "";
  return first.string() + ": \"index\" of its first row is " + std::to_string(least) +
         ", not 0: which frames of the videos are the rows' is unknown";
}

// Where no row is lost the videos have no frame more. Not empty where they have.
std::string SurplusOf(const std::vector<FoundVideo>& videos,
                      const std::vector<Episode>& episodes) {
  int64_t rows = 0;
  for (const Episode& episode : episodes)
    rows = std::max(rows, episode.first_frame + episode.length);
  if (videos.empty() || videos.back().end() <= rows) return "";
  return videos.back().file.string() + ": ends after " +
         std::to_string(videos.back().end()) + " frames of the camera, for " +
         std::to_string(rows) + " rows: which frames are the rows' is unknown";
}

// Rows that count as another episode's do: which pictures are whose is unknown.
void LeaveOutOverlaps(FoundEpisodes& found) {
  int64_t end = 0;
  for (const Episode& episode : found.episodes) {
    if (episode.first_frame < end)
      found.unplaced.try_emplace(episode.index,
                                 "\"index\" of its rows is that of another episode");
    end = std::max(end, episode.first_frame + episode.length);
  }
}

}  // namespace

FoundEpisodes FindEpisodes(const fs::path& folder, const DatasetInfo& info,
                           const std::map<fs::path, std::string>& footers) {
  RowSearch rows(folder, info, footers);
  FoundEpisodes found = rows.Find();
  if (info.major == 2) return found;
  LeaveOutOverlaps(found);
  const std::string shifted = ShiftOf(info, found.episodes);
  for (const Feature* camera : info.Cameras()) {
    if (!camera->IsVideo()) continue;
    const std::vector<FoundVideo> videos = VideosOf(folder, info, camera->key);
    std::string why = shifted;
    if (why.empty() && rows.whole()) why = SurplusOf(videos, found.episodes);
    if (why.empty()) why = PlaceInVideos(videos, info.fps, camera->key, found);
    if (why.empty()) continue;
    for (const Episode& episode : found.episodes)
      found.unplaced.try_emplace(episode.index, why);
  }
  return found;
}

FoundEpisodes FindUnlisted(const fs::path& folder, const DatasetInfo& info,
                           const std::map<fs::path, std::string>& footers,
                           const std::vector<Episode>& listed) {
  std::set<fs::path> files;
  std::set<int64_t> numbers;
  for (const Episode& episode : listed) {
    files.insert(episode.data_file.lexically_normal());
    numbers.insert(episode.index);
  }
  const std::vector<fs::path> there = DataFilesOf(folder);
  if (std::all_of(there.begin(), there.end(),
                  [&](const fs::path& file) { return files.contains(file); }))
    return {};
  FoundEpisodes found = FindEpisodes(folder, info, footers);
  std::erase_if(found.episodes, [&](const Episode& episode) {
    return files.contains(episode.data_file) || numbers.contains(episode.index);
  });
  std::map<int64_t, std::string> unplaced;
  for (const Episode& episode : found.episodes)
    if (const auto why = found.unplaced.find(episode.index);
        why != found.unplaced.end())
      unplaced.insert(*why);
  found.unplaced = std::move(unplaced);
  return found;
}

}  // namespace svla
