#include "smolvla/model/expert.h"

#include <cmath>
#include <numbers>

#include "smolvla/base/error.h"

namespace svla {
namespace {

const std::string kExpert = "model.vlm_with_expert.lm_expert.";

// The actions and the time as the first residual stream.
Tensor EmbedActions(Run run, const Expert& w, const ExpertConfig& c,
                    const Tensor& actions, const Tensor& time_bias,
                    ExpertTrace* trace) {
  const Shape stream = {c.chunk, c.width};
  const Tensor embedded = run.New(stream);
  const Tensor mlp_in = run.New(stream);
  const Tensor act = run.New(stream);
  const Tensor x = run.New(stream);
  run.be.Linear(actions, w.action_in, w.action_in_bias, embedded);
  run.be.Linear(embedded, w.mlp_in_action, time_bias, mlp_in);
  run.be.Silu(mlp_in, act);
  run.be.Linear(act, w.mlp_out, w.mlp_out_bias, x);
  if (trace) {
    trace->embedded = embedded;
    trace->mlp_in = mlp_in;
    trace->act = act;
  }
  return x;
}

// The prefix and the actions so far.
void AttendSelf(Run run, const ExpertLayer& w, const ExpertConfig& c, const Tensor& h,
                const ExpertKv& kv, int64_t layer, const Tensor& qkv,
                const Tensor& attended) {
  const Tensor q = Columns(qkv, 0, c.QueryWidth());
  const Tensor own_k = Columns(qkv, c.QueryWidth(), c.KvWidth());
  const Tensor own_v = Columns(qkv, c.QueryWidth() + c.KvWidth(), c.KvWidth());
  run.be.Linear(h, w.qkv, {}, qkv);
  run.be.Rope(q, /*first=*/kv.tokens, c.head_dim, q);
  run.be.Rope(own_k, /*first=*/kv.tokens, c.head_dim,
              Rows(kv.K(layer), kv.tokens, c.chunk));
  run.be.Scale(own_v, 1.0, Rows(kv.V(layer), kv.tokens, c.chunk));
  run.be.Attention(q, kv.K(layer), kv.V(layer), c.head_dim, Mask::kCausal, attended);
}

// The prefix alone; positions start again at 0 and keys are not rotated again.
void AttendCross(Run run, const ExpertLayer& w, const ExpertConfig& c, const Tensor& h,
                 const ExpertKv& kv, int64_t layer, const Tensor& q,
                 const Tensor& attended) {
  run.be.Linear(h, w.qkv, {}, q);
  run.be.Rope(q, /*first=*/0, c.head_dim, q);
  run.be.Attention(q, Rows(kv.K(layer), 0, kv.tokens), Rows(kv.V(layer), 0, kv.tokens),
                   c.head_dim, Mask::kFull, attended);
}

// x += out(attention(norm(x))).
void Attend(Run run, const ExpertLayer& w, const ExpertConfig& c, const ExpertKv& kv,
            int64_t layer, const Tensor& x, ExpertLayerTrace* trace) {
  const bool cross = c.layers[static_cast<size_t>(layer)].cross;
  const Tensor before = trace ? run.Keep(x) : x;
  const Tensor h = run.New({c.chunk, c.width});
  const Tensor q = run.New({c.chunk, c.QueryWidth() + (cross ? 0 : 2 * c.KvWidth())});
  const Tensor attended = run.New({c.chunk, c.QueryWidth()});
  run.be.RmsNorm(x, w.norm, c.norm_eps, h);
  if (cross)
    AttendCross(run, w, c, h, kv, layer, q, attended);
  else
    AttendSelf(run, w, c, h, kv, layer, q, attended);
  run.be.LinearAdd(attended, w.out, {}, x);
  if (trace) {
    trace->x = before;
    trace->h = h;
    trace->q = q;
    trace->attended = attended;
  }
}

}  // namespace

void ExpertLayer::Visit(const std::string& at, const ExpertConfig& c, bool cross,
                        const ParamFn& f) {
  const Param q = Matrix(at + "self_attn.q_proj.weight", c.QueryWidth(), c.width);
  const int64_t kv_in = cross ? c.KvWidth() : c.width;
  const Param own_k = Matrix(at + "self_attn.k_proj.weight", c.KvWidth(), kv_in);
  const Param own_v = Matrix(at + "self_attn.v_proj.weight", c.KvWidth(), kv_in);
  f(Vector(at + "input_layernorm.weight", c.width), norm);
  if (cross) {
    f(q, qkv);
    f(own_k, k);
    f(own_v, v);
  } else {
    f(Stack(q, Stack(own_k, own_v)), qkv);
  }
  f(Matrix(at + "self_attn.o_proj.weight", c.width, c.QueryWidth()), out);
  mlp.Visit(at, c.ForMlp(), f);
}

void Expert::Visit(const ExpertConfig& c, const ParamFn& f) {
  layers.resize(c.layers.size());
  for (size_t i = 0; i < layers.size(); ++i)
    layers[i].Visit(kExpert + "layers." + std::to_string(i) + ".", c, c.layers[i].cross,
                    f);
  f(Vector(kExpert + "norm.weight", c.width), norm);
  f(Matrix("model.action_in_proj.weight", c.width, c.max_action_dim), action_in);
  f(Vector("model.action_in_proj.bias", c.width), action_in_bias);
  f(Matrix("model.action_out_proj.weight", c.max_action_dim, c.width), action_out);
  f(Vector("model.action_out_proj.bias", c.max_action_dim), action_out_bias);
  const std::string in = "model.action_time_mlp_in.";
  f(ColumnsOf(in + "weight", c.width, 2 * c.width, 0, c.width), mlp_in_action);
  f(ColumnsOf(in + "weight", c.width, 2 * c.width, c.width, c.width), mlp_in_time);
  f(Vector(in + "bias", c.width), mlp_in_bias);
  f(Matrix("model.action_time_mlp_out.weight", c.width, c.width), mlp_out);
  f(Vector("model.action_time_mlp_out.bias", c.width), mlp_out_bias);
}

void ProjectPrefix(Run run, const Expert& w, const ExpertConfig& c,
                   const PrefixKv& prefix, const ExpertKv& kv, int64_t first) {
  SVLA_CHECK(kv.tokens == prefix.Tokens());
  const int64_t count = kv.tokens - first;
  for (size_t j = 0; j < c.layers.size(); ++j) {
    const auto layer = static_cast<int64_t>(j);
    const Tensor from_k = Rows(prefix.K(c.layers[j].prefix_layer), first, count);
    const Tensor from_v = Rows(prefix.V(c.layers[j].prefix_layer), first, count);
    const Tensor k = Rows(kv.K(layer), first, count);
    const Tensor v = Rows(kv.V(layer), first, count);
    if (c.layers[j].cross) {
      run.be.Linear(from_k, w.layers[j].k, {}, k);
      run.be.Linear(from_v, w.layers[j].v, {}, v);
    } else {
      run.be.Scale(from_k, 1.0, k);
      run.be.Scale(from_v, 1.0, v);
    }
  }
}

std::vector<double> TimeEmbedding(double time, int64_t width, double min_period,
                                  double max_period) {
  const int64_t half = width / 2;
  std::vector<double> embedding(static_cast<size_t>(width));
  for (int64_t i = 0; i < half; ++i) {
    const double fraction =
        half > 1 ? static_cast<double>(i) / static_cast<double>(half - 1) : 0.0;
    const double period = min_period * std::pow(max_period / min_period, fraction);
    const double angle = time * (2.0 * std::numbers::pi) / period;
    embedding[static_cast<size_t>(i)] = std::sin(angle);
    embedding[static_cast<size_t>(half + i)] = std::cos(angle);
  }
  return embedding;
}

void EmbedTime(Run run, const Expert& w, const ExpertConfig& c, double time,
               const Tensor& bias) {
  const Scope scope(run.scratch);
  const Tensor embedding = run.New({1, c.width});
  run.be.Write(TimeEmbedding(time, c.width, c.min_period, c.max_period), embedding);
  run.be.Linear(embedding, w.mlp_in_time, w.mlp_in_bias, bias);
}

void Velocity(Run run, const Expert& w, const ExpertConfig& c, const ExpertKv& kv,
              const Tensor& actions, const Tensor& time_bias, const Tensor& velocity,
              ExpertTrace* trace) {
  const LayerScope all(run, trace);
  if (trace) trace->layers.resize(w.layers.size());
  const Tensor x = EmbedActions(run, w, c, actions, time_bias, trace);
  for (size_t j = 0; j < w.layers.size(); ++j) {
    const LayerScope scope(run, trace);
    ExpertLayerTrace* kept = trace ? &trace->layers[j] : nullptr;
    Attend(run, w.layers[j], c, kv, static_cast<int64_t>(j), x, kept);
    MlpForward(run, w.layers[j].mlp, c.ForMlp(), x, kept ? &kept->mlp : nullptr);
  }
  const Tensor normed = run.New({c.chunk, c.width});
  run.be.RmsNorm(x, w.norm, c.norm_eps, normed);
  run.be.Linear(normed, w.action_out, w.action_out_bias, velocity);
  if (trace) {
    trace->x = x;
    trace->normed = normed;
  }
}

}  // namespace svla
