// Where the parts of a v3.0 dataset are: numbered files in numbered folders, episodes
// one after another in each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace svla {

// "chunk-000/file-000" and those after it.
struct FilePlace {
  int64_t chunk = 0;
  int64_t file = 0;

  bool operator==(const FilePlace&) const = default;

  // The next one, where a folder holds `files_a_chunk`.
  FilePlace Next(int64_t files_a_chunk) const {
    return file + 1 >= files_a_chunk ? FilePlace{chunk + 1, 0}
                                     : FilePlace{chunk, file + 1};
  }
};

// LeRobot's templates, as info.json gives them.
inline constexpr const char* kV3DataPath =
    "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet";
inline constexpr const char* kV3VideoPath =
    "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4";

// Within the dataset's folder.
std::filesystem::path V3DataFile(const FilePlace& place);
std::filesystem::path V3VideoFile(const std::string& camera, const FilePlace& place);
std::filesystem::path V3EpisodesFile(const FilePlace& place);

// When a new file is begun, LeRobot's rules.
struct FileLimits {
  int64_t files_a_chunk = 1000;
  int64_t data_megabytes = 100;
  int64_t video_megabytes = 200;
};

// True if `frames` more would make a file too large that holds `frames_so_far` in
// `bytes_so_far`, at so many bytes a frame.
bool DataFileIsFull(const FileLimits& limits, int64_t bytes_so_far,
                    int64_t frames_so_far, int64_t frames);
// The same for videos, whose next part is known to take `bytes`.
bool VideoFileIsFull(const FileLimits& limits, int64_t bytes_so_far, int64_t bytes);

}  // namespace svla
