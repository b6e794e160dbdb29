// A folder that appears whole, or not at all.
#pragma once

#include <filesystem>

namespace svla {

// A dataset is written into path(), beside its place, and moved there in Commit().
// Without that it is removed.
class NewFolder {
 public:
  // Throws Error if `place` is there already (an empty folder does not count), or no
  // folder can be made beside it.
  explicit NewFolder(const std::filesystem::path& place);
  // Takes the place of the folder that is there, which Commit() keeps as `place`_old.
  // Throws Error if there is such a one already.
  static NewFolder Replacing(const std::filesystem::path& place);
  ~NewFolder();
  NewFolder(NewFolder&&) noexcept;

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& place() const { return place_; }

  // Throws Error if it cannot be moved; the new folder and the old are then as before.
  void Commit();

 private:
  NewFolder(const std::filesystem::path& place, bool replaces);

  std::filesystem::path place_, path_;  // the latter empty once committed
  std::filesystem::path old_;           // where the replaced one goes; empty if none
};

}  // namespace svla
