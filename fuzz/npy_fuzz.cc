// Any bytes are an array of the size that its shape says, or an Error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "smolvla/base/error.h"
#include "smolvla/base/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const svla::NpyArray array =
        svla::ParseNpy(std::as_bytes(std::span(data, size)), "input");
    int64_t count = 1;
    for (const int64_t side : array.shape) count = side == 0 ? 0 : count * side;
    SVLA_CHECK(count == static_cast<int64_t>(array.values.size()));
  } catch (const svla::Error&) {
  }
  return 0;
}
