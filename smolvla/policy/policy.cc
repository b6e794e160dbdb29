#include "smolvla/policy/policy.h"

#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/base/random.h"
#include "smolvla/base/stopwatch.h"
#include "smolvla/policy/aloha.h"
#include "smolvla/policy/cameras.h"

namespace svla {
namespace {

constexpr int64_t kMostEulerSteps = 10'000;

int64_t SpecialToken(const Tokenizer& tokenizer, const char* text) {
  const auto id = tokenizer.IdOf(text);
  if (!id)
    Fail("add_image_special_tokens: expected the tokenizer to have ", text,
         ", found none");
  return *id;
}

// What is left of the previous chunk, checked, as the integration wants it.
Guidance GuidanceFor(const PreviousChunk& previous, const SmolVlaConfig& config) {
  Guidance guidance;
  guidance.rows = static_cast<int64_t>(previous.normalized.size());
  guidance.dim = config.ActionDim();
  if (guidance.rows < 1 || guidance.rows > config.chunk_size)
    Fail("previous chunk: expected 1 to ", config.chunk_size, " actions, found ",
         guidance.rows);
  for (const Action& action : previous.normalized) {
    if (static_cast<int64_t>(action.size()) != guidance.dim)
      Fail("previous chunk: expected actions of ", guidance.dim, " numbers, found ",
           action.size());
    for (const float value : action) {
      if (!std::isfinite(value)) Fail("previous chunk: holds NaN or infinity");
      guidance.previous.push_back(value);
    }
  }
  guidance.inference_delay = previous.inference_delay;
  guidance.execution_horizon =
      previous.execution_horizon.value_or(config.rtc.execution_horizon);
  if (guidance.inference_delay < 0 || guidance.execution_horizon < 0)
    Fail("previous chunk: expected a delay and a horizon from 0, found ",
         guidance.inference_delay, " and ", guidance.execution_horizon);
  guidance.max_weight = config.rtc.max_guidance_weight;
  guidance.schedule = ParseRtcSchedule(config.rtc.schedule);
  return guidance;
}

}  // namespace

struct Policy::Parts {
  Parts(const std::string& path, const PolicyOptions& options)
      : checkpoint(ReadCheckpoint(path, options.files)),
        tokenizer(ReadTokenizer(checkpoint, options.files)),
        found_state(FindNormalizer(checkpoint, options.files, "observation.state")),
        found_action(FindNormalizer(checkpoint, options.files, "action")),
        backend(MakeBackend(options.backend, options.dtype)),
        network(checkpoint.weights, checkpoint.sizes, *backend,
                options.steps ? options.steps : checkpoint.config.num_steps),
        seed(options.seed),
        n_action_steps(options.n_action_steps ? options.n_action_steps
                                              : checkpoint.config.n_action_steps) {
    network.SetReuse(options.reuse_pictures);
  }

  Checkpoint checkpoint;
  Tokenizer tokenizer;
  FoundNormalizer found_state;
  FoundNormalizer found_action;
  std::unique_ptr<Backend> backend;
  SmolVla network;
  std::map<std::string, Resizer<float>> resizers;  // by camera
  std::vector<int64_t> before_image, after_image;

  // SelectAction's.
  uint64_t seed;
  int64_t n_action_steps;
  uint64_t chunks = 0;
  std::deque<Action> queue;
};

Policy::Policy(const std::string& checkpoint, const PolicyOptions& options) {
  if (options.steps < 0 || options.steps > kMostEulerSteps)
    Fail("steps: expected 1 to ", kMostEulerSteps, ", found ", options.steps);
  parts_ = std::make_unique<Parts>(checkpoint, options);
  const SmolVlaConfig& config = parts_->checkpoint.config;
  if (parts_->n_action_steps < 1 || parts_->n_action_steps > config.chunk_size)
    Fail("n_action_steps: expected 1 to chunk_size, ", config.chunk_size, ", found ",
         parts_->n_action_steps);
  if (config.adapt_to_pi_aloha &&
      std::min(config.StateDim(), config.ActionDim()) < kAlohaJoints)
    Fail("adapt_to_pi_aloha: expected a state and actions of at least ", kAlohaJoints,
         " numbers");
  if (config.add_image_special_tokens) {
    const int64_t fake = SpecialToken(parts_->tokenizer, "<fake_token_around_image>");
    parts_->before_image = {fake, SpecialToken(parts_->tokenizer, "<global-img>")};
    parts_->after_image = {fake};
  }
}

Policy::~Policy() = default;
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;

const Checkpoint& Policy::checkpoint() const { return parts_->checkpoint; }
const FoundNormalizer& Policy::state_statistics() const { return parts_->found_state; }
const FoundNormalizer& Policy::action_statistics() const {
  return parts_->found_action;
}
const SmolVla& Policy::network() const { return parts_->network; }
Backend& Policy::backend() { return *parts_->backend; }

// Pictures resized, one after another, and which cameras they are of.
void Policy::PreparePictures(const Observation& seen, ModelInput& input,
                             std::vector<std::string>& warnings) {
  Parts& p = *parts_;
  const SmolVlaConfig& config = p.checkpoint.config;
  const VisionConfig& vision = p.checkpoint.sizes.vision;
  const Size target{vision.image_width, vision.image_height};
  const auto picture = static_cast<size_t>(3 * target.width * target.height);
  for (const CameraSlot& slot :
       AssignCameras(seen, config.Cameras(), config.empty_cameras,
                     p.checkpoint.processors.rename, warnings)) {
    const auto before = static_cast<int64_t>(input.pixels.size() / picture);
    input.prefix.cameras.push_back({slot.image != nullptr, before * vision.Tokens()});
    if (!slot.image) continue;
    if (!config.resize && Size{slot.image->width, slot.image->height} != target)
      Fail(slot.key, ": resize_imgs_with_padding is null: expected a picture of ",
           target.width, " x ", target.height, ", found ", slot.image->width, " x ",
           slot.image->height);
    input.pixels.resize(input.pixels.size() + picture);
    Resizer<float>& resizer = p.resizers.try_emplace(slot.key, target).first->second;
    resizer.Resize(*slot.image, std::span(input.pixels).last(picture));
  }
  input.prefix.before_image = p.before_image;
  input.prefix.after_image = p.after_image;
}

// Normalised, and filled up with zeros to the width the network reads.
std::vector<double> Policy::PrepareState(const std::vector<float>& seen) const {
  const SmolVlaConfig& config = parts_->checkpoint.config;
  if (static_cast<int64_t>(seen.size()) != config.StateDim())
    Fail("state: expected ", config.StateDim(), " numbers, found ", seen.size());
  for (size_t i = 0; i < seen.size(); ++i)
    if (!std::isfinite(seen[i]))
      Fail("state: expected finite numbers, found ", seen[i], " at ", i);
  std::vector<double> state(seen.begin(), seen.end());
  parts_->found_state.normalizer.Normalize(state);
  if (config.adapt_to_pi_aloha) DecodeAlohaState(state);
  state.resize(static_cast<size_t>(config.max_state_dim), 0.0);
  return state;
}

ModelInput Policy::Prepare(const Observation& seen, Prediction& prediction) {
  const Tokenizer& tokenizer = parts_->tokenizer;
  ModelInput input;
  PreparePictures(seen, input, prediction.warnings);
  input.prefix.words =
      EncodeTask(tokenizer, seen.task, parts_->checkpoint.processors.max_tokens,
                 &prediction.tokens_cut);
  input.prefix.state = PrepareState(seen.state);
  prediction.tokens = input.prefix.words;
  if (prediction.tokens_cut > 0) {
    const bool left = tokenizer.truncation_side() == Tokenizer::Side::kLeft;
    prediction.warnings.push_back(
        "the task is " + std::to_string(prediction.tokens_cut) +
        " tokens too long: its " + (left ? "start" : "end") + " is lost");
  }
  return input;
}

std::vector<double> Policy::NoiseFor(const PredictOptions& options) const {
  const SmolVlaConfig& config = parts_->checkpoint.config;
  const auto count = static_cast<size_t>(config.chunk_size * config.max_action_dim);
  std::vector<double> noise(count);
  if (!options.noise.empty()) {
    if (options.noise.size() != count)
      Fail("noise: expected [", config.chunk_size, ", ", config.max_action_dim, "], ",
           count, " numbers, found ", options.noise.size());
    for (size_t i = 0; i < count; ++i) {
      if (!std::isfinite(options.noise[i])) Fail("noise: holds NaN or infinity");
      noise[i] = options.noise[i];
    }
    return noise;
  }
  // Rounded to float, so that every backend starts from the same numbers.
  const Random random(options.seed);
  for (size_t i = 0; i < count; ++i)
    noise[i] = static_cast<double>(static_cast<float>(random.Normal(i)));
  return noise;
}

void Policy::Restore(std::span<const double> actions, ActionChunk& chunk) const {
  const SmolVlaConfig& config = parts_->checkpoint.config;
  const auto dim = static_cast<size_t>(config.ActionDim());
  for (int64_t row = 0; row < config.chunk_size; ++row) {
    const auto first =
        actions.subspan(static_cast<size_t>(row * config.max_action_dim));
    std::vector<double> action(first.begin(),
                               first.begin() + static_cast<int64_t>(dim));
    if (config.adapt_to_pi_aloha) EncodeAlohaAction(action);
    chunk.normalized.emplace_back(action.begin(), action.end());
    parts_->found_action.normalizer.Restore(action);
    chunk.actions.emplace_back(action.begin(), action.end());
    for (const float value : chunk.actions.back())
      if (!std::isfinite(value))
        Fail(
            "an action came out as NaN or infinity: the checkpoint's weights or "
            "statistics are not usable");
  }
}

Prediction Policy::Predict(const Observation& seen, const PredictOptions& options) {
  const Stopwatch watch;
  const SmolVlaConfig& config = parts_->checkpoint.config;
  Prediction prediction;
  std::optional<Guidance> guidance;
  if (options.previous) guidance = GuidanceFor(*options.previous, config);
  const std::vector<double> noise = NoiseFor(options);
  const ModelInput input = Prepare(seen, prediction);
  prediction.times.prepare = watch.Elapsed();

  std::vector<double> actions(noise.size());
  prediction.times.stages =
      parts_->network.Predict(input, noise, guidance ? &*guidance : nullptr, actions);
  Restore(actions, prediction.chunk);
  prediction.times.total = watch.Elapsed();
  return prediction;
}

Action Policy::SelectAction(const Observation& seen) {
  Parts& p = *parts_;
  if (p.checkpoint.config.has_rtc && p.checkpoint.config.rtc.enabled)
    Fail("rtc_config is enabled: real-time chunking plans whole chunks; use Predict");
  if (p.queue.empty()) {
    // Each chunk has noise of its own, a function of the seed and its number.
    const Random seeds(p.seed, /*stream=*/1);
    const auto words = seeds.Words(p.chunks++);
    const uint64_t seed = uint64_t{words[0]} << 32 | words[1];
    const Prediction plan = Predict(seen, {.seed = seed, .noise = {}, .previous = {}});
    p.queue.assign(plan.chunk.actions.begin(),
                   plan.chunk.actions.begin() + p.n_action_steps);
  }
  Action action = std::move(p.queue.front());
  p.queue.pop_front();
  return action;
}

void Policy::Reset() {
  parts_->queue.clear();
  parts_->chunks = 0;
}

}  // namespace svla
