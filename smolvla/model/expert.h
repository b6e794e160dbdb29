// PrefixKv, noisy actions and time → velocity: the action expert.
//
// Expert layer j stands beside a layer of the language model and is of one of two
// kinds. A self-attention layer sees the prefix and, causally, the actions; its
// queries go on counting positions where the prefix ended. A cross-attention
// layer sees the prefix alone, through projections of its keys and values, and
// counts its queries from 0.
//
// What depends on the prefix only is computed once a chunk (ProjectPrefix); what
// depends on the time only is one bias (EmbedTime); Velocity does the rest, once
// an integration step.
//
// Source: LeRobot's policies/smolvla, embed_suffix and forward_cross_attn_layer.
#pragma once

#include <cstdint>
#include <vector>

#include "smolvla/model/language.h"
#include "smolvla/model/mlp.h"
#include "smolvla/model/module.h"

namespace svla {

struct ExpertLayerConfig {
  int64_t prefix_layer = 0;  // whose keys and values it reads
  bool cross = false;
};

struct ExpertConfig {
  int64_t width = 720;
  int64_t hidden = 2048;
  std::vector<ExpertLayerConfig> layers;
  int64_t heads = 15;
  int64_t kv_heads = 5;
  int64_t head_dim = 64;
  int64_t chunk = 50;
  int64_t max_action_dim = 32;
  double norm_eps = 1e-5;
  double min_period = 4e-3;
  double max_period = 4.0;

  int64_t QueryWidth() const { return heads * head_dim; }
  int64_t KvWidth() const { return kv_heads * head_dim; }
  MlpConfig ForMlp() const { return {width, hidden, norm_eps}; }
};

struct ExpertLayer {
  Tensor norm;  // [width]
  Tensor qkv;   // self: [q + 2 kv, width]; cross: the q alone, [q, width]
  Tensor k, v;  // cross: [kv, kv], from the prefix's keys and values
  Tensor out;   // [width, q]
  Mlp mlp;

  void Visit(const std::string& at, const ExpertConfig& c, bool cross,
             const ParamFn& f);
};

struct Expert {
  Tensor action_in, action_in_bias;  // [width, max_action_dim], [width]
  // action_time_mlp_in in its two halves: of the action and of the time.
  Tensor mlp_in_action, mlp_in_time, mlp_in_bias;  // [width, width] twice, [width]
  Tensor mlp_out, mlp_out_bias;                    // [width, width], [width]
  std::vector<ExpertLayer> layers;
  Tensor norm;                         // [width]
  Tensor action_out, action_out_bias;  // [max_action_dim, width], [max_action_dim]

  void Visit(const ExpertConfig& c, const ParamFn& f);
};

// The keys and values each expert layer attends to. Rows [0, tokens) come from
// the prefix and stay; a self-attention layer puts its own behind them, anew at
// each step.
struct ExpertKv {
  Tensor k, v;         // [layers, tokens + chunk, kv_heads * head_dim]
  int64_t tokens = 0;  // of the prefix

  Tensor K(int64_t layer) const { return Rows(k, layer * k.shape[1], k.shape[1]); }
  Tensor V(int64_t layer) const { return Rows(v, layer * v.shape[1], v.shape[1]); }
};

struct ExpertLayerTrace {
  Tensor x, h, q, attended;  // before; normed; projections, rotated; [n, q]
  MlpTrace mlp;
};

struct ExpertTrace {
  Tensor embedded, mlp_in, act;  // [n, width]: action_in; before and after silu
  std::vector<ExpertLayerTrace> layers;
  Tensor x, normed;  // before and after the last norm
};

// Fills the first rows of `kv` from the prefix: all of them, or those from `first` on
// where the others are there already.
void ProjectPrefix(Run run, const Expert& w, const ExpertConfig& c,
                   const PrefixKv& prefix, const ExpertKv& kv, int64_t first = 0);

// The sine and cosine embedding of a time, [width] in double: the reference's
// create_sinusoidal_pos_embedding.
std::vector<double> TimeEmbedding(double time, int64_t width, double min_period,
                                  double max_period);

// The share of the time in action_time_mlp_in, bias included.  bias [1, width].
void EmbedTime(Run run, const Expert& w, const ExpertConfig& c, double time,
               const Tensor& bias);

// actions, velocity [chunk, max_action_dim]; time_bias [1, width] from EmbedTime.
void Velocity(Run run, const Expert& w, const ExpertConfig& c, const ExpertKv& kv,
              const Tensor& actions, const Tensor& time_bias, const Tensor& velocity,
              ExpertTrace* trace);

}  // namespace svla
