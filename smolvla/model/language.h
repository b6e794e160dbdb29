// Image tokens, the sentence and the state → PrefixKv: the first layers of
// SmolLM2 read the prefix once a chunk, and what the action expert needs of it is
// each layer's keys and values.
//
//   [fake global] image tokens [fake] ... | words | state
//
// Images and words see one another; the state, last, sees all; nobody sees the
// state. What the reference pads and masks is never computed here, and positions
// count only what is there, so the results are the same.
//
// Source: LeRobot's policies/smolvla, embed_prefix and forward_attn_layer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "smolvla/model/mlp.h"
#include "smolvla/model/module.h"

namespace svla {

struct LanguageConfig {
  int64_t width = 960;
  int64_t hidden = 2560;
  int64_t layers = 16;       // in the checkpoint
  int64_t layers_read = 16;  // up to the last one whose keys the expert reads
  int64_t heads = 15;
  int64_t kv_heads = 5;
  int64_t head_dim = 64;
  int64_t vocabulary = 49280;
  int64_t max_state_dim = 32;
  double norm_eps = 1e-5;

  int64_t QueryWidth() const { return heads * head_dim; }
  int64_t KvWidth() const { return kv_heads * head_dim; }
  MlpConfig ForMlp() const { return {width, hidden, norm_eps}; }
};

struct LanguageLayer {
  Tensor norm;  // [width]
  Tensor qkv;   // [q + 2 kv, width]; of the last layer read only k and v, [2 kv, width]
  Tensor out;   // [width, q]
  Mlp mlp;

  void Visit(const std::string& at, const LanguageConfig& c, bool last,
             const ParamFn& f);
};

struct Language {
  Tensor words;                       // [vocabulary, width]
  Tensor state, state_bias;           // [width, max_state_dim], [width]
  std::vector<LanguageLayer> layers;  // layers_read of them

  void Visit(const LanguageConfig& c, const ParamFn& f);
};

// Keys (rotated) and values of every layer read. Nothing else of the prefix is
// read later: the expert starts here.
struct PrefixKv {
  Tensor k, v;  // [layers_read, tokens, kv_heads * head_dim]

  Tensor K(int64_t layer) const { return Rows(k, layer * Tokens(), Tokens()); }
  Tensor V(int64_t layer) const { return Rows(v, layer * Tokens(), Tokens()); }
  int64_t Tokens() const { return k.shape[1]; }
};

struct LanguageLayerTrace {
  Tensor x, h, qkv, attended;  // before; normed; [n, q + 2 kv]; [n, q]
  MlpTrace mlp;
};

struct LanguageTrace {
  std::vector<LanguageLayerTrace> layers;
};

// What the language model reads, in order.
struct PrefixInput {
  // A camera: its image tokens, of the rows of `image_tokens` the block that
  // starts at `first_row`; or, where it is masked, none.
  struct Camera {
    bool visible = true;
    int64_t first_row = 0;
    bool operator==(const Camera&) const = default;
  };
  std::vector<Camera> cameras;
  std::vector<int64_t> before_image;  // special tokens around each camera, visible
  std::vector<int64_t> after_image;   // or not; empty where there are none
  std::vector<int64_t> words;         // token ids, without padding
  std::vector<double> state;          // [max_state_dim], normalised, zeros behind
};

// All but the state is the same.
bool SameButState(const PrefixInput& a, const PrefixInput& b);

// Rows of the prefix, with `tokens_per_image` for each visible camera.
int64_t PrefixTokens(const PrefixInput& input, int64_t tokens_per_image);

// image_tokens [visible cameras * tokens_per_image, width], not yet scaled; kv
// sized for PrefixTokens(...).
void EncodePrefix(Run run, const Language& w, const LanguageConfig& c,
                  const Tensor& image_tokens, int64_t tokens_per_image,
                  const PrefixInput& input, const PrefixKv& kv, LanguageTrace* trace);

// The same where `kv` holds the prefix of the same images and words with another
// state: nothing but the state, which no other row sees, is computed.
void EncodeState(Run run, const Language& w, const LanguageConfig& c,
                 const PrefixInput& input, const PrefixKv& kv);

}  // namespace svla
