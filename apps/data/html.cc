#include "apps/data/html.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <span>

#include "smolvla/base/text.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

constexpr int kJpegQuality = 72;  // of a picture as small as a thumbnail
constexpr double kSteps = 1000;   // of a curve's height

std::string Base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t there = std::min<size_t>(bytes.size() - at, 3);
    uint32_t word = 0;
    for (size_t i = 0; i < 3; ++i)
      word = word << 8 | (i < there ? std::to_integer<uint32_t>(bytes[at + i]) : 0);
    for (size_t i = 0; i < 4; ++i)
      text += i <= there ? kDigits[word >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

// Writes one curve, point by point.
class PathWriter {
 public:
  explicit PathWriter(const PlotRange& range) : range_(range) {}

  void Add(int64_t frame, double value) {
    const auto y =
        static_cast<int64_t>(std::lround((1 - range_.Share(value)) * kSteps));
    if (is_gap_) {
      path_ += 'M';
      Append(frame), Append(y);
      path_ += 'l';
      // A lone point has no line to be seen by; one of no length has round ends.
      Append(0), Append(0);
    } else {
      Append(frame - frame_), Append(y - y_);
    }
    frame_ = frame, y_ = y;
    is_gap_ = false;
  }
  void Gap() { is_gap_ = true; }

  std::string Path() { return std::move(path_); }

 private:
  void Append(int64_t number) {
    const char before = path_.back();
    // A minus separates numbers as well as a space.
    if (number >= 0 && before != 'M' && before != 'l') path_ += ' ';
    path_ += std::to_string(number);
  }

  const PlotRange& range_;
  std::string path_;
  bool is_gap_ = true;
  int64_t frame_ = 0, y_ = 0;
};

}  // namespace

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string Isolated(std::string_view text) {
  return "<bdi>" + Escaped(text) + "</bdi>";
}

std::string JpegUri(const Image& image) {
  return "data:image/jpeg;base64," + Base64(EncodeJpeg(image, kJpegQuality));
}

std::string Seconds(double seconds) {
  std::array<char, 32> text = {};
  std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  return text.data();
}

std::string CurvePath(const std::vector<double>& values, const PlotRange& range,
                      int64_t most_points) {
  const auto frames = static_cast<int64_t>(values.size());
  // Two points a run, its lowest and its highest.
  const int64_t run = frames <= most_points ? 1 : 2 * frames / most_points + 1;
  PathWriter path(range);
  for (int64_t begin = 0; begin < frames; begin += run) {
    int64_t low = -1, high = -1;
    bool has_gap = false;
    for (int64_t i = begin; i < std::min(begin + run, frames); ++i) {
      if (!std::isfinite(values[i])) has_gap = true;
      if (!std::isfinite(values[i])) continue;
      if (low < 0 || values[i] < values[low]) low = i;
      if (high < 0 || values[i] > values[high]) high = i;
    }
    if (low >= 0) path.Add(std::min(low, high), values[std::min(low, high)]);
    if (low != high) path.Add(std::max(low, high), values[std::max(low, high)]);
    if (has_gap) path.Gap();
  }
  return path.Path();
}

}  // namespace svla
