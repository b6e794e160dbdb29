// FillTemplate of info.h.
#include <array>
#include <charconv>

#include "smolvla/base/error.h"
#include "smolvla/data/info.h"

namespace svla {
namespace {

// "06d" -> 6; "" and "d" -> 0.
int64_t ReadWidth(std::string_view format, const std::string& whole) {
  if (!format.empty() && format.back() == 'd') format.remove_suffix(1);
  int64_t width = 0;
  const auto [end, error] =
      std::from_chars(format.data(), format.data() + format.size(), width);
  const bool read = error == std::errc() && end == format.data() + format.size();
  if ((!format.empty() && !read) || width < 0 || width > 20)
    Fail("a field such as {episode_index:06d} in \"", whole, "\"");
  return width;
}

std::string Padded(int64_t number, int64_t width) {
  std::string digits = std::to_string(number);
  if (static_cast<int64_t>(digits.size()) < width)
    digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::string Field(std::string_view field, const PathNumbers& numbers,
                  const std::string& whole) {
  const size_t colon = field.find(':');
  const std::string_view name = field.substr(0, colon);
  const std::string_view format =
      colon == field.npos ? std::string_view() : field.substr(colon + 1);
  if (name == "video_key" && format.empty()) return numbers.camera;
  const std::array<std::pair<std::string_view, int64_t>, 4> known{
      {{"episode_chunk", numbers.chunk},
       {"chunk_index", numbers.chunk},
       {"episode_index", numbers.episode},
       {"file_index", numbers.file}}};
  for (const auto& [key, number] : known)
    if (name == key) return Padded(number, ReadWidth(format, whole));
  Fail(
      "one of the fields episode_chunk, chunk_index, episode_index, file_index and "
      "video_key, not {",
      field, "}");
}

}  // namespace

std::filesystem::path FillTemplate(const std::string& path_template,
                                   const PathNumbers& numbers) {
  std::string filled;
  for (size_t at = 0; at < path_template.size();) {
    if (path_template[at] != '{') {
      filled += path_template[at++];
      continue;
    }
    const size_t end = path_template.find('}', at);
    if (end == path_template.npos) Fail("a \"}\" for every \"{\" of a path");
    filled += Field(std::string_view(path_template).substr(at + 1, end - at - 1),
                    numbers, path_template);
    at = end + 1;
  }
  const std::filesystem::path path(filled);
  bool leaves =
      path.is_absolute() || filled.empty() || filled.find('\0') != std::string::npos;
  for (const auto& part : path) leaves = leaves || part == "..";
  if (leaves) Fail("a path inside the dataset's folder, not \"", filled, "\"");
  return path;
}

}  // namespace svla
