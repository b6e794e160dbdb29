// How bad a thing is that was found in what a user has made.
#pragma once

namespace svla {

// An error: what is made with it will not run, or will be wrong. A warning: likely so.
enum class Severity { kError, kWarning };

}  // namespace svla
