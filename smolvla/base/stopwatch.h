// How long things take, in milliseconds.
#pragma once

#include <chrono>

namespace svla {

class Stopwatch {
 public:
  double Elapsed() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - start_).count();
  }

  // What has elapsed, and begins anew.
  double Lap() {
    const double elapsed = Elapsed();
    start_ = Clock::now();
    return elapsed;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace svla
