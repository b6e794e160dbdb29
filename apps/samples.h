// What was measured again and again.
#pragma once

#include <vector>

namespace svla {

// One number of every repeat.
using Samples = std::vector<double>;

// The q-th quantile, 0.5 for the median. Requires at least one sample.
double Quantile(Samples samples, double q);

}  // namespace svla
