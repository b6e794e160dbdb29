// Video files written: pictures encoded, and encoded pictures copied.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/data/video.h"

namespace svla {

// LeRobot's defaults: AV1 with a key frame every second frame, so that any frame is at
// most two decodings away.
struct VideoEncoding {
  std::string codec = "av1";  // or "h264"
  int gop = 2;                // frames from key frame to key frame
  int crf = 30;               // quality, 0 best
  int preset = 12;            // of SVT-AV1, 13 fastest; h264 has "veryfast"
  int threads = 0;            // 0: as many as the encoder likes
};

// Encodes yuv420p into an mp4 whose frame i is shown at i / fps. The file appears under
// its name, whole, in Close(); without it nothing is left behind. Sizes that are odd
// are refused, as yuv420p has one colour for two by two pixels.
class VideoWriter {
 public:
  VideoWriter(const std::filesystem::path& path, int64_t width, int64_t height,
              double fps, const VideoEncoding& encoding);
  ~VideoWriter();
  VideoWriter(VideoWriter&&) noexcept;

  // Throws Error if the picture is not of the constructor's size.
  void Add(const Image& image);

  int64_t frames() const;

  // Throws Error, naming the file, if the disk refuses it.
  void Close();

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

// Frames [first, first + count) of a file, in the order they are shown.
struct VideoPart {
  std::filesystem::path file;
  int64_t first = 0;
  int64_t count = 0;
};

// True if the part can be copied without encoding: its first frame is a key frame, and
// nothing outside it is needed to show it, nor anything of it outside.
bool CanCopy(const VideoPart& part);

// Copies the parts one after another into one mp4, encoding nothing. `starts` receives
// when each part's first frame is shown, and one value more: the end. Frame i of a part
// is shown at its start + i / fps, whatever it was in its own file. Throws Error,
// naming the files, if two are of different codecs or sizes, or one cannot be copied.
// The file appears under its name, whole, or not at all.
void JoinVideos(const std::vector<VideoPart>& parts, double fps,
                const std::filesystem::path& to, std::vector<double>& starts);

}  // namespace svla
