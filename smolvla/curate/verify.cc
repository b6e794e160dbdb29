#include "smolvla/curate/verify.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/curate/verify_checks.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

std::string TaskFile(const DatasetInfo& info) {
  return info.major == 3 ? "meta/tasks.parquet" : "meta/tasks.jsonl";
}

// What `read` returns, or nothing and a fault of the code.
template <class Read>
auto ReadOr(FaultLog& log, const std::string& code, const fs::path& folder,
            const std::string& file, const std::string& expected, const Read& read)
    -> decltype(read()) {
  try {
    return read();
  } catch (const Error& e) {
    log.Add(Unreadable(code, e, folder, file, expected));
    return {};
  }
}

// As many passes over the frames as there will be.
int64_t FramesToLookAt(const Dataset& dataset, const VerifyOptions& options) {
  int64_t passes = 1;
  if (options.decode_videos)
    passes += static_cast<int64_t>(dataset.info().Cameras().size());
  return passes * dataset.frames();
}

void CheckAll(Verifying& v) {
  CheckEpisodes(v);
  if (!v.log.Has("tasks-unreadable", "")) CheckTasks(v);
  CheckStrayFiles(v);
  CheckRows(v);
  CheckVideos(v);
  if (v.options.decode_videos)
    CheckPictures(v);
  else
    v.result.not_checked.push_back(
        "pictures: whether they can be decoded, are black, or stand still "
        "(--no-decode)");
  if (v.options.progress) v.options.progress(v.whole, v.whole);
}

}  // namespace

int64_t Verification::Count(Severity severity) const {
  return std::count_if(
      findings.begin(), findings.end(),
      [&](const DatasetFinding& finding) { return finding.severity == severity; });
}

bool Verification::Has(const std::string& code) const {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const DatasetFinding& f) { return f.code == code; });
}

std::string Reason(const std::exception& error, const fs::path& folder,
                   const fs::path& file) {
  const std::string text = error.what(), start = (folder / file).string();
  if (!text.starts_with(start)) return text;
  const size_t word = text.find_first_not_of(": ", start.size());
  return word == std::string::npos ? text : text.substr(word);
}

DatasetFault Unreadable(const std::string& code, const std::exception& error,
                        const fs::path& folder, const std::string& file,
                        const std::string& expected) {
  const std::string text = error.what(), start = (folder / "").string();
  const size_t end = text.find(": ", start.size());
  if (!text.starts_with(start) || end == std::string::npos)
    return {code, "", file, -1, expected, text};
  return {code, "",       text.substr(start.size(), end - start.size()),
          -1,   expected, text.substr(end + 2)};
}

Verification VerifyDataset(const fs::path& folder, const VerifyOptions& options) {
  Verification result;
  result.folder = folder;
  const DatasetInfo info = ReadDatasetInfo(folder);
  result.version = info.version;
  result.checked.push_back("meta/info.json");
  FaultLog log;
  const std::string list = info.major == 3 ? "meta/episodes" : "meta/episodes.jsonl";
  std::vector<Episode> episodes =
      ReadOr(log, "episodes-unreadable", folder, list, "the list of episodes",
             [&] { return ReadEpisodes(folder, info); });
  std::map<int64_t, std::string> tasks =
      ReadOr(log, "tasks-unreadable", folder, TaskFile(info), "the list of tasks",
             [&] { return ReadTasks(folder, info); });
  const Dataset dataset(folder, info, std::move(episodes), std::move(tasks));
  result.episodes = static_cast<int64_t>(dataset.episodes().size());
  result.frames = dataset.frames();
  if (log.Has("episodes-unreadable", "")) {
    result.not_checked.push_back("rows, videos, statistics: the episodes are unknown");
  } else {
    Verifying v{options, dataset, log, result, {}, {}};
    v.whole = FramesToLookAt(dataset, options);
    CheckAll(v);
  }
  result.findings = log.Findings(folder, result.episodes);
  return result;
}

}  // namespace svla
