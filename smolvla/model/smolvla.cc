#include "smolvla/model/smolvla.h"

#include <algorithm>
#include <functional>

#include "smolvla/base/error.h"
#include "smolvla/base/stopwatch.h"

namespace svla {
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

void SmolVla::SetReuse(bool reuse) {
  reuse_ = reuse;
  kept_memory_.Reset();
  kept_ = {};
  kept_input_ = {};
}

int64_t SmolVla::PictureFloats() const {
  return 3 * sizes_.vision.image_height * sizes_.vision.image_width;
}

SmolVla::Context SmolVla::NewContext(Arena& memory, int64_t cameras, int64_t tokens) {
  const VisionConfig& v = sizes_.vision;
  const LanguageConfig& l = sizes_.language;
  const ExpertConfig& e = sizes_.expert;
  const Shape prefix = {l.layers_read, tokens, l.KvWidth()};
  const Shape expert = {static_cast<int64_t>(e.layers.size()), tokens + e.chunk,
                        e.KvWidth()};
  const auto take = [&](const Shape& shape) {
    return memory.New(backend_.Real(), shape);
  };
  return {take({cameras * v.Tokens(), v.out_width}),
          {take(prefix), take(prefix)},
          {take(expert), take(expert), tokens}};
}

const SmolVla::Context& SmolVla::KeptContext(int64_t cameras, int64_t tokens) {
  const int64_t rows = cameras * sizes_.vision.Tokens();
  if (kept_.prefix.k && kept_.prefix.Tokens() == tokens &&
      kept_.image_tokens.Rows() == rows)
    return kept_;
  kept_memory_.Reset();
  kept_input_ = {};
  kept_ = NewContext(kept_memory_, cameras, tokens);
  return kept_;
}

// Pictures [first, first + count) of the input, and their rows of the tokens.
void SmolVla::EncodePictures(const ModelInput& input, int64_t first, int64_t count,
                             const Tensor& tokens) {
  if (count == 0) return;
  const VisionConfig& c = sizes_.vision;
  const Run run{backend_, scratch_};
  const Scope scope(scratch_);
  const Tensor pixels = run.New({count, 3, c.image_height, c.image_width});
  const Tensor features = run.New({count * c.Patches(), c.width});
  const auto from = static_cast<size_t>(first * PictureFloats());
  backend_.Write(
      std::span(input.pixels).subspan(from, static_cast<size_t>(pixels.Count())),
      pixels);
  EncodeImages(run, weights_.vision, c, position_ids_, pixels, features,
               Rows(tokens, first * c.Tokens(), count * c.Tokens()),
               /*trace=*/nullptr);
}

bool SmolVla::Changed(const ModelInput& input, int64_t camera) const {
  if (kept_input_.pixels.size() != input.pixels.size()) return true;
  const auto at = camera * PictureFloats();
  return !std::equal(input.pixels.begin() + at,
                     input.pixels.begin() + at + PictureFloats(),
                     kept_input_.pixels.begin() + at);
}

int64_t SmolVla::EncodeChangedPictures(const ModelInput& input, const Tensor& tokens) {
  const int64_t cameras = static_cast<int64_t>(input.pixels.size()) / PictureFloats();
  changed_.clear();
  for (int64_t i = 0; i < cameras; ++i) changed_.push_back(Changed(input, i));
  changed_.push_back(false);
  // Should anything fail from here on, nothing kept is to be believed.
  kept_input_.pixels.clear();
  kept_input_.prefix.state.clear();
  int64_t encoded = 0;
  for (int64_t first = 0; first < cameras; ++first) {
    int64_t end = first;  // of neighbours that changed, which go together
    while (changed_[static_cast<size_t>(end)]) ++end;
    EncodePictures(input, first, end - first, tokens);
    encoded += end - first;
    first = end;
  }
  return encoded;
}

int64_t SmolVla::EncodeContext(const ModelInput& input, bool state_only,
                               const Context& context) {
  const Run run{backend_, scratch_};
  const int64_t tokens = context.prefix.Tokens();
  const int64_t first = state_only ? tokens - 1 : 0;
  if (state_only)
    EncodeState(run, weights_.language, sizes_.language, input.prefix, context.prefix);
  else
    EncodePrefix(run, weights_.language, sizes_.language, context.image_tokens,
                 sizes_.vision.Tokens(), input.prefix, context.prefix,
                 /*trace=*/nullptr);
  ProjectPrefix(run, weights_.expert, sizes_.expert, context.prefix, context.expert,
                first);
  return tokens - first;
}

StageTimes SmolVla::Predict(const ModelInput& input, std::span<const double> noise,
                            const Guidance* guidance, std::span<double> actions) {
  const ExpertConfig& e = sizes_.expert;
  const Run run{backend_, scratch_};
  const int64_t cameras = static_cast<int64_t>(input.pixels.size()) / PictureFloats();
  const int64_t tokens = PrefixTokens(input.prefix, sizes_.vision.Tokens());
  SVLA_CHECK(cameras * PictureFloats() == static_cast<int64_t>(input.pixels.size()));
  scratch_.Reset();
  StageTimes times;
  Stopwatch watch;

  const Context context =
      reuse_ ? KeptContext(cameras, tokens) : NewContext(scratch_, cameras, tokens);
  const bool state_may_do = reuse_ && !kept_input_.prefix.state.empty() &&
                            SameButState(input.prefix, kept_input_.prefix);
  times.pictures =
      reuse_ ? EncodeChangedPictures(input, context.image_tokens) : cameras;
  if (!reuse_) EncodePictures(input, 0, cameras, context.image_tokens);
  times.vision = watch.Lap();
  const bool state_only = state_may_do && times.pictures == 0;
  times.prefix_rows = EncodeContext(input, state_only, context);
  if (reuse_) kept_input_ = input;
  times.prefix = watch.Lap();
  const ExpertKv& kv = context.expert;

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
