#include "smolvla/base/threads.h"

#include <omp.h>

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {

int ThreadCount() { return omp_get_max_threads(); }

void SetThreadCount(int count) {
  SVLA_CHECK(count >= 1);
  omp_set_num_threads(count);
}

void ParallelRanges(int64_t count, int64_t grain, void* context,
                    void (*body)(void*, int64_t, int64_t)) {
  if (count <= 0) return;
  const int64_t pieces =
      std::clamp<int64_t>(count / std::max<int64_t>(grain, 1), 1, ThreadCount());
  if (pieces == 1) return body(context, 0, count);
#pragma omp parallel for schedule(static) num_threads(static_cast <int>(pieces))
  for (int64_t i = 0; i < pieces; ++i)
    body(context, count * i / pieces, count * (i + 1) / pieces);
}

}  // namespace svla
