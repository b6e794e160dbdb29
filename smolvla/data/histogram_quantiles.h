// Quantiles as LeRobot estimates them: from 5,000 bins between the least and the
// greatest value.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace svla {

inline constexpr int64_t kQuantileBins = 5000;

struct NamedQuantile {
  const char* name;
  double share;
};
inline constexpr NamedQuantile kQuantiles[] = {
    {"q01", 0.01}, {"q10", 0.10}, {"q50", 0.50}, {"q90", 0.90}, {"q99", 0.99}};

// Where a quantile lies. `on_edge` says that it is an edge of a bin, of type T; others
// are interpolated in double.
struct Quantile {
  double value = 0;
  bool on_edge = false;
};

// The bins of some values, which are asked for once, in the constructor. T is the type
// of the values, float or double, in which the edges are computed too.
template <class T>
class QuantileHistogram {
 public:
  // How many values are less than `edge`, or, if `inclusive`, not greater.
  using CountBelow = std::function<int64_t(T edge, bool inclusive)>;

  // Requires count > 0 and values without NaN.
  QuantileHistogram(T min, T max, int64_t count, const CountBelow& below);

  Quantile At(double share) const;

 private:
  int64_t count_;
  std::vector<T> edges_;           // [kQuantileBins + 1]
  std::vector<double> cumulated_;  // [kQuantileBins], values up to the end of each bin
};

}  // namespace svla
