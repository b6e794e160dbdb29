// Whether what is not found is missing, or only out of reach.
#pragma once

#include <filesystem>

namespace svla {

// Throws Error, naming `path` and the reason, if it cannot be told whether there is
// something: without the permission, through a file, in a circle of links. What IsFile
// does not find is missing for no other reason after that.
void CheckCanBeSeen(const std::filesystem::path& path);

}  // namespace svla
