#include "apps/bench_report.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "smolvla/base/error.h"
#include "smolvla/base/random.h"
#include "smolvla/base/threads.h"
#include "smolvla/model/random_weights.h"
#include "smolvla/model/smolvla.h"
#include "smolvla/policy/checkpoint.h"

namespace svla {
namespace {

using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
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

// The best rate of the backend on a product of the vision tower's largest shape.
double PeakGflops(Backend& backend) {
  constexpr int64_t kRows = 1024, kIn = 768, kOut = 3072;
  constexpr double kOperations = 2.0 * kRows * kIn * kOut;
  if (backend.Name() != "cpu") return 0;
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
    const auto start = Clock::now();
    backend.Linear(x, w, {}, y);
    best = std::max(best, kOperations / MillisecondsSince(start) / 1e6);
  }
  return best;
}

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

Json Summary(const Samples& samples) {
  return {{"min", Quantile(samples, 0.0)},
          {"median", Quantile(samples, 0.5)},
          {"p99", Quantile(samples, 0.99)}};
}

// GFLOP/s of the median chunk.
double Gflops(const BenchReport& r) {
  return r.cost.Total() / Quantile(r.total, 0.5) / 1e6;
}

std::string Row(const char* name, const Samples& samples, double operations) {
  char text[160];
  const double median = Quantile(samples, 0.5);
  std::snprintf(text, sizeof text, "%-12s%10.1f%10.1f%10.1f%12.1f\n", name,
                Quantile(samples, 0.0), median, Quantile(samples, 0.99),
                operations / median / 1e6);
  return text;
}

}  // namespace

double Quantile(Samples samples, double q) {
  SVLA_CHECK(!samples.empty());
  std::sort(samples.begin(), samples.end());
  const auto last = static_cast<double>(samples.size() - 1);
  return samples[static_cast<size_t>(std::ceil(q * last - 1e-9))];
}

BenchReport RunBench(const BenchOptions& options) {
  BenchReport report;
  report.options = options;
  report.threads = ThreadCount();
  NetworkSizes sizes = options.random == "libero" ? LiberoSizes() : BaseSizes();
  std::shared_ptr<const WeightFile> weights;
  if (options.checkpoint.empty()) weights = RandomWeights(sizes, /*seed=*/0);
  const std::unique_ptr<Backend> backend = MakeBackend(options.backend, options.dtype);

  auto start = Clock::now();
  if (!options.checkpoint.empty()) {
    const Checkpoint checkpoint = ReadCheckpoint(options.checkpoint, {});
    sizes = checkpoint.sizes;
    weights = checkpoint.weights;
  }
  SmolVla network(weights, sizes, *backend, options.steps);
  report.startup_ms = MillisecondsSince(start);
  report.cost = CostOfChunk(sizes, options.cameras, options.words, options.steps);

  const ModelInput input = RandomInput(sizes, options);
  const auto count =
      static_cast<size_t>(sizes.expert.chunk * sizes.expert.max_action_dim);
  const std::vector<double> noise(count, 0.25);
  std::vector<double> actions(count);
  for (int64_t i = -2; i < options.repeats; ++i) {
    start = Clock::now();
    const StageTimes times = network.Predict(input, noise, nullptr, actions);
    const double total = MillisecondsSince(start);
    if (i == -2) report.first_ms = total;
    if (i < 0) continue;
    report.total.push_back(total);
    report.vision.push_back(times.vision);
    report.prefix.push_back(times.prefix);
    report.expert_step.push_back(times.expert / static_cast<double>(options.steps));
  }
  report.peak_gflops = PeakGflops(*backend);
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  report.peak_rss_mb = static_cast<double>(usage.ru_maxrss) / 1024.0;
  return report;
}

Json ToJson(const BenchReport& r) {
  return {
      {"network", r.options.random.empty() ? r.options.checkpoint : r.options.random},
      {"backend", r.options.backend},
      {"dtype", r.options.dtype},
      {"cameras", r.options.cameras},
      {"words", r.options.words},
      {"steps", r.options.steps},
      {"repeats", r.options.repeats},
      {"threads", r.threads},
      {"total_ms", Summary(r.total)},
      {"vision_ms", Summary(r.vision)},
      {"prefix_ms", Summary(r.prefix)},
      {"expert_step_ms", Summary(r.expert_step)},
      {"startup_ms", r.startup_ms},
      {"first_chunk_ms", r.first_ms},
      {"gflop", r.cost.Total() / 1e9},
      {"gflops", Gflops(r)},
      {"peak_gflops", r.peak_gflops},
      {"peak_share", r.peak_gflops > 0 ? Gflops(r) / r.peak_gflops : 0.0},
      {"peak_rss_mb", r.peak_rss_mb},
      {"machine", CpuModel()},
      {"compiler", __VERSION__},
      {"commit", SMOLVLA_COMMIT}};
}

std::string ToText(const BenchReport& r) {
  const double steps = static_cast<double>(r.options.steps);
  std::ostringstream text;
  char line[200];
  text << CpuModel() << ", " << r.threads << " threads, " << r.options.backend << " "
       << r.options.dtype << "; " << r.options.cameras << " cameras, "
       << r.options.words << " words, " << r.options.steps << " steps, "
       << r.options.repeats << " repeats; commit " << SMOLVLA_COMMIT
       << "\n\nms               min    median       p99     GFLOP/s\n"
       << Row("total", r.total, r.cost.Total())
       << Row("vision", r.vision, r.cost.vision)
       << Row("prefix", r.prefix, r.cost.prefix)
       << Row("expert step", r.expert_step, r.cost.expert / steps);
  std::snprintf(
      line, sizeof line,
      "\n%.0f GFLOP at %.0f GFLOP/s, %.0f %% of the %.0f that one large product "
      "reaches\nstart-up %.0f ms, first chunk %.0f ms, peak memory %.0f MB\n",
      r.cost.Total() / 1e9, Gflops(r),
      r.peak_gflops > 0 ? 100.0 * Gflops(r) / r.peak_gflops : 0.0, r.peak_gflops,
      r.startup_ms, r.first_ms, r.peak_rss_mb);
  text << line;
  return text.str();
}

}  // namespace svla
