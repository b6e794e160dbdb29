// FindDataset of dataset.h.
#include <cstdlib>

#include "smolvla/base/can_be_seen.h"
#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/data/dataset.h"
#include "smolvla/policy/places.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

bool IsDataset(const fs::path& folder) { return IsFile(folder / "meta" / "info.json"); }

// Where lerobot-record and LeRobotDataset keep datasets by their repo id.
fs::path LeRobotHome() {
  if (const char* home = std::getenv("HF_LEROBOT_HOME")) return home;
  if (const char* home = std::getenv("HF_HOME")) return fs::path(home) / "lerobot";
  if (const char* home = std::getenv("HOME"))
    return fs::path(home) / ".cache/huggingface/lerobot";
  return {};
}

fs::path Above(const fs::path& path) {
  if (path == ".") return "..";
  return path.has_parent_path() ? path.parent_path() : ".";
}

// A user may name meta/ or info.json itself.
fs::path FolderAround(const std::string& named) {
  const fs::path folder = Above(named);
  for (const fs::path& above : {folder, Above(folder)})
    if (IsDataset(above)) return above;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(named, ignored);
  if (is_folder) CheckCanBeSeen(fs::path(named) / "meta" / "info.json");
  Fail(named, ": expected the folder of a LeRobot dataset, found ",
       is_folder ? "no meta/info.json" : "a file");
}

}  // namespace

fs::path FindDataset(const std::string& named) {
  if (IsDataset(named)) return named;
  std::error_code ignored;
  if (fs::exists(named, ignored)) return FolderAround(named);
  if (!IsRepoId(named)) {
    CheckCanBeSeen(named);
    Fail(named, ": expected the folder of a LeRobot dataset, found nothing there");
  }
  const fs::path home = LeRobotHome();
  if (!home.empty() && IsDataset(home / named)) return home / named;
  if (const auto cached = FindInHubCache(named, "meta/info.json", HubKind::kDataset))
    return cached->parent_path().parent_path();
  // LeRobot's own cache of the hub.
  if (const auto cached =
          FindInHubCache(home / "hub", named, "meta/info.json", HubKind::kDataset))
    return cached->parent_path().parent_path();
  if (!home.empty()) CheckCanBeSeen(home / named / "meta" / "info.json");
  Fail(named,
       ": expected the folder of a LeRobot dataset or a repo id, found neither: "
       "nothing at that path, in ",
       home.string(), " or in the Hugging Face cache. Download it with: hf download ",
       named, " --repo-type dataset");
}

}  // namespace svla
