#include "smolvla/curate/v3_layout.h"

#include "smolvla/data/info.h"

namespace svla {
namespace {

constexpr int64_t kMegabyte = int64_t{1} << 20;

PathNumbers Numbers(const FilePlace& place, const std::string& camera) {
  PathNumbers numbers;
  numbers.chunk = place.chunk;
  numbers.file = place.file;
  numbers.camera = camera;
  return numbers;
}

}  // namespace

std::filesystem::path V3DataFile(const FilePlace& place) {
  return FillTemplate(kV3DataPath, Numbers(place, ""));
}

std::filesystem::path V3VideoFile(const std::string& camera, const FilePlace& place) {
  return FillTemplate(kV3VideoPath, Numbers(place, camera));
}

std::filesystem::path V3EpisodesFile(const FilePlace& place) {
  return FillTemplate(
      "meta/episodes/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
      Numbers(place, ""));
}

bool DataFileIsFull(const FileLimits& limits, int64_t bytes_so_far,
                    int64_t frames_so_far, int64_t frames) {
  if (frames_so_far == 0) return false;
  const double a_frame =
      static_cast<double>(bytes_so_far) / static_cast<double>(frames_so_far);
  return static_cast<double>(bytes_so_far) + a_frame * static_cast<double>(frames) >=
         static_cast<double>(limits.data_megabytes * kMegabyte);
}

bool VideoFileIsFull(const FileLimits& limits, int64_t bytes_so_far, int64_t bytes) {
  return bytes_so_far > 0 && bytes_so_far + bytes >= limits.video_megabytes * kMegabyte;
}

}  // namespace svla
