#include "apps/bench_measure.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <span>

#include "smolvla/base/error.h"
#include "smolvla/base/random.h"
#include "smolvla/base/stopwatch.h"
#include "smolvla/base/threads.h"
#include "smolvla/kernels/onednn_rate.h"
#include "smolvla/model/random_weights.h"
#include "smolvla/model/smolvla.h"
#include "smolvla/policy/checkpoint.h"

namespace svla {
namespace {

// Of this program. getrusage's is also that of the one which forked it.
double PeakRssMb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (double kilobytes = 0; word == "VmHWM:" && status >> kilobytes)
      return kilobytes / 1024.0;
  return 0;
}

// An observation of random pixels and words.
ModelInput RandomInput(const NetworkSizes& sizes, const BenchOptions& options) {
  const Random random(/*seed=*/0);
  const VisionConfig& v = sizes.vision;
  ModelInput input;
  input.pixels.resize(
      static_cast<size_t>(options.cameras * 3 * v.image_height * v.image_width));
  for (size_t i = 0; i < input.pixels.size(); ++i)
    input.pixels[i] = static_cast<float>(2.0 * random.Uniform(i) - 1.0);
  for (int64_t i = 0; i < options.cameras; ++i)
    input.prefix.cameras.push_back({true, i * v.Tokens()});
  for (int64_t i = 0; i < options.words; ++i)
    input.prefix.words.push_back(i * 7919 % sizes.language.vocabulary);
  input.prefix.state.assign(static_cast<size_t>(sizes.language.max_state_dim), 0.5);
  return input;
}

std::vector<double> RandomNoise(const ExpertConfig& c) {
  const Random random(/*seed=*/0, /*stream=*/1);
  std::vector<double> noise(static_cast<size_t>(c.chunk * c.max_action_dim));
  for (size_t i = 0; i < noise.size(); ++i) noise[i] = random.Normal(i);
  return noise;
}

// A network, one observation, and where the integration starts.
class Subject {
 public:
  explicit Subject(const BenchOptions& options) : options_(options) {
    NetworkSizes sizes = options.random == "libero" ? LiberoSizes() : BaseSizes();
    std::shared_ptr<const WeightFile> weights;
    if (options.checkpoint.empty()) weights = RandomWeights(sizes, /*seed=*/0);
    backend_ = MakeBackend(options.backend, options.dtype);

    const Stopwatch watch;
    columns_ = sizes.expert.max_action_dim;
    if (!options.checkpoint.empty()) {
      const Checkpoint checkpoint = ReadCheckpoint(options.checkpoint, {});
      sizes = checkpoint.sizes;
      weights = checkpoint.weights;
      columns_ = checkpoint.config.ActionDim();
    }
    network_ = std::make_unique<SmolVla>(weights, sizes, *backend_, options.steps[0]);
    startup_ms_ = watch.Elapsed();
    input_ = RandomInput(sizes, options);
    noise_ = RandomNoise(sizes.expert);
  }

  // Leaves the plan in actions().
  double Predict(int64_t steps, StageTimes* times = nullptr) {
    network_->SetSteps(steps);
    actions_.resize(noise_.size());
    const Stopwatch watch;
    const StageTimes found = network_->Predict(input_, noise_, nullptr, actions_);
    const double total = watch.Elapsed();
    if (times) *times = found;
    return total;
  }

  // Of the joints there are: what the network pads them to is no action.
  void Compare(std::span<const double> converged, StepsRun& run) const {
    const auto width = static_cast<size_t>(sizes().expert.max_action_dim);
    double apart = 0, moved = 0;
    for (size_t i = 0; i < actions_.size(); ++i) {
      if (i % width >= static_cast<size_t>(columns_)) continue;
      const double difference = actions_[i] - converged[i];
      apart += difference * difference;
      moved += (converged[i] - noise_[i]) * (converged[i] - noise_[i]);
      run.max_abs = std::max(run.max_abs, std::abs(difference));
    }
    run.relative_l2 = moved > 0 ? std::sqrt(apart / moved) : 0.0;
  }

  const std::vector<double>& actions() const { return actions_; }
  const NetworkSizes& sizes() const { return network_->sizes(); }
  Backend& backend() { return *backend_; }
  double startup_ms() const { return startup_ms_; }

 private:
  const BenchOptions& options_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<SmolVla> network_;
  double startup_ms_ = 0;
  int64_t columns_ = 0;
  ModelInput input_;
  std::vector<double> noise_, actions_;  // [chunk, max_action_dim]
};

// The best rate of the backend on a product of the vision tower's largest shape.
double BestProductGflops(Backend& backend) {
  constexpr int64_t kRows = 1024, kIn = 768, kOut = 3072;
  constexpr double kOperations = 2.0 * kRows * kIn * kOut;
  Arena arena;
  const Tensor x = arena.New(backend.Real(), {kRows, kIn});
  const Tensor y = arena.New(backend.Real(), {kRows, kOut});
  const Tensor plain = arena.New(backend.Real(), {kOut, kIn});
  for (const Tensor& t : {x, plain}) {
    const std::vector<float> values(static_cast<size_t>(t.Count()), 0.01f);
    backend.Write(std::span<const float>(values), t);
  }
  const Tensor w = backend.Pack(plain, arena);
  double best = 0;
  for (int i = 0; i < 12; ++i) {
    const Stopwatch watch;
    backend.Linear(x, w, {}, y);
    best = std::max(best, kOperations / watch.Elapsed() / 1e6);
  }
  return best;
}

OneDnnRates MeasureOneDnn(const std::vector<ProductShape>& products,
                          const std::string& dtype) {
  OneDnnRates rates;
  rates.dtype = dtype;
  double operations = 0, milliseconds = 0;
  for (const ProductShape& p : products) {
    const auto one = OneDnnMilliseconds(p.rows, p.in, p.out,
                                        dtype == "bf16" ? DType::kBF16 : DType::kF32);
    if (!one) return dtype == "fp32" ? OneDnnRates() : MeasureOneDnn(products, "fp32");
    const auto times = static_cast<double>(p.times);
    operations += times * p.Operations();
    milliseconds += times * *one;
    rates.best = std::max(rates.best, p.Operations() / *one / 1e6);
  }
  rates.chunk = operations / milliseconds / 1e6;
  return rates;
}

// The numbers of steps take turns, so that what else the machine does meets all.
void MeasureChunks(Subject& subject, BenchReport& report) {
  const BenchOptions& options = report.options;
  const bool compared = options.steps.size() > 1;
  report.first_ms = subject.Predict(options.steps[0]);
  subject.Predict(compared ? kConvergedSteps : options.steps[0]);
  const std::vector<double> converged = subject.actions();
  for (int64_t i = 0; i < options.repeats; ++i)
    for (StepsRun& run : report.runs) {
      StageTimes times;
      run.total.push_back(subject.Predict(run.steps, &times));
      run.vision.push_back(times.vision);
      run.prefix.push_back(times.prefix);
      run.expert_step.push_back(times.expert / static_cast<double>(run.steps));
      if (compared) subject.Compare(converged, run);
    }
}

}  // namespace

BenchReport RunBench(const BenchOptions& options) {
  SVLA_CHECK(!options.steps.empty());
  BenchReport report;
  report.options = options;
  report.threads = ThreadCount();
  Subject subject(report.options);
  report.startup_ms = subject.startup_ms();
  for (const int64_t steps : options.steps) {
    report.runs.emplace_back().steps = steps;
    report.runs.back().cost =
        CostOfChunk(subject.sizes(), options.cameras, options.words, steps);
  }
  MeasureChunks(subject, report);
  report.peak_rss_mb = PeakRssMb();
  if (options.backend != "cpu") return report;
  // After the chunks, whose memory and caches this must not touch.
  report.onednn = MeasureOneDnn(ProductsOfChunk(subject.sizes(), options.cameras,
                                                options.words, options.steps[0]),
                                options.dtype);
  report.peak_gflops =
      std::max(report.onednn.best, BestProductGflops(subject.backend()));
  return report;
}

}  // namespace svla
