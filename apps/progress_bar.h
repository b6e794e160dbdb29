// A progress bar on the terminal. Nothing is drawn where stderr is no terminal, so that
// logs and pipes stay clean.
#pragma once

#include <string>

#include "smolvla/base/progress.h"

namespace svla {

// Draws "verifying  [######------]  45 %  120/s  0:12 left" on stderr, a few times a
// second, and takes the line away when the work is done. Throws Interrupted
// (interruption.h).
Progress MakeProgressBar(const std::string& what, const std::string& unit);

}  // namespace svla
