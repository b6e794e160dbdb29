// What plots of values share: the range they show, and numbers as labels say them.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace svla {

struct PlotRange {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  // What is not finite is left out.
  void Include(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  // So little that it is noise, or nothing: drawn as a level line.
  bool flat() const {
    return high - low <= 1e-4 * std::max(std::abs(low), std::abs(high));
  }
  // Where a value is, 0 at the low end and 1 at the high one. Requires a range that is
  // not empty. Halved, the widest of ranges does not become infinite.
  double Share(double value) const {
    return flat() ? 0.5 : (value / 2 - low / 2) / (high / 2 - low / 2);
  }
};

// A value with as many digits as a span of this size makes worth reading.
std::string PlotNumber(double value, double span);

}  // namespace svla
