// Attention of one head in tiles, for every instruction set. Everything here is one
// thread's work on plain pointers.
#pragma once

#include <cstdint>

namespace svla::loops {

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

}  // namespace svla::loops
