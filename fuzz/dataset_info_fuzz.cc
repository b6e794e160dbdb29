// Any text as meta/info.json: a description, or an Error.
#include <cstdint>
#include <string_view>

#include "smolvla/base/error.h"
#include "smolvla/data/info.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const svla::DatasetInfo info = svla::ParseDatasetInfo(
        {reinterpret_cast<const char*>(data), size}, "info.json");
    svla::FillTemplate(info.data_path, {1, 2, 3, "camera"});
  } catch (const svla::Error&) {
  }
  return 0;
}
