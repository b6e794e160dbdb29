#include <unistd.h>

#include <cstdlib>

#include "apps/commands.h"

namespace {

// OpenMP's threads wait for one another by spinning, for milliseconds by default;
// where another process holds a core, all of that is lost. The library reads how long
// to spin when it is loaded, so the program starts itself once more with a wait of some
// microseconds, unless the user chose one.
void StartWithShortWaits(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") || std::getenv("OMP_WAIT_POLICY")) return;
  ::setenv("GOMP_SPINCOUNT", "5000", /*overwrite=*/0);
  ::execv("/proc/self/exe", argv);  // returns only where it cannot; then as we are
}

}  // namespace

int main(int argc, char** argv) {
  StartWithShortWaits(argv);
  return svla::RunCommandLine(argc, argv);
}
