#include "smolvla/kernels/backend.h"

#include "smolvla/base/error.h"

namespace svla {

std::unique_ptr<Backend> MakeBackend(const std::string& name) {
  if (name == "cpu") return MakeCpuBackend();
  if (name == "reference") return MakeReferenceBackend();
  Fail("backend \"", name, "\": expected cpu or reference");
}

}  // namespace svla
