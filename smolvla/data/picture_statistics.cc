#include "smolvla/data/picture_statistics.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/data/histogram_quantiles.h"
#include "smolvla/data/pairwise_sum.h"

namespace svla {
namespace {

// From which size on pixels are left out, and what the longer side is brought to.
constexpr int64_t kLargePicture = 300;
constexpr int64_t kLookedAt = 150;

int64_t Stride(int64_t width, int64_t height) {
  const int64_t side = std::max(width, height);
  return side < kLargePicture ? 1 : side / kLookedAt;
}

int64_t SampleCount(int64_t frames) {
  constexpr int64_t kLeast = 100;
  constexpr int64_t kMost = 10'000;
  const auto grown = static_cast<int64_t>(std::pow(static_cast<double>(frames), 0.75));
  return std::max(std::min(frames, kLeast), std::min(grown, kMost));
}

// The histogram of one channel: everything about the order of its values.
QuantileHistogram<float> HistogramOf(const std::array<int64_t, 256>& counts, int min,
                                     int max, int64_t pixels) {
  std::array<int64_t, 257> below = {};  // [v]: pixels of less than v
  for (int value = 0; value < 256; ++value)
    below[value + 1] = below[value] + counts[value];
  const auto count_below = [&](float edge, bool inclusive) {
    const float bound = inclusive ? std::floor(edge) + 1 : std::ceil(edge);
    return below[static_cast<int>(std::clamp(bound, 0.0f, 256.0f))];
  };
  return {static_cast<float>(min), static_cast<float>(max), pixels, count_below};
}

// Divides what is float in LeRobot in float, and what is double in double: quantiles
// are float only where none of the three was interpolated.
std::vector<double> ToUnit(const std::array<Quantile, 3>& levels) {
  const bool in_float =
      std::all_of(levels.begin(), levels.end(),
                  [](const Quantile& level) { return level.on_edge; });
  std::vector<double> unit;
  for (const Quantile& level : levels)
    unit.push_back(in_float ? static_cast<float>(level.value) / 255.0f
                            : level.value / 255.0);
  return unit;
}

// numpy takes an array of several channels in blocks.
template <class ValueAt>
float ChannelSum(int64_t pixels, const ValueAt& value) {
  constexpr int64_t kBlock = 8192;
  float sum = 0;
  for (int64_t from = 0; from < pixels; from += kBlock)
    sum += PairwiseSum<float>(from, std::min(kBlock, pixels - from), value);
  return sum;
}

}  // namespace

std::vector<int64_t> SampledFrames(int64_t frames) {
  const int64_t samples = SampleCount(frames);
  std::vector<int64_t> sampled;
  const double step =
      samples > 1 ? static_cast<double>(frames - 1) / static_cast<double>(samples - 1)
                  : 0;
  for (int64_t i = 0; i < samples; ++i)
    sampled.push_back(
        static_cast<int64_t>(std::nearbyint(static_cast<double>(i) * step)));
  return sampled;
}

Image ThinnedPicture(const Image& picture) {
  const int64_t stride = Stride(picture.width, picture.height);
  Image thinned;
  thinned.width = (picture.width + stride - 1) / stride;
  thinned.height = (picture.height + stride - 1) / stride;
  thinned.rgb.reserve(thinned.width * thinned.height * 3);
  for (int64_t y = 0; y < picture.height; y += stride)
    for (int64_t x = 0; x < picture.width; x += stride) {
      const uint8_t* pixel = &picture.rgb[(y * picture.width + x) * 3];
      thinned.rgb.insert(thinned.rgb.end(), pixel, pixel + 3);
    }
  return thinned;
}

void PictureStatistics::Add(const Image& picture) {
  if (picture.width < 1 || picture.height < 1)
    Fail("statistics: expected a picture, found an empty one");
  SVLA_CHECK(picture.rgb.size() ==
             static_cast<size_t>(picture.width * picture.height * 3));
  if (pictures_ == 0) width_ = picture.width, height_ = picture.height;
  if (picture.width != width_ || picture.height != height_)
    Fail("statistics: expected pictures of ", width_, "x", height_, ", found one of ",
         picture.width, "x", picture.height);
  const int64_t stride = Stride(width_, height_);
  if (pictures_ == 0) AddFirst(picture, stride);
  for (int64_t y = 0; y < height_; y += stride)
    for (int64_t x = 0; x < width_; x += stride, ++pixels_) {
      const uint8_t* pixel = &picture.rgb[(y * width_ + x) * 3];
      for (int i = 0; i < 3; ++i) {
        const auto value = static_cast<float>(pixel[i]);
        channels_[i].sum += value;
        channels_[i].squares += value * value;
        ++channels_[i].counts[pixel[i]];
      }
    }
  ++pictures_;
}

void PictureStatistics::AddFirst(const Image& picture, int64_t stride) {
  const int64_t columns = (width_ + stride - 1) / stride;
  const int64_t rows = (height_ + stride - 1) / stride;
  for (int i = 0; i < 3; ++i) {
    const auto value = [&](int64_t n) {
      const int64_t y = n / columns * stride, x = n % columns * stride;
      return static_cast<float>(picture.rgb[(y * width_ + x) * 3 + i]);
    };
    channels_[i].first_sum = ChannelSum(rows * columns, value);
    channels_[i].first_squares =
        ChannelSum(rows * columns, [&](int64_t n) { return value(n) * value(n); });
  }
}

CountedStatistics PictureStatistics::Total() const {
  SVLA_CHECK(pictures_ > 0);
  std::map<std::string, std::array<Quantile, 3>> levels;
  const auto mean_of = [&](float sum) {
    return static_cast<float>(static_cast<double>(sum) / static_cast<double>(pixels_));
  };
  for (int i = 0; i < 3; ++i) {
    const Channel& channel = channels_[i];
    int min = 0, max = 255;
    while (channel.counts[min] == 0) ++min;
    while (channel.counts[max] == 0) --max;
    const bool single = pictures_ == 1;
    const float mean = mean_of(single ? channel.first_sum : channel.sum);
    const float squares = mean_of(single ? channel.first_squares : channel.squares);
    levels["min"][i] = {static_cast<double>(min), true};
    levels["max"][i] = {static_cast<double>(max), true};
    levels["mean"][i] = {mean, true};
    levels["std"][i] = {std::sqrt(std::max(0.0f, squares - mean * mean)), true};
    const auto histogram = HistogramOf(channel.counts, min, max, pixels_);
    for (const NamedQuantile& quantile : kQuantiles)
      levels[quantile.name][i] = histogram.At(quantile.share);
  }
  CountedStatistics statistics{{}, {3, 1, 1}, pictures_};
  for (const auto& [name, channels] : levels)
    statistics.values[name] = ToUnit(channels);
  return statistics;
}

}  // namespace svla
