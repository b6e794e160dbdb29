#include "smolvla/model/vision.h"

#include <algorithm>

#include "smolvla/base/error.h"

namespace svla {
namespace {

const std::string kVision = "model.vlm_with_expert.vlm.model.vision_model.";

Param BiasedMatrixOfThree(const std::string& at, int64_t width) {
  return Stack(Stack(Matrix(at + "q_proj.weight", width, width),
                     Matrix(at + "k_proj.weight", width, width)),
               Matrix(at + "v_proj.weight", width, width));
}

Param BiasOfThree(const std::string& at, int64_t width) {
  return Stack(
      Stack(Vector(at + "q_proj.bias", width), Vector(at + "k_proj.bias", width)),
      Vector(at + "v_proj.bias", width));
}

// One bucket index for each patch along a side.
std::vector<int64_t> PositionBuckets(int64_t side, int64_t position_side) {
  std::vector<float> bounds;  // arange(1/n, 1, 1/n) in double, stored in float32
  const double step = 1.0 / static_cast<double>(position_side);
  for (int64_t k = 0; step + static_cast<double>(k) * step < 1.0; ++k)
    bounds.push_back(static_cast<float>(step + static_cast<double>(k) * step));
  const float patch_step = 1.0f / static_cast<float>(side);
  std::vector<int64_t> buckets;
  for (int64_t i = 0; i < side; ++i) {
    const float place =
        std::min(static_cast<float>(i) * patch_step, static_cast<float>(1.0 - 1e-6));
    buckets.push_back(std::upper_bound(bounds.begin(), bounds.end(), place) -
                      bounds.begin());
  }
  return buckets;
}

// x += out(attention(norm1(x))): each picture's patches see one another.
void Attend(Run run, const VisionLayer& w, const VisionConfig& c, const Tensor& x,
            VisionLayerTrace* trace) {
  const int64_t n = x.Rows();
  const Tensor before = trace ? run.Keep(x) : x;
  const Tensor h = run.New({n, c.width});
  const Tensor qkv = run.New({n, 3 * c.width});
  const Tensor attended = run.New({n, c.width});
  run.be.LayerNorm(x, w.norm1, w.norm1_bias, c.norm_eps, h);
  run.be.Linear(h, w.qkv, w.qkv_bias, qkv);
  for (int64_t first = 0; first < n; first += c.Patches()) {
    const Tensor picture = Rows(qkv, first, c.Patches());
    run.be.Attention(Columns(picture, 0, c.width), Columns(picture, c.width, c.width),
                     Columns(picture, 2 * c.width, c.width), c.HeadDim(), Mask::kFull,
                     Rows(attended, first, c.Patches()));
  }
  run.be.LinearAdd(attended, w.out, w.out_bias, x);
  if (trace) {
    trace->x = before;
    trace->h1 = h;
    trace->qkv = qkv;
    trace->attended = attended;
  }
}

// x += fc2(gelu(fc1(norm2(x)))).
void FeedForward(Run run, const VisionLayer& w, const VisionConfig& c, const Tensor& x,
                 VisionLayerTrace* trace) {
  const int64_t n = x.Rows();
  const Tensor before = trace ? run.Keep(x) : x;
  const Tensor h = run.New({n, c.width});
  const Tensor hidden = run.New({n, c.hidden});
  run.be.LayerNorm(x, w.norm2, w.norm2_bias, c.norm_eps, h);
  run.be.Linear(h, w.fc1, w.fc1_bias, hidden);
  const Tensor act = trace ? run.New({n, c.hidden}) : hidden;
  run.be.Gelu(hidden, act);
  run.be.LinearAdd(act, w.fc2, w.fc2_bias, x);
  if (trace) {
    trace->middle = before;
    trace->h2 = h;
    trace->fc1 = hidden;
    trace->act = act;
  }
}

}  // namespace

void VisionLayer::Visit(const std::string& at, const VisionConfig& c,
                        const ParamFn& f) {
  f(Vector(at + "layer_norm1.weight", c.width), norm1);
  f(Vector(at + "layer_norm1.bias", c.width), norm1_bias);
  f(BiasedMatrixOfThree(at + "self_attn.", c.width), qkv);
  f(BiasOfThree(at + "self_attn.", c.width), qkv_bias);
  f(Matrix(at + "self_attn.out_proj.weight", c.width, c.width), out);
  f(Vector(at + "self_attn.out_proj.bias", c.width), out_bias);
  f(Vector(at + "layer_norm2.weight", c.width), norm2);
  f(Vector(at + "layer_norm2.bias", c.width), norm2_bias);
  f(Matrix(at + "mlp.fc1.weight", c.hidden, c.width), fc1);
  f(Vector(at + "mlp.fc1.bias", c.hidden), fc1_bias);
  f(Matrix(at + "mlp.fc2.weight", c.width, c.hidden), fc2);
  f(Vector(at + "mlp.fc2.bias", c.width), fc2_bias);
}

void Vision::Visit(const VisionConfig& c, const ParamFn& f) {
  layers.resize(static_cast<size_t>(c.layers));
  Param patches =
      Matrix(kVision + "embeddings.patch_embedding.weight", c.width, c.PatchSize());
  patches.parts[0].stored_shape = {c.width, 3, c.patch, c.patch};
  f(patches, patch);
  f(Vector(kVision + "embeddings.patch_embedding.bias", c.width), patch_bias);
  f(Table(kVision + "embeddings.position_embedding.weight",
          c.position_side * c.position_side, c.width),
    positions);
  for (size_t i = 0; i < layers.size(); ++i)
    layers[i].Visit(kVision + "encoder.layers." + std::to_string(i) + ".", c, f);
  f(Vector(kVision + "post_layernorm.weight", c.width), norm);
  f(Vector(kVision + "post_layernorm.bias", c.width), norm_bias);
  f(Matrix("model.vlm_with_expert.vlm.model.connector.modality_projection.proj.weight",
           c.out_width, c.shuffle * c.shuffle * c.width),
    connector);
}

std::vector<int64_t> PositionIds(int64_t side, int64_t position_side) {
  const bool known = side <= 96 && (position_side <= 18 || position_side == 32);
  if (!known)
    Fail("a picture of ", side, " x ", side, " patches with a position table of ",
         position_side, " x ", position_side,
         ": expected at most 96 patches a side and a table of at most 18 or exactly "
         "32 a side, where the reference's rounding is known");
  const std::vector<int64_t> buckets = PositionBuckets(side, position_side);
  std::vector<int64_t> ids;
  for (const int64_t row : buckets)
    for (const int64_t column : buckets) ids.push_back(row * position_side + column);
  return ids;
}

void EncodeImages(Run run, const Vision& w, const VisionConfig& c,
                  std::span<const int64_t> position_ids, const Tensor& pixels,
                  const Tensor& features, const Tensor& tokens, VisionTrace* trace) {
  SVLA_CHECK(pixels.shape.rank == 4 && tokens.Rows() == pixels.shape[0] * c.Tokens());
  SVLA_CHECK(features.Rows() == pixels.shape[0] * c.Patches());
  const LayerScope all(run, trace);
  const int64_t cameras = pixels.shape[0];
  const int64_t n = cameras * c.Patches();
  const Shape picture = {3, c.image_height, c.image_width};
  if (trace) trace->layers.resize(w.layers.size());

  const Tensor x = run.New({n, c.width});
  const Tensor patches = run.New({n, c.PatchSize()});
  for (int64_t i = 0; i < cameras; ++i) {
    const int64_t first = i * c.Patches();
    const Tensor one =
        Reshape(Rows(Reshape(pixels, {cameras, picture.Count()}), i, 1), picture);
    run.be.Patches(one, c.patch, Rows(patches, first, c.Patches()));
    run.be.Embed(w.positions, position_ids, 1.0, Rows(x, first, c.Patches()));
  }
  run.be.LinearAdd(patches, w.patch, w.patch_bias, x);

  for (size_t i = 0; i < w.layers.size(); ++i) {
    const LayerScope layer(run, trace);
    VisionLayerTrace* kept = trace ? &trace->layers[i] : nullptr;
    Attend(run, w.layers[i], c, x, kept);
    FeedForward(run, w.layers[i], c, x, kept);
  }
  run.be.LayerNorm(x, w.norm, w.norm_bias, c.norm_eps, features);

  const Tensor shuffled =
      run.New({cameras * c.Tokens(), c.shuffle * c.shuffle * c.width});
  for (int64_t i = 0; i < cameras; ++i)
    run.be.PixelShuffle(Rows(features, i * c.Patches(), c.Patches()), c.Side(),
                        c.shuffle, Rows(shuffled, i * c.Tokens(), c.Tokens()));
  run.be.Linear(shuffled, w.connector, {}, tokens);
  if (trace) {
    trace->patches = patches;
    trace->x = x;
    trace->normed = features;
    trace->shuffled = shuffled;
  }
}

}  // namespace svla
