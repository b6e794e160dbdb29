// The safetensors file: a JSON header that names tensors, then their bytes.
//
//   const SafetensorsFile file("model.safetensors");
//   CopyValues(file.At("model.state_proj.weight"), weights);
//
// Format: 8 bytes little-endian header length, the header, the data. Offsets in
// the header count from the first byte of the data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smolvla/base/file.h"
#include "smolvla/base/tensor.h"

namespace svla {

// One tensor as it lies in the file. The data may start at any byte: it is read
// through CopyValues, never through a typed pointer.
struct StoredTensor {
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t Count() const { return static_cast<int64_t>(bytes.size()) / SizeOf(dtype); }
};

// "BF16 [960, 32]"
std::string ToString(const StoredTensor& tensor);

class SafetensorsFile {
 public:
  // Maps the file. Throws Error, naming the file and the tensor, if the header is
  // no such header, or its shapes, types and offsets do not describe exactly the
  // bytes that follow: nothing overlapping, nothing left over, nothing missing.
  explicit SafetensorsFile(const std::filesystem::path& path);

  explicit SafetensorsFile(std::unique_ptr<MappedFile> file);

  // The same for bytes in memory, which must outlive the object.
  SafetensorsFile(std::span<const std::byte> bytes, std::string name);

  const std::string& name() const { return name_; }
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  bool Has(const std::string& tensor) const { return tensors_.contains(tensor); }
  const StoredTensor& At(const std::string& tensor) const;  // Throws Error if absent.

  // Says that the tensor will not be read soon (MappedFile::Release).
  void Release(const StoredTensor& tensor) const;

 private:
  void Parse(std::span<const std::byte> bytes);

  std::string name_;
  std::unique_ptr<MappedFile> mapped_;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Values [from, from + out.size()) of `tensor`, converted. T is float or double;
// the stored type is F64, F32, BF16 or F16 (requires). Exact but for F64 to float.
template <class T>
void CopyValues(const StoredTensor& tensor, int64_t from, std::span<T> out);

template <class T>
std::vector<T> ValuesOf(const StoredTensor& tensor) {
  std::vector<T> values(static_cast<size_t>(tensor.Count()));
  CopyValues<T>(tensor, 0, values);
  return values;
}

bool IsFloating(DType dtype);

// Writes the tensors, contiguous and plain, in the given order, atomically.
void WriteSafetensors(const std::filesystem::path& path,
                      const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata);

}  // namespace svla
