#include "apps/progress_bar.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "apps/interruption.h"

namespace svla {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWidth = 30;
constexpr double kEverySeconds = 0.2;

double Seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

struct Bar {
  std::string what, unit;
  Clock::time_point start = Clock::now(), drawn = start;

  void Draw(int64_t done, int64_t whole) {
    const Clock::time_point now = Clock::now();
    if (done < whole && Seconds(drawn, now) < kEverySeconds) return;
    drawn = now;
    if (done >= whole) {
      std::fputs("\r\033[K", stderr);
      return;
    }
    const double part = static_cast<double>(done) / static_cast<double>(whole);
    const double rate = static_cast<double>(done) / Seconds(start, now);
    const auto left =
        static_cast<int64_t>(rate > 0 ? static_cast<double>(whole - done) / rate : 0);
    const auto filled = static_cast<size_t>(part * kWidth);
    const std::string bar =
        std::string(filled, '#') + std::string(kWidth - filled, '-');
    std::fprintf(stderr, "\r\033[K%s  [%s]  %2.0f %%  %.0f %s/s  %d:%02d left",
                 what.c_str(), bar.c_str(), 100 * part, rate, unit.c_str(),
                 static_cast<int>(left / 60), static_cast<int>(left % 60));
  }
};

}  // namespace

Progress MakeProgressBar(const std::string& what, const std::string& unit) {
  const auto bar = ::isatty(STDERR_FILENO) ? std::make_shared<Bar>(Bar{what, unit})
                                           : std::shared_ptr<Bar>();
  return [bar](int64_t done, int64_t whole) {
    ThrowIfInterrupted();
    if (bar) bar->Draw(done, whole);
  };
}

}  // namespace svla
