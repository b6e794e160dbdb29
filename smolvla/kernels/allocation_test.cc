// Once a shape has been seen, an operation takes no memory. Counted in the operator
// new of this test program, which oneDNN calls too: what it takes inside is told
// apart by the caller's address and printed.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <new>
#include <vector>

#include "smolvla/base/threads.h"
#include "smolvla/kernels/op_cases.h"

namespace {

std::atomic<bool> counting = false;
std::atomic<int> ours = 0, onednns = 0;

void Count(const void* caller) {
  if (!counting) return;
  Dl_info library = {};
  const bool inside = dladdr(caller, &library) && library.dli_fname &&
                      std::strstr(library.dli_fname, "libdnnl");
  ++(inside ? onednns : ours);
}

void* Allocate(size_t bytes, size_t alignment) {
  void* memory =
      std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

// Not inlined, or GCC would see free() meet new and call it a mistake.
[[gnu::noinline]] void* operator new(size_t bytes) {
  Count(__builtin_return_address(0));
  return Allocate(bytes, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new[](size_t bytes) {
  Count(__builtin_return_address(0));
  return Allocate(bytes, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(size_t bytes, std::align_val_t alignment) {
  Count(__builtin_return_address(0));
  return Allocate(bytes, static_cast<size_t>(alignment));
}
[[gnu::noinline]] void* operator new[](size_t bytes, std::align_val_t alignment) {
  Count(__builtin_return_address(0));
  return Allocate(bytes, static_cast<size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t,
                                       std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, size_t,
                                         std::align_val_t) noexcept {
  std::free(memory);
}

namespace svla {
namespace {

class AllocationTest : public ::testing::TestWithParam<std::string> {
 protected:
  ~AllocationTest() override {
    counting = false;
    SetThreadCount(threads_);
  }

  int threads_ = ThreadCount();
};

TEST_P(AllocationTest, ASecondCallTakesNoMemory) {
  const auto cpu = MakeCpuBackend();
  int most = 0;
  for (const OpCase& op : RealCases(GetParam())) {
    SCOPED_TRACE(op.name);
    for (const int threads : {1, 2}) {
      SetThreadCount(threads);
      Trial trial(*cpu, op);
      trial.Run();
      ours = onednns = 0;
      counting = true;
      trial.Run();
      counting = false;
      EXPECT_EQ(ours, 0) << threads << " threads";
      most = std::max(most, onednns.load());
    }
  }
  if (most) std::cout << "oneDNN takes memory up to " << most << " times a call\n";
}

INSTANTIATE_TEST_SUITE_P(Ops, AllocationTest, ::testing::ValuesIn(OpNames()),
                         [](const auto& param) { return param.param; });

TEST(AllocationCounterTest, SeesWhatIsTaken) {
  ours = 0;
  counting = true;
  const auto taken = std::make_unique<std::vector<int>>(100);
  counting = false;
  EXPECT_EQ(ours, 2);
}

}  // namespace
}  // namespace svla
