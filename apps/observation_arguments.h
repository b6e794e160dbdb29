// What the robot sees, from files and numbers on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "smolvla/policy/policy.h"
#include "smolvla/policy/robot.h"

namespace svla {

struct ObservationArguments {
  std::vector<std::string> images;  // KEY=FILE
  std::vector<std::string> masked;
  std::string state;  // "0.1,-22.5,80"
  std::string task;
};

void AddObservationOptions(CLI::App& command, ObservationArguments& arguments);

// Throws Error for a picture that cannot be read and numbers that are none.
Observation ReadObservation(const ObservationArguments& arguments);

// "0.1,-22.5,80", of --state. Throws Error for anything else.
std::vector<float> ParseState(const std::string& text);

// "top=top.png", of --image: the name and the file. Throws Error for anything else.
std::pair<std::string, std::string> ParseImage(const std::string& text);

struct NoiseArguments {
  int64_t seed = 0;
  std::string noise;     // .npy [chunk, max_action_dim]
  std::string previous;  // .npy [rows, action_dim], normalised
  int64_t inference_delay = 0;
  int64_t execution_horizon = -1;  // as config.json says
};

void AddNoiseOptions(CLI::App& command, NoiseArguments& arguments);

// Throws Error for files that are no arrays of that kind and size.
PredictOptions ReadNoise(const NoiseArguments& arguments, const SmolVlaConfig& config);

}  // namespace svla
