// Measures chunks of a network, stage by stage, and the machine beside it.
#pragma once

#include <string>
#include <vector>

#include "smolvla/base/json.h"
#include "smolvla/model/cost.h"

namespace svla {

struct BenchOptions {
  std::string checkpoint;  // or
  std::string random;      // base, libero
  std::string backend = "cpu";
  std::string dtype = "fp32";
  int64_t cameras = 2;
  int64_t words = 48;
  int64_t repeats = 5;
  int64_t steps = 10;
};

// Milliseconds of every repeat.
using Samples = std::vector<double>;

struct BenchReport {
  BenchOptions options;
  Samples total, vision, prefix, expert_step;
  double startup_ms = 0;   // from the file or the random weights in memory to a
                           // network that is ready: mapped, checked, packed
  double first_ms = 0;     // the first chunk, which makes the primitives
  double peak_gflops = 0;  // of oneDNN on one large product, in the same run
  double peak_rss_mb = 0;
  int threads = 0;
  ChunkCost cost;
};

// Throws Error where the checkpoint cannot be read.
BenchReport RunBench(const BenchOptions& options);

// The q-th quantile, 0.5 for the median. Requires at least one sample.
double Quantile(Samples samples, double q);

Json ToJson(const BenchReport& report);
std::string ToText(const BenchReport& report);

}  // namespace svla
