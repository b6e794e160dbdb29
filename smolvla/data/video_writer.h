// Video files written: from pictures, encoded, and from parts of other videos, copied.
//
//   VideoWriter video("top.mp4", 640, 480, /*fps=*/30, {});
//   video.Add(image);
//   video.Close();
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/policy/robot.h"

namespace svla {

// LeRobot's own settings: a key frame every second frame, so that a random frame costs
// two at most.
struct VideoEncoding {
  std::string codec = "av1";  // "av1" (SVT-AV1) or "h264" (x264)
  int gop = 2;
  int crf = 30;
  int preset = 12;  // of SVT-AV1; x264 takes "veryfast" at 8 and above, else "medium"
  int threads = 1;
};

// Encodes pictures, yuv420p, frame i shown at i / fps. The file appears under its name,
// whole, in Close(); without it nothing is left behind. One thread at a time.
class VideoWriter {
 public:
  // Throws Error, naming the file, if the codec is not there, the size is odd or out of
  // what it encodes, or the file cannot be written.
  VideoWriter(const std::filesystem::path& path, int64_t width, int64_t height,
              double fps, const VideoEncoding& encoding);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;

  // Throws Error if the picture is of another size.
  void Add(const Image& picture);
  int64_t frames() const;  // added so far

  // Throws Error if no picture was added.
  void Close();

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

// Frames [first, first + count) of a video.
struct VideoPart {
  std::filesystem::path file;
  int64_t first = 0;
  int64_t count = 0;
};

// True if one file can hold pictures of both: one codec, one size, one set of
// parameters. Throws Error, naming the file, if one is no video.
bool CanJoin(const std::filesystem::path& a, const std::filesystem::path& b);

// Writes the parts one after another into one mp4 file, packets copied, nothing decoded
// nor encoded again. A part can begin only where decoding can, so that frames before
// and after it are copied with it where they must be; the next part is shown after
// them. Returns when each part's first frame is shown, in seconds; within a part times
// are those of the source, relative to its first frame. Throws Error, naming the file.
// Requires CanJoin of all, and one part at least.
std::vector<double> JoinVideos(const std::vector<VideoPart>& parts,
                               const std::filesystem::path& to);

}  // namespace svla
