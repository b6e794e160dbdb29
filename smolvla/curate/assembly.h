// A new v3.0 dataset out of episodes of others: what converting, merging, splitting,
// deleting and renaming have in common.
//
//   Assembly plan;
//   for (const Episode& episode : dataset.episodes())
//   plan.episodes.push_back({&dataset, &episode}); Assemble(plan, folder, {});
//
// Numbers and encoded pictures are copied; episodes, frames and tasks are counted anew;
// the statistics of numbers are computed anew. Memory does not grow with the datasets.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "smolvla/base/progress.h"
#include "smolvla/curate/v3_layout.h"
#include "smolvla/data/dataset.h"

namespace svla {

struct Assembly {
  struct Part {
    const Dataset* dataset = nullptr;
    const Episode* episode = nullptr;
  };
  std::vector<Part> episodes;  // in the new order; the datasets must outlive it

  std::map<std::string, std::string> renames;  // features, from and to
  std::set<std::string> drops;                 // features left out
  FileLimits limits;

  // Statistics of pictures are those that the episodes already have, if all have them;
  // true: computed from the pictures.
  bool pictures_anew = false;
  // true: the timestamps are frame_index / fps whatever the rows say, and an episode's
  // pictures are the frames of its video from the one nearest to its place there.
  bool timestamps_anew = false;
};

// The datasets that the episodes are of, each once, in the order of the episodes.
std::vector<const Dataset*> DatasetsOf(const Assembly& plan);

struct AssemblyOptions {
  int decoder_threads = 1;
  Progress progress;  // in frames
};

// Writes into `folder`, which must be empty or not exist. Throws Error, naming file and
// feature, if a part cannot be read, or the datasets differ in frame rate, robot or
// features; the folder then holds a part of a dataset.
void Assemble(const Assembly& plan, const std::filesystem::path& folder,
              const AssemblyOptions& options);

// The episodes whose files are all there, videos of dropped features excepted, and the
// others.
struct Completeness {
  std::vector<const Episode*> complete;
  std::vector<const Episode*> incomplete;
  std::vector<std::filesystem::path> missing;  // files within the folder, each once
};
Completeness FindComplete(const Dataset& dataset, const std::set<std::string>& drops);

}  // namespace svla
