// An mp4 file with one video stream, written packet by packet. Over FFmpeg; for the .cc
// files of this folder only.
#pragma once

#include <filesystem>
#include <string>

#include "smolvla/base/file.h"
#include "smolvla/data/ffmpeg.h"

namespace svla {

// The file appears under its name, whole, in Close(), with its index in front of the
// pictures ("faststart"); without it nothing is left behind.
class VideoOutput {
 public:
  // `unit` is what times are counted in: each must be a whole number of it. Throws
  // Error, naming the file, if it cannot be written.
  VideoOutput(const std::filesystem::path& path, const AVCodecParameters& parameters,
              AVRational unit, AVRational frame_rate);
  ~VideoOutput();
  VideoOutput(const VideoOutput&) = delete;
  VideoOutput& operator=(const VideoOutput&) = delete;

  // Takes the packet's content. Its times are in `unit`, decoding times ascend. Throws
  // Error.
  void Write(AVPacket& packet);

  // Throws Error.
  void Close();

 private:
  PendingFile file_;
  std::string name_;
  AVFormatContext* format_ = nullptr;
  AVRational unit_;
};

}  // namespace svla
