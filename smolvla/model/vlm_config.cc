#include "smolvla/model/vlm_config.h"

#include "smolvla/base/error.h"

namespace svla {
namespace {

constexpr IntegerRange kWidth = {1, 1 << 20};
constexpr IntegerRange kHeads = {1, 4096};
constexpr IntegerRange kLayers = {1, 4096};

const Json& Section(const JsonReader& read, const std::string& key) {
  static const Json empty = Json::object();
  const Json* section = read.Find(key);
  if (section && !section->is_object()) read.FailAt(key, "an object");
  return section ? *section : empty;
}

void Require(const JsonReader& read, const std::string& key,
             const std::string& expected) {
  if (read.String(key, expected) != expected)
    read.FailAt(key, "\"" + expected + "\", the only one this network has");
}

// The defaults below are those of transformers' LlamaConfig and
// SmolVLMVisionConfig, which apply when config.json leaves a key out.
void ParseText(const JsonReader& read, VlmConfig& c) {
  c.text_width = read.Integer("hidden_size", 4096, kWidth);
  c.text_layers = read.Integer("num_hidden_layers", 32, kLayers);
  c.heads = read.Integer("num_attention_heads", 32, kHeads);
  c.kv_heads = read.Integer("num_key_value_heads", c.heads, kHeads);
  c.head_dim = read.Integer("head_dim", c.text_width / c.heads, {2, 4096});
  c.rms_norm_eps = read.Number("rms_norm_eps", 1e-6, 0, 1);
  Require(read, "hidden_act", "silu");
  for (const char* key : {"attention_bias", "mlp_bias", "qk_layer_norms"})
    if (read.Bool(key, false)) read.FailAt(key, "false");
  if (c.heads % c.kv_heads != 0)
    read.FailAt("num_key_value_heads",
                "a divisor of num_attention_heads, " + std::to_string(c.heads) + ",");
  // The default is 0 where there are more heads than width.
  if (c.head_dim < 2 || c.head_dim % 2 != 0) read.FailAt("head_dim", "an even number");
}

void ParseVision(const JsonReader& read, VlmConfig& c) {
  c.vision_width = read.Integer("hidden_size", 1152, kWidth);
  c.vision_heads = read.Integer("num_attention_heads", 16, kHeads);
  c.image_size = read.Integer("image_size", 224, {1, 16384});
  c.patch_size = read.Integer("patch_size", 32, {1, 1024});
  c.layer_norm_eps = read.Number("layer_norm_eps", 1e-6, 0, 1);
  Require(read, "hidden_act", "gelu_pytorch_tanh");
  if (read.Integer("num_channels", 3, {1, 64}) != 3) read.FailAt("num_channels", "3");
  if (c.vision_width % c.vision_heads != 0)
    read.FailAt("num_attention_heads",
                "a divisor of hidden_size, " + std::to_string(c.vision_width) + ",");
  if (c.image_size < c.patch_size)
    read.FailAt("image_size",
                "at least patch_size, " + std::to_string(c.patch_size) + ",");
}

}  // namespace

VlmConfig SmolVlm2Config() {
  VlmConfig c;
  c.source = "the built-in facts of SmolVLM2-500M";
  return c;
}

VlmConfig ParseVlmConfig(const Json& json, const std::string& name) {
  const JsonReader read(json, name);
  if (!read.Find("text_config") || !read.Find("vision_config"))
    Fail(name,
         ": expected the config.json of the vision-language model, with text_config "
         "and vision_config");
  VlmConfig c;
  c.source = name;
  ParseText(JsonReader(Section(read, "text_config"), name + ": text_config"), c);
  ParseVision(JsonReader(Section(read, "vision_config"), name + ": vision_config"), c);
  c.pixel_shuffle = read.Integer("scale_factor", 2, {1, 64});
  return c;
}

VlmConfig ReadVlmConfig(const std::filesystem::path& path) {
  return ParseVlmConfig(ReadJson(path), path.string());
}

}  // namespace svla
