// How far long work has come, told to whoever waits for it.
#pragma once

#include <cstdint>
#include <functional>

namespace svla {

// Called with how much of the whole is done, 0 <= done <= whole, from the thread that
// works, as often as there is something to tell. May be empty.
using Progress = std::function<void(int64_t done, int64_t whole)>;

}  // namespace svla
