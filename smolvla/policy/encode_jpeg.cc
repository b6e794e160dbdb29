// EncodeJpeg of picture.h.
#include <turbojpeg.h>

#include <memory>

#include "smolvla/base/error.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

struct EncoderDestroy {
  void operator()(void* encoder) const { tjDestroy(encoder); }
};

}  // namespace

std::vector<std::byte> EncodeJpeg(const Image& image, int quality) {
  SVLA_CHECK(image.width >= 1 && image.width <= kMostPictureSide);
  SVLA_CHECK(image.height >= 1 && image.height <= kMostPictureSide);
  SVLA_CHECK(image.rgb.size() == static_cast<size_t>(image.width * image.height * 3));
  SVLA_CHECK(quality >= 1 && quality <= 100);
  const std::unique_ptr<void, EncoderDestroy> encoder(tjInitCompress());
  if (!encoder) Fail("cannot start TurboJPEG: ", tjGetErrorStr2(nullptr));
  const auto width = static_cast<int>(image.width);
  const auto height = static_cast<int>(image.height);
  std::vector<std::byte> bytes(tjBufSize(width, height, TJSAMP_420));
  auto* to = reinterpret_cast<unsigned char*>(bytes.data());
  unsigned long size = bytes.size();
  if (tjCompress2(encoder.get(), image.rgb.data(), width, /*pitch=*/0, height, TJPF_RGB,
                  &to, &size, TJSAMP_420, quality, TJFLAG_NOREALLOC) != 0)
    Fail("cannot encode a JPEG: ", tjGetErrorStr2(encoder.get()));
  bytes.resize(size);
  return bytes;
}

}  // namespace svla
