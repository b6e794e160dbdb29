// Texts, numbers, pictures and curves as an HTML page takes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/plot_range.h"
#include "smolvla/policy/robot.h"

namespace svla {

// The text as it may stand between tags and in quoted attributes, whatever it holds.
std::string Escaped(std::string_view text);

// The same, kept by itself: letters that are written from right to left, or that turn
// the direction, do not reach beyond it.
std::string Isolated(std::string_view text);

// "data:image/jpeg;base64,...".
std::string JpegUri(const Image& image);

// "12.0 s".
std::string Seconds(double seconds);

// What SVG draws a curve from: frames to the right, and 0 to 1000 from the range's high
// end down to its low one, in whole steps from point to point: "M0 431l1 3 1-2". Where
// a value is not finite there is a gap. No more than about `most_points`; of frames
// that share one its lowest and highest stay, so that no spike is lost.
std::string CurvePath(const std::vector<double>& values, const PlotRange& range,
                      int64_t most_points);

}  // namespace svla
