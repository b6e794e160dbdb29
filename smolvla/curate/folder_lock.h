// The right to change a dataset, held by one process at a time.
#pragma once

#include <filesystem>
#include <optional>

namespace svla {

// Held for as long as the object lives, and gone with the process however it ends.
class FolderLock {
 public:
  // None if another process holds it. Throws Error if the folder cannot be opened.
  static std::optional<FolderLock> Try(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace svla
