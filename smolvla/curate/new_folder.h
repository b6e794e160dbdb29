// A folder that appears whole, or not at all.
#pragma once

#include <filesystem>

namespace svla {

// A dataset is written into path(), beside its place, and moved there in Commit().
// Without that it is removed. Where `place` is a link, its target is meant, and the
// link stays.
class NewFolder {
 public:
  // Throws Error if `place` is there already (an empty folder does not count), or no
  // folder can be made beside it.
  explicit NewFolder(const std::filesystem::path& place);
  // Takes the place of the folder that is there, which Commit() keeps as old(), its
  // name with _old behind it. Throws Error if there is such a one already.
  static NewFolder Replacing(const std::filesystem::path& place);
  ~NewFolder();
  NewFolder(NewFolder&&) noexcept;

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& place() const { return place_; }  // links resolved
  const std::filesystem::path& old() const { return old_; }      // empty if none

  // What is replaced is exchanged with the new folder in one step, so that a process
  // that is killed leaves a whole dataset at `place`, the old one or the new. On file
  // systems that cannot exchange there is a moment between two steps at which there is
  // only old(). Throws Error if it cannot be moved; the new folder and the old are then
  // as before, or the message says where they are.
  void Commit();

 private:
  NewFolder(const std::filesystem::path& place, bool replaces);
  void Replace();
  void ReplaceInTwoSteps();

  std::filesystem::path place_, path_;  // the latter empty once committed
  std::filesystem::path old_;
};

}  // namespace svla
