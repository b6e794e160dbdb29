#include "smolvla/model/mlp.h"

namespace svla {

void Mlp::Visit(const std::string& at, const MlpConfig& c, const ParamFn& f) {
  f(Vector(at + "post_attention_layernorm.weight", c.width), norm);
  f(Stack(Matrix(at + "mlp.gate_proj.weight", c.hidden, c.width),
          Matrix(at + "mlp.up_proj.weight", c.hidden, c.width)),
    gate_up);
  f(Matrix(at + "mlp.down_proj.weight", c.width, c.hidden), down);
}

void VisitDeadMlp(const std::string& at, const MlpConfig& c, const ParamFn& f) {
  Tensor nothing;
  f(Dead(at + "post_attention_layernorm.weight", {c.width}), nothing);
  f(Dead(at + "mlp.gate_proj.weight", {c.hidden, c.width}), nothing);
  f(Dead(at + "mlp.up_proj.weight", {c.hidden, c.width}), nothing);
  f(Dead(at + "mlp.down_proj.weight", {c.width, c.hidden}), nothing);
}

void MlpForward(Run run, const Mlp& w, const MlpConfig& c, const Tensor& x,
                MlpTrace* trace) {
  const int64_t n = x.Rows();
  const Tensor before = trace ? run.Keep(x) : x;
  const Tensor h = run.New({n, c.width});
  const Tensor gate_up = run.New({n, 2 * c.hidden});
  const Tensor act = run.New({n, c.hidden});

  run.be.RmsNorm(x, w.norm, c.norm_eps, h);
  run.be.Linear(h, w.gate_up, {}, gate_up);
  run.be.SiluMul(Columns(gate_up, 0, c.hidden), Columns(gate_up, c.hidden, c.hidden),
                 act);
  run.be.LinearAdd(act, w.down, {}, x);

  if (trace) *trace = {before, h, gate_up, act};
}

}  // namespace svla
