// Any bytes are a picture or an Error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "smolvla/base/error.h"
#include "smolvla/policy/picture.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const svla::Image image =
        svla::DecodePicture(std::as_bytes(std::span(data, size)), "input");
    SVLA_CHECK(image.rgb.size() == static_cast<size_t>(image.width * image.height * 3));
  } catch (const svla::Error&) {
  }
  return 0;
}
