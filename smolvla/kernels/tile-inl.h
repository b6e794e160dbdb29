// The inner loop of every product of ours, for the instruction set that includes it:
// up to six rows times two vectors of columns, whose sums stay in registers. 6 x 2
// sums and three more vectors fit the 16 registers of AVX2, and twelve sums hide the
// latency of a multiply-add.
#if defined(SMOLVLA_KERNELS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SMOLVLA_KERNELS_TILE_INL_H_
#undef SMOLVLA_KERNELS_TILE_INL_H_
#else
#define SMOLVLA_KERNELS_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace svla::loops {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

constexpr int64_t kTileRows = 6;
constexpr int64_t kTileVectors = 2;

HWY_INLINE int64_t Lanes() { return static_cast<int64_t>(hn::Lanes(D())); }
HWY_INLINE int64_t TileWidth() { return kTileVectors * Lanes(); }
HWY_INLINE int64_t Tiles(int64_t n) { return (n + TileWidth() - 1) / TileWidth(); }

// Row r of the tile is r0 and r1. Of a tile of fewer rows the rest is not touched.
struct TileSums {
  V r00, r01, r10, r11, r20, r21, r30, r31, r40, r41, r50, r51;
};

// sums += column of a, [kRows], times row of b, [2 vectors].
template <int kRows>
HWY_INLINE void AddOuter(const float* HWY_RESTRICT a, int64_t stride, V b0, V b1,
                         TileSums& s) {
  const D d;
  V x = hn::Set(d, a[0]);
  s.r00 = hn::MulAdd(x, b0, s.r00);
  s.r01 = hn::MulAdd(x, b1, s.r01);
  if constexpr (kRows > 1) {
    x = hn::Set(d, a[stride]);
    s.r10 = hn::MulAdd(x, b0, s.r10);
    s.r11 = hn::MulAdd(x, b1, s.r11);
  }
  if constexpr (kRows > 2) {
    x = hn::Set(d, a[2 * stride]);
    s.r20 = hn::MulAdd(x, b0, s.r20);
    s.r21 = hn::MulAdd(x, b1, s.r21);
  }
  if constexpr (kRows > 3) {
    x = hn::Set(d, a[3 * stride]);
    s.r30 = hn::MulAdd(x, b0, s.r30);
    s.r31 = hn::MulAdd(x, b1, s.r31);
  }
  if constexpr (kRows > 4) {
    x = hn::Set(d, a[4 * stride]);
    s.r40 = hn::MulAdd(x, b0, s.r40);
    s.r41 = hn::MulAdd(x, b1, s.r41);
  }
  if constexpr (kRows > 5) {
    x = hn::Set(d, a[5 * stride]);
    s.r50 = hn::MulAdd(x, b0, s.r50);
    s.r51 = hn::MulAdd(x, b1, s.r51);
  }
}

// a [kRows, depth] times b [depth, 2 vectors], and store(row, low, high) for each
// row. A row's sum does not depend on how many rows there are.
template <int kRows, class Store>
HWY_INLINE void MultiplyRows(const float* HWY_RESTRICT a, int64_t stride,
                             const float* HWY_RESTRICT b, int64_t depth,
                             const Store& store) {
  const D d;
  const int64_t lanes = Lanes();
  const V zero = hn::Zero(d);
  TileSums s = {zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero};
  for (int64_t k = 0; k < depth; ++k, b += 2 * lanes)
    AddOuter<kRows>(a + k, stride, hn::LoadU(d, b), hn::LoadU(d, b + lanes), s);
  store(0, s.r00, s.r01);
  if constexpr (kRows > 1) store(1, s.r10, s.r11);
  if constexpr (kRows > 2) store(2, s.r20, s.r21);
  if constexpr (kRows > 3) store(3, s.r30, s.r31);
  if constexpr (kRows > 4) store(4, s.r40, s.r41);
  if constexpr (kRows > 5) store(5, s.r50, s.r51);
}

// The same for any number of rows, in tiles as even as can be: 50 rows are ten tiles
// of five rather than eight of six and one of two, which would be half idle.
// store(row, low, high) gets the row of all. Requires rows >= 1.
template <class Store>
HWY_INLINE void MultiplyTiles(const float* HWY_RESTRICT a, int64_t stride, int64_t rows,
                              const float* HWY_RESTRICT b, int64_t depth,
                              const Store& store) {
  const int64_t tiles = (rows + kTileRows - 1) / kTileRows;
  const int64_t least = rows / tiles, one_more = rows % tiles;
  int64_t first = 0, count = 0;
  for (int64_t tile = 0; tile < tiles; ++tile, first += count) {
    count = least + (tile < one_more ? 1 : 0);
    const float* at = a + first * stride;
    const auto put = [&store, first](int64_t row, V low, V high)
                         HWY_ATTR { store(first + row, low, high); };
    switch (count) {
      case 1:
        MultiplyRows<1>(at, stride, b, depth, put);
        break;
      case 2:
        MultiplyRows<2>(at, stride, b, depth, put);
        break;
      case 3:
        MultiplyRows<3>(at, stride, b, depth, put);
        break;
      case 4:
        MultiplyRows<4>(at, stride, b, depth, put);
        break;
      case 5:
        MultiplyRows<5>(at, stride, b, depth, put);
        break;
      default:
        MultiplyRows<6>(at, stride, b, depth, put);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace svla::loops
HWY_AFTER_NAMESPACE();

#endif
