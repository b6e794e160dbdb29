// The subcommands of the one binary. Each adds itself to the command line and runs
// from CLI11's callback; what is wrong with the world leaves it as svla::Error.
#pragma once

#include <CLI/CLI.hpp>

namespace svla {

void AddPredict(CLI::App& app);
void AddInfo(CLI::App& app);
void AddDoctor(CLI::App& app);
void AddBench(CLI::App& app);
void AddData(CLI::App& app);
void AddCompletion(CLI::App& app);

// What leaves a command that has printed its report, when the report is that the input
// is wrong: exit code 1, and nothing more is printed.
struct FoundWrong {};

// Parses and runs. Returns the exit code: 0, 1 for a wrong input (one line on
// stderr, or the command's report, says which), 2 for a wrong command line, 128 +
// signal where one ended it.
int RunCommandLine(int argc, const char* const* argv);

}  // namespace svla
