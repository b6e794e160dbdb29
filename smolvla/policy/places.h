// Where the files of a checkpoint are looked for. A checkpoint that moved to
// another machine names folders and hub ids that mean nothing there, so each file
// has a list of places, and an error names them all. Nothing is ever downloaded.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace svla {

// The folder that holds config.json: `checkpoint` itself, its pretrained_model/,
// its checkpoints/last/pretrained_model/ (a training run), or, where it is a repo
// id ("lerobot/smolvla_base"), the local Hugging Face cache. Throws Error.
std::filesystem::path FindCheckpoint(const std::string& checkpoint);

// True of "owner/name", which may be a repo of the hub.
bool IsRepoId(const std::string& name);

enum class HubKind { kModel, kDataset };

// A file of a hub repo in the local cache ($HF_HUB_CACHE, $HF_HOME/hub,
// ~/.cache/huggingface/hub), of the revision that `main` points to. Of a dataset the
// tags by which LeRobot asks for its format come before it.
std::optional<std::filesystem::path> FindInHubCache(const std::string& repo_id,
                                                    const std::string& file,
                                                    HubKind kind = HubKind::kModel);
// The same in another cache.
std::optional<std::filesystem::path> FindInHubCache(const std::filesystem::path& cache,
                                                    const std::string& repo_id,
                                                    const std::string& file,
                                                    HubKind kind);

// The first place that exists, in order: `named` (a file, or a folder that holds
// it; must exist when given), the checkpoint's folder under each of `own_names`,
// and `file` in each of `sources` (a folder or a repo id).
struct Wanted {
  std::string what;    // for messages: "tokenizer"
  std::string file;    // "tokenizer.json"
  std::string named;   // what the caller named, or empty
  std::string option;  // how a user names one: "--tokenizer FILE"
  std::vector<std::string> own_names;
  std::vector<std::string> sources;
};
std::optional<std::filesystem::path> Find(const Wanted& wanted,
                                          const std::filesystem::path& checkpoint);

// For the error when Find came back with nothing.
std::string DescribePlaces(const Wanted& wanted,
                           const std::filesystem::path& checkpoint);

}  // namespace svla
