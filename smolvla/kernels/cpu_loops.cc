// This file is compiled once for every instruction set: foreach_target.h includes
// it again and again with other flags and another HWY_NAMESPACE.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "smolvla/kernels/cpu_loops.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "smolvla/kernels/cpu_loops.h"

HWY_BEFORE_NAMESPACE();
namespace svla::loops {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

// Query rows and vectors of keys (or of a head) that one kernel keeps in
// registers: 6 x 2 accumulators and three more fit the 16 of AVX2.
constexpr int64_t kRows = 6;
constexpr int64_t kVectors = 2;

HWY_INLINE int64_t Lanes() { return static_cast<int64_t>(hn::Lanes(D())); }
HWY_INLINE int64_t TileWidth() { return kVectors * Lanes(); }
HWY_INLINE int64_t Tiles(int64_t n) { return (n + TileWidth() - 1) / TileWidth(); }

// y[i] = f(x[i], z[i]) for all i. The tail goes through small buffers, so that
// nothing beyond m is read or written.
template <class F>
HWY_INLINE void Transform(const float* x, const float* z, int64_t m, float* y,
                          const F& f) {
  const D d;
  const int64_t lanes = Lanes();
  int64_t i = 0;
  for (; i + lanes <= m; i += lanes)
    hn::StoreU(f(d, hn::LoadU(d, x + i), hn::LoadU(d, z + i)), d, y + i);
  if (i == m) return;
  HWY_ALIGN float a[hn::MaxLanes(d)] = {};
  HWY_ALIGN float b[hn::MaxLanes(d)] = {};
  const size_t bytes = static_cast<size_t>(m - i) * sizeof(float);
  std::memcpy(a, x + i, bytes);
  std::memcpy(b, z + i, bytes);
  hn::Store(f(d, hn::Load(d, a), hn::Load(d, b)), d, a);
  std::memcpy(y + i, a, bytes);
}

// The sum of f(x[i]).
template <class F>
HWY_INLINE float Sum(const float* x, int64_t m, const F& f) {
  const D d;
  const int64_t lanes = Lanes();
  V sum0 = hn::Zero(d), sum1 = hn::Zero(d);
  int64_t i = 0;
  for (; i + 2 * lanes <= m; i += 2 * lanes) {
    sum0 = hn::Add(sum0, f(d, hn::LoadU(d, x + i)));
    sum1 = hn::Add(sum1, f(d, hn::LoadU(d, x + i + lanes)));
  }
  for (; i + lanes <= m; i += lanes) sum0 = hn::Add(sum0, f(d, hn::LoadU(d, x + i)));
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  for (; i < m; ++i) sum += hn::GetLane(f(d, hn::Set(d, x[i])));
  return sum;
}

// Highway's Exp is wrong above 104, where it should be infinite as from 89 on.
template <class DD, class VV>
HWY_INLINE VV ExpOf(DD d, VV x) {
  return hn::Exp(d, hn::Min(x, hn::Set(d, 100.0f)));
}

template <class DD, class VV>
HWY_INLINE VV SiluOf(DD d, VV x) {
  return hn::Div(x, hn::Add(hn::Set(d, 1.0f), ExpOf(d, hn::Neg(x))));
}

// 0.5 x (1 + tanh(u)) = x / (1 + exp(-2 u)): one exponential, and no cancellation
// where tanh is near -1.
template <class DD, class VV>
HWY_INLINE VV GeluOf(DD d, VV x) {
  const VV cubic = hn::MulAdd(hn::Mul(hn::Set(d, 0.044715f), hn::Mul(x, x)), x, x);
  const VV twice = hn::Mul(hn::Set(d, -2.0f * 0.7978845608028654f), cubic);
  return hn::Div(x, hn::Add(hn::Set(d, 1.0f), ExpOf(d, twice)));
}

void LayerNorm(const float* x, const float* weight, const float* bias, float eps,
               int64_t m, float* y) {
  const D d;
  const float count = static_cast<float>(m);
  const float mean = Sum(x, m, [](D, V a) HWY_ATTR { return a; }) / count;
  const float variance = Sum(x, m,
                             [mean](D dd, V a) HWY_ATTR {
                               const V c = hn::Sub(a, hn::Set(dd, mean));
                               return hn::Mul(c, c);
                             }) /
                         count;
  const float scale = 1.0f / std::sqrt(variance + eps);
  Transform(x, weight, m, y, [mean, scale](D dd, V a, V w) HWY_ATTR {
    return hn::Mul(hn::Mul(hn::Sub(a, hn::Set(dd, mean)), hn::Set(dd, scale)), w);
  });
  (void)d;
  Transform(y, bias, m, y, [](D, V a, V b) HWY_ATTR { return hn::Add(a, b); });
}

void RmsNorm(const float* x, const float* weight, float eps, int64_t m, float* y) {
  const float square = Sum(x, m, [](D, V a) HWY_ATTR { return hn::Mul(a, a); });
  const float scale = 1.0f / std::sqrt(square / static_cast<float>(m) + eps);
  Transform(x, weight, m, y, [scale](D dd, V a, V w) HWY_ATTR {
    return hn::Mul(hn::Mul(a, hn::Set(dd, scale)), w);
  });
}

void Gelu(const float* x, int64_t m, float* y) {
  Transform(x, x, m, y, [](D d, V a, V) HWY_ATTR { return GeluOf(d, a); });
}

void Silu(const float* x, int64_t m, float* y) {
  Transform(x, x, m, y, [](D d, V a, V) HWY_ATTR { return SiluOf(d, a); });
}

void SiluMul(const float* gate, const float* up, int64_t m, float* y) {
  Transform(gate, up, m, y,
            [](D d, V a, V b) HWY_ATTR { return hn::Mul(SiluOf(d, a), b); });
}

void AddScaled(const float* x, float factor, int64_t m, float* y) {
  Transform(x, y, m, y, [factor](D d, V a, V b) HWY_ATTR {
    return hn::MulAdd(a, hn::Set(d, factor), b);
  });
}

void Scale(const float* x, float factor, int64_t m, float* y) {
  Transform(x, x, m, y,
            [factor](D d, V a, V) HWY_ATTR { return hn::Mul(a, hn::Set(d, factor)); });
}

void Rope(const float* x, const float* cosine, const float* sine, int64_t heads,
          int64_t head_dim, float* y) {
  const D d;
  const int64_t half = head_dim / 2, lanes = Lanes();
  for (int64_t head = 0; head < heads; ++head, x += head_dim, y += head_dim) {
    int64_t i = 0;
    for (; i + lanes <= half; i += lanes) {
      const V a = hn::LoadU(d, x + i), b = hn::LoadU(d, x + half + i);
      const V c = hn::LoadU(d, cosine + i), s = hn::LoadU(d, sine + i);
      hn::StoreU(hn::NegMulAdd(b, s, hn::Mul(a, c)), d, y + i);
      hn::StoreU(hn::MulAdd(a, s, hn::Mul(b, c)), d, y + half + i);
    }
    for (; i < half; ++i) {
      const float a = x[i], b = x[half + i];
      y[i] = a * cosine[i] - b * sine[i];
      y[half + i] = b * cosine[i] + a * sine[i];
    }
  }
}

int64_t KeyFloats(const AttentionPlan& p) {
  return Tiles(p.keys) * TileWidth() * p.head_dim;
}

int64_t ValueFloats(const AttentionPlan& p) {
  return Tiles(p.head_dim) * TileWidth() * p.keys;
}

// The block's queries, scaled, and its scores; both padded to whole kernels.
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
  for (int64_t tile = 0; tile < Tiles(p.head_dim); ++tile)
    for (int64_t key = 0; key < p.keys; ++key)
      for (int64_t j = 0; j < width; ++j) {
        const int64_t c = tile * width + j;
        *packed++ = c < p.head_dim ? v[key * stride + c] : 0.0f;
      }
}

// out [kRows, 2 vectors] = a [kRows, depth] b [depth, 2 vectors].
HWY_INLINE void MultiplyTile(const float* HWY_RESTRICT a, int64_t a_stride,
                             const float* HWY_RESTRICT b, int64_t depth,
                             float* HWY_RESTRICT out, int64_t out_stride) {
  const D d;
  const int64_t lanes = Lanes();
  V c00 = hn::Zero(d), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  V c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (int64_t i = 0; i < depth; ++i, b += 2 * lanes) {
    const V b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + lanes);
    V x = hn::Set(d, a[i]);
    c00 = hn::MulAdd(x, b0, c00);
    c01 = hn::MulAdd(x, b1, c01);
    x = hn::Set(d, a[a_stride + i]);
    c10 = hn::MulAdd(x, b0, c10);
    c11 = hn::MulAdd(x, b1, c11);
    x = hn::Set(d, a[2 * a_stride + i]);
    c20 = hn::MulAdd(x, b0, c20);
    c21 = hn::MulAdd(x, b1, c21);
    x = hn::Set(d, a[3 * a_stride + i]);
    c30 = hn::MulAdd(x, b0, c30);
    c31 = hn::MulAdd(x, b1, c31);
    x = hn::Set(d, a[4 * a_stride + i]);
    c40 = hn::MulAdd(x, b0, c40);
    c41 = hn::MulAdd(x, b1, c41);
    x = hn::Set(d, a[5 * a_stride + i]);
    c50 = hn::MulAdd(x, b0, c50);
    c51 = hn::MulAdd(x, b1, c51);
  }
  const auto store = [&](int64_t row, V low, V high) HWY_ATTR {
    hn::StoreU(low, d, out + row * out_stride);
    hn::StoreU(high, d, out + row * out_stride + lanes);
  };
  store(0, c00, c01);
  store(1, c10, c11);
  store(2, c20, c21);
  store(3, c30, c31);
  store(4, c40, c41);
  store(5, c50, c51);
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
  V sum = hn::Zero(d);
  for (i = 0; i < padded; i += lanes) {
    const auto seen =
        hn::FirstN(d, static_cast<size_t>(std::clamp<int64_t>(visible - i, 0, lanes)));
    const V x = hn::Sub(hn::LoadU(d, scores + i), shift);
    // Exp makes 0 of NaN, and a broken network must not look sound.
    const V p = hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, x));
    const V e = hn::IfThenElseZero(seen, p);
    hn::StoreU(e, d, scores + i);
    sum = hn::Add(sum, e);
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

void Attend(const AttentionPlan& p, const float* packed_keys,
            const float* packed_values, const QueryBlock& b, float* scratch) {
  const int64_t width = TileWidth(), padded = Tiles(p.keys) * width;
  float* queries = scratch;                            // [kQueryBlock, head_dim]
  float* scores = scratch + kQueryBlock * p.head_dim;  // [kQueryBlock, padded]
  const int64_t groups = (b.rows + kRows - 1) / kRows;
  const float scale = 1.0f / std::sqrt(static_cast<float>(p.head_dim));
  for (int64_t r = 0; r < b.rows; ++r)
    Scale(b.q + r * b.q_stride, scale, p.head_dim, queries + r * p.head_dim);
  std::fill(queries + b.rows * p.head_dim, queries + groups * kRows * p.head_dim, 0.0f);

  for (int64_t tile = 0; tile < Tiles(p.keys); ++tile)
    for (int64_t g = 0; g < groups; ++g)
      MultiplyTile(queries + g * kRows * p.head_dim, p.head_dim,
                   packed_keys + tile * width * p.head_dim, p.head_dim,
                   scores + g * kRows * padded + tile * width, padded);

  std::array<float, kQueryBlock> inverse = {};
  for (int64_t r = 0; r < b.rows; ++r)
    inverse[static_cast<size_t>(r)] =
        1.0f /
        SoftmaxRow(scores + r * padded, b.first_visible + r * b.visible_step, padded);

  HWY_ALIGN float out[static_cast<size_t>(kRows * kVectors) * hn::MaxLanes(D())];
  for (int64_t tile = 0; tile < Tiles(p.head_dim); ++tile)
    for (int64_t g = 0; g < groups; ++g) {
      MultiplyTile(scores + g * kRows * padded, padded,
                   packed_values + tile * width * p.keys, p.keys, out, width);
      const int64_t count = std::min(width, p.head_dim - tile * width);
      for (int64_t r = g * kRows; r < std::min(b.rows, (g + 1) * kRows); ++r)
        Scale(out + (r - g * kRows) * width, inverse[static_cast<size_t>(r)], count,
              b.y + r * b.y_stride + tile * width);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace svla::loops
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "smolvla/base/error.h"

namespace svla::loops {

HWY_EXPORT(LayerNorm);
HWY_EXPORT(RmsNorm);
HWY_EXPORT(Gelu);
HWY_EXPORT(Silu);
HWY_EXPORT(SiluMul);
HWY_EXPORT(AddScaled);
HWY_EXPORT(Scale);
HWY_EXPORT(Rope);
HWY_EXPORT(KeyFloats);
HWY_EXPORT(ValueFloats);
HWY_EXPORT(ScratchFloats);
HWY_EXPORT(PackKeys);
HWY_EXPORT(PackValues);
HWY_EXPORT(Attend);

void LayerNorm(const float* x, const float* weight, const float* bias, float eps,
               int64_t m, float* y) {
  HWY_DYNAMIC_DISPATCH(LayerNorm)(x, weight, bias, eps, m, y);
}

void RmsNorm(const float* x, const float* weight, float eps, int64_t m, float* y) {
  HWY_DYNAMIC_DISPATCH(RmsNorm)(x, weight, eps, m, y);
}

void Gelu(const float* x, int64_t m, float* y) { HWY_DYNAMIC_DISPATCH(Gelu)(x, m, y); }

void Silu(const float* x, int64_t m, float* y) { HWY_DYNAMIC_DISPATCH(Silu)(x, m, y); }

void SiluMul(const float* gate, const float* up, int64_t m, float* y) {
  HWY_DYNAMIC_DISPATCH(SiluMul)(gate, up, m, y);
}

void AddScaled(const float* x, float factor, int64_t m, float* y) {
  HWY_DYNAMIC_DISPATCH(AddScaled)(x, factor, m, y);
}

void Scale(const float* x, float factor, int64_t m, float* y) {
  HWY_DYNAMIC_DISPATCH(Scale)(x, factor, m, y);
}

void Rope(const float* x, const float* cosine, const float* sine, int64_t heads,
          int64_t head_dim, float* y) {
  HWY_DYNAMIC_DISPATCH(Rope)(x, cosine, sine, heads, head_dim, y);
}

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

std::string InstructionSet() {
  const auto targets = static_cast<uint64_t>(hwy::SupportedTargets() & HWY_TARGETS);
  return hwy::TargetName(static_cast<int64_t>(targets & -targets));
}

void ForceInstructionSet(const std::string& name) {
  hwy::SetSupportedTargetsForTest(0);
  if (!name.empty()) {
    const int64_t available = hwy::SupportedTargets() & HWY_TARGETS;
    int64_t chosen = 0;
    std::string names;
    for (int64_t bit = 1; bit <= int64_t{1} << HWY_HIGHEST_TARGET_BIT; bit <<= 1)
      if (available & bit) {
        names += std::string(names.empty() ? "" : ", ") + hwy::TargetName(bit);
        if (name == hwy::TargetName(bit)) chosen = bit;
      }
    if (!chosen) Fail("instruction set \"", name, "\": expected one of ", names);
    hwy::SetSupportedTargetsForTest(chosen);
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace svla::loops
#endif  // HWY_ONCE
