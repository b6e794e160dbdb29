// What a chunk costs: floating point operations by stage, and parameters by use.
#pragma once

#include <cstdint>

#include "smolvla/model/sizes.h"

namespace svla {

// Operations (a multiply and an add are two) of the products and the attention of
// one chunk, as this implementation runs it; norms and activations are left out.
struct ChunkCost {
  double vision = 0;
  double prefix = 0;
  double expert = 0;  // all steps, and the prefix's keys and values projected

  double Total() const { return vision + prefix + expert; }
};

ChunkCost CostOfChunk(const NetworkSizes& sizes, int64_t cameras, int64_t words,
                      int64_t steps);

// Parameters that actions depend on, by module, and those that a checkpoint
// carries and nothing reads.
struct ParameterCount {
  int64_t vision = 0;
  int64_t language = 0;
  int64_t expert = 0;
  int64_t dead = 0;

  int64_t Used() const { return vision + language + expert; }
};

ParameterCount CountParameters(const NetworkSizes& sizes);

}  // namespace svla
