#include "smolvla/policy/picture.h"

#include <gtest/gtest.h>
#include <png.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

const std::filesystem::path kPictures =
    std::filesystem::path(SMOLVLA_SOURCE_DIR) / "testdata" / "pictures";
constexpr int64_t kWidth = 37, kHeight = 29;  // of every picture there

std::span<const std::byte> Bytes(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// What DecodePicture says about these bytes, or "" if it accepts them.
std::string Refusal(const std::string& bytes) {
  try {
    DecodePicture(Bytes(bytes), "seen.bin");
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

class PictureOfEachKind : public testing::TestWithParam<const char*> {};

TEST_P(PictureOfEachKind, HasThePixelsOfTheReference) {
  const Image image = ReadPicture(kPictures / GetParam());
  const std::string expected = ReadText(kPictures / (GetParam() + std::string(".rgb")));
  ASSERT_EQ(image.width, kWidth);
  ASSERT_EQ(image.height, kHeight);
  ASSERT_EQ(image.rgb.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_EQ(image.rgb[i], static_cast<uint8_t>(expected[i])) << "at byte " << i;
}

TEST_P(PictureOfEachKind, IsRefusedWhereverItIsCut) {
  const std::string whole = ReadText(kPictures / GetParam());
  ASSERT_EQ(Refusal(whole), "");
  for (size_t size = 0; size < whole.size(); ++size)
    ASSERT_NE(Refusal(whole.substr(0, size)).find("seen.bin: "), std::string::npos)
        << "cut to " << size << " of " << whole.size() << " bytes";
}

INSTANTIATE_TEST_SUITE_P(
    Picture, PictureOfEachKind,
    testing::Values("grey.png", "grey_transparent.png", "grey_1bit.png",
                    "grey_2bit.png", "grey_4bit.png", "grey_16bit.png",
                    "grey_alpha.png", "rgb.png", "rgb_gamma.png", "rgb_interlaced.png",
                    "rgb_16bit.png", "rgba.png", "rgba_16bit_interlaced.png",
                    "palette.png", "palette_4bit_transparent.png", "rgb_444.jpg",
                    "rgb_422.jpg", "rgb_420.jpg", "rgb_420_progressive.jpg",
                    "rgb_turned.jpg", "grey.jpg", "cmyk.jpg", "ycck.jpg"),
    [](const auto& kind) {
      std::string name = kind.param;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

TEST(PictureTest, ADamagedPngIsRefused) {
  std::string bytes = ReadText(kPictures / "rgb.png");
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_NE(Refusal(bytes).find("seen.bin: damaged PNG"), std::string::npos);
}

// Where the entropy-coded data of a JPEG begins.
size_t ScanStart(const std::string& jpeg) { return jpeg.find("\xff\xda") + 14; }

TEST(PictureTest, AJpegWithLostPixelsIsRefused) {
  std::string bytes = ReadText(kPictures / "rgb_444.jpg");
  bytes.erase(ScanStart(bytes) + 40, 60);
  EXPECT_NE(Refusal(bytes).find("seen.bin: damaged JPEG"), std::string::npos);
}

// More than the decoder reads ahead, so that it comes across them and warns.
const std::string kStray(40, 'x');

TEST(PictureTest, AJpegWithStrayBytesBehindItsPixelsIsAccepted) {
  std::string bytes = ReadText(kPictures / "rgb_444.jpg");
  const Image clean = DecodePicture(Bytes(bytes), "clean");
  bytes.insert(bytes.size() - 2, kStray);
  EXPECT_EQ(DecodePicture(Bytes(bytes), "stray").rgb, clean.rgb);
}

TEST(PictureTest, StrayBytesDoNotHideThatAJpegIsCut) {
  std::string bytes = ReadText(kPictures / "rgb_420.jpg");
  bytes.insert(bytes.find("\xff\xdb"), kStray);
  ASSERT_EQ(Refusal(bytes), "");
  EXPECT_EQ(Refusal(bytes + std::string(3, '\0')), "");
  for (size_t size = ScanStart(bytes); size < bytes.size(); ++size)
    EXPECT_NE(Refusal(bytes.substr(0, size)).find("damaged JPEG"), std::string::npos)
        << "cut to " << size << " of " << bytes.size() << " bytes";
}

// The picture's size as the file claims it, changed in place. libpng checks the
// header's sum later than we check the size.
std::string PngOfSize(uint32_t width, uint32_t height) {
  std::string bytes = ReadText(kPictures / "rgb.png");
  for (size_t i = 0; i < 4; ++i) {
    bytes[16 + i] = static_cast<char>(width >> (24 - 8 * i));
    bytes[20 + i] = static_cast<char>(height >> (24 - 8 * i));
  }
  return bytes;
}

std::string JpegOfSize(uint32_t width, uint32_t height) {
  std::string bytes = ReadText(kPictures / "rgb_444.jpg");
  const size_t at = bytes.find("\xff\xc0");
  bytes[at + 5] = static_cast<char>(height >> 8);
  bytes[at + 6] = static_cast<char>(height);
  bytes[at + 7] = static_cast<char>(width >> 8);
  bytes[at + 8] = static_cast<char>(width);
  return bytes;
}

TEST(PictureTest, ASizeBeyondTheLimitsIsRefusedByName) {
  for (const auto& [width, height] : {std::pair{20000u, 100u},
                                      {100u, 20000u},
                                      {0u, 0u},
                                      {0u, 5u},
                                      {16384u, 4097u},
                                      {0xffffffffu, 0xffffffffu}}) {
    const std::string size = std::to_string(width) + "x" + std::to_string(height);
    EXPECT_NE(Refusal(PngOfSize(width, height)).find("a picture of " + size),
              std::string::npos)
        << Refusal(PngOfSize(width, height));
  }
  for (const auto& [width, height] : {std::pair{20000u, 100u}, {16384u, 4097u}})
    EXPECT_NE(Refusal(JpegOfSize(width, height)).find("a picture of "),
              std::string::npos);
  EXPECT_NE(Refusal(JpegOfSize(0, 0)).find("seen.bin: "), std::string::npos);
}

// A PNG of one pixel and sixteen texts that unpack to 7 MB each, in 110 kB.
std::string PngWithBombs() {
  std::string bytes;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  const auto append = [](png_structp writer, png_bytep from, size_t count) {
    static_cast<std::string*>(png_get_io_ptr(writer))
        ->append(reinterpret_cast<char*>(from), count);
  };
  png_set_write_fn(png, &bytes, append, nullptr);
  png_set_IHDR(png, info, 1, 1, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::string key = "Comment", text(7 << 20, ' ');
  png_text bomb = {};
  bomb.compression = PNG_TEXT_COMPRESSION_zTXt;
  bomb.key = key.data();
  bomb.text = text.data();
  png_set_text(png, info, std::vector<png_text>(16, bomb).data(), 16);
  png_write_info(png, info);
  uint8_t pixel = 7;
  png_write_row(png, &pixel);
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

int64_t PeakBytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

TEST(PictureTest, TextsThatUnpackIntoMuchAreSkipped) {
  // In a process forked for it: the peak of this one was reached making the file.
  const auto path = std::filesystem::path(testing::TempDir()) / "bombs.png";
  WriteAtomically(path, PngWithBombs());
  EXPECT_EXIT(
      {
        const int64_t before = PeakBytes();
        const Image image = ReadPicture(path);
        const bool modest = PeakBytes() - before < (50 << 20);
        std::exit(image.rgb[0] == 7 && modest ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
  std::filesystem::remove(path);
}

TEST(PictureTest, AnotherFormatIsRefusedWithTheTwoAccepted) {
  for (const auto& [bytes, kind] :
       {std::pair<std::string, std::string>{"GIF89a......", "a GIF"},
        {"BM..........", "a BMP"},
        {"RIFF....WEBP", "a WebP"},
        {"hello, world", "neither"},
        {"", "an empty file"}}) {
    EXPECT_NE(Refusal(bytes).find("expected a PNG or a JPEG"), std::string::npos);
    EXPECT_NE(Refusal(bytes).find(kind), std::string::npos) << Refusal(bytes);
  }
}

TEST(PictureTest, AMissingFileIsAnErrorThatNamesIt) {
  try {
    ReadPicture(kPictures / "nowhere.png");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("nowhere.png"), std::string::npos);
  }
}

TEST(PictureTest, TheContentDecidesAndNotTheName) {
  const auto path = std::filesystem::path(testing::TempDir()) / "really_a_jpeg.png";
  WriteAtomically(path, ReadText(kPictures / "grey.jpg"));
  EXPECT_EQ(ReadPicture(path).rgb, ReadPicture(kPictures / "grey.jpg").rgb);
  std::filesystem::remove(path);
}

TEST(PictureTest, AWrittenPictureIsReadBackUnchanged) {
  const auto path = std::filesystem::path(testing::TempDir()) / "written.png";
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 1}, {1, 7}, {64, 33}}) {
    Image image{width, height, {}};
    for (int i = 0; i < width * height * 3; ++i)
      image.rgb.push_back(static_cast<uint8_t>(i * 2654435761u >> 24));
    WritePng(path, image);
    const Image back = ReadPicture(path);
    EXPECT_EQ(back.width, width);
    EXPECT_EQ(back.height, height);
    EXPECT_EQ(back.rgb, image.rgb);
  }
  std::filesystem::remove(path);
}

TEST(PictureTest, AJpegIsNearWhatWasEncoded) {
  // Smooth, as a JPEG wants it; sides that are no multiple of its blocks.
  Image image{37, 21, {}};
  for (int64_t y = 0; y < image.height; ++y)
    for (int64_t x = 0; x < image.width; ++x)
      for (const int64_t value : {40 + 4 * x, 200 - 3 * y, 60 + 2 * x + 2 * y})
        image.rgb.push_back(static_cast<uint8_t>(value));
  const std::vector<std::byte> fine = EncodeJpeg(image, 95);
  const Image back = DecodePicture(fine, "a.jpg");
  ASSERT_EQ(back.width, image.width);
  ASSERT_EQ(back.height, image.height);
  for (size_t i = 0; i < image.rgb.size(); ++i)
    ASSERT_NEAR(back.rgb[i], image.rgb[i], 8) << i;
  EXPECT_LT(EncodeJpeg(image, 20).size(), fine.size());
  EXPECT_EQ(EncodeJpeg(image, 95), fine);
}

TEST(PictureTest, RandomDamageIsAnErrorOrAPictureAndNeverACrash) {
  unsigned random = 1;
  const auto next = [&] {
    return random = random * 1664525u + 1013904223u, random >> 8;
  };
  for (const char* name : {"palette_4bit_transparent.png", "rgb_interlaced.png",
                           "rgb_420_progressive.jpg", "cmyk.jpg"}) {
    const std::string whole = ReadText(kPictures / name);
    for (int round = 0; round < 500; ++round) {
      std::string bytes = whole;
      for (int flips = 0; flips < 3; ++flips)
        bytes[next() % bytes.size()] = static_cast<char>(next());
      // A hostile size within the limits only costs time.
      if (bytes.substr(16, 8) == whole.substr(16, 8)) Refusal(bytes);
    }
  }
}

}  // namespace
}  // namespace svla
