// Matrix products, the bulk of the arithmetic. Two implementations: oneDNN's, and
// panels of our own where oneDNN lacks what is asked for (see MakeProducts).
#pragma once

#include <memory>
#include <string_view>

#include "smolvla/kernels/backend.h"

namespace svla {

// Activations are float. The result does not depend on the number of threads: both
// cut a product into the same blocks whatever the team, and one thread computes a
// block from first to last. Not for two callers at once.
class Products {
 public:
  virtual ~Products() = default;
  virtual std::string_view Name() const = 0;

  // A float matrix [out, in] in a layout of its own, rounded to the type of weights.
  virtual Tensor Pack(const Tensor& plain, Arena& arena) = 0;

  // y = x wᵀ + bias, or y += x wᵀ + bias; w packed here, or plain float; bias [out]
  // or empty. Rows of x and y may be strided.
  virtual void Multiply(const Tensor& x, const Tensor& w, const Tensor& bias, bool add,
                        const Tensor& y) = 0;
};

// `weights` is kF32 or kBF16.
//
// Panels run everywhere, and widen bfloat16 weights to float a panel at a time: the
// activations are not rounded.
std::unique_ptr<Products> MakePanelProducts(DType weights);

// Bfloat16 weights meet activations rounded to bfloat16, and are summed in float.
// Null where the processor or the library has no such product.
std::unique_ptr<Products> MakeOneDnnProducts(DType weights);

// oneDNN's where the processor has AVX-512 (for bfloat16: its bfloat16 instructions)
// and no lesser instruction set is forced; panels elsewhere, where oneDNN has no
// bfloat16 at all, and in float packs its weights anew in every call.
std::unique_ptr<Products> MakeProducts(DType weights);

// The cpu backend over the given products.
std::unique_ptr<Backend> MakeCpuBackend(std::unique_ptr<Products> products);

// Shapes and types are those that Multiply takes (SVLA_CHECK).
void CheckProduct(const Tensor& x, const Tensor& w, const Tensor& bias,
                  const Tensor& y);

}  // namespace svla
