// What training takes at a time: some frames of a dataset, each with what came shortly
// before and after it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "smolvla/base/json.h"
#include "smolvla/policy/robot.h"

namespace svla {

// A place in the endless sequence of samples: so many frames of an epoch have gone.
struct LoaderPosition {
  int64_t epoch = 0;
  int64_t taken = 0;

  bool operator==(const LoaderPosition&) const = default;
};

// {"epoch": 3, "taken": 160}. Reading throws Error, naming `name`, if it is none.
Json ToJson(const LoaderPosition& position);
LoaderPosition ReadLoaderPosition(const Json& json, const std::string& name);

// A feature of numbers, at each of its steps.
struct Numbers {
  std::vector<int64_t> shape;   // [batch, steps, ...], as the feature has it
  std::vector<float> values;    // of that shape
  std::vector<uint8_t> is_pad;  // [batch, steps]: 1 beyond the ends of the episode
};

// A camera, at each of its steps.
struct Pictures {
  int64_t steps = 1;
  std::vector<Image> images;    // [batch, steps]
  std::vector<uint8_t> is_pad;  // [batch, steps], as of Numbers
};

struct Batch {
  LoaderPosition position;                   // where it begins
  std::vector<int64_t> frames;               // [batch] their "index" in the dataset
  std::map<std::string, Numbers> numbers;    // by feature, as renamed
  std::map<std::string, Pictures> pictures;  // by camera, as renamed
  std::vector<std::string> tasks;            // [batch]
};

}  // namespace svla
