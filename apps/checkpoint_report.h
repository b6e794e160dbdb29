// What `smolvla info` knows of a checkpoint.
#pragma once

#include <string>
#include <vector>

#include "smolvla/base/json.h"
#include "smolvla/model/cost.h"
#include "smolvla/policy/checkpoint.h"

namespace svla {

// The statistics of one feature, or why there are none.
struct StatisticsReport {
  std::string feature;
  std::string mode;
  std::string source;   // empty: not found, or none needed
  std::string problem;  // empty: usable
};

struct CheckpointReport {
  Checkpoint checkpoint;
  std::string tokenizer;          // the file, or empty
  std::string tokenizer_problem;  // why it cannot be used, or empty
  std::vector<StatisticsReport> statistics;
  int64_t file_bytes = 0;
  std::vector<std::pair<std::string, int64_t>> dtypes;  // parameters by stored type
  ParameterCount parameters;
  ChunkCost cost;       // of a chunk with all cameras and a task of `words` tokens
  int64_t cameras = 0;  // counted in the cost
  int64_t words = 0;
};

// Throws Error only where the checkpoint cannot be read at all: statistics and a
// tokenizer that are missing are part of the report.
CheckpointReport Inspect(const std::string& checkpoint,
                         const CheckpointOptions& options);

Json ToJson(const CheckpointReport& report);
std::string ToText(const CheckpointReport& report);

}  // namespace svla
