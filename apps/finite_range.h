// CLI11's Range for floats, without what is neither below nor above a range: NaN.
#pragma once

#include <CLI/CLI.hpp>

namespace svla {

CLI::Validator FiniteRange(double least, double most);

}  // namespace svla
