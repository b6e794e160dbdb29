// Flow matching: from noise at t = 1 to actions at t = 0 along the velocity field,
// in Euler steps; and, for real-time chunking, pulled towards the chunk that the
// robot is still executing.
//
// Source: LeRobot's policies/common/flow_matching.py and rtc/modeling_rtc.py.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "smolvla/model/module.h"

namespace svla {

// How strongly the old plan holds the new one, row by row.
enum class RtcSchedule { kZeros, kOnes, kLinear, kExp };

// "ZEROS", "ONES", "LINEAR" or "EXP". Throws Error for anything else.
RtcSchedule ParseRtcSchedule(const std::string& name);

// Weight of each of `total` rows: 1 before `start`, 0 from `end` on, between them
// as the schedule says.
std::vector<double> RtcWeights(RtcSchedule schedule, int64_t start, int64_t end,
                               int64_t total);

// What is left of the previous chunk and how to follow it.
struct Guidance {
  std::vector<double> previous;  // [rows, dim] normalised, first row is due next
  int64_t rows = 0;
  int64_t dim = 0;
  int64_t inference_delay = 0;  // rows that will be over before the new chunk is there
  int64_t execution_horizon = 10;
  double max_weight = 10.0;
  RtcSchedule schedule = RtcSchedule::kLinear;
};

// The time of step `step` of `steps` as the network sees it: rounded to float32,
// as the reference rounds it.
double TimeOfStep(int64_t step, int64_t steps);

// How far the velocity is bent towards the previous chunk at an unrounded time.
double GuidanceWeight(double time, double max_weight);

// velocity(step, x, v): v = the velocity at x and TimeOfStep(step, steps).
using VelocityFn = std::function<void(int64_t step, const Tensor& x, const Tensor& v)>;

// x [chunk, max_action_dim] starts as the noise and ends as the actions.
// `guidance` may be null.
void Integrate(Run run, int64_t steps, const VelocityFn& velocity,
               const Guidance* guidance, const Tensor& x);

}  // namespace svla
