// config.json of a SmolVLA checkpoint as LeRobot writes it. Names, defaults and
// meaning are LeRobot's (policies/smolvla/configuration_smolvla.py); missing keys
// take the defaults, so that configurations of any version can be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "smolvla/base/json.h"

namespace svla {

// One entry of input_features or output_features.
struct PolicyFeature {
  std::string key;   // "observation.images.top"
  std::string type;  // VISUAL, STATE, ACTION, ENV, ...
  std::vector<int64_t> shape;
};

// Real-time chunking, the object rtc_config.
struct RtcConfig {
  bool enabled = true;
  std::string schedule = "LINEAR";  // ZEROS, ONES, LINEAR or EXP
  double max_guidance_weight = 10.0;
  int64_t execution_horizon = 10;
};

struct SmolVlaConfig {
  // What goes in and out. Cameras in model order: the order of config.json, then
  // the empty ones that the reference adds.
  std::vector<PolicyFeature> input_features;
  std::vector<PolicyFeature> output_features;
  std::map<std::string, std::string> normalization_mapping = {
      {"VISUAL", "IDENTITY"}, {"STATE", "MEAN_STD"}, {"ACTION", "MEAN_STD"}};
  int64_t empty_cameras = 0;
  bool resize = true;  // false where resize_imgs_with_padding is null
  int64_t image_width = 512;
  int64_t image_height = 512;
  int64_t max_state_dim = 32;
  int64_t max_action_dim = 32;
  bool adapt_to_pi_aloha = false;

  // The chunk.
  int64_t chunk_size = 50;
  int64_t n_action_steps = 50;
  int64_t num_steps = 10;
  double min_period = 4e-3;
  double max_period = 4.0;
  bool has_rtc = false;  // rtc_config is an object, not null
  RtcConfig rtc;

  // The sentence.
  int64_t tokenizer_max_length = 48;
  std::string pad_language_to = "longest";  // or max_length
  int64_t prefix_length = -1;
  bool add_image_special_tokens = false;

  // The network.
  std::string vlm_model_name = "HuggingFaceTB/SmolVLM2-500M-Video-Instruct";
  bool load_vlm_weights = false;
  std::string attention_mode = "cross_attn";
  int64_t num_vlm_layers = 16;
  int64_t num_expert_layers = -1;
  int64_t self_attn_every_n_layers = 2;
  double expert_width_multiplier = 0.75;

  // Of interest to training only.
  bool freeze_vision_encoder = true;
  bool train_expert_only = true;
  bool train_state_proj = true;
  double optimizer_lr = 1e-4;
  double optimizer_beta1 = 0.9;
  double optimizer_beta2 = 0.95;
  double optimizer_eps = 1e-8;
  double optimizer_weight_decay = 1e-10;
  double optimizer_grad_clip_norm = 10;
  int64_t scheduler_warmup_steps = 1000;
  int64_t scheduler_decay_steps = 30000;
  double scheduler_decay_lr = 2.5e-6;

  // The keys of the VISUAL input features, in model order.
  std::vector<std::string> Cameras() const;

  // Length of observation.state and of action. Throws Error where the
  // configuration has no such feature.
  int64_t StateDim() const;
  int64_t ActionDim() const;
};

// Parses and validates. Throws Error for a value that no network can have or that
// the reference itself refuses. What is harmless but worth a word, such as keys
// nobody knows, is added to `warnings`, one line each.
SmolVlaConfig ParseConfig(const Json& json, const std::string& name,
                          std::vector<std::string>& warnings);
SmolVlaConfig ReadConfig(const std::filesystem::path& path,
                         std::vector<std::string>& warnings);

}  // namespace svla
