#include "smolvla/data/histogram_quantiles.h"

#include <algorithm>
#include <cmath>

namespace svla {
namespace {

// np.linspace(min - 1e-10, max + 1e-10, bins + 1), rounded to T after every operation.
// Where T is float and the values are not tiny, the margin is lost in the rounding.
template <class T>
std::vector<T> BinEdges(T min, T max) {
  constexpr T kMargin = static_cast<T>(1e-10);
  constexpr T kBins = static_cast<T>(kQuantileBins);
  const T start = min - kMargin;
  const T stop = max + kMargin;
  const T range = stop - start;
  const T step = range / kBins;
  std::vector<T> edges(kQuantileBins + 1);
  for (int64_t i = 0; i <= kQuantileBins; ++i) {
    const T index = static_cast<T>(i);
    const T offset = step == 0 ? index / kBins * range : index * step;
    edges[i] = offset + start;
  }
  edges.back() = stop;
  return edges;
}

}  // namespace

template <class T>
QuantileHistogram<T>::QuantileHistogram(T min, T max, int64_t count,
                                        const CountBelow& below)
    : count_(count), edges_(BinEdges(min, max)), cumulated_(kQuantileBins) {
  // With an infinite min or max some edges are not numbers; numpy sorts these last.
  const auto before = [&](int64_t edge) {
    if (std::isnan(edges_[edge])) return count;
    return below(edges_[edge], /*inclusive=*/edge == kQuantileBins);
  };
  const int64_t outside = before(0);
  for (int64_t bin = 0; bin < kQuantileBins; ++bin)
    cumulated_[bin] = static_cast<double>(before(bin + 1) - outside);
}

template <class T>
Quantile QuantileHistogram<T>::At(double share) const {
  const double wanted = share * static_cast<double>(count_);
  const auto found = std::lower_bound(cumulated_.begin(), cumulated_.end(), wanted);
  const int64_t bin = found - cumulated_.begin();
  if (bin == 0) return {edges_.front(), true};
  if (bin == kQuantileBins) return {edges_.back(), true};
  const double before = cumulated_[bin - 1];
  const double part = (wanted - before) / (*found - before);
  const T width = edges_[bin + 1] - edges_[bin];
  return {edges_[bin] + part * width, false};
}

template class QuantileHistogram<float>;
template class QuantileHistogram<double>;

}  // namespace svla
