#include "apps/interruption.h"

#include <array>
#include <atomic>
#include <csignal>

namespace svla {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

int nested = 0;
std::array<struct sigaction, kSignals.size()> before;
std::atomic<int> noted = 0;
static_assert(std::atomic<int>::is_always_lock_free);  // as handlers need it

void Note(int signal) { noted = signal; }

}  // namespace

NotedInterruptions::NotedInterruptions() {
  if (nested++ > 0) return;
  noted = 0;
  struct sigaction action = {};
  action.sa_handler = Note;
  // Reading and writing goes on; the second signal is not ours.
  action.sa_flags = SA_RESTART | SA_RESETHAND;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &before[i]);
    if (before[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

NotedInterruptions::~NotedInterruptions() {
  if (--nested > 0) return;
  for (size_t i = 0; i < kSignals.size(); ++i)
    ::sigaction(kSignals[i], &before[i], nullptr);
  noted = 0;
}

void ThrowIfInterrupted() {
  if (const int signal = noted) throw Interrupted{signal};
}

}  // namespace svla
