#include "apps/checkpoint_options.h"

namespace svla {

void AddCheckpointOptions(CLI::App& command, std::string& checkpoint,
                          CheckpointOptions& options) {
  command
      .add_option("checkpoint", checkpoint,
                  "folder of a SmolVLA checkpoint as LeRobot writes it, a training "
                  "run's folder, or a repo id in the local Hugging Face cache")
      ->required()
      ->type_name("CHECKPOINT");
  const auto file = [&](const char* name, std::string& to, const char* about) {
    command.add_option(name, to, about)->type_name("FILE")->group("Files");
  };
  file("--tokenizer", options.tokenizer, "tokenizer.json, or the folder that holds it");
  file("--vlm-config", options.vlm_config,
       "config.json of the vision-language model, or its folder");
  file("--stats-from", options.stats_from,
       "take the statistics from this dataset, stats.json or checkpoint");
  command
      .add_option("--stats-prefix", options.stats_prefix,
                  "choose the statistics kept under this name, such as so100")
      ->group("Files");
  command
      .add_flag("--unnormalized", options.unnormalized,
                "where statistics are missing, pass raw numbers through")
      ->group("Files");
}

}  // namespace svla
