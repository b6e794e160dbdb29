// This file is compiled once for every instruction set: foreach_target.h includes
// it again and again with other flags and another HWY_NAMESPACE.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "smolvla/kernels/cpu_loops.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "smolvla/base/bf16.h"
#include "smolvla/kernels/cpu_loops.h"

HWY_BEFORE_NAMESPACE();
namespace svla::loops {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

HWY_INLINE int64_t Lanes() { return static_cast<int64_t>(hn::Lanes(D())); }

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

// To nearest, ties to even, as ToBF16; NaN stays NaN.
void RoundToBF16(const float* x, int64_t m, uint16_t* y) {
  const D d;
  const hn::RebindToUnsigned<D> words;
  const hn::RebindToSigned<D> integers;
  const hn::Rebind<uint16_t, D> halves;
  const int64_t lanes = Lanes();
  int64_t i = 0;
  for (; i + lanes <= m; i += lanes) {
    const V value = hn::LoadU(d, x + i);
    const auto bits = hn::BitCast(words, value);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(words, 1u));
    const auto rounded = hn::Add(bits, hn::Add(hn::Set(words, 0x7fffu), odd));
    const auto quiet = hn::Or(bits, hn::Set(words, 0x400000u));
    const auto chosen = hn::IfThenElse(
        hn::MaskFromVec(hn::BitCast(words, hn::VecFromMask(d, hn::IsNaN(value)))),
        quiet, rounded);
    hn::StoreU(hn::DemoteTo(halves, hn::BitCast(integers, hn::ShiftRight<16>(chosen))),
               halves, y + i);
  }
  for (; i < m; ++i) y[i] = ToBF16(x[i]).bits;
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
HWY_EXPORT(RoundToBF16);

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

void RoundToBF16(const float* x, int64_t m, uint16_t* y) {
  HWY_DYNAMIC_DISPATCH(RoundToBF16)(x, m, y);
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
