// A checkpoint with all its files found, read and checked against one another:
// everything but the arithmetic.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "smolvla/model/sizes.h"
#include "smolvla/policy/processors.h"
#include "smolvla/policy/tokenizer.h"

namespace svla {

// What a user may name when the checkpoint's own files do not suffice.
struct CheckpointOptions {
  std::string tokenizer;     // tokenizer.json or its folder
  std::string vlm_config;    // the language model's config.json or its folder
  std::string stats_from;    // a checkpoint, or a dataset (FindDatasetStatistics)
  std::string stats_prefix;  // "so100", where statistics carry a dataset's name
  // Where statistics are missing, pass numbers through as they are, which is what
  // LeRobot does in silence.
  bool unnormalized = false;
};

// A normaliser and where its statistics came from.
struct FoundNormalizer {
  Normalizer normalizer;
  std::string source;  // empty: none needed, or passed through raw
  bool raw = false;    // passed through for want of statistics (--unnormalized)
};

struct Checkpoint {
  std::filesystem::path folder;
  SmolVlaConfig config;
  VlmConfig vlm;
  Processors processors;
  std::shared_ptr<const WeightFile> weights;
  NetworkSizes sizes;
  std::vector<std::string> warnings;
};

// Reads all but the tokenizer and the statistics. Throws Error, naming the file.
Checkpoint ReadCheckpoint(const std::string& checkpoint,
                          const CheckpointOptions& options);

// Throws Error that says where it was looked for, or that its ids do not fit the
// network's vocabulary.
Tokenizer ReadTokenizer(const Checkpoint& checkpoint, const CheckpointOptions& options,
                        std::filesystem::path* found = nullptr);

// The language model's facts: as named or found, else SmolVLM2-500M's where all tensors
// agree with them. Needs the configuration and the weights. Throws Error that says
// where they were looked for.
VlmConfig FindVlmConfig(const Checkpoint& checkpoint, const CheckpointOptions& options);

// The statistics of a feature, as they are kept, and where.
struct FoundStatistics {
  FeatureStatistics values;
  std::string source;
};

// Those of "observation.state" or "action" that the options choose, unchecked; nothing
// if there are none. Weights that are absent hold none. Throws Error if
// options.stats_from cannot be read.
std::optional<FoundStatistics> FindStatistics(const Checkpoint& checkpoint,
                                              const CheckpointOptions& options,
                                              const std::string& feature);

// The names under which the checkpoint keeps statistics of a feature for
// options.stats_prefix to choose from.
std::vector<std::string> StatisticsPrefixes(const Checkpoint& checkpoint,
                                            const std::string& feature);

// The normaliser of "observation.state" or "action". Throws Error, with the reason
// and the remedy, if the configuration asks for statistics and there are none,
// unless options.unnormalized.
FoundNormalizer FindNormalizer(const Checkpoint& checkpoint,
                               const CheckpointOptions& options,
                               const std::string& feature);

}  // namespace svla
