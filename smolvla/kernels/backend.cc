#include "smolvla/kernels/backend.h"

#include "smolvla/base/error.h"

namespace svla {

std::unique_ptr<Backend> MakeBackend(const std::string& name,
                                     const std::string& dtype) {
  if (dtype != "fp32" && dtype != "bf16")
    Fail("dtype \"", dtype, "\": expected fp32 or bf16");
  const DType weights = dtype == "bf16" ? DType::kBF16 : DType::kF32;
  if (name == "cpu") return MakeCpuBackend(weights);
  if (name != "reference") Fail("backend \"", name, "\": expected cpu or reference");
  if (weights == DType::kBF16)
    Fail(
        "dtype bf16: expected the cpu backend, found reference, which computes in "
        "double");
  return MakeReferenceBackend();
}

}  // namespace svla
