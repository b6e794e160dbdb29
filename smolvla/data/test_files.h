// What the tests of this folder share. For tests only.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "smolvla/base/safetensors.h"
#include "smolvla/base/test_refusal.h"
#include "smolvla/policy/robot.h"

namespace svla {

inline std::filesystem::path TestDataset(const std::string& name) {
  return std::filesystem::path(SMOLVLA_SOURCE_DIR) / "testdata/datasets" / name;
}

// zlib's crc32 of the picture's bytes.
inline uint32_t Crc32(const Image& image) {
  uint32_t crc = ~uint32_t{0};
  for (const uint8_t byte : image.rgb) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

inline std::vector<int64_t> Integers(const StoredTensor& tensor) {
  std::vector<int64_t> values(static_cast<size_t>(tensor.Count()));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

// A folder of its own for a test, gone with it.
class TestFolder {
 public:
  explicit TestFolder(
      const std::filesystem::path& within = std::filesystem::temp_directory_path()) {
    std::string name = (within / "data_test.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace svla
