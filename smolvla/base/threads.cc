#include "smolvla/base/threads.h"

#include <algorithm>

// The fuzz targets are built by clang, which has no OpenMP of the one kind that
// oneDNN uses; there one thread does all the work.
#ifdef _OPENMP
#include <omp.h>
#else
inline int omp_get_max_threads() { return 1; }
inline void omp_set_num_threads(int) {}
inline int omp_get_thread_num() { return 0; }
#endif

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

void ParallelEach(int64_t count, void* context, void (*body)(void*, int64_t, int)) {
  if (count <= 0) return;
  const auto threads =
      static_cast<int>(std::min<int64_t>(count, static_cast<int64_t>(ThreadCount())));
  if (threads == 1) {
    for (int64_t i = 0; i < count; ++i) body(context, i, 0);
    return;
  }
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int64_t i = 0; i < count; ++i) body(context, i, omp_get_thread_num());
}

}  // namespace svla
