#include <iostream>
#include <memory>

#include "apps/bench_plot.h"
#include "apps/bench_report.h"
#include "apps/commands.h"
#include "apps/prediction_report.h"
#include "smolvla/base/threads.h"

namespace svla {
namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  smolvla bench --random base --cameras 2\n"
    "  smolvla bench my_policy --repeats 20 --json | jq .total_ms\n"
    "  smolvla bench my_policy --steps 1,2,5,10,20,50 --plot steps.png\n\n"
    "--random builds a network of full size with seeded weights: base has 16 layers,\n"
    "libero 32. Pixels, words and noise are random. Times are of the network alone.";

struct BenchArguments {
  BenchOptions bench;
  int threads = 0;
  std::string plot;
  bool json = false;
};

void Bench(const BenchArguments& a) {
  if (!a.plot.empty()) CheckOutput(a.plot, {".png", ".svg"});
  if (a.threads > 0) SetThreadCount(a.threads);
  const BenchReport report = RunBench(a.bench);
  if (!a.plot.empty()) PlotBench(a.plot, report);
  std::cout << (a.json ? Serialized(ToJson(report)) + "\n" : ToText(report));
}

}  // namespace

void AddBench(CLI::App& app) {
  const auto a = std::make_shared<BenchArguments>();
  CLI::App& command = *app.add_subcommand("bench", "how long a chunk takes, by stage");
  command.footer(kExamples);
  auto* checkpoint =
      command.add_option("checkpoint", a->bench.checkpoint, "folder of a checkpoint")
          ->type_name("CHECKPOINT");
  command.add_option("--random", a->bench.random, "random weights of this family")
      ->check(CLI::IsMember({"base", "libero"}))
      ->excludes(checkpoint);
  const auto count = [&](const char* name, int64_t& to, int64_t most,
                         const char* about) {
    command.add_option(name, to, about)
        ->check(CLI::Range(int64_t{1}, most))
        ->capture_default_str();
  };
  count("--cameras", a->bench.cameras, 16, "cameras with a picture");
  count("--words", a->bench.words, 8192, "tokens of the task");
  count("--repeats", a->bench.repeats, 100'000, "timed chunks, after two others");
  auto* steps =
      command.add_option("--steps", a->bench.steps,
                         "Euler steps; of several, time and distance from 100 steps");
  steps->check(CLI::Range(1, 10000))->delimiter(',')->allow_extra_args(false);
  steps->type_name("N[,N...]")->default_str("10");
  command.add_option("--backend", a->bench.backend, "cpu or reference")
      ->check(CLI::IsMember({"cpu", "reference"}))
      ->capture_default_str();
  command.add_option("--dtype", a->bench.dtype, "number type of the cpu backend")
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  command.add_option("--threads", a->threads, "threads; default: all cores")
      ->check(CLI::Range(1, 1024));
  command.add_option("--plot", a->plot, "draw times, or errors: .png or .svg")
      ->type_name("FILE");
  command.add_flag("--json", a->json, "print one JSON object");
  command.callback([a] {
    if (a->bench.checkpoint.empty() == a->bench.random.empty())
      throw CLI::RequiredError("CHECKPOINT or --random");
    Bench(*a);
  });
}

}  // namespace svla
