#include "smolvla/data/lfs_pointer.h"

#include <fstream>
#include <string>

#include "smolvla/base/error.h"

namespace svla {

void RefuseLfsPointer(const std::filesystem::path& path) {
  const std::string mark = "version https://git-lfs";
  std::string start(mark.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  if (file.read(start.data(), static_cast<std::streamsize>(start.size())) &&
      start == mark)
    Fail(path.string(),
         ": not fetched yet: it is a Git LFS pointer. Run `git lfs pull` in the clone");
}

}  // namespace svla
