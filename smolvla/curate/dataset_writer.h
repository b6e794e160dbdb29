// Records a LeRobot dataset, v3.0, episode by episode, as LeRobot 0.6.1 reads it.
//
//   DatasetWriter writer(folder, recording);     // a new one, or goes on with one
//   while (the robot moves) writer.Add(frame);
//   writer.SaveEpisode();
//
// After SaveEpisode() the dataset on the disk is whole, with that episode: whatever
// happens to the process, it opens again with all episodes that were saved. Pictures
// are encoded while the robot moves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/curate/v3_layout.h"
#include "smolvla/curate/v3_metadata.h"
#include "smolvla/data/video_writer.h"
#include "smolvla/policy/robot.h"

namespace svla {

struct Recording {
  double fps = 30;
  std::string robot_type;  // "so101_follower"; empty if there is no name for it
  // What a frame has, counting features excepted.
  std::vector<NewFeature> features;
  VideoEncoding encoding;
  FileLimits limits;
  size_t most_waiting = 60;  // pictures a camera that wait to be encoded
  // The files that an episode is added to are copied with each: a new one is begun
  // after so many, so that an episode costs the same however many there are.
  int64_t episodes_a_file = 100;
};

// A feature for Recording: `names` of its numbers may be empty.
NewFeature NumbersFeature(const std::string& key, const std::string& dtype,
                          const std::vector<int64_t>& shape,
                          const std::vector<std::string>& names);
// `dtype` is "video", or "image" for PNG in the data files.
NewFeature CameraFeature(const std::string& key, const std::string& dtype,
                         int64_t width, int64_t height);
NewFeature TextFeature(const std::string& key);

// One tick of the recording, by feature.
struct RecordedFrame {
  std::map<std::string, std::vector<double>> numbers;
  std::map<std::string, std::string> texts;
  std::map<std::string, Image> pictures;
  std::string task;
};

// One thread at a time, one writer for a folder.
class DatasetWriter {
 public:
  // Goes on where `folder` holds a v3.0 dataset, after completing what an interrupted
  // process has left. Throws Error if the folder holds something else, a dataset of
  // another frame rate or of other features, or if another process records into it.
  DatasetWriter(const std::filesystem::path& folder, const Recording& recording);
  // An episode that was not saved is gone.
  ~DatasetWriter();

  // Adds a frame to the episode. Waits while too many pictures are not encoded yet.
  // Throws Error, naming the feature, if one is missing, unknown or of another size, or
  // if encoding has failed; the frame is then not part of the episode.
  void Add(const RecordedFrame& frame);

  // Throws Error if there is no frame, or the files cannot be written. The dataset is
  // then as it was before the episode, which can only be discarded.
  void SaveEpisode();
  void DiscardEpisode();

  int64_t episodes() const;  // saved, those of before included
  int64_t frames() const;    // of the episode that is being recorded
  // Pictures that had to wait until there was room: the encoder is too slow for the
  // robot if this grows.
  int64_t waits() const;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace svla
