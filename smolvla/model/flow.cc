#include "smolvla/model/flow.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "smolvla/base/error.h"

namespace svla {
namespace {

double UnroundedTime(int64_t step, int64_t steps) {
  return 1.0 + static_cast<double>(step) * (-1.0 / static_cast<double>(steps));
}

// Adds to the velocity what draws the predicted actions, x - t v, towards the
// previous chunk. The reference takes the Jacobian of that prediction for the
// identity, so no backward pass is needed.
class Guide {
 public:
  Guide(const Guidance& guidance, int64_t chunk, int64_t dim)
      : guidance_(guidance), chunk_(chunk), dim_(dim) {
    SVLA_CHECK(guidance.rows <= chunk && guidance.dim <= dim);
    // Beyond what is left of the old chunk there is nothing to follow.
    const int64_t end = std::min(guidance.execution_horizon, guidance.rows);
    weights_ = RtcWeights(guidance.schedule, guidance.inference_delay, end, chunk);
    x_.resize(static_cast<size_t>(chunk * dim));
    v_.resize(x_.size());
  }

  void Bend(Run run, double time, const Tensor& x, const Tensor& v) {
    run.be.Read(x, x_);
    run.be.Read(v, v_);
    const double strength = GuidanceWeight(time, guidance_.max_weight);
    for (int64_t row = 0; row < chunk_; ++row)
      for (int64_t i = 0; i < dim_; ++i) {
        const auto at = static_cast<size_t>(row * dim_ + i);
        const double predicted = x_[at] - time * v_[at];
        v_[at] -= strength * weights_[static_cast<size_t>(row)] *
                  (Previous(row, i) - predicted);
      }
    run.be.Write(std::span<const double>(v_), v);
  }

 private:
  double Previous(int64_t row, int64_t i) const {
    if (row >= guidance_.rows || i >= guidance_.dim) return 0.0;
    return guidance_.previous[static_cast<size_t>(row * guidance_.dim + i)];
  }

  const Guidance& guidance_;
  int64_t chunk_, dim_;
  std::vector<double> weights_;  // [chunk]
  std::vector<double> x_, v_;    // [chunk, dim]
};

}  // namespace

RtcSchedule ParseRtcSchedule(const std::string& name) {
  if (name == "ZEROS") return RtcSchedule::kZeros;
  if (name == "ONES") return RtcSchedule::kOnes;
  if (name == "LINEAR") return RtcSchedule::kLinear;
  if (name == "EXP") return RtcSchedule::kExp;
  Fail("schedule \"", name, "\": expected ZEROS, ONES, LINEAR or EXP");
}

std::vector<double> RtcWeights(RtcSchedule schedule, int64_t start, int64_t end,
                               int64_t total) {
  start = std::min(start, end);
  std::vector<double> weights(static_cast<size_t>(total), 0.0);
  const int64_t middle = std::min(end, total) - start;  // rows between 1 and 0
  for (int64_t i = 0; i < total; ++i) {
    double& weight = weights[static_cast<size_t>(i)];
    if (schedule == RtcSchedule::kOnes) {
      weight = i < end ? 1.0 : 0.0;
    } else if (i < start) {
      weight = 1.0;
    } else if (schedule != RtcSchedule::kZeros && i < end) {
      weight =
          1.0 - static_cast<double>(i - start + 1) / static_cast<double>(middle + 1);
      if (schedule == RtcSchedule::kExp)
        weight *= std::expm1(weight) / (std::numbers::e - 1.0);
    }
  }
  return weights;
}

double TimeOfStep(int64_t step, int64_t steps) {
  return static_cast<double>(static_cast<float>(UnroundedTime(step, steps)));
}

double GuidanceWeight(double time, double max_weight) {
  const double tau = 1.0 - time;
  const double square = time * time;
  if (tau <= 0.0) return max_weight;  // at the start the ratio has no bound
  if (square == 0.0) return 0.0;
  return std::min(time / tau * (square + tau * tau) / square, max_weight);
}

void Integrate(Run run, int64_t steps, const VelocityFn& velocity,
               const Guidance* guidance, const Tensor& x) {
  const Scope scope(run.scratch);
  const Tensor v = run.New({x.Rows(), x.Columns()});
  std::optional<Guide> guide;
  if (guidance) guide.emplace(*guidance, x.Rows(), x.Columns());
  for (int64_t step = 0; step < steps; ++step) {
    velocity(step, x, v);
    if (guide) guide->Bend(run, UnroundedTime(step, steps), x, v);
    run.be.AddScaled(v, -1.0 / static_cast<double>(steps), x);
  }
}

}  // namespace svla
