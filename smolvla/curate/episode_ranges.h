// Episodes as they are named on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace svla {

// "0,3:6,9" is 0, 3, 4, 5 and 9: ranges without their ends, as in Python. "6:" goes to
// the last of `known`, which are the numbers there are, ascending. Throws Error if the
// text is no such list, or names one that there is not, or one twice.
std::vector<int64_t> ParseEpisodeRanges(const std::string& text,
                                        const std::vector<int64_t>& known);

}  // namespace svla
