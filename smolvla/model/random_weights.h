// A network of given sizes with seeded random weights, for measuring and tests
// where there is no checkpoint.
#pragma once

#include <memory>

#include "smolvla/model/sizes.h"
#include "smolvla/model/weights.h"

namespace svla {

// Every tensor that a checkpoint of these sizes holds, in BF16: matrices uniform
// with the variance that keeps activations near 1, norms near 1, biases near 0. A
// function of the seed, whatever the number of threads.
std::shared_ptr<const WeightFile> RandomWeights(const NetworkSizes& sizes,
                                                uint64_t seed);

// The two published families: 16 layers with an expert of 720 (smolvla_base), and 32
// layers with one of 480 (smolvla_libero).
NetworkSizes BaseSizes();
NetworkSizes LiberoSizes();

}  // namespace svla
