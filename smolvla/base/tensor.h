// Tensor is a view and never owns; Arena owns. A network has an arena for its
// weights and one for its activations, and once every shape has been seen the
// steady state allocates nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/base/bf16.h"

namespace svla {

enum class DType : uint8_t { kF64, kF32, kBF16, kF16, kI64, kI32, kU8 };

int64_t SizeOf(DType dtype);
const char* NameOf(DType dtype);

template <class T>
constexpr DType DTypeOf();
template <>
constexpr DType DTypeOf<double>() {
  return DType::kF64;
}
template <>
constexpr DType DTypeOf<float>() {
  return DType::kF32;
}
template <>
constexpr DType DTypeOf<BF16>() {
  return DType::kBF16;
}
template <>
constexpr DType DTypeOf<F16>() {
  return DType::kF16;
}
template <>
constexpr DType DTypeOf<int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType DTypeOf<int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType DTypeOf<uint8_t>() {
  return DType::kU8;
}

// At most four dimensions; anything smaller is one row-major block.
struct Shape {
  std::array<int64_t, 4> dims = {};
  int rank = 0;

  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes);

  int64_t operator[](int i) const { return dims[static_cast<size_t>(i)]; }
  int64_t Count() const;
  bool operator==(const Shape&) const = default;
};

// "[50, 32]"
std::string ToString(const Shape& shape);

// How the bytes lie. kPacked: a matrix in a layout that only the backend that
// packed it can read; the shape is still that of the plain matrix.
enum class Layout : uint8_t { kPlain, kPacked };

// A view of numbers that somebody else owns. The last dimension is contiguous.
// All rows (runs of the last dimension) lie `stride` elements apart, which lets
// a column range of a matrix, such as q inside the product q,k,v, be a Tensor.
struct Tensor {
  void* data = nullptr;
  Shape shape;
  int64_t stride = 0;
  DType dtype = DType::kF32;
  Layout layout = Layout::kPlain;

  int64_t Count() const { return shape.Count(); }
  int64_t Columns() const { return shape.rank ? shape[shape.rank - 1] : 1; }
  int64_t Rows() const { return Columns() ? Count() / Columns() : 0; }
  bool Contiguous() const { return stride == Columns() || Rows() <= 1; }
  explicit operator bool() const { return data != nullptr; }

  template <class T>
  T* As() const {
    return static_cast<T*>(data);
  }
  template <class T>
  T* Row(int64_t row) const {
    return static_cast<T*>(data) + row * stride;
  }
};

// A contiguous plain view of `data`.
Tensor View(void* data, DType dtype, const Shape& shape);

// Rows [from, from + count) as a matrix [count, columns].
Tensor Rows(const Tensor& x, int64_t from, int64_t count);

// Columns [from, from + count) of every row, as a matrix [rows, count].
Tensor Columns(const Tensor& x, int64_t from, int64_t count);

// The same numbers under another shape of the same count. Requires contiguous.
Tensor Reshape(const Tensor& x, const Shape& shape);

// Owns memory that is handed out front to back and taken back all at once.
// What was handed out stays valid until the arena is rewound past it.
// Not for two threads at once.
class Arena {
 public:
  // Holds whatever was there before. Aligned to 64 bytes.
  Tensor New(DType dtype, const Shape& shape);
  void* NewBytes(size_t bytes);

  // A position to come back to; valid while nothing before it is rewound.
  struct Mark {
    size_t block = 0;
    size_t used = 0;
  };
  Mark Here() const { return {block_, used_}; }
  void Rewind(Mark mark);
  void Reset() { Rewind({}); }

  // What the arena holds from the system.
  size_t bytes() const;

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  struct Block {
    std::unique_ptr<std::byte, Free> memory;
    size_t size = 0;
  };
  std::vector<Block> blocks_;
  size_t block_ = 0;  // in use; those before it are full
  size_t used_ = 0;   // of blocks_[block_]
};

// Gives back on destruction what was taken from the arena since construction.
class Scope {
 public:
  explicit Scope(Arena& arena) : arena_(arena), mark_(arena.Here()) {}
  ~Scope() { arena_.Rewind(mark_); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Arena& arena_;
  Arena::Mark mark_;
};

}  // namespace svla
