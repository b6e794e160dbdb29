#include "smolvla/curate/replaced_statistics.h"

#include <optional>

#include "smolvla/base/error.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json_lines.h"
#include "smolvla/curate/commit_log.h"
#include "smolvla/curate/folder_lock.h"
#include "smolvla/curate/v3_metadata.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// What cannot be read has nothing to keep: it is why statistics are written anew.
Json OldWhole(const Dataset& dataset) {
  try {
    return ReadJson(dataset.folder() / "meta" / "stats.json");
  } catch (const Error&) {
    return Json::object();
  }
}

std::map<int64_t, Json> OldEpisodes(const Dataset& dataset) {
  std::map<int64_t, Json> old;
  try {
    ReadJsonLines(
        dataset.folder() / "meta" / "episodes_stats.jsonl",
        [&](const Json& value, const std::string& name) {
          const JsonReader line(value, name);
          if (const Json* stats = line.Find("stats"))
            old[line.Integer("episode_index", -1, {0, int64_t{1} << 40})] = *stats;
        });
  } catch (const Error&) {
    old.clear();
  }
  return old;
}

Json WithOldCameras(const Dataset& dataset, const StatisticsByFeature& made,
                    const Json& old) {
  Json json = ToJson(made);
  for (const Feature* camera : dataset.info().Cameras())
    if (!made.contains(camera->key) && old.is_object() && old.contains(camera->key))
      json[camera->key] = old[camera->key];
  return json;
}

void Replace(const Dataset& dataset, const std::string& file, const std::string& text,
             CommitLog& log) {
  // What a second run would keep is the first one's.
  if (IsFile(dataset.folder() / file) && !IsFile(dataset.folder() / (file + ".old")))
    WriteAtomically(log.NewFile(file + ".old"), ReadText(dataset.folder() / file));
  WriteAtomically(log.NewFile(file), text);
}

}  // namespace

void ReplaceStatistics(const Dataset& dataset, const StatisticsByFeature& whole,
                       const std::map<int64_t, StatisticsByFeature>& episodes) {
  const std::optional<FolderLock> lock = FolderLock::Try(dataset.folder());
  if (!lock)
    Fail(dataset.folder().string(),
         ": another process is recording into it, or "
         "changes it; wait for it");
  FinishCommit(dataset.folder());
  CommitLog log(dataset.folder());
  Replace(dataset, "meta/stats.json",
          Indented(WithOldCameras(dataset, whole, OldWhole(dataset))), log);
  if (dataset.info().version == "v2.1") {
    const std::map<int64_t, Json> old = OldEpisodes(dataset);
    std::string lines;
    for (const auto& [index, made] : episodes) {
      const auto before = old.find(index);
      const Json kept = before == old.end() ? Json::object() : before->second;
      const Json line = {{"episode_index", index},
                         {"stats", WithOldCameras(dataset, made, kept)}};
      lines += Serialized(line) + "\n";
    }
    Replace(dataset, "meta/episodes_stats.jsonl", lines, log);
  }
  log.Commit();
  FinishCommit(dataset.folder());
}

}  // namespace svla
