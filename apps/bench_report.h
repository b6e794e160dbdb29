// What `smolvla bench` measured, in words, as JSON and as a picture.
#pragma once

#include <string>

#include "apps/bench_measure.h"
#include "smolvla/base/json.h"

namespace svla {

Json ToJson(const BenchReport& report);
std::string ToText(const BenchReport& report);

// "AMD EPYC, 2 threads, cpu fp32": the machine and what ran on it.
std::string MachineOf(const BenchReport& report);

// "2 cameras, 48 words, 10 steps, 5 repeats", the steps where it is one number.
std::string SubjectOf(const BenchReport& report);

}  // namespace svla
