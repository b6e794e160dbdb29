#include <iostream>
#include <memory>

#include "apps/checkpoint_options.h"
#include "apps/chunk_plot.h"
#include "apps/commands.h"
#include "apps/observation_arguments.h"
#include "apps/prediction_report.h"
#include "smolvla/base/text.h"
#include "smolvla/base/threads.h"
#include "smolvla/policy/policy.h"

namespace svla {
namespace {

struct PredictArguments {
  std::string checkpoint;
  PolicyOptions policy;
  ObservationArguments seen;
  NoiseArguments noise;
  int threads = 0;
  std::string out;
  std::string plot;
  bool json = false;
};

constexpr const char* kExamples =
    "\nExamples:\n"
    "  smolvla predict my_policy --image top=top.png --image wrist=wrist.jpg \\\n"
    "      --state 0.1,-22.5,80,45,0,12 --task 'pick up the red cube' --plot "
    "chunk.png\n"
    "  smolvla predict my_policy --image top=top.png --state 0,0,0,0,0,0 \\\n"
    "      --task 'fold the towel' --json | jq '.actions[0]'";

void PredictAndReport(const PredictArguments& a) {
  if (a.threads > 0) SetThreadCount(a.threads);
  if (!a.out.empty()) CheckOutput(a.out, {".csv", ".npy"});
  if (!a.plot.empty()) CheckOutput(a.plot, {".png", ".svg"});
  const Observation seen = ReadObservation(a.seen);
  Policy policy(a.checkpoint, a.policy);
  const PredictOptions options = ReadNoise(a.noise, policy.checkpoint().config);
  const Prediction plan = policy.Predict(seen, options);
  const PredictionReport report{
      a.checkpoint, a.policy.backend, a.policy.dtype, options.seed, seen, policy, plan};
  for (const std::string& warning : WarningsOf(report))
    std::cerr << "warning: " << Printable(warning) << "\n";
  if (!a.out.empty()) WriteChunk(a.out, plan.chunk);
  if (!a.plot.empty()) PlotChunk(a.plot, PlotOf(report));
  if (a.json)
    std::cout << Serialized(ToJson(report)) << "\n";
  else
    std::cout << ToText(report, a.out, a.plot);
}

}  // namespace

void AddPredict(CLI::App& app) {
  const auto a = std::make_shared<PredictArguments>();
  CLI::App& command =
      *app.add_subcommand("predict", "pictures, state and task → a chunk of actions");
  command.footer(kExamples);
  AddCheckpointOptions(command, a->checkpoint, a->policy.files);
  AddObservationOptions(command, a->seen);
  AddNoiseOptions(command, a->noise);
  command
      .add_option("--steps", a->policy.steps,
                  "Euler steps; default: as config.json says")
      ->check(CLI::Range(1, 10000))
      ->type_name("N");
  command
      .add_option("--backend", a->policy.backend, "cpu, or reference (double, slow)")
      ->check(CLI::IsMember({"cpu", "reference"}))
      ->capture_default_str();
  command
      .add_option("--dtype", a->policy.dtype,
                  "of the cpu backend's weights: bf16 takes half the memory")
      ->check(CLI::IsMember({"fp32", "bf16"}))
      ->capture_default_str();
  command.add_option("--threads", a->threads, "threads; default: all cores")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command.add_option("--out", a->out, "write the chunk: .csv, or .npy")
      ->type_name("FILE");
  command.add_option("--plot", a->plot, "draw the chunk: .png or .svg")
      ->type_name("FILE");
  command.add_flag("--json", a->json, "print one JSON object");
  command.callback([a] { PredictAndReport(*a); });
}

}  // namespace svla
