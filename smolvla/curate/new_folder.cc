#include "smolvla/curate/new_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "smolvla/base/error.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel

fs::path WithoutSlash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

// Where `path` leads, whether or not there is something.
fs::path Resolved(const fs::path& path) {
  std::error_code failed;
  const auto canonical = [&](const fs::path& any) {
    return WithoutSlash(fs::weakly_canonical(WithoutSlash(any), failed));
  };
  fs::path whole = canonical(fs::absolute(path));
  // A link to nothing is still in it.
  for (int links = 0; !failed && fs::is_symlink(fs::symlink_status(whole, failed));
       ++links) {
    const fs::path target = fs::read_symlink(whole, failed);
    if (links == kMostLinks)
      failed = std::make_error_code(std::errc::too_many_symbolic_link_levels);
    else if (!failed)
      whole = canonical(whole.parent_path() / target);
  }
  // That there is nothing is not a failure.
  if (failed && failed != std::errc::no_such_file_or_directory &&
      failed != std::errc::not_a_directory)
    Fail(path.string(), ": cannot be reached: ", failed.message());
  return whole;
}

fs::path Beside(const fs::path& place, const std::string& end) {
  return place.parent_path() / (place.filename().string() + end);
}

void CheckIsFree(const fs::path& place) {
  std::error_code failed;
  const fs::file_status there = fs::status(place, failed);
  if (!fs::exists(there)) return;
  if (!fs::is_directory(there))
    Fail(place.string(), ": expected no file there, or an empty folder, found a file");
  if (!fs::is_empty(place, failed))
    Fail(place.string(), ": is there already; name a new folder, or remove it");
}

void Move(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) Fail(to.string(), ": cannot be made: ", failed.message());
}

}  // namespace

NewFolder::NewFolder(const fs::path& place) : NewFolder(place, false) {}

NewFolder NewFolder::Replacing(const fs::path& place) { return NewFolder(place, true); }

NewFolder::NewFolder(const fs::path& place, bool replaces) : place_(Resolved(place)) {
  std::error_code failed;
  if (replaces) {
    old_ = Beside(place_, "_old");
    if (fs::exists(fs::symlink_status(old_, failed)))
      Fail(old_.string(), ": expected no such folder, since what is replaced is kept ",
           "there; move it away or remove it");
  } else {
    CheckIsFree(place_);
  }
  fs::create_directories(place_.parent_path(), failed);
  if (failed) Fail(place_.parent_path().string(), ": cannot make: ", failed.message());
  // One that is there is of a process that was killed, or of another machine.
  const std::string process = std::to_string(static_cast<int>(::getpid()));
  for (int attempt = 0; path_.empty(); ++attempt) {
    const fs::path path =
        Beside(place_, ".unfinished-" + process + "-" + std::to_string(attempt));
    if (fs::create_directory(path, failed)) path_ = path;
    if (failed) Fail(path.string(), ": cannot make: ", failed.message());
  }
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

NewFolder::NewFolder(NewFolder&& other) noexcept
    : place_(std::move(other.place_)),
      path_(std::exchange(other.path_, {})),
      old_(std::move(other.old_)) {}

void NewFolder::Commit() {
  if (old_.empty())
    Move(path_, place_);  // in the place of an empty one, too
  else
    Replace();
  path_.clear();
}

void NewFolder::Replace() {
  // The new folder waits under the name that the old one will get. After a kill in
  // between nobody can take the old one for something unfinished and remove it.
  Move(path_, old_);
  if (::renameat2(AT_FDCWD, place_.c_str(), AT_FDCWD, old_.c_str(), RENAME_EXCHANGE) ==
      0)
    return;
  const int code = errno;
  Move(old_, path_);
  if (code != EINVAL && code != ENOSYS)
    Fail(place_.string(), ": cannot be replaced: ", std::strerror(code));
  ReplaceInTwoSteps();
}

void NewFolder::ReplaceInTwoSteps() {
  Move(place_, old_);
  try {
    Move(path_, place_);
  } catch (const Error& error) {
    std::error_code failed;
    fs::rename(old_, place_, failed);
    if (!failed) throw;
    const fs::path made = std::exchange(path_, {});
    Fail(error.what(), "; what it was is ", old_.string(), ", what it was to be is ",
         made.string());
  }
}

}  // namespace svla
