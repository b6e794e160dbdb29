#include "apps/samples.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"

namespace svla {

double Quantile(Samples samples, double q) {
  SVLA_CHECK(!samples.empty());
  std::sort(samples.begin(), samples.end());
  const auto last = static_cast<double>(samples.size() - 1);
  return samples[static_cast<size_t>(std::ceil(q * last - 1e-9))];
}

}  // namespace svla
