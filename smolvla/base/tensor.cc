#include "smolvla/base/tensor.h"

#include <algorithm>
#include <new>

#include "smolvla/base/error.h"

namespace svla {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kSmallestBlock = size_t{1} << 20;

size_t RoundUp(size_t n) { return (n + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

int64_t SizeOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
    case DType::kI64:
      return 8;
    case DType::kF32:
    case DType::kI32:
      return 4;
    case DType::kBF16:
    case DType::kF16:
      return 2;
    case DType::kU8:
      return 1;
  }
  SVLA_CHECK(false);
}

const char* NameOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "F64";
    case DType::kF32:
      return "F32";
    case DType::kBF16:
      return "BF16";
    case DType::kF16:
      return "F16";
    case DType::kI64:
      return "I64";
    case DType::kI32:
      return "I32";
    case DType::kU8:
      return "U8";
  }
  SVLA_CHECK(false);
}

Shape::Shape(std::initializer_list<int64_t> sizes)
    : rank(static_cast<int>(sizes.size())) {
  SVLA_CHECK(sizes.size() <= dims.size());
  std::copy(sizes.begin(), sizes.end(), dims.begin());
}

int64_t Shape::Count() const {
  int64_t count = 1;
  for (int i = 0; i < rank; ++i) count *= (*this)[i];
  return count;
}

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank; ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Tensor View(void* data, DType dtype, const Shape& shape) {
  Tensor x{.data = data, .shape = shape, .stride = 0, .dtype = dtype};
  x.stride = x.Columns();
  return x;
}

Tensor Rows(const Tensor& x, int64_t from, int64_t count) {
  SVLA_CHECK(x.layout == Layout::kPlain);
  SVLA_CHECK(from >= 0 && count >= 0 && from + count <= x.Rows());
  Tensor rows = x;
  rows.data = x.As<std::byte>() + from * x.stride * SizeOf(x.dtype);
  rows.shape = {count, x.Columns()};
  return rows;
}

Tensor Columns(const Tensor& x, int64_t from, int64_t count) {
  SVLA_CHECK(x.layout == Layout::kPlain);
  SVLA_CHECK(from >= 0 && count >= 0 && from + count <= x.Columns());
  Tensor columns = x;
  columns.data = x.As<std::byte>() + from * SizeOf(x.dtype);
  columns.shape = {x.Rows(), count};
  return columns;
}

Tensor Reshape(const Tensor& x, const Shape& shape) {
  SVLA_CHECK(x.Contiguous() && x.layout == Layout::kPlain);
  SVLA_CHECK(shape.Count() == x.Count());
  return View(x.data, x.dtype, shape);
}

void Arena::Free::operator()(std::byte* memory) const {
  ::operator delete[](memory, std::align_val_t{kAlignment});
}

Tensor Arena::New(DType dtype, const Shape& shape) {
  for (int i = 0; i < shape.rank; ++i) SVLA_CHECK(shape[i] >= 0);
  return View(NewBytes(static_cast<size_t>(shape.Count() * SizeOf(dtype))), dtype,
              shape);
}

void* Arena::NewBytes(size_t bytes) {
  bytes = RoundUp(std::max<size_t>(bytes, 1));
  // The same sequence of requests meets the same blocks, so that after a rewind
  // nothing is taken from the system again.
  while (block_ < blocks_.size() && used_ + bytes > blocks_[block_].size) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    const size_t size = std::max(bytes, kSmallestBlock);
    auto* memory =
        static_cast<std::byte*>(::operator new[](size, std::align_val_t{kAlignment}));
    blocks_.push_back({std::unique_ptr<std::byte, Free>(memory), size});
    used_ = 0;
  }
  std::byte* start = blocks_[block_].memory.get() + used_;
  used_ += bytes;
  return start;
}

void Arena::Rewind(Mark mark) {
  SVLA_CHECK(mark.block < block_ || (mark.block == block_ && mark.used <= used_));
  block_ = mark.block;
  used_ = mark.used;
}

size_t Arena::bytes() const {
  size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.size;
  return bytes;
}

}  // namespace svla
