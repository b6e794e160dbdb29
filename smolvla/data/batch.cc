#include "smolvla/data/batch.h"

namespace svla {

Json ToJson(const LoaderPosition& position) {
  return {{"epoch", position.epoch}, {"taken", position.taken}};
}

LoaderPosition ReadLoaderPosition(const Json& json, const std::string& name) {
  const JsonReader read(json, name);
  constexpr int64_t kMost = int64_t{1} << 40;
  const auto number = [&](const char* key) {
    if (!read.Find(key)) read.FailAt(key, "a number");
    return read.Integer(key, 0, {0, kMost});
  };
  return {number("epoch"), number("taken")};
}

}  // namespace svla
