// What a SmolVLA checkpoint does not say and its language model's config.json
// does: how many heads share a projection, and the epsilons of the norms.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "smolvla/base/json.h"

namespace svla {

// Sizes the tensors of a checkpoint tell too are here to be compared with them.
struct VlmConfig {
  std::string source;  // where it was found, for messages

  // text_config
  int64_t text_width = 960;
  int64_t text_layers = 32;
  int64_t heads = 15;
  int64_t kv_heads = 5;
  int64_t head_dim = 64;
  double rms_norm_eps = 1e-5;

  // vision_config
  int64_t vision_width = 768;
  int64_t vision_heads = 12;
  int64_t image_size = 512;
  int64_t patch_size = 16;
  double layer_norm_eps = 1e-6;

  // The connector.
  int64_t pixel_shuffle = 4;
};

// The facts of SmolVLM2-500M, which nearly every checkpoint is made from.
VlmConfig SmolVlm2Config();

// A config.json of the family. Keys left out take the defaults that transformers
// gives them. Throws Error for values no network can have and for variants that
// are not this network (other activations, biases, position embeddings).
VlmConfig ParseVlmConfig(const Json& json, const std::string& name);
VlmConfig ReadVlmConfig(const std::filesystem::path& path);

}  // namespace svla
