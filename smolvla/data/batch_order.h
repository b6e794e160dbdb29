// Which frames make which batch.
#pragma once

#include <cstdint>
#include <vector>

#include "smolvla/data/batch.h"
#include "smolvla/data/dataset.h"
#include "smolvla/data/sample_order.h"

namespace svla {

struct BatchOrderOptions {
  int64_t batch = 8;     // frames; the last of an epoch may have fewer
  uint64_t seed = 1000;  // LeRobot's own default
  bool shuffle = true;
  std::vector<int64_t> episodes;          // by index; empty: all
  int64_t drop_first = 0, drop_last = 0;  // frames of each episode never sampled
};

// A frame of an episode.
struct Sample {
  const Episode* episode = nullptr;
  int64_t frame = 0;  // 0 is the episode's first
};

// The samples of batch after batch, epoch after epoch. Quick where epochs are asked for
// one after another: the order of one is kept. One thread at a time.
class BatchOrder {
 public:
  // The dataset must outlive it. Throws Error if an episode is not there, if two of
  // them count the same frame as theirs, or if nothing remains.
  BatchOrder(const Dataset& dataset, const BatchOrderOptions& options);

  int64_t frames() const { return sampled_.count(); }  // of an epoch

  // Requires 0 <= taken < frames().
  std::vector<Sample> BatchAt(const LoaderPosition& position);

  // Where the batch after the one at `position` begins.
  LoaderPosition After(const LoaderPosition& position) const;

 private:
  int64_t Shuffled(int64_t epoch, int64_t at);
  Sample SampleAt(int64_t index) const;

  BatchOrderOptions options_;
  std::vector<const Episode*> episodes_;  // by first frame
  SampledEpisodes sampled_;
  int64_t epoch_ = -1;  // that order_ is of
  std::vector<int64_t> order_;
};

}  // namespace svla
