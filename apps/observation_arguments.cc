#include "apps/observation_arguments.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "smolvla/base/error.h"
#include "smolvla/base/npy.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

float ParseNumber(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  // In double, because what float rounds to 0 is still a number.
  double value = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = end == text.data() + text.size();
  const auto rounded = static_cast<float>(value);
  if (number && (problem == std::errc::result_out_of_range ||
                 (std::isinf(rounded) && !std::isinf(value))))
    Fail("--state: ", text, " does not fit a 32-bit float, which ends at 3.4e38");
  if (problem != std::errc() || !number)
    Fail("--state: expected numbers with commas between them, found \"", text, "\"");
  return rounded;
}

// [rows, columns], or the same with a batch of one in front.
NpyArray ReadMatrix(const std::string& path, int64_t columns) {
  NpyArray array = ReadNpy(path);
  if (array.shape.size() == 3 && array.shape[0] == 1)
    array.shape.erase(array.shape.begin());
  if (array.shape.size() == 2 && array.shape[1] == columns) return array;
  std::string shape;
  for (const int64_t size : array.shape)
    shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  Fail(path, ": expected an array [rows, ", columns, "], found [", shape, "]");
}

}  // namespace

std::vector<float> ParseState(const std::string& state) {
  std::vector<float> numbers;
  std::string_view text = state;
  for (bool more = true; more;) {
    const size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    numbers.push_back(ParseNumber(text.substr(0, comma)));
    if (more) text.remove_prefix(comma + 1);
  }
  return numbers;
}

std::pair<std::string, std::string> ParseImage(const std::string& image) {
  const size_t equals = image.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == image.size())
    Fail("--image: expected KEY=FILE, found \"", image, "\"");
  return {image.substr(0, equals), image.substr(equals + 1)};
}

void AddObservationOptions(CLI::App& command, ObservationArguments& a) {
  command
      .add_option("--image", a.images,
                  "a camera's picture, PNG or JPEG, of any size; KEY is the feature's "
                  "name or the camera's alone; once for each camera")
      ->type_name("KEY=FILE")
      ->allow_extra_args(false);
  command.add_option("--state", a.state, "joint positions in robot units")
      ->type_name("V,V,...")
      ->required();
  command.add_option("--task", a.task, "what to do, in words")->required();
  command
      .add_option("--mask", a.masked,
                  "ignore this camera's picture (the reference's padding mask)")
      ->type_name("KEY")
      ->allow_extra_args(false);
}

Observation ReadObservation(const ObservationArguments& a) {
  Observation seen;
  for (const std::string& image : a.images) {
    const auto [key, file] = ParseImage(image);
    if (!seen.images.emplace(key, ReadPicture(file)).second)
      Fail("--image: two pictures for \"", key, "\"");
  }
  seen.state = ParseState(a.state);
  seen.task = a.task;
  seen.masked = a.masked;
  return seen;
}

void AddNoiseOptions(CLI::App& command, NoiseArguments& a) {
  // One less than the most: a number beyond it is read as the most.
  command.add_option("--seed", a.seed, "seed of the noise the chunk starts from")
      ->check(CLI::Range(int64_t{0}, std::numeric_limits<int64_t>::max() - 1))
      ->type_name("N")
      ->default_str("0");
  command
      .add_option(
          "--noise", a.noise,
          "the noise itself, float32 .npy [chunk, max_action_dim]; the seed is then "
          "of no effect")
      ->type_name("FILE");
  auto* previous =
      command
          .add_option("--previous", a.previous,
                      "rest of the chunk being executed, normalised, .npy [rows, "
                      "action_dim]: the new chunk follows it (real-time chunking)")
          ->type_name("FILE")
          ->group("Real-time chunking");
  command
      .add_option("--inference-delay", a.inference_delay,
                  "actions that will be over when the new chunk is there")
      ->check(CLI::Range(0, 10000))
      ->type_name("N")
      ->needs(previous)
      ->group("Real-time chunking");
  command
      .add_option(
          "--execution-horizon", a.execution_horizon,
          "actions that follow the previous chunk; default: as config.json says")
      ->check(CLI::Range(0, 10000))
      ->type_name("N")
      ->needs(previous)
      ->group("Real-time chunking");
}

PredictOptions ReadNoise(const NoiseArguments& a, const SmolVlaConfig& config) {
  PredictOptions options;
  options.seed = static_cast<uint64_t>(a.seed);
  if (!a.noise.empty()) {
    const NpyArray noise = ReadMatrix(a.noise, config.max_action_dim);
    if (noise.shape[0] != config.chunk_size)
      Fail(a.noise, ": expected ", config.chunk_size, " rows, found ", noise.shape[0]);
    options.noise = noise.values;
  }
  if (a.previous.empty()) return options;
  const NpyArray array = ReadMatrix(a.previous, config.ActionDim());
  PreviousChunk previous;
  for (int64_t row = 0; row < array.shape[0]; ++row) {
    const auto first = array.values.begin() + row * array.shape[1];
    previous.normalized.emplace_back(first, first + array.shape[1]);
  }
  previous.inference_delay = a.inference_delay;
  if (a.execution_horizon >= 0) previous.execution_horizon = a.execution_horizon;
  options.previous = previous;
  return options;
}

}  // namespace svla
