// Any bytes are a file whose tensors cover its data exactly, or an Error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "smolvla/base/error.h"
#include "smolvla/base/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const svla::SafetensorsFile file(std::as_bytes(std::span(data, size)), "input");
    size_t covered = 0;
    for (const auto& [name, tensor] : file.tensors()) {
      covered += tensor.bytes.size();
      svla::ToString(tensor);
      if (!svla::IsFloating(tensor.dtype) || tensor.Count() > 10'000) continue;
      SVLA_CHECK(svla::ValuesOf<float>(tensor).size() ==
                 svla::ValuesOf<double>(tensor).size());
    }
    SVLA_CHECK(covered <= size);
  } catch (const svla::Error&) {
  }
  return 0;
}
