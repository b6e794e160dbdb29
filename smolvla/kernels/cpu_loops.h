// The vector loops that oneDNN does not have, in float. One source for every
// instruction set (Highway); the best that the processor has is chosen at run
// time. Everything here is one thread's work on plain pointers.
#pragma once

#include <cstdint>
#include <string>

namespace svla::loops {

// y[0..m) from one row x[0..m); see Backend for the formulas.
void LayerNorm(const float* x, const float* weight, const float* bias, float eps,
               int64_t m, float* y);
void RmsNorm(const float* x, const float* weight, float eps, int64_t m, float* y);
void Gelu(const float* x, int64_t m, float* y);
void Silu(const float* x, int64_t m, float* y);
void SiluMul(const float* gate, const float* up, int64_t m, float* y);
void AddScaled(const float* x, float factor, int64_t m, float* y);
void Scale(const float* x, float factor, int64_t m, float* y);

// One row of heads, each rotated by the same angles: cosine and sine hold
// head_dim / 2 each. May alias.
void Rope(const float* x, const float* cosine, const float* sine, int64_t heads,
          int64_t head_dim, float* y);

// Attention of one key/value head, in three steps: lay its keys and values out
// once, then for each block of query rows compute scores and their softmax, and
// gather the values. Blocks are small enough for the cache, so that no matrix of
// all queries by all keys is ever in memory.
struct AttentionPlan {
  int64_t keys, head_dim;

  // Floats that the laid out keys and values take.
  int64_t KeyFloats() const;
  int64_t ValueFloats() const;
  // Floats of scratch for one block of rows.
  int64_t ScratchFloats() const;
};

// Query rows in a block; the last may hold fewer.
inline constexpr int64_t kQueryBlock = 24;

// k, v: row r of this head starts at k + r * stride.
void PackKeys(const AttentionPlan& plan, const float* k, int64_t stride, float* packed);
void PackValues(const AttentionPlan& plan, const float* v, int64_t stride,
                float* packed);

struct QueryBlock {
  const float* q;
  int64_t q_stride;
  int64_t rows;  // at most kQueryBlock
  // Row r sees first_visible + r * visible_step keys.
  int64_t first_visible;
  int64_t visible_step;
  float* y;
  int64_t y_stride;
};

void Attend(const AttentionPlan& plan, const float* packed_keys,
            const float* packed_values, const QueryBlock& block, float* scratch);

// The instruction set in use: "AVX2", "AVX3", "SSE4", ...
std::string InstructionSet();

// Restricts the choice to `name` ("SSE4", "AVX2", "AVX3"); "" lifts it. Throws
// Error if the processor or the build lacks it. For tests and the SMOLVLA_CPU
// environment variable; not while other threads compute.
void ForceInstructionSet(const std::string& name);

}  // namespace svla::loops
