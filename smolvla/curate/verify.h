// Looks for what is wrong with a dataset: files, numbers, pictures, statistics.
//
//   const Verification result = VerifyDataset(folder, {});
//   for (const DatasetFinding& finding : result.findings) ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "smolvla/base/progress.h"
#include "smolvla/curate/finding.h"

namespace svla {

struct VerifyOptions {
  bool decode_videos = true;  // false: their packets are counted, no picture is seen
  int decoder_threads = 1;
  Progress progress;  // in frames
};

struct Verification {
  std::filesystem::path folder;
  std::string version;                   // "v2.1"
  std::vector<DatasetFinding> findings;  // errors first
  std::vector<std::string> checked;      // subjects that were looked at
  std::vector<std::string> not_checked;  // and those that could not be, with the reason
  int64_t episodes = 0, frames = 0;      // as the metadata say

  int64_t Count(Severity severity) const;
  bool Has(const std::string& code) const;  // a finding of it
};

// Throws Error only if the folder is no dataset at all (no readable meta/info.json);
// everything else that a dataset can be is a finding. Holds the rows and a picture of
// one episode at a time; beside them memory grows only as the metadata do.
Verification VerifyDataset(const std::filesystem::path& folder,
                           const VerifyOptions& options);

}  // namespace svla
