#include "smolvla/policy/picture.h"

#include <png.h>
#include <turbojpeg.h>

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

using Bytes = std::span<const std::byte>;

bool StartsWith(Bytes bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

bool IsWithinLimits(int64_t width, int64_t height) {
  const auto fits = [](int64_t side) { return side >= 1 && side <= kMostPictureSide; };
  return fits(width) && fits(height) && width * height <= kMostPicturePixels;
}

Image MakeImage(int64_t width, int64_t height, std::string_view name) {
  if (!IsWithinLimits(width, height))
    Fail(name, ": a picture of ", width, "x", height,
         " pixels; expected sides from 1 to ", kMostPictureSide, " and at most ",
         kMostPicturePixels, " pixels");
  return {width, height, std::vector<uint8_t>(static_cast<size_t>(width * height * 3))};
}

// What libpng's callbacks and its caller share. Plain data, because an error
// leaves libpng by longjmp, which runs no destructor.
struct PngReader {
  Bytes left;
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::array<char, 160> message = {};
};

void OnPngRead(png_structp png, png_bytep to, size_t count) {
  auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
  if (count > reader->left.size()) png_error(png, "the file ends early");
  std::memcpy(to, reader->left.data(), count);
  reader->left = reader->left.subspan(count);
}

[[noreturn]] void OnPngError(png_structp png, png_const_charp message) {
  auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
  std::snprintf(reader->message.data(), reader->message.size(), "%s", message);
  png_longjmp(png, 1);
}

void OnPngWarning(png_structp, png_const_charp) {}

// Asks libpng for eight bits of red, green and blue whatever the file holds.
void AskForRgb(PngReader& reader) {
  png_set_expand(reader.png);  // palettes, few bits; and tRNS to alpha, dropped below
  png_set_strip_16(reader.png);
  png_set_gray_to_rgb(reader.png);
  png_set_strip_alpha(reader.png);
}

// Fills rgb, or returns false with the reason in reader.message. Nothing in here
// or below owns anything: errors arrive by longjmp.
bool ReadPngRows(PngReader& reader, uint8_t* rgb, png_uint_32 width,
                 png_uint_32 height) {
  if (setjmp(png_jmpbuf(reader.png))) return false;
  png_set_read_fn(reader.png, &reader, OnPngRead);
  // Skips text, profiles and gamma unread: no picture needs them, and they are
  // where a small file can unpack into a large one.
  png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER,
                              /*chunk_list=*/nullptr, /*all known ancillary=*/-1);
  png_read_info(reader.png, reader.info);
  AskForRgb(reader);
  const int passes = png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  const size_t stride = size_t{3} * width;
  if (png_get_image_height(reader.png, reader.info) != height ||
      png_get_rowbytes(reader.png, reader.info) != stride)
    png_error(reader.png, "rows of an unexpected size");
  for (int pass = 0; pass < passes; ++pass)
    for (png_uint_32 y = 0; y < height; ++y)
      png_read_row(reader.png, rgb + y * stride, /*display_row=*/nullptr);
  png_read_end(reader.png, /*info_ptr=*/nullptr);
  return true;
}

constexpr std::string_view kPngMagic("\x89PNG\r\n\x1a\n", 8);
constexpr std::string_view kJpegMagic("\xff\xd8\xff", 3);

Image DecodePng(Bytes bytes, std::string_view name) {
  constexpr size_t kHeaderBytes = 33;  // signature and the IHDR chunk, always first
  if (bytes.size() < kHeaderBytes || !StartsWith(bytes.subspan(12), "IHDR"))
    Fail(name, ": damaged PNG: it does not begin with a whole header");
  const auto* header = reinterpret_cast<const png_byte*>(bytes.data());
  const png_uint_32 width = png_get_uint_32(header + 16);
  const png_uint_32 height = png_get_uint_32(header + 20);
  Image image = MakeImage(width, height, name);

  struct OwnedReader : PngReader {
    ~OwnedReader() { png_destroy_read_struct(&png, &info, /*end_info=*/nullptr); }
  } reader;
  reader.left = bytes;
  reader.png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, OnPngError, OnPngWarning);
  if (reader.png) reader.info = png_create_info_struct(reader.png);
  if (!reader.info) Fail(name, ": cannot start libpng: ", reader.message.data());
  if (!ReadPngRows(reader, image.rgb.data(), width, height))
    Fail(name, ": damaged PNG: ", reader.message.data());
  return image;
}

struct JpegDestroy {
  void operator()(void* decoder) const { tjDestroy(decoder); }
};
using JpegDecoder = std::unique_ptr<void, JpegDestroy>;

// Warnings that say nothing about the pixels. All others mean that some are lost.
bool IsHarmless(std::string_view warning) {
  return warning.find("extraneous bytes before marker") != warning.npos ||
         warning.find("JFIF revision") != warning.npos ||
         warning.find("Adobe color transform") != warning.npos;
}

// Whether the end marker is there, before any padding.
bool IsWholeJpeg(Bytes bytes) {
  while (!bytes.empty() && bytes.back() == std::byte{0})
    bytes = bytes.first(bytes.size() - 1);
  return bytes.size() >= 2 && StartsWith(bytes.last(2), "\xff\xd9");
}

void DecompressJpeg(const JpegDecoder& decoder, Bytes bytes, std::string_view name,
                    TJPF format, int width, int height, uint8_t* pixels) {
  if (tjDecompress2(decoder.get(), reinterpret_cast<const uint8_t*>(bytes.data()),
                    bytes.size(), pixels, width, /*pitch=*/0, height, format,
                    TJFLAG_LIMITSCANS) == 0)
    return;
  const std::string message = tjGetErrorStr2(decoder.get());
  if (tjGetErrorCode(decoder.get()) != TJERR_WARNING || !IsHarmless(message))
    Fail(name, ": damaged JPEG: ", message);
  // TurboJPEG tells its first warning only, and one of a cut file could follow.
  if (!IsWholeJpeg(bytes)) Fail(name, ": damaged JPEG: it ends without an end marker");
}

// Adobe stores inks inverted, so each byte is the light that is let through; and
// a * b / 255 is rounded as Pillow rounds it.
void CmykToRgb(std::span<const uint8_t> cmyk, std::span<uint8_t> rgb) {
  for (size_t pixel = 0; pixel * 4 < cmyk.size(); ++pixel) {
    const int light = cmyk[pixel * 4 + 3];
    for (size_t c = 0; c < 3; ++c) {
      const int product = (255 - cmyk[pixel * 4 + c]) * light + 128;
      rgb[pixel * 3 + c] =
          static_cast<uint8_t>(light - (product / 256 + product) / 256);
    }
  }
}

Image DecodeJpeg(Bytes bytes, std::string_view name) {
  const JpegDecoder decoder(tjInitDecompress());
  if (!decoder) Fail(name, ": cannot start TurboJPEG: ", tjGetErrorStr2(nullptr));
  int width = 0, height = 0, subsampling = 0, colours = 0;
  // A warning here comes back when the pixels are decoded, and is judged there.
  if (tjDecompressHeader3(decoder.get(), reinterpret_cast<const uint8_t*>(bytes.data()),
                          bytes.size(), &width, &height, &subsampling, &colours) != 0 &&
      tjGetErrorCode(decoder.get()) != TJERR_WARNING)
    Fail(name, ": damaged JPEG: ", tjGetErrorStr2(decoder.get()));
  Image image = MakeImage(width, height, name);
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    std::vector<uint8_t> cmyk(image.rgb.size() / 3 * 4);
    DecompressJpeg(decoder, bytes, name, TJPF_CMYK, width, height, cmyk.data());
    CmykToRgb(cmyk, image.rgb);
  } else {
    DecompressJpeg(decoder, bytes, name, TJPF_RGB, width, height, image.rgb.data());
  }
  return image;
}

// What a file of another kind is called, to say it in the message.
std::string_view OtherFormat(Bytes bytes) {
  if (bytes.empty()) return "an empty file";
  if (StartsWith(bytes, "GIF8")) return "a GIF";
  if (StartsWith(bytes, "BM")) return "a BMP";
  if (StartsWith(bytes, "RIFF")) return "a WebP";
  if (StartsWith(bytes, {"II*\0", 4}) || StartsWith(bytes, {"MM\0*", 4}))
    return "a TIFF";
  return "neither signature";
}

}  // namespace

Image DecodePicture(std::span<const std::byte> bytes, std::string_view name) {
  if (StartsWith(bytes, kPngMagic)) return DecodePng(bytes, name);
  if (StartsWith(bytes, kJpegMagic)) return DecodeJpeg(bytes, name);
  Fail(name, ": expected a PNG or a JPEG picture, found ", OtherFormat(bytes));
}

Image ReadPicture(const std::filesystem::path& path) {
  const MappedFile file(path);
  return DecodePicture(file.bytes(), path.string());
}

void WritePng(const std::filesystem::path& path, const Image& image) {
  SVLA_CHECK(IsWithinLimits(image.width, image.height));
  SVLA_CHECK(image.rgb.size() == static_cast<size_t>(image.width * image.height * 3));
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::vector<std::byte> bytes(size);
  if (!png_image_write_to_memory(&png, bytes.data(), &size, /*convert_to_8_bit=*/0,
                                 image.rgb.data(), /*row_stride=*/0,
                                 /*colormap=*/nullptr))
    Fail(path.string(), ": cannot encode the picture: ", png.message);
  WriteAtomically(path, [&](const ByteSink& sink) { sink(Bytes(bytes).first(size)); });
}

}  // namespace svla
