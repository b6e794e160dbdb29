#include "smolvla/base/can_be_seen.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "smolvla/base/error.h"

namespace svla {

void CheckCanBeSeen(const std::filesystem::path& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) == 0 || errno == ENOENT) return;
  const int code = errno;
  Fail(path.string(), ": cannot be read: ", std::strerror(code));
}

}  // namespace svla
