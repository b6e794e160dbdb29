// Pictures in video files, over FFmpeg, whose types stay in the .cc files.
//
//   Video video(path, /*threads=*/1);
//   Image image;
//   video.Read(video.FrameAt(12.3, /*tolerance_s=*/1e-4), image);
//
// Pixels are what LeRobot's decoder gives (PyAV's `frame.to_ndarray(format="rgb24")`),
// to the bit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/policy/robot.h"

namespace svla {

// What the file says of itself, nothing decoded.
struct VideoFacts {
  std::string codec;         // as info.json names it: "av1", "h264", "hevc", "mpeg4"
  std::string pixel_format;  // "yuv420p"
  int64_t width = 0;
  int64_t height = 0;
  double fps = 0;         // average
  double duration_s = 0;  // of the stream
  bool audio = false;     // whether there is sound beside it
};

// A video file, opened. Reading frames in order decodes each packet once; a seek
// happens only when the frame wanted lies before the last one read, or beyond a later
// key frame. May be used by one thread at a time.
class Video {
 public:
  // `threads` of the decoder, at least 1. Throws Error, naming the file, if it is no
  // video or one that cannot be decoded.
  Video(const std::filesystem::path& path, int threads);
  ~Video();
  Video(Video&&) noexcept;

  const VideoFacts& facts() const;

  // When each frame is shown, in seconds, ascending: as many as there are frames.
  const std::vector<double>& times() const;
  // The frames that decoding can start at, ascending.
  const std::vector<int64_t>& key_frames() const;

  // The frame shown nearest to `seconds`. Throws Error, naming the file, the time and
  // the nearest one, if it is farther away than `tolerance_s`.
  int64_t FrameAt(double seconds, double tolerance_s) const;

  // Throws Error, naming file and frame, if there is no such frame or its data are
  // damaged. `image` keeps its memory where it fits.
  void Read(int64_t frame, Image& image);
  // Only decodes, which tells whether Read would throw at the same cost less a picture.
  void Decode(int64_t frame);

  // How often it has sought, and how many packets it has decoded.
  int64_t seeks() const;
  int64_t packets() const;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

}  // namespace svla
