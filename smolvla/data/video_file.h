// A video file taken apart into packets, nothing decoded. Over FFmpeg; for the .cc
// files of this folder only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "smolvla/data/ffmpeg.h"
#include "smolvla/data/video.h"

namespace svla {

struct VideoFile {
  std::string name;  // for messages
  Ffmpeg<AVFormatContext> format;
  AVStream* stream = nullptr;  // format's first picture stream; all others are unread
  VideoFacts facts;
};

// Throws Error, naming the file, if it is no video, or its pictures are too large.
VideoFile OpenVideoFile(const std::filesystem::path& path);

// One packet of the stream: one encoded frame.
struct PacketTime {
  int64_t pts = 0;  // in the stream's time base
  int64_t dts = 0;
  bool key = false;
};

// What is shown of a file, in the order of its packets, and of the times.
struct VideoIndex {
  std::vector<PacketTime> packets;  // in decoding order
  std::vector<int64_t> pts;         // ascending
  std::vector<int64_t> keys;        // positions in pts, ascending
  std::vector<int64_t> key_dts;     // of each of `keys`: where to seek to
};

// Packets that are read only for the sake of others (before the start of an edit
// list) are left out. Where no frame is reordered the container's own index is
// taken, otherwise all packets are read. Leaves the file at an unknown place. Throws
// Error if two frames are shown at one time, or one has no time.
VideoIndex IndexVideo(const VideoFile& file);

}  // namespace svla
