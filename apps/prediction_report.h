// A prediction for people, for programs and for files.
#pragma once

#include <initializer_list>
#include <string>

#include "apps/chunk_plot.h"
#include "smolvla/base/json.h"
#include "smolvla/policy/policy.h"

namespace svla {

struct PredictionReport {
  const std::string& checkpoint;
  const std::string& backend;
  const std::string& dtype;
  uint64_t seed;
  const Observation& seen;
  const Policy& policy;
  const Prediction& plan;
};

Json ToJson(const PredictionReport& report);

// `out` and `plot` name what was written, or are empty.
std::string ToText(const PredictionReport& report, const std::string& out,
                   const std::string& plot);

ChunkPlot PlotOf(const PredictionReport& report);

// What the user should know: of the checkpoint, of its statistics, of this observation.
std::vector<std::string> WarningsOf(const PredictionReport& report);

// Throws Error unless the path ends in one of them and its folder is there: before the
// work, not after it.
void CheckOutput(const std::string& path, std::initializer_list<const char*> suffixes);

// One row an action, in robot units, to a .csv with a header or a float32 .npy.
// Throws Error if it cannot be written.
void WriteChunk(const std::string& path, const ActionChunk& chunk);

}  // namespace svla
