// What was meant by a command or an option that there is not.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace svla {

// After a command line that was refused: the name nearest to the first word that
// nothing took, "--episode" for "--episod", or empty if none is near.
std::string NearestName(const CLI::App& app);

// True if the command line ends where a command should follow.
bool LacksCommand(const CLI::App& app);

}  // namespace svla
