#include "smolvla/kernels/products.h"

#include "smolvla/base/error.h"
#include "smolvla/kernels/cpu_loops.h"

namespace svla {

std::unique_ptr<Products> MakeProducts(DType weights) {
  const bool wide = loops::InstructionSet().starts_with("AVX3");
  std::unique_ptr<Products> products;
  if (wide) products = MakeOneDnnProducts(weights);
  return products ? std::move(products) : MakePanelProducts(weights);
}

void CheckProduct(const Tensor& x, const Tensor& w, const Tensor& bias,
                  const Tensor& y) {
  SVLA_CHECK(x.dtype == DType::kF32 && y.dtype == DType::kF32);
  SVLA_CHECK(w.layout == Layout::kPacked || w.dtype == DType::kF32);
  SVLA_CHECK(x.Rows() == y.Rows() && x.Columns() == w.Columns());
  SVLA_CHECK(y.Columns() == w.Rows() && (!bias || bias.Count() == w.Rows()));
}

}  // namespace svla
