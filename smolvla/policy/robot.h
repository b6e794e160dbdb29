// What a robot hands in and gets back. Everything here is in robot units:
// pictures as the camera gives them, joints as the driver reports them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace svla {

// A picture: rows from top to bottom, three bytes (red, green, blue) a pixel.
struct Image {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> rgb;  // [height, width, 3]
};

// What the robot sees at one tick.
struct Observation {
  // By feature name ("observation.images.top") or bare camera name ("top").
  std::map<std::string, Image> images;
  std::vector<float> state;  // [state_dim], robot units
  std::string task;          // "pick up the red cube"
  // Cameras whose picture is there but is to be ignored: the reference's
  // `<key>_padding_mask` = false. Named as in `images`.
  std::vector<std::string> masked;
};

using Action = std::vector<float>;  // [action_dim], robot units

// The plan for the next ticks, first action first.
struct ActionChunk {
  std::vector<Action> actions;     // [chunk_size][action_dim], robot units
  std::vector<Action> normalized;  // the same before the statistics are applied
};

// A machine that can be seen and moved: real, simulated or recorded.
class Robot {
 public:
  virtual ~Robot() = default;

  // Throws Error when a camera or a joint cannot be read.
  virtual Observation Observe() = 0;

  // Commands one action. Throws Error when its length is not the robot's.
  virtual void Act(const Action& action) = 0;
};

}  // namespace svla
