// Files that a clone without Git LFS has in place of a dataset's.
#pragma once

#include <filesystem>

namespace svla {

// Throws Error, naming the file and what fetches it, if it is a Git LFS pointer: three
// lines that say where the file is.
void RefuseLfsPointer(const std::filesystem::path& path);

}  // namespace svla
