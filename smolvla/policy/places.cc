#include "smolvla/policy/places.h"

#include <algorithm>
#include <cstdlib>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

bool IsFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path HubCache() {
  if (const char* cache = std::getenv("HF_HUB_CACHE")) return cache;
  if (const char* home = std::getenv("HF_HOME")) return fs::path(home) / "hub";
  if (const char* home = std::getenv("HOME"))
    return fs::path(home) / ".cache/huggingface/hub";
  return {};
}

std::string TrimmedText(const fs::path& path) {
  std::string text = ReadText(path, 4096);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.pop_back();
  return text;
}

}  // namespace

bool IsRepoId(const std::string& name) {
  const auto slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size())
    return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) {
                       return std::isalnum(c) || c == '-' || c == '_' || c == '.' ||
                              c == '/';
                     }) &&
         name.find('/', slash + 1) == std::string::npos && name[0] != '.';
}

std::optional<fs::path> FindInHubCache(const fs::path& cache,
                                       const std::string& repo_id,
                                       const std::string& file, HubKind kind) {
  if (!IsRepoId(repo_id) || cache.empty()) return std::nullopt;
  const bool dataset = kind == HubKind::kDataset;
  std::string folder = (dataset ? "datasets--" : "models--") + repo_id;
  folder.replace(folder.find('/'), 1, "--");
  const fs::path repo = cache / folder;
  std::vector<std::string> revisions{"main"};
  if (dataset) revisions = {"v3.0", "main", "v2.1", "v2.0"};
  for (const std::string& revision : revisions) {
    const fs::path ref = repo / "refs" / revision;
    if (!IsFile(ref)) continue;
    const fs::path found = repo / "snapshots" / TrimmedText(ref) / file;
    if (IsFile(found)) return found;
  }
  return std::nullopt;
}

std::optional<fs::path> FindInHubCache(const std::string& repo_id,
                                       const std::string& file, HubKind kind) {
  return FindInHubCache(HubCache(), repo_id, file, kind);
}

fs::path FindCheckpoint(const std::string& checkpoint) {
  const fs::path given = checkpoint;
  for (const char* inside :
       {"", "pretrained_model", "checkpoints/last/pretrained_model"})
    if (const fs::path folder = *inside ? given / inside : given;
        IsFile(folder / "config.json"))
      return folder;
  if (const auto config = FindInHubCache(checkpoint, "config.json"))
    return config->parent_path();
  std::error_code ignored;
  if (!fs::exists(given, ignored))
    Fail(checkpoint, ": expected the folder of a checkpoint, found nothing there",
         IsRepoId(checkpoint) ? ", and no such repo in the local Hugging Face cache"
                              : "");
  Fail(checkpoint,
       ": expected config.json, pretrained_model/config.json or "
       "checkpoints/last/pretrained_model/config.json, found none of them");
}

std::optional<fs::path> Find(const Wanted& wanted, const fs::path& checkpoint) {
  if (!wanted.named.empty()) {
    const fs::path named = wanted.named;
    if (IsFile(named)) return named;
    if (IsFile(named / wanted.file)) return named / wanted.file;
    Fail(wanted.named, ": expected ", wanted.file, " or a folder that holds it (",
         wanted.option, ")");
  }
  for (const std::string& name : wanted.own_names)
    if (IsFile(checkpoint / name)) return checkpoint / name;
  for (const std::string& source : wanted.sources) {
    if (source.empty()) continue;
    if (IsFolder(source) && IsFile(fs::path(source) / wanted.file))
      return fs::path(source) / wanted.file;
    if (const auto cached = FindInHubCache(source, wanted.file)) return cached;
  }
  return std::nullopt;
}

std::string DescribePlaces(const Wanted& wanted, const fs::path& checkpoint) {
  std::string text = "no " + wanted.what + " found; looked for";
  for (const std::string& name : wanted.own_names)
    text += "\n  " + (checkpoint / name).string();
  for (const std::string& source : wanted.sources)
    if (!source.empty())
      text += "\n  " + wanted.file + " in \"" + source +
              "\" as a folder or in the local Hugging Face cache";
  return text + "\nname one with " + wanted.option + ", or copy it into the checkpoint";
}

}  // namespace svla
