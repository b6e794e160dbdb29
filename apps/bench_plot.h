// A picture of what `smolvla bench` measured.
#pragma once

#include <filesystem>

#include "apps/bench_measure.h"

namespace svla {

// One number of steps: how the time divides into stages. Several: the error of each
// against its time. A PNG 1600 pixels wide or an SVG of the same layout, whole or not
// at all. Throws Error if `path` ends in neither .png nor .svg, or cannot be written.
void PlotBench(const std::filesystem::path& path, const BenchReport& report);

}  // namespace svla
