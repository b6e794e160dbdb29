// NumPy's array files (.npy), as far as float arrays need them.
//
//   NpyArray state = ReadNpy("state.npy");
//   WriteNpy("actions.npy", {50, 6}, actions);
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace svla {

struct NpyArray {
  std::vector<int64_t> shape;  // empty for a scalar
  std::vector<float> values;   // the last index moves fastest
};

// Reads formats 1.0 to 3.0, float32 and float64 (rounded to float32; beyond its
// range becomes infinite), little-endian, in C order. Throws Error, naming the
// file, for any other type or order, and for a file that is damaged or whose
// length is not that of its shape.
NpyArray ReadNpy(const std::filesystem::path& path);

// The same from memory; `name` stands for the file in messages.
NpyArray ParseNpy(std::span<const std::byte> bytes, std::string_view name);

// Writes float32, whole or not at all: the bytes that numpy.save writes. Requires
// as many values as the shape says. Throws Error when the file cannot be written.
void WriteNpy(const std::filesystem::path& path, const std::vector<int64_t>& shape,
              std::span<const float> values);

}  // namespace svla
