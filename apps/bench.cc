#include <iostream>
#include <memory>

#include "apps/bench_report.h"
#include "apps/commands.h"
#include "smolvla/base/error.h"
#include "smolvla/base/threads.h"

namespace svla {
namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  smolvla bench --random base --cameras 2\n"
    "  smolvla bench my_policy --repeats 20 --json | jq .total_ms\n\n"
    "--random builds a network of full size with seeded weights: base has 16 layers,\n"
    "libero 32. Times are of the network; resizing and tokenizing are not in them.";

}  // namespace

void AddBench(CLI::App& app) {
  struct Arguments {
    BenchOptions bench;
    int threads = 0;
    bool json = false;
  };
  const auto a = std::make_shared<Arguments>();
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
  count("--steps", a->bench.steps, 10'000, "Euler steps");
  command.add_option("--backend", a->bench.backend, "cpu or reference")
      ->check(CLI::IsMember({"cpu", "reference"}))
      ->capture_default_str();
  command.add_option("--dtype", a->bench.dtype, "number type of the cpu backend")
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  command.add_option("--threads", a->threads, "threads; default: all cores")
      ->check(CLI::Range(1, 1024));
  command.add_flag("--json", a->json, "print one JSON object");
  command.callback([a] {
    if (a->bench.checkpoint.empty() == a->bench.random.empty())
      throw CLI::RequiredError("CHECKPOINT or --random");
    if (a->threads > 0) SetThreadCount(a->threads);
    const BenchReport report = RunBench(a->bench);
    if (a->json)
      std::cout << Serialized(ToJson(report)) << "\n";
    else
      std::cout << ToText(report);
  });
}

}  // namespace svla
