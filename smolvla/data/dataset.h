// A LeRobot dataset, v2.0, v2.1 or v3.0, as it lies on the disk: what the metadata say.
// Frames are read by FrameReader (frame_reader.h).
//
//   const Dataset dataset(FindDataset("lerobot/svla_so101_pickplace"));
//   FrameReader reader(dataset, {});
//   reader.ReadPicture("observation.images.top", /*episode=*/3, /*frame=*/17, image);
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/data/episodes.h"
#include "smolvla/data/info.h"
#include "smolvla/data/parquet.h"

namespace svla {

// The folder that a user means: `named` itself, or, where it is a repo id
// ("lerobot/svla_so101_pickplace"), what LeRobot ($HF_LEROBOT_HOME) or the local
// Hugging Face cache has of it. Throws Error with the places looked at. Nothing is
// downloaded.
std::filesystem::path FindDataset(const std::string& named);

// Does not change; any number of threads may read it.
class Dataset {
 public:
  // Throws Error, naming the file, if the metadata cannot be read. Data and video files
  // are not opened, so that some may be missing.
  explicit Dataset(const std::filesystem::path& folder);
  // The same of metadata that were read already, or of what could be read of them.
  // Requires episodes in the order of their index, each once. `footers` are those that
  // data files within the folder lack (SalvageFooter).
  Dataset(const std::filesystem::path& folder, DatasetInfo info,
          std::vector<Episode> episodes, std::map<int64_t, std::string> tasks,
          std::map<std::filesystem::path, std::string> footers = {});
  Dataset(Dataset&&) = default;
  Dataset(const Dataset&) = delete;  // by_file_ points into episodes_

  const std::filesystem::path& folder() const { return folder_; }
  const DatasetInfo& info() const { return info_; }

  // In the order of their index, which need not be without gaps.
  const std::vector<Episode>& episodes() const { return episodes_; }
  // Throws Error, naming the dataset and the numbers there are, if there is no such
  // one.
  const Episode& EpisodeAt(int64_t index) const;
  // The episodes whose rows are in a file, in the order of their first frames.
  const std::vector<const Episode*>& EpisodesIn(
      const std::filesystem::path& data_file) const;

  // A data file within the folder, opened. Throws Error, naming it.
  ParquetFile OpenData(const std::filesystem::path& data_file) const;

  // The sentence of a task_index; throws Error if there is none.
  const std::string& Task(int64_t task_index) const;
  const std::map<int64_t, std::string>& tasks() const { return tasks_; }

  int64_t frames() const { return frames_; }  // of all episodes

  // The camera of that name, full or bare ("top" for "observation.images.top"). Throws
  // Error with the names there are, if none or several have it.
  const Feature& Camera(const std::string& name) const;

 private:
  Dataset(const std::filesystem::path& folder, const DatasetInfo& info);

  std::filesystem::path folder_;
  DatasetInfo info_;
  std::vector<Episode> episodes_;
  std::map<int64_t, std::string> tasks_;
  std::map<std::filesystem::path, std::string> footers_;
  std::map<std::filesystem::path, std::vector<const Episode*>> by_file_;
  int64_t frames_ = 0;
};

}  // namespace svla
