#include "smolvla/policy/resize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "smolvla/base/error.h"
#include "smolvla/base/npy.h"

namespace svla {
namespace {

// The picture of scripts/make_test_pictures.py.
Image Noise(Size size) {
  Image image{size.width, size.height, {}};
  const int64_t count = size.width * size.height * 3;
  for (int64_t i = 0; i < count; ++i)
    image.rgb.push_back(
        static_cast<uint8_t>(static_cast<uint32_t>(i) * 2654435761u >> 24));
  return image;
}

template <class Real>
std::vector<Real> Resized(const Image& image, Size target) {
  std::vector<Real> pixels(static_cast<size_t>(3 * target.width * target.height));
  Resizer<Real>(target).Resize(image, pixels);
  return pixels;
}

struct Case {
  Size from, target;
};

std::string Name(const Case& c) {
  const auto text = [](Size size) {
    return std::to_string(size.width) + "x" + std::to_string(size.height);
  };
  return text(c.from) + "_to_" + text(c.target);
}

class ResizeOfTorch : public testing::TestWithParam<Case> {};

// Every how manieth value the file holds; small results are there whole.
constexpr size_t kStride = 397, kWhole = 1000;
// An ulp below 1, doubled by the last step.
constexpr double kOneUlp = 2 * 5.9604645e-8;

std::vector<float> TorchValues(const Case& c) {
  return ReadNpy(std::filesystem::path(SMOLVLA_SOURCE_DIR) / "testdata" / "resize" /
                 (Name(c) + ".npy"))
      .values;
}

TEST_P(ResizeOfTorch, IsOursInFloatToTheBitUnlessSmall) {
  const Case c = GetParam();
  const auto pixels = Resized<float>(Noise(c.from), c.target);
  const auto expected = TorchValues(c);
  const size_t stride = pixels.size() < kWhole ? 1 : kStride;
  ASSERT_EQ(expected.size(), (pixels.size() + stride - 1) / stride);
  const Size fit = FitInside(c.from, c.target);
  const bool small = fit.width + fit.height <= 128;
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(pixels[i * stride], expected[i], small ? 2 * kOneUlp : 0) << i;
}

TEST_P(ResizeOfTorch, IsOursInDoubleToTheRoundingOfItsSums) {
  const Case c = GetParam();
  const auto pixels = Resized<double>(Noise(c.from), c.target);
  const auto expected = TorchValues(c);
  const size_t stride = pixels.size() < kWhole ? 1 : kStride;
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(pixels[i * stride], expected[i], 3 * kOneUlp) << i;
}

INSTANTIATE_TEST_SUITE_P(
    Resize, ResizeOfTorch,
    testing::Values(Case{{640, 480}, {512, 512}}, Case{{480, 640}, {512, 512}},
                    Case{{512, 512}, {512, 512}}, Case{{37, 23}, {16, 16}},
                    Case{{3, 5}, {8, 8}}, Case{{1, 9}, {9, 9}}, Case{{1, 1}, {4, 4}},
                    Case{{100, 75}, {224, 224}}, Case{{641, 361}, {224, 224}},
                    Case{{823, 824}, {224, 224}}, Case{{101, 67}, {512, 256}}),
    [](const auto& c) { return Name(c.param); });

TEST(ResizeTest, APictureOfTheTargetsSizeIsOnlyScaled) {
  const Image image = Noise({40, 30});
  const auto pixels = Resized<float>(image, {40, 30});
  for (size_t i = 0; i < 1200; ++i)
    for (size_t c = 0; c < 3; ++c)
      ASSERT_EQ(pixels[c * 1200 + i],
                static_cast<float>(image.rgb[i * 3 + c]) / 255.0f * 2 - 1);
}

TEST(ResizeTest, PaddingIsMinusOneOnTheLeftAndOnTop) {
  Image white{2, 1, std::vector<uint8_t>(6, 255)};
  EXPECT_EQ(Resized<float>(white, {2, 2}),
            (std::vector<float>{-1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1}));
  std::swap(white.width, white.height);
  EXPECT_EQ(Resized<double>(white, {2, 2}),
            (std::vector<double>{-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1}));
}

TEST(ResizeTest, AResizerForgetsThePicturesBefore) {
  const Size target = {48, 64};
  Resizer<float> resizer(target);
  for (const Size from : {Size{9, 31}, {31, 9}, {9, 31}, {48, 64}, {1, 1}}) {
    std::vector<float> pixels(3 * 48 * 64, 7);
    Image image = Noise(from);
    resizer.Resize(image, pixels);
    EXPECT_EQ(pixels, Resized<float>(image, target));
    // Same size, other pixels: rows of the first must not be used again.
    for (auto& byte : image.rgb) byte = static_cast<uint8_t>(255 - byte);
    resizer.Resize(image, pixels);
    EXPECT_EQ(pixels, Resized<float>(image, target));
  }
}

TEST(FitInsideTest, RoundsAsTheReference) {
  EXPECT_EQ(FitInside({640, 480}, {512, 512}), (Size{512, 384}));
  EXPECT_EQ(FitInside({480, 640}, {512, 512}), (Size{384, 512}));
  EXPECT_EQ(FitInside({512, 512}, {512, 512}), (Size{512, 512}));
  EXPECT_EQ(FitInside({101, 67}, {512, 256}), (Size{385, 256}));
}

TEST(FitInsideTest, FallsOneShortOf224AsOftenAsTheReference) {
  int short_of_512 = 0, short_of_224 = 0;
  for (int64_t width = 1; width <= 4096; ++width) {
    short_of_224 += FitInside({width, width}, {224, 224}).width != 224;
    short_of_512 += FitInside({width, width}, {512, 512}).width != 512;
  }
  EXPECT_EQ(short_of_224, 329);
  EXPECT_EQ(short_of_512, 0);
}

TEST(FitInsideTest, ASizeThatLeavesNothingIsRefusedByName) {
  for (const auto& [from, reason] : {std::pair{Size{1, 513}, "nothing would be left"},
                                     {Size{5000, 9}, "nothing would be left"},
                                     {Size{0, 0}, "at least 1x1"},
                                     {Size{-3, 4}, "at least 1x1"}}) {
    const auto name = std::to_string(from.width) + "x" + std::to_string(from.height);
    try {
      FitInside(from, {512, 512});
      FAIL() << name;
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find(name), std::string::npos) << message;
      EXPECT_NE(message.find(reason), std::string::npos) << message;
    }
  }
  Resizer<float> resizer({2, 2});
  std::vector<float> pixels(12);
  EXPECT_THROW(resizer.Resize(Image{}, pixels), Error);
}

}  // namespace
}  // namespace svla
