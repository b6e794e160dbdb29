#include "smolvla/model/sizes.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

const std::string kVision = "model.vlm_with_expert.vlm.model.vision_model.";
const std::string kText = "model.vlm_with_expert.vlm.model.text_model.";
const std::string kExpert = "model.vlm_with_expert.lm_expert.";
const std::string kConnector =
    "model.vlm_with_expert.vlm.model.connector.modality_projection.proj.weight";

// Throws unless a size that is told twice is told alike.
void RequireEqual(const std::string& what, int64_t here, const std::string& where_here,
                  int64_t there, const std::string& where_there) {
  if (here != there)
    Fail(what, ": ", where_here, " says ", here, ", but ", where_there, " says ",
         there);
}

bool IsSelfAttention(const SmolVlaConfig& c, int64_t layer) {
  return c.attention_mode.find("cross") == std::string::npos ||
         (c.self_attn_every_n_layers > 0 && layer % c.self_attn_every_n_layers == 0);
}

VisionConfig ResolveVision(const SmolVlaConfig& c, const VlmConfig& vlm,
                           const WeightFile& file) {
  VisionConfig v;
  v.width = file.SizeOf(kVision + "embeddings.patch_embedding.weight", 0);
  v.patch = file.SizeOf(kVision + "embeddings.patch_embedding.weight", 3);
  v.layers = file.CountLayers(kVision + "encoder.layers.", ".self_attn.q_proj.weight");
  v.hidden = file.SizeOf(kVision + "encoder.layers.0.mlp.fc1.weight", 0);
  v.out_width = file.SizeOf(kConnector, 0);
  v.heads = vlm.vision_heads;
  v.norm_eps = vlm.layer_norm_eps;
  v.shuffle = vlm.pixel_shuffle;
  v.position_side = vlm.image_size / vlm.patch_size;
  v.image_width = c.resize ? c.image_width : vlm.image_size;
  v.image_height = c.resize ? c.image_height : vlm.image_size;
  RequireEqual("vision width", vlm.vision_width, vlm.source, v.width, file.name());
  RequireEqual("patch size", vlm.patch_size, vlm.source, v.patch, file.name());
  RequireEqual("position table", v.position_side * v.position_side, vlm.source,
               file.SizeOf(kVision + "embeddings.position_embedding.weight", 0),
               file.name());
  RequireEqual("inputs of the connector (scale_factor)",
               v.shuffle * v.shuffle * v.width, vlm.source, file.SizeOf(kConnector, 1),
               file.name());
  const int64_t rows = v.image_height / v.patch, columns = v.image_width / v.patch;
  if (rows != columns || rows < 1 || rows % v.shuffle != 0)
    Fail("pictures of ", v.image_width, " x ", v.image_height, " make ", columns, " x ",
         rows,
         " patches: expected a square grid whose side is a multiple of the pixel "
         "shuffle's ",
         v.shuffle, " (resize_imgs_with_padding in config.json)");
  return v;
}

LanguageConfig ResolveLanguage(const SmolVlaConfig& c, const VlmConfig& vlm,
                               const WeightFile& file) {
  LanguageConfig l;
  l.vocabulary = file.SizeOf(kText + "embed_tokens.weight", 0);
  l.width = file.SizeOf(kText + "embed_tokens.weight", 1);
  l.hidden = file.SizeOf(kText + "layers.0.mlp.gate_proj.weight", 0);
  l.heads = vlm.heads;
  l.kv_heads = vlm.kv_heads;
  l.head_dim = vlm.head_dim;
  l.norm_eps = vlm.rms_norm_eps;
  l.max_state_dim = c.max_state_dim;
  RequireEqual("text width", vlm.text_width, vlm.source, l.width, file.name());
  RequireEqual("query heads x head_dim", l.QueryWidth(), vlm.source,
               file.SizeOf(kText + "layers.0.self_attn.q_proj.weight", 0), file.name());
  RequireEqual("key heads x head_dim", l.KvWidth(), vlm.source,
               file.SizeOf(kText + "layers.0.self_attn.k_proj.weight", 0), file.name());
  // The reference keeps the first num_vlm_layers layers, or all.
  l.layers = c.num_vlm_layers > 0 ? std::min(c.num_vlm_layers, vlm.text_layers)
                                  : vlm.text_layers;
  RequireEqual("layers of the language model", l.layers,
               "num_vlm_layers in config.json with " + vlm.source,
               file.CountLayers(kText + "layers.", ".self_attn.k_proj.weight"),
               file.name());
  return l;
}

ExpertConfig ResolveExpert(const SmolVlaConfig& c, const LanguageConfig& l,
                           const WeightFile& file) {
  ExpertConfig e;
  e.width = file.SizeOf("model.action_in_proj.weight", 0);
  e.hidden = file.SizeOf(kExpert + "layers.0.mlp.gate_proj.weight", 0);
  e.heads = l.heads;
  e.kv_heads = l.kv_heads;
  e.head_dim = l.head_dim;
  e.chunk = c.chunk_size;
  e.max_action_dim = c.max_action_dim;
  e.norm_eps = l.norm_eps;
  e.min_period = c.min_period;
  e.max_period = c.max_period;
  e.layers = ExpertLayers(c, l.layers);
  RequireEqual(
      "expert width",
      static_cast<int64_t>(static_cast<double>(l.width) * c.expert_width_multiplier),
      "expert_width_multiplier in config.json", e.width, file.name());
  RequireEqual("expert layers", static_cast<int64_t>(e.layers.size()),
               "num_expert_layers in config.json",
               file.CountLayers(kExpert + "layers.", ".self_attn.q_proj.weight"),
               file.name());
  if (e.width % 2 != 0)
    Fail("expert width ", e.width, ": the time embedding needs an even number");
  return e;
}

}  // namespace

std::vector<ExpertLayerConfig> ExpertLayers(const SmolVlaConfig& c, int64_t layers) {
  const int64_t experts = c.num_expert_layers > 0 ? c.num_expert_layers : layers;
  if (experts > layers || layers % experts != 0)
    Fail("config.json: num_expert_layers ", experts,
         ": expected a divisor of the number of language layers, ", layers);
  const int64_t every = layers / experts;
  std::vector<ExpertLayerConfig> plan;
  for (int64_t i = 0; i < layers; ++i) {
    const bool self = IsSelfAttention(c, i);
    const bool has_expert = i % every == 0;
    // The reference decides by the expert's own index which projections a layer
    // owns, and by the language model's which attention it runs.
    const bool owns_self = IsSelfAttention(c, i / every);
    if ((self && !has_expert) || (has_expert && self != owns_self))
      Fail("config.json: ", experts, " expert layers for ", layers,
           " language layers with attention_mode \"", c.attention_mode,
           "\" and self_attn_every_n_layers ", c.self_attn_every_n_layers,
           ": LeRobot cannot run this (language layer ", i,
           has_expert ? " and its expert layer disagree about the kind of attention)"
                      : " attends to itself but has no expert layer)",
           "; use as many expert layers, or self_attn_every_n_layers 0");
    if (has_expert) plan.push_back({i, !self});
  }
  return plan;
}

NetworkSizes ResolveSizes(const SmolVlaConfig& config, const VlmConfig& vlm,
                          const WeightFile& file) {
  NetworkSizes sizes;
  sizes.vision = ResolveVision(config, vlm, file);
  sizes.language = ResolveLanguage(config, vlm, file);
  sizes.expert = ResolveExpert(config, sizes.language, file);
  RequireEqual("image token width", sizes.vision.out_width, "the connector",
               sizes.language.width, "the language model");
  sizes.language.layers_read = sizes.expert.layers.back().prefix_layer + 1;
  return sizes;
}

bool Agrees(const VlmConfig& vlm, const WeightFile& file) {
  const int64_t side = vlm.image_size / vlm.patch_size;
  return file.SizeOf(kText + "embed_tokens.weight", 1) == vlm.text_width &&
         file.SizeOf(kText + "layers.0.self_attn.q_proj.weight", 0) ==
             vlm.heads * vlm.head_dim &&
         file.SizeOf(kText + "layers.0.self_attn.k_proj.weight", 0) ==
             vlm.kv_heads * vlm.head_dim &&
         file.SizeOf(kVision + "embeddings.patch_embedding.weight", 0) ==
             vlm.vision_width &&
         file.SizeOf(kVision + "embeddings.patch_embedding.weight", 3) ==
             vlm.patch_size &&
         file.SizeOf(kVision + "embeddings.position_embedding.weight", 0) ==
             side * side &&
         file.SizeOf(kConnector, 1) ==
             vlm.pixel_shuffle * vlm.pixel_shuffle * vlm.vision_width;
}

}  // namespace svla
