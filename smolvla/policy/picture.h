// Pictures in files: PNG and JPEG, told apart by their first bytes, never by
// their name.
//
//   Image image = ReadPicture("top.jpg");
//   WritePng("seen.png", image);
//
// Pixels are what the reference's Pillow gives for `Image.open(f).convert("RGB")`,
// to the bit wherever the two codecs can agree:
//   grey                copied to the three channels
//   grey+alpha, RGBA    alpha is dropped, not blended
//   palette             looked up; its transparency is dropped
//   1, 2, 4 bits        stretched to 0..255
//   16-bit RGB          the high byte
//   16-bit grey         the high byte. Pillow clips at 255 instead, which turns
//                       nearly every such picture white.
//   CMYK, YCCK JPEG     Adobe's inverted inks; (1 - ink) (1 - black)
// Gamma, colour profiles and the EXIF orientation are ignored, as Pillow does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "smolvla/policy/robot.h"

namespace svla {

inline constexpr int64_t kMostPictureSide = 16384;
inline constexpr int64_t kMostPicturePixels = int64_t{64} << 20;

// Throws Error, naming the file, if it cannot be read, is neither PNG nor JPEG,
// is truncated or damaged, or is larger than the limits above. A size beyond the
// limits is refused before the pixels are allocated. Stray bytes between the
// segments of a JPEG are accepted, as cameras write them.
Image ReadPicture(const std::filesystem::path& path);

// The same from memory; `name` stands for the file in messages.
Image DecodePicture(std::span<const std::byte> bytes, std::string_view name);

// Writes an 8-bit RGB PNG, whole or not at all. The same picture gives the same
// bytes. Requires a picture within the limits, with rgb of its size. Throws Error
// when the file cannot be written.
void WritePng(const std::filesystem::path& path, const Image& image);

// A baseline JPEG, `quality` from 1 to 100, colours at half the resolution. Requires as
// WritePng does.
std::vector<std::byte> EncodeJpeg(const Image& image, int quality);

}  // namespace svla
