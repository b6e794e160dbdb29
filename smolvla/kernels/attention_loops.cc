// Compiled once for every instruction set, as cpu_loops.cc.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "smolvla/kernels/attention_loops.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "smolvla/kernels/attention_loops.h"
#include "smolvla/kernels/cpu_loops.h"
#include "smolvla/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace svla::loops {
namespace HWY_NAMESPACE {

int64_t KeyFloats(const AttentionPlan& p) {
  return Tiles(p.keys) * TileWidth() * p.head_dim;
}

int64_t ValueFloats(const AttentionPlan& p) {
  return Tiles(p.head_dim) * TileWidth() * p.keys;
}

// The block's queries, scaled, and its scores, padded to whole tiles.
int64_t ScratchFloats(const AttentionPlan& p) {
  return kQueryBlock * (p.head_dim + Tiles(p.keys) * TileWidth());
}

// [tiles][head_dim][tile width]: a tile of keys, transposed.
void PackKeys(const AttentionPlan& p, const float* k, int64_t stride, float* packed) {
  const int64_t width = TileWidth();
  for (int64_t tile = 0; tile < Tiles(p.keys); ++tile)
    for (int64_t c = 0; c < p.head_dim; ++c)
      for (int64_t j = 0; j < width; ++j) {
        const int64_t key = tile * width + j;
        *packed++ = key < p.keys ? k[key * stride + c] : 0.0f;
      }
}

// [tiles of a head][keys][tile width].
void PackValues(const AttentionPlan& p, const float* v, int64_t stride, float* packed) {
  const int64_t width = TileWidth();
  for (int64_t tile = 0; tile < Tiles(p.head_dim); ++tile) {
    const int64_t count = std::min(width, p.head_dim - tile * width);
    for (int64_t key = 0; key < p.keys; ++key, packed += width) {
      std::copy_n(v + key * stride + tile * width, count, packed);
      std::fill(packed + count, packed + width, 0.0f);
    }
  }
}

// scores[0..visible) to probabilities that are still to be divided by the returned
// sum; 0 from there to `padded`.
HWY_INLINE float SoftmaxRow(float* scores, int64_t visible, int64_t padded) {
  const D d;
  const int64_t lanes = Lanes();
  V largest = hn::Set(d, -std::numeric_limits<float>::infinity());
  int64_t i = 0;
  for (; i + lanes <= visible; i += lanes)
    largest = hn::Max(largest, hn::LoadU(d, scores + i));
  float top = hn::GetLane(hn::MaxOfLanes(d, largest));
  for (; i < visible; ++i) top = std::max(top, scores[i]);
  const V shift = hn::Set(d, top);
  const auto probability = [&](const float* score) HWY_ATTR {
    const V x = hn::Sub(hn::LoadU(d, score), shift);
    // Exp makes 0 of NaN, and a broken network must not look sound.
    return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, x));
  };
  V sum = hn::Zero(d);
  for (i = 0; i + lanes <= visible; i += lanes) {
    const V p = probability(scores + i);
    hn::StoreU(p, d, scores + i);
    sum = hn::Add(sum, p);
  }
  for (; i < padded; i += lanes) {
    const auto seen =
        hn::FirstN(d, static_cast<size_t>(std::clamp<int64_t>(visible - i, 0, lanes)));
    const V p = hn::IfThenElseZero(seen, probability(scores + i));
    hn::StoreU(p, d, scores + i);
    sum = hn::Add(sum, p);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

void Attend(const AttentionPlan& p, const float* packed_keys,
            const float* packed_values, const QueryBlock& b, float* scratch) {
  const D d;
  const int64_t lanes = Lanes(), width = TileWidth();
  const int64_t padded = Tiles(p.keys) * width;
  float* queries = scratch;                            // [kQueryBlock, head_dim]
  float* scores = scratch + kQueryBlock * p.head_dim;  // [kQueryBlock, padded]
  const float scale = 1.0f / std::sqrt(static_cast<float>(p.head_dim));
  for (int64_t r = 0; r < b.rows; ++r)
    loops::Scale(b.q + r * b.q_stride, scale, p.head_dim, queries + r * p.head_dim);

  for (int64_t tile = 0; tile < Tiles(p.keys); ++tile)
    MultiplyTiles(queries, p.head_dim, b.rows, packed_keys + tile * width * p.head_dim,
                  p.head_dim, [&](int64_t row, V low, V high) HWY_ATTR {
                    float* to = scores + row * padded + tile * width;
                    hn::StoreU(low, d, to);
                    hn::StoreU(high, d, to + lanes);
                  });

  std::array<float, kQueryBlock> inverse = {};
  for (int64_t r = 0; r < b.rows; ++r)
    inverse[static_cast<size_t>(r)] =
        1.0f /
        SoftmaxRow(scores + r * padded, b.first_visible + r * b.visible_step, padded);

  HWY_ALIGN float out[static_cast<size_t>(kTileVectors) * hn::MaxLanes(d)];
  for (int64_t tile = 0; tile < Tiles(p.head_dim); ++tile) {
    const int64_t count = std::min(width, p.head_dim - tile * width);
    MultiplyTiles(scores, padded, b.rows, packed_values + tile * width * p.keys, p.keys,
                  [&](int64_t row, V low, V high) HWY_ATTR {
                    const V by = hn::Set(d, inverse[static_cast<size_t>(row)]);
                    float* to = b.y + row * b.y_stride + tile * width;
                    float* at = count == width ? to : out;
                    hn::StoreU(hn::Mul(low, by), d, at);
                    hn::StoreU(hn::Mul(high, by), d, at + lanes);
                    if (count < width) std::copy_n(out, count, to);
                  });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace svla::loops
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace svla::loops {

HWY_EXPORT(KeyFloats);
HWY_EXPORT(ValueFloats);
HWY_EXPORT(ScratchFloats);
HWY_EXPORT(PackKeys);
HWY_EXPORT(PackValues);
HWY_EXPORT(Attend);

int64_t AttentionPlan::KeyFloats() const {
  return HWY_DYNAMIC_DISPATCH(KeyFloats)(*this);
}

int64_t AttentionPlan::ValueFloats() const {
  return HWY_DYNAMIC_DISPATCH(ValueFloats)(*this);
}

int64_t AttentionPlan::ScratchFloats() const {
  return HWY_DYNAMIC_DISPATCH(ScratchFloats)(*this);
}

void PackKeys(const AttentionPlan& plan, const float* k, int64_t stride,
              float* packed) {
  HWY_DYNAMIC_DISPATCH(PackKeys)(plan, k, stride, packed);
}

void PackValues(const AttentionPlan& plan, const float* v, int64_t stride,
                float* packed) {
  HWY_DYNAMIC_DISPATCH(PackValues)(plan, v, stride, packed);
}

void Attend(const AttentionPlan& plan, const float* packed_keys,
            const float* packed_values, const QueryBlock& block, float* scratch) {
  HWY_DYNAMIC_DISPATCH(Attend)(plan, packed_keys, packed_values, block, scratch);
}

}  // namespace svla::loops
#endif  // HWY_ONCE
