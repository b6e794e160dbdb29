#include "smolvla/policy/resize.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

constexpr std::array<float, 256> kUnit = [] {
  std::array<float, 256> unit = {};
  for (size_t byte = 0; byte < 256; ++byte)
    unit[byte] = static_cast<float>(byte) / 255.0f;
  return unit;
}();

// a * b + c rounded once, as the fused instruction that torch is compiled to. In
// double the product is exact, and std::fma would be a library call on a baseline
// x86-64. (Rounding twice can differ once in 2^29; seen never.)
float Fused(float a, float b, float c) {
  return static_cast<float>(static_cast<double>(a) * static_cast<double>(b) +
                            static_cast<double>(c));
}

float Mix(float lower, float lower_weight, float upper, float upper_weight) {
  return Fused(lower, lower_weight, upper * upper_weight);
}

double Mix(double lower, double lower_weight, double upper, double upper_weight) {
  return lower * lower_weight + upper * upper_weight;
}

}  // namespace

Size FitInside(Size from, Size target) {
  SVLA_CHECK(target.width >= 1 && target.height >= 1);
  if (from.width < 1 || from.height < 1)
    Fail("cannot resize a picture of ", from.width, "x", from.height,
         " pixels: expected at least 1x1");
  const auto width = static_cast<double>(from.width);
  const auto height = static_cast<double>(from.height);
  const double ratio = std::max(width / static_cast<double>(target.width),
                                height / static_cast<double>(target.height));
  const Size fit = {static_cast<int64_t>(width / ratio),
                    static_cast<int64_t>(height / ratio)};
  if (fit.width < 1 || fit.height < 1)
    Fail("cannot resize a picture of ", from.width, "x", from.height,
         " pixels to fit in ", target.width, "x", target.height,
         ": it is so narrow that nothing would be left");
  return fit;
}

template <class Real>
Resizer<Real>::Resizer(Size target) : target_(target) {
  SVLA_CHECK(target.width >= 1 && target.height >= 1);
}

template <class Real>
void Resizer<Real>::Axis::Rebuild(int64_t from, int64_t to) {
  const auto count = static_cast<size_t>(to);
  lower.resize(count);
  upper.resize(count);
  lower_weight.resize(count);
  upper_weight.resize(count);
  const float scale = static_cast<float>(from) / static_cast<float>(to);
  for (size_t i = 0; i < count; ++i) {
    // With from == to this is i exactly, and the weights are 1 and 0: a copy.
    const float source =
        std::max(0.0f, Fused(scale, static_cast<float>(i) + 0.5f, -0.5f));
    lower[i] = std::min(static_cast<int64_t>(source), from - 1);
    upper[i] = std::min(lower[i] + 1, from - 1);
    upper_weight[i] = std::min(1.0f, source - static_cast<float>(lower[i]));
    lower_weight[i] = 1.0f - upper_weight[i];
  }
}

template <class Real>
void Resizer<Real>::Rebuild(Size from) {
  resized_ = FitInside(from, target_);
  if (from == from_) return;
  x_.Rebuild(from.width, resized_.width);
  y_.Rebuild(from.height, resized_.height);
  for (auto& row : rows_) row.resize(static_cast<size_t>(3 * resized_.width));
  from_ = from;
}

template <class Real>
const Real* Resizer<Real>::Row(const Image& image, int64_t y) {
  const auto slot = static_cast<size_t>(y % 2);
  Real* row = rows_[slot].data();
  if (row_in_slot_[slot] == y) return row;
  row_in_slot_[slot] = y;
  const uint8_t* source = image.rgb.data() + y * image.width * 3;
  for (int64_t x = 0; x < resized_.width; ++x) {
    const auto i = static_cast<size_t>(x);
    const uint8_t* lower = source + x_.lower[i] * 3;
    const uint8_t* upper = source + x_.upper[i] * 3;
    for (int64_t c = 0; c < 3; ++c)
      row[c * resized_.width + x] =
          Mix(Real{kUnit[lower[c]]}, Real{x_.lower_weight[i]}, Real{kUnit[upper[c]]},
              Real{x_.upper_weight[i]});
  }
  return row;
}

template <class Real>
void Resizer<Real>::Resize(const Image& image, std::span<Real> pixels) {
  SVLA_CHECK(pixels.size() == static_cast<size_t>(3 * target_.width * target_.height));
  Rebuild({image.width, image.height});
  SVLA_CHECK(image.rgb.size() == static_cast<size_t>(3 * image.width * image.height));
  const int64_t plane = target_.width * target_.height;
  const int64_t left = target_.width - resized_.width;
  const int64_t top = target_.height - resized_.height;
  for (int64_t c = 0; c < 3; ++c)
    std::fill_n(pixels.data() + c * plane, top * target_.width, Real{-1});

  row_in_slot_ = {-1, -1};
  for (int64_t y = 0; y < resized_.height; ++y) {
    const auto i = static_cast<size_t>(y);
    const Real* lower = Row(image, y_.lower[i]);
    const Real* upper = Row(image, y_.upper[i]);
    const Real lower_weight = y_.lower_weight[i], upper_weight = y_.upper_weight[i];
    for (int64_t c = 0; c < 3; ++c) {
      Real* out = pixels.data() + c * plane + (top + y) * target_.width;
      out = std::fill_n(out, left, Real{-1});
      for (int64_t x = 0; x < resized_.width; ++x)
        out[x] = Mix(lower[c * resized_.width + x], lower_weight,
                     upper[c * resized_.width + x], upper_weight) *
                     2 -
                 1;
    }
  }
}

template class Resizer<float>;
template class Resizer<double>;

}  // namespace svla
