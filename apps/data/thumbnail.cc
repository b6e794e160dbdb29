#include "apps/data/thumbnail.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

// The pixels [begin, end) of a side that pixel `i` of `to` stands for: one at least.
struct Run {
  int64_t begin, end;
};

Run RunOf(int64_t i, int64_t from, int64_t to) {
  return {i * from / to, std::max((i + 1) * from / to, i * from / to + 1)};
}

uint8_t Mean(const Image& image, Run x, Run y, int64_t channel) {
  int64_t sum = 0;
  for (int64_t row = y.begin; row < y.end; ++row)
    for (int64_t column = x.begin; column < x.end; ++column)
      sum += image.rgb[static_cast<size_t>((row * image.width + column) * 3 + channel)];
  const int64_t pixels = (x.end - x.begin) * (y.end - y.begin);
  return static_cast<uint8_t>((sum + pixels / 2) / pixels);
}

}  // namespace

Image Thumbnail(const Image& image, int64_t width) {
  SVLA_CHECK(image.width >= 1 && image.height >= 1 && width >= 1);
  if (image.width <= width) return image;
  Image small;
  small.width = width;
  small.height = std::max<int64_t>(image.height * width / image.width, 1);
  small.rgb.reserve(static_cast<size_t>(small.width * small.height * 3));
  for (int64_t y = 0; y < small.height; ++y)
    for (int64_t x = 0; x < small.width; ++x)
      for (int64_t channel = 0; channel < 3; ++channel)
        small.rgb.push_back(Mean(image, RunOf(x, image.width, small.width),
                                 RunOf(y, image.height, small.height), channel));
  return small;
}

}  // namespace svla
