// A checkpoint read piece by piece: what cannot be read becomes a finding, and the
// rest is there to be looked at.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "smolvla/doctor/dataset_facts.h"
#include "smolvla/doctor/finding.h"
#include "smolvla/policy/checkpoint.h"

namespace svla {

struct Patient {
  std::string name;  // as the user gave it
  CheckpointOptions options;
  Checkpoint parts;  // weights are null where they could not be read
  bool found = false;
  bool has_config = false;
  bool has_processors = false;
  bool has_sizes = false;
  std::optional<int64_t> state_dim, action_dim;
  std::optional<Tokenizer> tokenizer;
  std::filesystem::path tokenizer_file;
  // Filled by CheckStatistics; empty where there are none.
  std::optional<FoundStatistics> state, action;
};

// A picture that the user named. It is read by CheckPictures.
struct GivenPicture {
  std::string key;  // as in Observation::images
  std::filesystem::path file;
};

// What the user can show beside the checkpoint.
struct Given {
  std::vector<GivenPicture> pictures;
  std::optional<std::vector<float>> state;  // robot units
  std::optional<std::string> task;
  std::string dataset;         // its folder, or empty
  std::optional<double> fps;   // of the control loop
  bool measure = false;        // run the policy even without pictures and a state
  std::string dtype = "fp32";  // of the weights when it runs (PolicyOptions)
};

}  // namespace svla
