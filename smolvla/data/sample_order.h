// The order in which the frames of a dataset are trained on, that of LeRobot 0.6.1
// (lerobot/datasets/sampler.py) to the last frame.
//
//   const SampledEpisodes frames(episodes, /*drop_first=*/0, /*drop_last=*/0);
//   for (const int64_t position : SampleOrder(seed, epoch, frames.count()))
//     train on frames.FrameAt(position);
//
// The order is a function of seed, epoch and number of frames and of nothing else: to
// go on where a run has stopped, keep the epoch and how many of it have been taken.
#pragma once

#include <cstdint>
#include <vector>

namespace svla {

// 0, 1, ..., count - 1, shuffled as torch.randperm does on the CPU with a generator of
// EpochSeed. Throws Error if count is negative or more than memory could hold.
std::vector<int64_t> SampleOrder(uint64_t seed, uint64_t epoch, int64_t count);

// numpy.random.SeedSequence([seed, epoch]).generate_state(1, numpy.uint64)[0]
uint64_t EpochSeed(uint64_t seed, uint64_t epoch);

// Frames [from, to) of the dataset.
struct FrameRange {
  int64_t from = 0, to = 0;
};

// The frames of the episodes one after another, without the first and the last few of
// each. Episodes that have no more than those are left out.
class SampledEpisodes {
 public:
  // Throws Error if a number is negative, or nothing remains.
  SampledEpisodes(const std::vector<FrameRange>& episodes, int64_t drop_first,
                  int64_t drop_last);

  int64_t count() const { return ends_.back(); }
  int64_t episodes() const { return static_cast<int64_t>(ends_.size()); }

  // The frame of the dataset at a position. Requires 0 <= position < count().
  int64_t FrameAt(int64_t position) const;

 private:
  std::vector<int64_t> starts_;  // frames
  std::vector<int64_t> ends_;    // positions
};

}  // namespace svla
