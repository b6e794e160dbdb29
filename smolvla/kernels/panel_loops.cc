// Compiled once for every instruction set, as cpu_loops.cc.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "smolvla/kernels/panel_loops.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>

#include "smolvla/kernels/panel_loops.h"
#include "smolvla/kernels/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace svla::loops {
namespace HWY_NAMESPACE {

int64_t PanelWidth() { return TileWidth(); }

void WidenPanel(const uint32_t* panel, int64_t inputs, float* to) {
  const D d;
  const hn::RebindToUnsigned<D> words;
  const int64_t lanes = Lanes();
  const auto upper = hn::Set(words, 0xffff0000u);
  for (int64_t i = 0; i < inputs; i += 2, panel += 2 * lanes, to += 4 * lanes) {
    const auto w0 = hn::LoadU(words, panel), w1 = hn::LoadU(words, panel + lanes);
    hn::StoreU(hn::BitCast(d, hn::ShiftLeft<16>(w0)), d, to);
    hn::StoreU(hn::BitCast(d, hn::ShiftLeft<16>(w1)), d, to + lanes);
    hn::StoreU(hn::BitCast(d, hn::And(w0, upper)), d, to + 2 * lanes);
    hn::StoreU(hn::BitCast(d, hn::And(w1, upper)), d, to + 3 * lanes);
  }
}

// All outputs of the panel are there.
void MultiplyWhole(const PanelProduct& p) {
  const D d;
  const int64_t lanes = Lanes();
  const V bias0 = p.bias ? hn::LoadU(d, p.bias) : hn::Zero(d);
  const V bias1 = p.bias ? hn::LoadU(d, p.bias + lanes) : hn::Zero(d);
  if (p.add)
    MultiplyTiles(p.x, p.x_stride, p.rows, p.panel, p.inputs,
                  [&](int64_t row, V low, V high) HWY_ATTR {
                    float* y = p.y + row * p.y_stride;
                    hn::StoreU(hn::Add(hn::Add(low, bias0), hn::LoadU(d, y)), d, y);
                    y += lanes;
                    hn::StoreU(hn::Add(hn::Add(high, bias1), hn::LoadU(d, y)), d, y);
                  });
  else
    MultiplyTiles(p.x, p.x_stride, p.rows, p.panel, p.inputs,
                  [&](int64_t row, V low, V high) HWY_ATTR {
                    float* y = p.y + row * p.y_stride;
                    hn::StoreU(hn::Add(low, bias0), d, y);
                    hn::StoreU(hn::Add(high, bias1), d, y + lanes);
                  });
}

// Some are not: nothing beyond them is read or written.
void MultiplyPart(const PanelProduct& p) {
  const D d;
  const int64_t lanes = Lanes();
  HWY_ALIGN float sums[static_cast<size_t>(kTileVectors) * hn::MaxLanes(d)];
  MultiplyTiles(p.x, p.x_stride, p.rows, p.panel, p.inputs,
                [&](int64_t row, V low, V high) HWY_ATTR {
                  hn::Store(low, d, sums);
                  hn::Store(high, d, sums + lanes);
                  float* y = p.y + row * p.y_stride;
                  for (int64_t i = 0; i < p.outputs; ++i) {
                    const float sum = sums[i] + (p.bias ? p.bias[i] : 0.0f);
                    y[i] = p.add ? sum + y[i] : sum;
                  }
                });
}

void MultiplyPanel(const PanelProduct& p) {
  if (p.outputs == TileWidth())
    MultiplyWhole(p);
  else
    MultiplyPart(p);
}

}  // namespace HWY_NAMESPACE
}  // namespace svla::loops
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "smolvla/base/bf16.h"

namespace svla::loops {

HWY_EXPORT(PanelWidth);
HWY_EXPORT(WidenPanel);
HWY_EXPORT(MultiplyPanel);

int64_t PanelWidth() { return HWY_DYNAMIC_DISPATCH(PanelWidth)(); }

void WidenPanel(const uint32_t* panel, int64_t inputs, float* to) {
  HWY_DYNAMIC_DISPATCH(WidenPanel)(panel, inputs, to);
}

void MultiplyPanel(const PanelProduct& product) {
  HWY_DYNAMIC_DISPATCH(MultiplyPanel)(product);
}

// Output by output: what is read lies together, what is written stays in the cache.
void GatherPanel(const float* w, int64_t stride, int64_t outputs, int64_t inputs,
                 float* to) {
  const int64_t width = PanelWidth();
  for (int64_t o = 0; o < width; ++o)
    for (int64_t i = 0; i < inputs; ++i)
      to[i * width + o] = o < outputs ? w[o * stride + i] : 0.0f;
}

void GatherPanel(const float* w, int64_t stride, int64_t outputs, int64_t inputs,
                 uint32_t* to) {
  const int64_t width = PanelWidth();
  for (int64_t o = 0; o < width; ++o) {
    const float* row = w + o * stride;
    for (int64_t i = 0; i < inputs; i += 2) {
      uint32_t word = 0;
      if (o < outputs) word = ToBF16(row[i]).bits;
      if (o < outputs && i + 1 < inputs)
        word |= uint32_t{ToBF16(row[i + 1]).bits} << 16;
      to[i / 2 * width + o] = word;
    }
  }
}

}  // namespace svla::loops
#endif  // HWY_ONCE
