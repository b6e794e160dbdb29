// Any bytes as a video file: pictures, or an Error.
#include <algorithm>

#include "fuzz/memory_file.h"
#include "smolvla/base/error.h"
#include "smolvla/data/video.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemoryFile memory(data, size);
  try {
    svla::Video video(memory.path(), /*threads=*/1);
    svla::Image image;
    const auto frames = static_cast<int64_t>(video.times().size());
    for (const int64_t frame : {frames - 1, int64_t{0}, int64_t{1}, frames / 2})
      video.Read(std::clamp<int64_t>(frame, 0, std::max<int64_t>(frames - 1, 0)),
                 image);
  } catch (const svla::Error&) {
  }
  return 0;
}
