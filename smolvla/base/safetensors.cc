#include "smolvla/base/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "smolvla/base/error.h"

namespace svla {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors data is little-endian and read as it lies");

// The format's own limit.
constexpr uint64_t kLongestHeader = 100'000'000;

struct StoredType {
  const char* name;
  DType dtype;
};

constexpr StoredType kTypes[] = {
    {"F64", DType::kF64}, {"F32", DType::kF32}, {"BF16", DType::kBF16},
    {"F16", DType::kF16}, {"I64", DType::kI64}, {"I32", DType::kI32},
    {"U8", DType::kU8},   {"BOOL", DType::kU8},
};

uint64_t ReadHeaderLength(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < 8)
    Fail(name, ": expected a safetensors file, found ", bytes.size(), " bytes");
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kLongestHeader || length > bytes.size() - 8)
    Fail(name, ": the header says it is ", length, " bytes long, but ",
         bytes.size() - 8, " bytes follow: truncated, or not a safetensors file");
  return length;
}

// A whole number from 0, or an Error that says where.
uint64_t Natural(const nlohmann::json& value, const std::string& where) {
  if (!value.is_number_unsigned())
    Fail(where, ": expected a whole number from 0, found ",
         value.is_number() ? value.dump() : value.type_name());
  return value.get<uint64_t>();
}

const nlohmann::json& Member(const nlohmann::json& entry, const char* key, bool array,
                             const std::string& where) {
  const auto found = entry.find(key);
  if (found == entry.end() || (array ? !found->is_array() : !found->is_string()))
    Fail(where, ": expected \"", key, "\" as ", array ? "a list" : "a string");
  return *found;
}

DType ParseType(const std::string& text, const std::string& where) {
  for (const StoredType& type : kTypes)
    if (text == type.name) return type.dtype;
  Fail(where, ": tensors of type ", text, " are not supported");
}

// The bytes the shape asks for. Throws before the product can overflow.
uint64_t BytesOf(const std::vector<int64_t>& shape, DType dtype,
                 const std::string& where) {
  uint64_t bytes = static_cast<uint64_t>(SizeOf(dtype));
  for (const int64_t size : shape)
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes))
      Fail(where, ": the shape is larger than any file");
  return bytes;
}

StoredTensor ParseEntry(const nlohmann::json& entry, std::span<const std::byte> data,
                        const std::string& where) {
  if (!entry.is_object()) Fail(where, ": expected an object");
  StoredTensor tensor;
  tensor.dtype = ParseType(Member(entry, "dtype", false, where), where);
  const auto& shape = Member(entry, "shape", true, where);
  if (shape.size() > 16) Fail(where, ": ", shape.size(), " dimensions");
  for (const auto& size : shape) {
    const uint64_t n = Natural(size, where + ": shape");
    if (n > uint64_t{std::numeric_limits<int64_t>::max()})
      Fail(where, ": the shape is larger than any file");
    tensor.shape.push_back(static_cast<int64_t>(n));
  }
  const auto& offsets = Member(entry, "data_offsets", true, where);
  if (offsets.size() != 2) Fail(where, ": expected two data_offsets");
  const uint64_t begin = Natural(offsets[0], where + ": data_offsets");
  const uint64_t end = Natural(offsets[1], where + ": data_offsets");
  if (begin > end || end > data.size())
    Fail(where, ": data_offsets [", begin, ", ", end, "] do not lie in the ",
         data.size(), " data bytes: the file is truncated or its header wrong");
  tensor.bytes = data.subspan(begin, end - begin);
  const uint64_t expected = BytesOf(tensor.shape, tensor.dtype, where);
  if (expected != tensor.bytes.size())
    Fail(where, ": ", ToString(tensor), " takes ", expected, " bytes, but ",
         tensor.bytes.size(), " are set aside for it");
  return tensor;
}

void CheckCoverage(const std::map<std::string, StoredTensor>& tensors,
                   std::span<const std::byte> data, const std::string& name) {
  std::vector<std::pair<std::span<const std::byte>, const std::string*>> pieces;
  for (const auto& [key, tensor] : tensors) pieces.push_back({tensor.bytes, &key});
  std::sort(pieces.begin(), pieces.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.data(), a.first.size()) <
           std::pair(b.first.data(), b.first.size());
  });
  const std::byte* end = data.data();
  for (const auto& [bytes, key] : pieces) {
    if (bytes.data() < end) Fail(name, ": ", *key, ": overlaps the tensor before it");
    if (bytes.data() > end) Fail(name, ": ", *key, ": unused bytes lie before it");
    end = bytes.data() + bytes.size();
  }
  if (end != data.data() + data.size())
    Fail(name, ": ", data.data() + data.size() - end,
         " bytes after the last tensor belong to none");
}

// One loop for every pair of types; loads go through memcpy because the data is
// not aligned.
template <class Stored, class T>
void Convert(const std::byte* from, std::span<T> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, from + i * sizeof value, sizeof value);
    if constexpr (std::is_class_v<Stored>)
      out[i] = static_cast<T>(ToFloat(value));
    else
      out[i] = static_cast<T>(value);
  }
}

}  // namespace

bool IsFloating(DType dtype) {
  return dtype == DType::kF64 || dtype == DType::kF32 || dtype == DType::kBF16 ||
         dtype == DType::kF16;
}

std::string ToString(const StoredTensor& tensor) {
  std::string text = std::string(NameOf(tensor.dtype)) + " [";
  for (size_t i = 0; i < tensor.shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(tensor.shape[i]);
  return text + "]";
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : SafetensorsFile(std::make_unique<MappedFile>(path)) {}

SafetensorsFile::SafetensorsFile(std::unique_ptr<MappedFile> file)
    : name_(file->path().string()), mapped_(std::move(file)) {
  Parse(mapped_->bytes());
}

SafetensorsFile::SafetensorsFile(std::span<const std::byte> bytes, std::string name)
    : name_(std::move(name)) {
  Parse(bytes);
}

void SafetensorsFile::Release(const StoredTensor& tensor) const {
  if (mapped_) mapped_->Release(tensor.bytes);
}

void SafetensorsFile::Parse(std::span<const std::byte> bytes) {
  const uint64_t length = ReadHeaderLength(bytes, name_);
  const auto text = bytes.subspan(8, length);
  const auto data = bytes.subspan(8 + length);
  nlohmann::json header;
  try {
    header = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    Fail(name_, ": expected a JSON header, found something else: ", e.what());
  }
  if (!header.is_object()) Fail(name_, ": expected the header to be a JSON object");
  for (const auto& [key, entry] : header.items()) {
    if (key != "__metadata__") {
      tensors_[key] = ParseEntry(entry, data, name_ + ": " + key);
      continue;
    }
    if (!entry.is_object()) Fail(name_, ": expected __metadata__ to be an object");
    for (const auto& [name, value] : entry.items())
      if (value.is_string()) metadata_[name] = value.get<std::string>();
  }
  CheckCoverage(tensors_, data, name_);
}

const StoredTensor& SafetensorsFile::At(const std::string& tensor) const {
  const auto found = tensors_.find(tensor);
  if (found == tensors_.end())
    Fail(name_, ": expected tensor ", tensor, ", found none");
  return found->second;
}

template <class T>
void CopyValues(const StoredTensor& tensor, int64_t from, std::span<T> out) {
  SVLA_CHECK(IsFloating(tensor.dtype) && from >= 0);
  SVLA_CHECK(from + static_cast<int64_t>(out.size()) <= tensor.Count());
  const std::byte* start = tensor.bytes.data() + from * SizeOf(tensor.dtype);
  if (tensor.dtype == DType::kF64) return Convert<double>(start, out);
  if (tensor.dtype == DType::kF32) return Convert<float>(start, out);
  if (tensor.dtype == DType::kBF16) return Convert<BF16>(start, out);
  return Convert<F16>(start, out);
}

template void CopyValues(const StoredTensor&, int64_t, std::span<float>);
template void CopyValues(const StoredTensor&, int64_t, std::span<double>);

void WriteSafetensors(const std::filesystem::path& path,
                      const std::vector<std::pair<std::string, Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  int64_t offset = 0;
  for (const auto& [name, x] : tensors) {
    SVLA_CHECK(x.Contiguous() && x.layout == Layout::kPlain && !header.contains(name));
    const int64_t end = offset + x.Count() * SizeOf(x.dtype);
    std::vector<int64_t> shape(x.shape.dims.begin(),
                               x.shape.dims.begin() + x.shape.rank);
    header[name] = {
        {"dtype", NameOf(x.dtype)}, {"shape", shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  // Spaces up to a multiple of 8 keep the data aligned for every type.
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  WriteAtomically(path, [&](const ByteSink& sink) {
    sink(std::as_bytes(std::span(&length, 1)));
    sink(std::as_bytes(std::span(text)));
    for (const auto& [name, x] : tensors)
      sink({x.As<const std::byte>(), static_cast<size_t>(x.Count() * SizeOf(x.dtype))});
  });
}

}  // namespace svla
