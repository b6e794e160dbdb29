#include "smolvla/curate/verify.h"

#include <algorithm>

namespace svla {

int64_t Verification::Count(Severity severity) const {
  return std::count_if(
      findings.begin(), findings.end(),
      [&](const DatasetFinding& finding) { return finding.severity == severity; });
}

}  // namespace svla
