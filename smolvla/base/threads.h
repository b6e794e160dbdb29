// Work shared out over the one team of threads, OpenMP's, which oneDNN runs on
// too: a second pool would fight it for the cores.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace svla {

int ThreadCount();

// From here on, for this thread's calls. Requires count >= 1.
void SetThreadCount(int count);

// Calls body(begin, end) on disjoint ranges that together are [0, count).
// Returns when all are done. `grain` is the least worth handing to a thread.
// `body` must not throw. The ranges depend on the number of threads, so a result
// that must not depend on it must not depend on where a range is cut.
void ParallelRanges(int64_t count, int64_t grain, void* context,
                    void (*body)(void* context, int64_t begin, int64_t end));

// The same for any callable, without allocating.
template <class Body>
void ParallelFor(int64_t count, int64_t grain, Body&& body) {
  using Callable = std::remove_reference_t<Body>;
  ParallelRanges(count, grain,
                 const_cast<void*>(static_cast<const void*>(std::addressof(body))),
                 [](void* context, int64_t begin, int64_t end) {
                   (*static_cast<Callable*>(context))(begin, end);
                 });
}

// Calls body(task, worker) for every task in [0, count), each once; a thread that is
// done takes the next, so that one that is held up does not hold up the others.
// worker is in [0, ThreadCount()) and no two calls at a time have the same. Returns
// when all are done. `body` must not throw, and which thread does what is chance.
void ParallelEach(int64_t count, void* context,
                  void (*body)(void* context, int64_t task, int worker));

template <class Body>
void ParallelTasks(int64_t count, Body&& body) {
  using Callable = std::remove_reference_t<Body>;
  ParallelEach(count, const_cast<void*>(static_cast<const void*>(std::addressof(body))),
               [](void* context, int64_t task, int worker) {
                 (*static_cast<Callable*>(context))(task, worker);
               });
}

}  // namespace svla
