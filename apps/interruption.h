// Long work ended by a signal (Ctrl-C) at a moment at which it can take away what it
// has begun.
#pragma once

namespace svla {

// What leaves a command then: exit code 128 + signal, 130 of Ctrl-C.
struct Interrupted {
  int signal = 0;
};

// While one lives, SIGINT, SIGTERM and SIGHUP end nothing, but ThrowIfInterrupted()
// throws; a second signal of the same kind ends the process at once. Signals that are
// ignored stay so. May be nested: the outermost counts. Of the main thread.
class NotedInterruptions {
 public:
  NotedInterruptions();
  ~NotedInterruptions();
  NotedInterruptions(const NotedInterruptions&) = delete;
  NotedInterruptions& operator=(const NotedInterruptions&) = delete;
};

// Throws Interrupted if there was a signal. Every progress bar asks.
void ThrowIfInterrupted();

}  // namespace svla
