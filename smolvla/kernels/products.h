// Matrix products over oneDNN: weights packed once, primitives made once for each
// shape. The one file behind it is all that includes oneDNN.
#pragma once

#include <memory>

#include "smolvla/base/tensor.h"

namespace svla {

// Not for two threads at once.
class Products {
 public:
  Products();
  ~Products();

  // A float matrix [out, in] in oneDNN's own layout.
  Tensor Pack(const Tensor& plain, Arena& arena);

  // y = x wᵀ + bias, or y += x wᵀ + bias; w plain or packed here, bias [out] or
  // empty. Rows of x and y may be strided.
  void Multiply(const Tensor& x, const Tensor& w, const Tensor& bias, bool add,
                const Tensor& y);

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace svla
