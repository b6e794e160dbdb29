#include "smolvla/curate/commit_log.h"

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/curate/folder_lock.h"
#include "smolvla/data/info.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

fs::path LogFile(const fs::path& folder) {
  return CommitFolder(folder) / "commit.json";
}
fs::path NewFiles(const fs::path& folder) { return CommitFolder(folder) / "new"; }

// A log from outside may name any path.
void CheckWithin(const fs::path& file, const fs::path& log) {
  bool leaves = file.empty() || file.is_absolute();
  for (const fs::path& part : file) leaves = leaves || part == "..";
  if (leaves)
    Fail(log.string(), ": expected files inside the dataset's folder, found \"",
         file.string(), "\"");
}

// Those that are no longer among the new ones have been moved already.
void MoveAll(const fs::path& folder, const std::vector<fs::path>& files) {
  for (const fs::path& file : files) {
    const fs::path from = NewFiles(folder) / file, to = folder / file;
    std::error_code failed;
    const bool there = fs::exists(from, failed);
    if (!failed && !there) continue;
    if (!failed) fs::create_directories(to.parent_path(), failed);
    if (!failed) fs::rename(from, to, failed);
    if (failed) Fail(to.string(), ": cannot move it into place: ", failed.message());
  }
}

}  // namespace

fs::path CommitFolder(const fs::path& folder) { return folder / ".recording"; }

void FinishCommit(const fs::path& folder) {
  const fs::path log = LogFile(folder);
  std::error_code failed;
  if (!fs::exists(CommitFolder(folder), failed)) return;
  if (fs::exists(log, failed)) {
    std::vector<fs::path> files;
    for (const Json& file : ReadJson(log)) {
      if (!file.is_string()) Fail(log.string(), ": expected a list of files");
      files.emplace_back(file.get<std::string>());
      CheckWithin(files.back(), log);
    }
    MoveAll(folder, files);
  }
  fs::remove(log, failed);
  fs::remove_all(CommitFolder(folder), failed);
  if (failed)
    Fail(CommitFolder(folder).string(),
         ": cannot remove what an interrupted recording ", "left: ", failed.message());
}

fs::path RecoverRecording(fs::path folder) {
  std::error_code absent;
  // What was never committed can be left to the next recording.
  if (fs::exists(LogFile(folder), absent))
    if (const std::optional<FolderLock> lock = FolderLock::Try(folder))
      FinishCommit(folder);
  return folder;
}

fs::path CommitLog::NewFile(const fs::path& within) {
  files_.push_back(within);
  return WithFolder(NewFiles(folder_) / within);
}

fs::path CommitLog::new_files() const { return NewFiles(folder_); }

void CommitLog::Commit() {
  Json list = Json::array();
  for (const fs::path& file : files_) list.push_back(file.string());
  WriteAtomically(LogFile(folder_), Serialized(list));
  MoveAll(folder_, files_);
  std::error_code ignored;
  fs::remove(LogFile(folder_), ignored);
  files_.clear();
}

}  // namespace svla
