// Pictures → image tokens: the SigLIP tower, the pixel shuffle and the connector.
//
//   picture [3, H, W] → patches → 12 x (attention, feed-forward) → norm
//     → s x s neighbours joined → connector → [(side/s)², out_width]
//
// Source: transformers' models/smolvlm/modeling_smolvlm.py.
#pragma once

#include <cstdint>
#include <vector>

#include "smolvla/model/module.h"

namespace svla {

struct VisionConfig {
  int64_t width = 768;
  int64_t heads = 12;
  int64_t hidden = 3072;
  int64_t layers = 12;
  int64_t patch = 16;
  int64_t position_side = 32;  // the position table covers position_side²
  int64_t image_width = 512;   // of the prepared picture
  int64_t image_height = 512;
  int64_t shuffle = 4;      // s
  int64_t out_width = 960;  // of an image token
  double norm_eps = 1e-6;

  int64_t HeadDim() const { return width / heads; }
  int64_t Side() const { return image_width / patch; }  // patches a side
  int64_t Patches() const { return Side() * Side(); }
  int64_t Tokens() const { return Patches() / (shuffle * shuffle); }
  int64_t PatchSize() const { return 3 * patch * patch; }
};

struct VisionLayer {
  Tensor norm1, norm1_bias;  // [width]
  Tensor qkv, qkv_bias;      // [3 width, width], [3 width]
  Tensor out, out_bias;      // [width, width], [width]
  Tensor norm2, norm2_bias;  // [width]
  Tensor fc1, fc1_bias;      // [hidden, width], [hidden]
  Tensor fc2, fc2_bias;      // [width, hidden], [width]

  void Visit(const std::string& at, const VisionConfig& c, const ParamFn& f);
};

struct Vision {
  Tensor patch, patch_bias;  // [width, 3 p²], [width]
  Tensor positions;          // [position_side², width]
  std::vector<VisionLayer> layers;
  Tensor norm, norm_bias;  // [width]
  Tensor connector;        // [out_width, s² width]

  void Visit(const VisionConfig& c, const ParamFn& f);
};

struct VisionLayerTrace {
  Tensor x, h1, qkv, attended;  // before; normed; [n, 3 width]; [n, width]
  Tensor middle, h2, fc1, act;  // after attention; normed; [n, hidden] twice
};

struct VisionTrace {
  Tensor patches;  // [n, 3 p²]
  std::vector<VisionLayerTrace> layers;
  Tensor x, normed;  // before and after the last norm, [n, width]
  Tensor shuffled;   // [tokens, s² width]
};

// Which row of the position table each patch takes, row by row, for a picture of
// side² patches and a table of position_side². The reference puts the patch's
// place in float32 into buckets whose bounds are rounded from double; so do we.
// Throws Error for sizes where torch's own rounding is not known (model.md 3.2).
std::vector<int64_t> PositionIds(int64_t side, int64_t position_side);

// pixels [cameras][3, H, W] in [-1, 1], all cameras in one tensor [cameras, 3, H,
// W]; features [cameras * patches, width] are those after the last norm, tokens
// [cameras * Tokens(), out_width] those after the connector, not yet scaled.
void EncodeImages(Run run, const Vision& w, const VisionConfig& c,
                  std::span<const int64_t> position_ids, const Tensor& pixels,
                  const Tensor& features, const Tensor& tokens, VisionTrace* trace);

}  // namespace svla
