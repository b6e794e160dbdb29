#include "smolvla/curate/new_folder.h"

#include <unistd.h>

#include <utility>

#include "smolvla/base/error.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

fs::path Clean(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

fs::path Beside(const fs::path& place, const std::string& end) {
  return place.parent_path() / (place.filename().string() + end);
}

void Move(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::rename(from, to, failed);
  if (failed) Fail(to.string(), ": cannot be made: ", failed.message());
}

}  // namespace

NewFolder::NewFolder(const fs::path& place) : NewFolder(Clean(place), false) {}

NewFolder NewFolder::Replacing(const fs::path& place) {
  return NewFolder(Clean(place), true);
}

NewFolder::NewFolder(const fs::path& place, bool replaces) : place_(place) {
  std::error_code failed;
  if (replaces) {
    old_ = Beside(place_, "_old");
    if (fs::exists(old_, failed))
      Fail(old_.string(), ": expected no such folder, since what is replaced is kept ",
           "there; move it away or remove it");
  } else if (fs::exists(place_, failed) && !fs::is_empty(place_, failed)) {
    Fail(place_.string(), ": is there already; name a new folder, or remove it");
  }
  fs::create_directories(place_.parent_path(), failed);
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
  std::error_code ignored;
  if (old_.empty()) {
    fs::remove(place_, ignored);  // an empty one
    Move(path_, place_);
  } else {
    Move(place_, old_);
    try {
      Move(path_, place_);
    } catch (const Error&) {
      fs::rename(old_, place_, ignored);
      throw;
    }
  }
  path_.clear();
}

}  // namespace svla
