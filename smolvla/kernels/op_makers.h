// Makers of the cases that op_cases.h lists, one for each operation.
#pragma once

#include <cstdint>
#include <string>

#include "smolvla/kernels/op_cases.h"

namespace svla::make {

struct LinearSizes {
  int64_t rows, in, out;
  bool bias, packed, add;
  int64_t pad;
};

struct AttentionCase {
  int64_t queries, keys, heads, kv_heads, head_dim;
  Mask mask;
};

OpCase Linear(const LinearSizes& s);
OpCase LayerNorm(int64_t rows, int64_t m, int64_t pad);
OpCase RmsNorm(int64_t rows, int64_t m, int64_t pad);
OpCase Rope(int64_t rows, int64_t heads, int64_t head_dim, int64_t first, bool alias);
OpCase Attention(const AttentionCase& s);

// Gelu, Silu, SiluMul, AddScaled or Scale, where y is a function of the inputs at
// its place.
OpCase Elementwise(const std::string& op, int64_t rows, int64_t m, int64_t pad,
                   int alias);

// The table lies at an odd address, as in a mapped file.
OpCase Embed(int64_t entries, int64_t m, DType dtype, double factor);
OpCase Patches(int64_t height, int64_t width, int64_t p);
OpCase PixelShuffle(int64_t side, int64_t s, int64_t m);

}  // namespace svla::make
