// What the backends share that is no arithmetic: checks of shapes, rows that are
// only moved, and the angles of the rotary embedding.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>

#include "smolvla/base/error.h"
#include "smolvla/base/tensor.h"

namespace svla {

inline bool SameRows(const Tensor& x, const Tensor& y) {
  return x.Rows() == y.Rows() && x.Columns() == y.Columns() && x.dtype == y.dtype;
}

// visit(element, row, column) for every element of a strided tensor.
template <class T, class Visit>
void ForEachElement(const Tensor& x, const Visit& visit) {
  for (int64_t r = 0; r < x.Rows(); ++r)
    for (int64_t c = 0; c < x.Columns(); ++c) visit(x.Row<T>(r)[c], r, c);
}

// The reference computes exponent, wavelength and angle in float32; so do we, so
// that far positions turn by the same angle.
inline float RopeAngle(int64_t position, int64_t i, int64_t head_dim) {
  const float exponent =
      static_cast<float>(2.0 / static_cast<double>(head_dim)) * static_cast<float>(i);
  const auto wavelength =
      static_cast<float>(std::pow(10000.0, static_cast<double>(exponent)));
  return static_cast<float>(position) / wavelength;
}

struct AttentionSizes {
  int64_t queries, keys, heads, kv_heads, head_dim;

  // Keys that query row `row` sees.
  int64_t Visible(int64_t row, bool causal) const {
    return causal ? keys - (queries - 1 - row) : keys;
  }
};

inline AttentionSizes CheckAttention(const Tensor& q, const Tensor& k, const Tensor& v,
                                     int64_t head_dim, bool causal, const Tensor& y) {
  const AttentionSizes s{q.Rows(), k.Rows(), q.Columns() / head_dim,
                         k.Columns() / head_dim, head_dim};
  SVLA_CHECK(s.heads * head_dim == q.Columns() && s.kv_heads * head_dim == k.Columns());
  SVLA_CHECK(s.kv_heads > 0 && s.heads % s.kv_heads == 0);
  SVLA_CHECK(SameRows(q, y) && SameRows(k, v) && k.dtype == q.dtype);
  SVLA_CHECK(s.keys >= 1 && (!causal || s.keys >= s.queries));
  return s;
}

template <class T>
void GatherPatches(const Tensor& pixels, int64_t p, const Tensor& y) {
  SVLA_CHECK(pixels.shape.rank == 3 && pixels.Contiguous() && pixels.dtype == y.dtype);
  const int64_t channels = pixels.shape[0], height = pixels.shape[1],
                width = pixels.shape[2];
  const int64_t rows = height / p, columns = width / p;
  SVLA_CHECK(y.Rows() == rows * columns && y.Columns() == channels * p * p);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t channel = 0; channel < channels; ++channel)
        for (int64_t i = 0; i < p; ++i)
          std::memcpy(y.Row<T>(r * columns + c) + (channel * p + i) * p,
                      pixels.As<T>() + (channel * height + r * p + i) * width + c * p,
                      static_cast<size_t>(p) * sizeof(T));
}

template <class T>
void ShufflePixels(const Tensor& x, int64_t side, int64_t s, const Tensor& y) {
  const int64_t m = x.Columns(), out = side / s;
  SVLA_CHECK(x.Rows() == side * side && out * s == side && x.dtype == y.dtype);
  SVLA_CHECK(y.Rows() == out * out && y.Columns() == s * s * m);
  for (int64_t row = 0; row < out * out; ++row)
    for (int64_t dy = 0; dy < s; ++dy)
      for (int64_t dx = 0; dx < s; ++dx)
        std::memcpy(y.Row<T>(row) + (dy * s + dx) * m,
                    x.Row<T>((row / out * s + dy) * side + row % out * s + dx),
                    static_cast<size_t>(m) * sizeof(T));
}

// Element `index` of a table that lies unaligned in a mapped file.
template <class T>
T TableValue(const Tensor& table, int64_t index) {
  const std::byte* at = table.As<const std::byte>() + index * SizeOf(table.dtype);
  const auto load = [at]<class Stored>(Stored value) {
    std::memcpy(&value, at, sizeof value);
    return value;
  };
  switch (table.dtype) {
    case DType::kF64:
      return static_cast<T>(load(0.0));
    case DType::kF32:
      return static_cast<T>(load(0.0f));
    case DType::kBF16:
      return static_cast<T>(ToFloat(load(BF16{})));
    case DType::kF16:
      return static_cast<T>(ToFloat(load(F16{})));
    default:
      SVLA_CHECK(false);
  }
}

inline void CheckEmbed(const Tensor& table, std::span<const int64_t> ids,
                       const Tensor& y) {
  SVLA_CHECK(table.Contiguous() && y.Columns() == table.Columns());
  SVLA_CHECK(y.Rows() == static_cast<int64_t>(ids.size()));
  for (const int64_t id : ids) SVLA_CHECK(id >= 0 && id < table.Rows());
}

}  // namespace svla
