// The subcommands of the one binary. Each adds itself to the command line and runs
// from CLI11's callback; what is wrong with the world leaves it as svla::Error.
#pragma once

#include <CLI/CLI.hpp>

namespace svla {

void AddPredict(CLI::App& app);
void AddInfo(CLI::App& app);
void AddBench(CLI::App& app);
void AddCompletion(CLI::App& app);

// Parses and runs. Returns the exit code: 0, 1 for a wrong input (one line on
// stderr says which), 2 for a wrong command line.
int RunCommandLine(int argc, const char* const* argv);

}  // namespace svla
