// What a chunk costs: floating point operations by stage, the matrix products they
// are spent in, and parameters by use.
#pragma once

#include <cstdint>
#include <vector>

#include "smolvla/model/sizes.h"

namespace svla {

// Operations (a multiply and an add are two) of the products and the attention of
// one chunk, as this implementation runs it; norms and activations are left out.
struct ChunkCost {
  double vision = 0;
  double prefix = 0;
  double expert = 0;     // all steps, and the prefix's keys and values projected
  double attention = 0;  // what of all three is no product with a weight

  double Total() const { return vision + prefix + expert; }
};

ChunkCost CostOfChunk(const NetworkSizes& sizes, int64_t cameras, int64_t words,
                      int64_t steps);

// A product with a weight, x [rows, in] wᵀ → [rows, out], and how often a chunk has
// one of this shape.
struct ProductShape {
  int64_t rows = 0;
  int64_t in = 0;
  int64_t out = 0;
  int64_t times = 0;

  // Of one product.
  double Operations() const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(in) *
           static_cast<double>(out);
  }
  bool operator==(const ProductShape&) const = default;
};

// Every product of a chunk, each shape once.
std::vector<ProductShape> ProductsOfChunk(const NetworkSizes& sizes, int64_t cameras,
                                          int64_t words, int64_t steps);

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
