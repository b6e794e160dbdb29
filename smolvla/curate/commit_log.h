// Several files of a folder replaced as one: after a crash at any moment the folder
// holds all the old ones or, once the log is read again, all the new ones.
//
//   FinishCommit(folder);                        // what an earlier process left undone
//   CommitLog log(folder);
//   write log.NewFile("meta/info.json") and others
//   log.Commit();
#pragma once

#include <filesystem>
#include <vector>

namespace svla {

// Where files are written before they are moved to their places.
std::filesystem::path CommitFolder(const std::filesystem::path& folder);

// Completes a commit that was interrupted and removes what was never committed. Does
// nothing where no process has left anything. Throws Error, naming the file, if the
// files cannot be moved.
void FinishCommit(const std::filesystem::path& folder);

// The same for whoever only wants to read `folder`: nothing happens while another
// process records into it. Returns the folder.
std::filesystem::path RecoverRecording(std::filesystem::path folder);

class CommitLog {
 public:
  explicit CommitLog(const std::filesystem::path& folder) : folder_(folder) {}

  // Where to write the file that is to be at `within` the folder; its folder is made.
  std::filesystem::path NewFile(const std::filesystem::path& within);

  // Where the new files lie as if it were the folder itself.
  std::filesystem::path new_files() const;

  // Moves them to their places in the order of NewFile. From here on a crash no longer
  // matters. Throws Error.
  void Commit();

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> files_;  // within the folder
};

}  // namespace svla
