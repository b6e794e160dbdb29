// The options that every command about a checkpoint has.
#pragma once

#include <CLI/CLI.hpp>

#include "smolvla/policy/checkpoint.h"

namespace svla {

// CHECKPOINT, --tokenizer, --vlm-config, --stats-from, --stats-prefix and
// --unnormalized.
void AddCheckpointOptions(CLI::App& command, std::string& checkpoint,
                          CheckpointOptions& options);

}  // namespace svla
