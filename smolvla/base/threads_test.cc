#include "smolvla/base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace svla {
namespace {

// Sets the number of threads for one test.
class ThreadsTest : public ::testing::Test {
 protected:
  ~ThreadsTest() override { SetThreadCount(before_); }

 private:
  int before_ = ThreadCount();
};

TEST_F(ThreadsTest, ParallelForCoversEachIndexOnce) {
  for (const int threads : {1, 2, 3, 5})
    for (const int64_t count : {1, 2, 3, 5, 7, 16, 50, 177, 1001})
      for (const int64_t grain : {0, 1, 2, 24, 1000}) {
        SetThreadCount(threads);
        std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
        ParallelFor(count, grain, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
        });
        for (const auto& times : visits)
          ASSERT_EQ(times, 1) << count << " " << grain << " " << threads;
      }
}

TEST_F(ThreadsTest, EachTaskIsDoneOnceByAWorkerThatIsFree) {
  for (const int threads : {1, 2, 3, 5})
    for (const int64_t count : {0, 1, 2, 3, 7, 50, 1001}) {
      SetThreadCount(threads);
      std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
      std::vector<std::atomic<int>> busy(static_cast<size_t>(threads));
      ParallelTasks(count, [&](int64_t task, int worker) {
        ASSERT_EQ(++busy.at(static_cast<size_t>(worker)), 1);
        ++visits[static_cast<size_t>(task)];
        --busy[static_cast<size_t>(worker)];
      });
      for (const auto& times : visits) ASSERT_EQ(times, 1) << count << " " << threads;
    }
}

TEST_F(ThreadsTest, NoCountIsNoCall) {
  const auto refuse = [](int64_t, int64_t) { ADD_FAILURE(); };
  ParallelFor(0, 1, refuse);
  ParallelFor(-1, 1, refuse);
}

TEST_F(ThreadsTest, NoThreadGetsLessThanTheGrain) {
  SetThreadCount(4);
  std::atomic<int> calls = 0;
  ParallelFor(100, 40, [&](int64_t begin, int64_t end) {
    EXPECT_GE(end - begin, 40);
    ++calls;
  });
  EXPECT_EQ(calls, 2);
}

TEST_F(ThreadsTest, TheCountSetIsTheCountTold) {
  SetThreadCount(3);
  EXPECT_EQ(ThreadCount(), 3);
}

TEST(ThreadsDeathTest, NoThreadAtAllIsRefused) {
  EXPECT_DEATH(SetThreadCount(0), "count >= 1");
}

}  // namespace
}  // namespace svla
