// One camera of an episode that is being recorded: pictures are encoded by a thread of
// its own while the robot moves.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include "smolvla/data/feature_statistics.h"
#include "smolvla/data/video_writer.h"

namespace svla {

class CameraRecorder {
 public:
  // Writes `file`, and beside it pictures for the statistics. The encoder is opened
  // with the first picture, whose size is the video's.
  CameraRecorder(const std::filesystem::path& file, double fps,
                 const VideoEncoding& encoding, size_t most_waiting);
  // What was not finished is dropped.
  ~CameraRecorder();

  // Hands a picture over. Waits while `most_waiting` pictures are not encoded yet: none
  // is ever left out. Throws what went wrong in the thread.
  void Add(const Image& picture);

  // The video is whole in its file. Returns the statistics of the pictures as they came
  // from the camera, of LeRobot's sample. Requires a picture. Throws Error.
  CountedStatistics Finish();

  // How many pictures have had to wait for room.
  int64_t waits() const { return waits_; }

 private:
  void Run();
  void Encode(const Image& picture);
  CountedStatistics Statistics();
  std::filesystem::path ThinnedFile() const;

  const std::filesystem::path file_;
  const double fps_;
  const VideoEncoding encoding_;
  const size_t most_waiting_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Image> waiting_;   // guarded by mutex_
  bool ends_ = false;           // guarded by mutex_: no more pictures
  bool dropped_ = false;        // guarded by mutex_: those waiting are not wanted
  std::exception_ptr failure_;  // guarded by mutex_

  int64_t waits_ = 0;                 // of the thread that adds
  std::optional<VideoWriter> video_;  // of the thread that encodes, until it has ended
  std::ofstream thinned_;             // as video_
  int64_t thinned_width_ = 0, thinned_height_ = 0;
  std::thread thread_;
};

}  // namespace svla
