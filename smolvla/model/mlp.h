// The gated feed-forward half of a layer of the language model and of the action
// expert, with the norm before it:
//   x += down(silu(gate(h)) * up(h)),  h = rms_norm(x) * norm
#pragma once

#include "smolvla/model/module.h"

namespace svla {

struct MlpConfig {
  int64_t width = 0;   // of the residual stream
  int64_t hidden = 0;  // inside
  double norm_eps = 1e-5;
};

struct Mlp {
  Tensor norm;     // [width]
  Tensor gate_up;  // [2 hidden, width]: gate above up
  Tensor down;     // [width, hidden]

  // `at` ends in a dot and names the layer.
  void Visit(const std::string& at, const MlpConfig& c, const ParamFn& f);
};

// What the backward pass needs.
struct MlpTrace {
  Tensor x;        // [n, width] before
  Tensor h;        // [n, width]
  Tensor gate_up;  // [n, 2 hidden]
  Tensor act;      // [n, hidden]
};

// x [n, width] is the residual stream, added to in place.
void MlpForward(Run run, const Mlp& w, const MlpConfig& c, const Tensor& x,
                MlpTrace* trace);

// The tensors of a feed-forward that a checkpoint holds and nothing reads.
void VisitDeadMlp(const std::string& at, const MlpConfig& c, const ParamFn& f);

}  // namespace svla
