#include "smolvla/policy/aloha.h"

#include <algorithm>
#include <cmath>

#include "smolvla/base/error.h"

namespace svla {
namespace {

constexpr size_t kFlipped[] = {1, 2, 8, 9};
constexpr size_t kGrippers[] = {6, 13};

struct Range {
  double low, high;
  double From(double unit) const { return unit * (high - low) + low; }
  double To(double value) const { return (value - low) / (high - low); }
};

// Metres at the fingers, closed and open, in Aloha's own code.
constexpr Range kLinear = {0.01844, 0.05800};
// Radians of the gripper that the pi models were trained with.
constexpr Range kAngular = {0.4, 1.5};
// Radians of the joint that Aloha commands.
constexpr Range kJoint = {-0.6213, 1.4910};
// Metres, of the Interbotix gripper's linkage.
constexpr double kArm = 0.036;
constexpr double kHorn = 0.022;

double GripperToAngular(double value) {
  const double x = kLinear.From(value);
  const double sine = (kHorn * kHorn + x * x - kArm * kArm) / (2.0 * kHorn * x);
  return kAngular.To(std::asin(std::clamp(sine, -1.0, 1.0)));
}

double GripperFromAngular(double value) { return kJoint.To(kAngular.From(value)); }

}  // namespace

void DecodeAlohaState(std::span<double> state) {
  SVLA_CHECK(state.size() >= static_cast<size_t>(kAlohaJoints));
  for (const size_t i : kFlipped) state[i] = -state[i];
  for (const size_t i : kGrippers) state[i] = GripperToAngular(state[i]);
}

void EncodeAlohaAction(std::span<double> action) {
  SVLA_CHECK(action.size() >= static_cast<size_t>(kAlohaJoints));
  for (const size_t i : kFlipped) action[i] = -action[i];
  for (const size_t i : kGrippers) action[i] = GripperFromAngular(action[i]);
}

}  // namespace svla
