// Episodes as they are named on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace svla {

// "0,3:6,9" is 0, 3, 4, 5 and 9: ranges without their ends, as in Python. "6:" goes to
// the last of `known`, which are the numbers there are, ascending. Takes no longer than
// there are of them. Throws Error if the text is no such list, names one that there is
// not, one twice, or a range that holds none.
std::vector<int64_t> ParseEpisodeRanges(const std::string& text,
                                        const std::vector<int64_t>& known);

}  // namespace svla
