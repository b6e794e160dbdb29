#include "smolvla/model/config.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

// Far beyond any robot, and small enough that no product of them overflows or
// asks for absurd memory.
constexpr int64_t kMostLayers = 1024;
constexpr int64_t kMostJoints = 4096;
constexpr int64_t kMostSteps = 10'000;
constexpr int64_t kMostTokens = 8192;
constexpr int64_t kMostPixels = 4096;
constexpr int64_t kMostCameras = 64;

// Read, but of no consequence here: where LeRobot trains, what it uploads.
constexpr const char* kIgnoredKeys[] = {"type",
                                        "n_obs_steps",
                                        "device",
                                        "use_amp",
                                        "use_peft",
                                        "push_to_hub",
                                        "repo_id",
                                        "private",
                                        "tags",
                                        "license",
                                        "compile_mode",
                                        "pretrained_path",
                                        "compile_model",
                                        "pretrained_revision",
                                        "use_delta_joint_actions_aloha"};

std::vector<int64_t> ParseShape(const Json& feature, const std::string& where) {
  std::vector<int64_t> shape;
  const auto found = feature.find("shape");
  if (found == feature.end() || !found->is_array() || found->size() > 8)
    Fail(where, ": expected \"shape\" as a list of sizes");
  for (const Json& size : *found) {
    if (!size.is_number_integer() || size.get<int64_t>() < 0 ||
        size.get<int64_t>() > 1'000'000)
      Fail(where, ": \"shape\": expected sizes from 0 to 1000000");
    shape.push_back(size.get<int64_t>());
  }
  return shape;
}

std::vector<PolicyFeature> ParseFeatures(const JsonReader& read, const std::string& key,
                                         const std::string& name) {
  std::vector<PolicyFeature> features;
  const Json* object = read.Find(key);
  if (!object) return features;
  if (!object->is_object()) read.FailAt(key, "an object of features");
  for (const auto& [feature_key, value] : object->items()) {
    const std::string where = name + ": " + key + ": " + feature_key;
    const JsonReader feature(value, where);
    features.push_back(
        {feature_key, feature.String("type", ""), ParseShape(value, where)});
  }
  return features;
}

// The reference adds the keys of its empty cameras, or overwrites them in place.
void AddEmptyCameras(SmolVlaConfig& c) {
  for (int64_t i = 0; i < c.empty_cameras; ++i) {
    const std::string key = "observation.images.empty_camera_" + std::to_string(i);
    const auto same = [&](const PolicyFeature& f) { return f.key == key; };
    const auto found =
        std::find_if(c.input_features.begin(), c.input_features.end(), same);
    if (found == c.input_features.end())
      c.input_features.push_back({key, "VISUAL", {3, 480, 640}});
    else
      found->type = "VISUAL";
  }
}

void ParseResize(const JsonReader& read, const Json& json, SmolVlaConfig& c) {
  constexpr const char* kKey = "resize_imgs_with_padding";
  const Json* size = read.Find(kKey);
  if (!size) {
    c.resize = !json.contains(kKey);  // null switches it off, absence does not
    return;
  }
  const auto good = [](const Json& v) {
    return v.is_number_integer() && v.get<int64_t>() >= 1 &&
           v.get<int64_t>() <= kMostPixels;
  };
  if (!size->is_array() || size->size() != 2 || !good((*size)[0]) || !good((*size)[1]))
    read.FailAt(kKey, "[width, height] from 1 to " + std::to_string(kMostPixels));
  c.image_width = (*size)[0].get<int64_t>();
  c.image_height = (*size)[1].get<int64_t>();
}

void ParseRtc(const JsonReader& read, const std::string& name, SmolVlaConfig& c) {
  const Json* object = read.Find("rtc_config");
  if (!object) return;
  const JsonReader rtc(*object, name + ": rtc_config");
  c.has_rtc = true;
  c.rtc.enabled = rtc.Bool("enabled", true);
  c.rtc.schedule = rtc.String("prefix_attention_schedule", "LINEAR");
  c.rtc.max_guidance_weight = rtc.Number("max_guidance_weight", 10.0, 1e-9, 1e9);
  c.rtc.execution_horizon = rtc.Integer("execution_horizon", 10, {0, kMostSteps});
  const std::string mode = rtc.String("mode", "guided");
  if (mode != "guided")
    rtc.FailAt("mode", "\"guided\" (SmolVLA has no other in the reference)");
  if (c.rtc.schedule != "ZEROS" && c.rtc.schedule != "ONES" &&
      c.rtc.schedule != "LINEAR" && c.rtc.schedule != "EXP")
    rtc.FailAt("prefix_attention_schedule", "ZEROS, ONES, LINEAR or EXP");
}

void ParseTraining(const JsonReader& read, SmolVlaConfig& c) {
  c.freeze_vision_encoder = read.Bool("freeze_vision_encoder", true);
  c.train_expert_only = read.Bool("train_expert_only", true);
  c.train_state_proj = read.Bool("train_state_proj", true);
  c.optimizer_lr = read.Number("optimizer_lr", 1e-4, 0, 1e6);
  if (const Json* betas = read.Find("optimizer_betas")) {
    if (!betas->is_array() || betas->size() != 2 || !(*betas)[0].is_number() ||
        !(*betas)[1].is_number())
      read.FailAt("optimizer_betas", "two numbers");
    c.optimizer_beta1 = (*betas)[0].get<double>();
    c.optimizer_beta2 = (*betas)[1].get<double>();
  }
  c.optimizer_eps = read.Number("optimizer_eps", 1e-8, 0, 1);
  c.optimizer_weight_decay = read.Number("optimizer_weight_decay", 1e-10, 0, 1e6);
  c.optimizer_grad_clip_norm = read.Number("optimizer_grad_clip_norm", 10, -1e9, 1e9);
  constexpr IntegerRange kSchedule = {0, int64_t{1} << 40};
  c.scheduler_warmup_steps = read.Integer("scheduler_warmup_steps", 1000, kSchedule);
  c.scheduler_decay_steps = read.Integer("scheduler_decay_steps", 30000, kSchedule);
  c.scheduler_decay_lr = read.Number("scheduler_decay_lr", 2.5e-6, 0, 1e6);
}

void ParseNetwork(const JsonReader& read, SmolVlaConfig& c) {
  c.vlm_model_name = read.String("vlm_model_name", c.vlm_model_name);
  c.load_vlm_weights = read.Bool("load_vlm_weights", false);
  c.attention_mode = read.String("attention_mode", "cross_attn");
  c.num_vlm_layers = read.Integer("num_vlm_layers", 16, {-kMostLayers, kMostLayers});
  c.num_expert_layers =
      read.Integer("num_expert_layers", -1, {-kMostLayers, kMostLayers});
  c.self_attn_every_n_layers =
      read.Integer("self_attn_every_n_layers", 2, {-kMostLayers, kMostLayers});
  c.expert_width_multiplier = read.Number("expert_width_multiplier", 0.75, 1e-3, 16);
}

void ParseChunk(const JsonReader& read, SmolVlaConfig& c) {
  c.chunk_size = read.Integer("chunk_size", 50, {1, kMostSteps});
  c.n_action_steps = read.Integer("n_action_steps", 50, {1, kMostSteps});
  c.num_steps = read.Integer("num_steps", 10, {1, kMostSteps});
  c.min_period = read.Number("min_period", 4e-3, 1e-9, 1e9);
  c.max_period = read.Number("max_period", 4.0, 1e-9, 1e9);
  c.max_state_dim = read.Integer("max_state_dim", 32, {1, kMostJoints});
  c.max_action_dim = read.Integer("max_action_dim", 32, {1, kMostJoints});
  if (c.n_action_steps > c.chunk_size)
    read.FailAt("n_action_steps",
                "at most chunk_size, " + std::to_string(c.chunk_size) + ",");
}

void ParseSentence(const JsonReader& read, SmolVlaConfig& c) {
  c.tokenizer_max_length = read.Integer("tokenizer_max_length", 48, {1, kMostTokens});
  c.pad_language_to = read.String("pad_language_to", "longest");
  c.prefix_length = read.Integer("prefix_length", -1, {-1'000'000, 1'000'000});
  c.add_image_special_tokens = read.Bool("add_image_special_tokens", false);
  if (c.pad_language_to != "longest" && c.pad_language_to != "max_length")
    read.FailAt("pad_language_to", "\"longest\" or \"max_length\"");
}

void ParseNormalization(const JsonReader& read, SmolVlaConfig& c) {
  const Json* mapping = read.Find("normalization_mapping");
  if (!mapping) return;
  if (!mapping->is_object()) read.FailAt("normalization_mapping", "an object");
  for (const auto& [type, mode] : mapping->items()) {
    if (!mode.is_string()) read.FailAt("normalization_mapping", "modes as strings");
    c.normalization_mapping[type] = mode.get<std::string>();
  }
}

int64_t OneDimension(const std::vector<PolicyFeature>& features,
                     const std::string& key) {
  for (const PolicyFeature& feature : features)
    if (feature.key == key) {
      if (feature.shape.size() != 1 || feature.shape[0] < 1)
        Fail("config.json: ", key, ": expected a shape of one size from 1");
      return feature.shape[0];
    }
  Fail("config.json: expected a feature ", key, ", found none");
}

void CheckDimension(const std::vector<PolicyFeature>& features, const std::string& key,
                    int64_t most, const std::string& name, const char* limit) {
  for (const PolicyFeature& feature : features)
    if (feature.key == key && feature.shape.size() == 1 && feature.shape[0] > most)
      Fail(name, ": ", key, " has ", feature.shape[0], " numbers, but ", limit, " is ",
           most);
}

}  // namespace

std::vector<std::string> SmolVlaConfig::Cameras() const {
  std::vector<std::string> cameras;
  for (const PolicyFeature& feature : input_features)
    if (feature.type == "VISUAL") cameras.push_back(feature.key);
  return cameras;
}

int64_t SmolVlaConfig::StateDim() const {
  return OneDimension(input_features, "observation.state");
}

int64_t SmolVlaConfig::ActionDim() const {
  return OneDimension(output_features, "action");
}

SmolVlaConfig ParseConfig(const Json& json, const std::string& name,
                          std::vector<std::string>& warnings) {
  const JsonReader read(json, name);
  const std::string type = read.String("type", "smolvla");
  if (type != "smolvla") read.FailAt("type", "\"smolvla\"");
  SmolVlaConfig c;
  c.input_features = ParseFeatures(read, "input_features", name);
  c.output_features = ParseFeatures(read, "output_features", name);
  c.empty_cameras = read.Integer("empty_cameras", 0, {0, kMostCameras});
  c.adapt_to_pi_aloha = read.Bool("adapt_to_pi_aloha", false);
  AddEmptyCameras(c);
  ParseNormalization(read, c);
  ParseResize(read, json, c);
  ParseChunk(read, c);
  ParseRtc(read, name, c);
  ParseSentence(read, c);
  ParseNetwork(read, c);
  ParseTraining(read, c);
  if (c.Cameras().size() > static_cast<size_t>(kMostCameras))
    Fail(name, ": expected at most ", kMostCameras, " cameras");
  CheckDimension(c.input_features, "observation.state", c.max_state_dim, name,
                 "max_state_dim");
  CheckDimension(c.output_features, "action", c.max_action_dim, name, "max_action_dim");
  if (!read.Bool("use_cache", true))
    warnings.push_back(name +
                       ": \"use_cache\": false is ignored: LeRobot cannot run it");
  if (read.Bool("use_delta_joint_actions_aloha", false))
    read.FailAt("use_delta_joint_actions_aloha",
                "false (LeRobot does not support true)");
  for (const char* key : kIgnoredKeys) read.Find(key);
  std::string unknown;
  for (const std::string& key : read.Unread())
    unknown += (unknown.empty() ? "" : ", ") + key;
  if (!unknown.empty())
    warnings.push_back(name + ": unknown keys are ignored: " + unknown);
  return c;
}

SmolVlaConfig ReadConfig(const std::filesystem::path& path,
                         std::vector<std::string>& warnings) {
  return ParseConfig(ReadJson(path), path.string(), warnings);
}

}  // namespace svla
