// The frames of an episode while it is being recorded.
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "smolvla/curate/camera_recorder.h"
#include "smolvla/curate/dataset_writer.h"
#include "smolvla/curate/new_rows.h"

namespace svla {

class RecordedEpisode {
 public:
  // `folder` is for files in the making; `recording` must outlive it.
  RecordedEpisode(const Recording& recording, const std::filesystem::path& folder);

  // Throws Error: the frame is then not part of the episode, or, if a picture could not
  // be encoded, failed().
  void Add(const RecordedFrame& frame);

  int64_t frames() const { return rows_.rows; }
  int64_t waits() const;
  bool failed() const { return failed_; }
  const std::vector<std::string>& tasks() const { return tasks_; }  // of each frame

  // What the data file has of it, as NewRows lays it out. Numbers of tasks are those of
  // `task_numbers`.
  Table Rows(int64_t episode, int64_t first_frame,
             const std::vector<int64_t>& task_numbers) const;

  // Ends the videos and returns the statistics of the cameras.
  StatisticsByFeature FinishPictures();
  std::filesystem::path VideoFile(const std::string& camera) const;

 private:
  void Check(const RecordedFrame& frame) const;
  void AddPicture(const Feature& feature, const Image& picture);

  const Recording& recording_;
  std::filesystem::path folder_;
  bool failed_ = false;  // some cameras have a picture that others lack
  Table rows_;           // of the recording's features but videos
  std::vector<std::string> tasks_;
  std::map<std::string, std::unique_ptr<CameraRecorder>> videos_;
};

}  // namespace svla
