// policy_preprocessor.json and policy_postprocessor.json: the pipeline that
// LeRobot runs around the network, as far as it changes numbers.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "smolvla/model/config.h"
#include "smolvla/policy/normalizer.h"

namespace svla {

struct Processors {
  std::map<std::string, std::string> rename;  // camera and state names, from → to
  int64_t max_tokens = 48;
  std::string tokenizer_name;  // empty if the files do not say
  double state_eps = 1e-8;
  double action_eps = 1e-8;
  NormalizationMode state_mode = NormalizationMode::kMeanStd;
  NormalizationMode action_mode = NormalizationMode::kMeanStd;
  Statistics state;   // of the normalizer
  Statistics action;  // of the unnormalizer
};

// Reads both files and the state files they name, from the checkpoint's folder.
// Where they are absent (checkpoints older than the processors) what config.json
// says holds. Throws Error for a pipeline with steps that would change numbers in
// ways we do not know, and for VISUAL modes other than IDENTITY.
Processors ReadProcessors(const std::filesystem::path& folder,
                          const SmolVlaConfig& config);

}  // namespace svla
