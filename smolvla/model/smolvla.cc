#include "smolvla/model/smolvla.h"

#include <chrono>
#include <functional>

#include "smolvla/base/error.h"

namespace svla {
namespace {

class Stopwatch {
 public:
  // Milliseconds since the last lap.
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double, std::milli> lap = now - start_;
    start_ = now;
    return lap.count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

void SmolVlaWeights::Visit(const NetworkSizes& sizes, const ParamFn& f) {
  vision.Visit(sizes.vision, f);
  language.Visit(sizes.language, f);
  expert.Visit(sizes.expert, f);
}

SmolVla::SmolVla(std::shared_ptr<const WeightFile> file, const NetworkSizes& sizes,
                 Backend& backend, int64_t steps)
    : file_(std::move(file)), sizes_(sizes), backend_(backend) {
  position_ids_ = PositionIds(sizes_.vision.Side(), sizes_.vision.position_side);
  LoadWeights(
      *file_, backend_, [this](const ParamFn& f) { weights_.Visit(sizes_, f); },
      weight_memory_);
  SetSteps(steps);
}

void SmolVla::SetSteps(int64_t steps) {
  SVLA_CHECK(steps >= 1);
  if (steps == steps_) return;
  steps_ = steps;
  step_memory_.Reset();
  time_biases_ = step_memory_.New(backend_.Real(), {steps, sizes_.expert.width});
  for (int64_t step = 0; step < steps; ++step)
    EmbedTime({backend_, scratch_}, weights_.expert, sizes_.expert,
              TimeOfStep(step, steps), Rows(time_biases_, step, 1));
}

Tensor SmolVla::EncodePictures(const ModelInput& input) {
  const VisionConfig& c = sizes_.vision;
  const Run run{backend_, scratch_};
  const int64_t picture = 3 * c.image_height * c.image_width;
  const int64_t cameras = static_cast<int64_t>(input.pixels.size()) / picture;
  SVLA_CHECK(cameras * picture == static_cast<int64_t>(input.pixels.size()));
  const Tensor tokens = run.New({cameras * c.Tokens(), c.out_width});
  if (cameras == 0) return tokens;
  const Scope scope(scratch_);
  const Tensor pixels = run.New({cameras, 3, c.image_height, c.image_width});
  const Tensor features = run.New({cameras * c.Patches(), c.width});
  backend_.Write(std::span<const float>(input.pixels), pixels);
  EncodeImages(run, weights_.vision, c, position_ids_, pixels, features, tokens,
               /*trace=*/nullptr);
  return tokens;
}

ExpertKv SmolVla::EncodeContext(const ModelInput& input, const Tensor& image_tokens) {
  const LanguageConfig& l = sizes_.language;
  const ExpertConfig& e = sizes_.expert;
  const Run run{backend_, scratch_};
  const int64_t per_image = sizes_.vision.Tokens();
  const int64_t tokens = PrefixTokens(input.prefix, per_image);
  const auto experts = static_cast<int64_t>(e.layers.size());
  const Shape shape = {experts, tokens + e.chunk, e.KvWidth()};
  const ExpertKv kv{run.New(shape), run.New(shape), tokens};
  const Scope scope(scratch_);
  const PrefixKv prefix{run.New({l.layers_read, tokens, l.KvWidth()}),
                        run.New({l.layers_read, tokens, l.KvWidth()})};
  EncodePrefix(run, weights_.language, l, image_tokens, per_image, input.prefix, prefix,
               /*trace=*/nullptr);
  ProjectPrefix(run, weights_.expert, e, prefix, kv);
  return kv;
}

StageTimes SmolVla::Predict(const ModelInput& input, std::span<const double> noise,
                            const Guidance* guidance, std::span<double> actions) {
  const ExpertConfig& e = sizes_.expert;
  const Run run{backend_, scratch_};
  scratch_.Reset();
  StageTimes times;
  Stopwatch watch;

  const Tensor image_tokens = EncodePictures(input);
  times.vision = watch.Lap();
  const ExpertKv kv = EncodeContext(input, image_tokens);
  times.prefix = watch.Lap();

  const Tensor x = run.New({e.chunk, e.max_action_dim});
  backend_.Write(noise, x);
  const auto velocity = [&](int64_t step, const Tensor& at, const Tensor& v) {
    Velocity(run, weights_.expert, e, kv, at, Rows(time_biases_, step, 1), v,
             /*trace=*/nullptr);
  };
  // By reference: std::function would put a copy of the captures on the heap.
  Integrate(run, steps_, std::cref(velocity), guidance, x);
  backend_.Read(x, actions);
  times.expert = watch.Lap();
  return times;
}

}  // namespace svla
