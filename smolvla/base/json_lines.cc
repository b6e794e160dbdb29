#include "smolvla/base/json_lines.h"

#include <algorithm>

#include "smolvla/base/file.h"

namespace svla {

void ReadJsonLines(
    const std::filesystem::path& path,
    const std::function<void(const Json& value, const std::string& name)>& line) {
  const std::string text = ReadText(path);
  size_t number = 1;
  for (size_t at = 0; at < text.size(); ++number) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view one = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const std::string name = path.string() + ":" + std::to_string(number);
    line(ParseJson(one, name), name);
  }
}

}  // namespace svla
