// Any text is a configuration, of the policy or of its language model, or an Error.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "smolvla/base/error.h"
#include "smolvla/model/config.h"
#include "smolvla/model/vlm_config.h"

namespace {

template <class Parse>
void ParseOrRefuse(const Parse& parse) {
  try {
    parse();
  } catch (const svla::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ParseOrRefuse([&] {
    const svla::Json json =
        svla::ParseJson({reinterpret_cast<const char*>(data), size}, "input");
    ParseOrRefuse([&] {
      std::vector<std::string> warnings;
      const svla::SmolVlaConfig config = svla::ParseConfig(json, "input", warnings);
      config.Cameras();
      ParseOrRefuse([&] { config.StateDim(); });
      ParseOrRefuse([&] { config.ActionDim(); });
    });
    ParseOrRefuse([&] { svla::ParseVlmConfig(json, "input"); });
  });
  return 0;
}
