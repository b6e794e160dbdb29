// The Aloha robot's joints in the convention of the pi models, for checkpoints
// with adapt_to_pi_aloha. As in LeRobot the maps act on normalised numbers.
//
// Source: LeRobot's policies/smolvla/modeling_smolvla.py, _pi_aloha_*.
#pragma once

#include <cstdint>
#include <span>

namespace svla {

// Two arms of seven joints.
inline constexpr int64_t kAlohaJoints = 14;

// A state on its way in, an action on its way out. Both require at least 14
// values; further ones are left alone.
void DecodeAlohaState(std::span<double> state);
void EncodeAlohaAction(std::span<double> action);

}  // namespace svla
