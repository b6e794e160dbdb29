// What oneDNN itself takes for a matrix product on this machine: the yardstick that
// `smolvla bench` holds a whole chunk against.
#pragma once

#include <cstdint>
#include <optional>

#include "smolvla/base/tensor.h"

namespace svla {

// Milliseconds of x [rows, in] wᵀ → [rows, out] with w in the layout that oneDNN
// chooses for this very shape, on the threads of ParallelFor: the best of a few
// calls, of which there are fewer the longer they take. Nothing where oneDNN has no
// product of this type on this processor. Requires dtype kF32 or kBF16.
std::optional<double> OneDnnMilliseconds(int64_t rows, int64_t in, int64_t out,
                                         DType dtype);

}  // namespace svla
