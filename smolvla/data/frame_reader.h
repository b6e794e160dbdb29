// Frames of a dataset: numbers out of Parquet files, pictures out of videos or Parquet.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/data/dataset.h"
#include "smolvla/data/parquet.h"
#include "smolvla/data/video.h"

namespace svla {

struct FrameReaderOptions {
  int decoder_threads = 1;
  // How far from the time wanted a video's frame may be. LeRobot's own default.
  double tolerance_s = 1e-4;
  // true: a picture of a video is so many frames after the episode's first, whatever
  // rows and video say of times; the first is the one nearest to the episode's place in
  // the video, by half a frame.
  bool count_frames = false;
  // Videos kept open, each a few megabytes, and bytes of numbers and pictures kept:
  // more where a single row group takes more.
  int most_videos = 16;
  int64_t most_bytes = int64_t{64} << 20;
};

// Steps from the present frame, as LeRobot's delta_timestamps times fps, and what they
// meet: beyond the ends of the episode its first or last frame stands in, and is_pad
// says so.
struct Window {
  std::vector<int64_t> frames;  // of the episode, one for each step
  std::vector<bool> is_pad;
};
Window WindowAt(int64_t frame, int64_t length, const std::vector<int64_t>& steps);

// The sentence of a frame: by its task_index, or else the first of its episode. `rows`
// are the episode's. Throws Error if the number has no sentence.
std::string TaskOf(const Dataset& dataset, const Episode& episode, const Table& rows,
                   int64_t frame);

// When a frame of an episode is, seconds from the episode's start: what its row says,
// or without one frame / fps.
double SecondsOf(const Table& rows, int64_t frame, double fps);

// Reads lazily, and keeps the last of what it read within the bounds of its options.
// One thread at a time; several readers may share a dataset, which must outlive them.
class FrameReader {
 public:
  FrameReader(const Dataset& dataset, const FrameReaderOptions& options);
  ~FrameReader();

  // All columns of numbers and texts of an episode, [length] rows, without its
  // pictures. The table is the reader's until the next call of any kind. Throws Error,
  // naming the file, if it cannot be read or has other rows than the metadata say.
  const Table& Rows(const Episode& episode);

  // The picture of a frame (0 is the episode's first). Throws Error, naming the file.
  void ReadPicture(const std::string& camera, const Episode& episode, int64_t frame,
                   Image& image);

  // The same as it is kept in Parquet, PNG or JPEG, of a camera with dtype "image". The
  // bytes are the reader's until the next call of any kind. Throws Error.
  const std::string& PictureBytes(const std::string& camera, const Episode& episode,
                                  int64_t frame);

  // The frame of its video that an episode begins with, seconds as the rows say.
  int64_t FirstVideoFrame(const std::string& camera, const Episode& episode);

  // The video of a camera, opened or still open.
  Video& OpenVideo(const std::filesystem::path& file);

 private:
  struct Kept;
  const Dataset& dataset_;
  FrameReaderOptions options_;
  std::unique_ptr<Kept> kept_;
};

}  // namespace svla
