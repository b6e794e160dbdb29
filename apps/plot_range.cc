#include "apps/plot_range.h"

#include <array>
#include <cstdio>

namespace svla {

std::string PlotNumber(double value, double span) {
  std::array<char, 32> text = {};
  const double size = std::max(std::abs(value), span);
  if (size >= 1e5 || (span > 0 && span < 1e-3)) {
    std::snprintf(text.data(), text.size(), "%.2g", value);
  } else {
    const int digits = span >= 100 ? 0 : span >= 10 ? 1 : span >= 0.5 ? 2 : 3;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  }
  // A typographer's minus, and none before a rounded zero.
  std::string number = text.data();
  if (number.front() != '-') return number;
  number.erase(0, 1);
  return number.find_first_of("123456789") == number.npos ? number : "−" + number;
}

}  // namespace svla
