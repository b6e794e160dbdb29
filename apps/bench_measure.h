// Measures chunks of a network, stage by stage, and the machine beside it.
#pragma once

#include <string>
#include <vector>

#include "apps/samples.h"
#include "smolvla/model/cost.h"

namespace svla {

// The chunk of so many Euler steps stands for the exact solution.
constexpr int64_t kConvergedSteps = 100;

struct BenchOptions {
  std::string checkpoint;  // or
  std::string random;      // base, libero
  std::string backend = "cpu";
  std::string dtype = "fp32";
  int64_t cameras = 2;
  int64_t words = 48;
  int64_t repeats = 5;
  std::vector<int64_t> steps = {10};  // several: they are compared
};

// Chunks of one number of steps.
struct StepsRun {
  int64_t steps = 0;
  ChunkCost cost;
  // Milliseconds.
  Samples total, vision, prefix, expert_step;
  // From the chunk of kConvergedSteps, with the same noise and observation, where
  // several numbers of steps are compared: the norm of the difference over the norm of
  // what that chunk adds to the noise, and the largest difference. Normalised units.
  double relative_l2 = 0;
  double max_abs = 0;

  double Gflops() const { return cost.Total() / Quantile(total, 0.5) / 1e6; }
};

// GFLOP/s of oneDNN alone, in the same run. 0 where the backend is not the cpu's.
struct OneDnnRates {
  double chunk = 0;            // over all the products of a chunk
  double best = 0;             // of the fastest of them
  std::string dtype = "fp32";  // the backend's, or fp32 where oneDNN lacks that here
};

struct BenchReport {
  BenchOptions options;
  std::vector<StepsRun> runs;  // as options.steps has them
  double startup_ms = 0;       // from the file or the random weights in memory to a
                               // network that is ready: mapped, checked, packed
  double first_ms = 0;         // the first chunk, which makes the primitives
  double peak_rss_mb = 0;      // of loading and chunks
  OneDnnRates onednn;          // for the chunk of the first number of steps
  double peak_gflops = 0;      // the best of any single product, oneDNN's or ours
  int threads = 0;
};

// Throws Error where the checkpoint cannot be read.
BenchReport RunBench(const BenchOptions& options);

}  // namespace svla
