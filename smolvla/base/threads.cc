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

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

#include "smolvla/base/error.h"

namespace svla {
namespace {

// libgomp is not built for ThreadSanitizer, which therefore does not see that a team
// starts after what its caller did, and that its caller goes on after what the team
// did. It is told so with these; where it does not look, they are nothing.
#ifdef __SANITIZE_THREAD__
#define SVLA_UNSEEN_BY_TSAN __attribute__((no_sanitize("thread")))
void Pass(char* baton) { __tsan_release(baton); }
void Take(char* baton) { __tsan_acquire(baton); }
#else
#define SVLA_UNSEEN_BY_TSAN
void Pass(char*) {}
void Take(char*) {}
#endif

// Calls body(i, member) for all i in [0, count) from a team of threads.
template <class Body>
SVLA_UNSEEN_BY_TSAN void RunTeam(int64_t count, [[maybe_unused]] int threads,
                                 const Body& body) {
  char start = 0, end = 0;
  Pass(&start);
#pragma omp parallel num_threads(threads)
  {
    Take(&start);
#pragma omp for schedule(dynamic, 1) nowait
    for (int64_t i = 0; i < count; ++i) body(i, omp_get_thread_num());
    Pass(&end);
  }
  Take(&end);
}

}  // namespace

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
  RunTeam(pieces, static_cast<int>(pieces), [=](int64_t i, int) {
    body(context, count * i / pieces, count * (i + 1) / pieces);
  });
}

void ParallelEach(int64_t count, void* context, void (*body)(void*, int64_t, int)) {
  if (count <= 0) return;
  const auto threads =
      static_cast<int>(std::min<int64_t>(count, static_cast<int64_t>(ThreadCount())));
  if (threads == 1) {
    for (int64_t i = 0; i < count; ++i) body(context, i, 0);
    return;
  }
  RunTeam(count, threads, [=](int64_t i, int worker) { body(context, i, worker); });
}

}  // namespace svla
