#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/doctor/checks.h"
#include "smolvla/policy/policy.h"

namespace svla {
namespace {

// LeRobot's default for a control loop.
constexpr double kUsualRate = 30;

// `needed` may be more than an integer holds.
std::string RemedyFor(int64_t steps, double needed, int64_t chunk_size) {
  if (needed <= static_cast<double>(chunk_size)) {
    const auto least = static_cast<int64_t>(needed);
    return Text("execute at least ", least, " actions of a chunk (n_action_steps ",
                least, "), or plan the next chunk while this one is executed");
  }
  return Text("not even all ", chunk_size, " actions of a chunk last that long",
              steps < chunk_size ? Text(" (n_action_steps ", chunk_size, ")") : "",
              ": use a faster machine, fewer cameras or fewer Euler steps (num_steps)");
}

// A grey picture of each camera, as large as the network's, where the user gave none:
// the time does not depend on what is to be seen.
Observation ObservationFor(const Patient& p, const Given& given,
                           const std::map<std::string, Image>& pictures) {
  const SmolVlaConfig& config = p.parts.config;
  Observation seen;
  seen.images = pictures;
  seen.task = given.task.value_or("pick up the cube");
  if (given.state)
    seen.state = *given.state;
  else if (p.state && p.parts.processors.state_mode == NormalizationMode::kMeanStd)
    for (const double mean : p.state->values.at("mean"))
      seen.state.push_back(static_cast<float>(mean));
  else
    seen.state.resize(static_cast<size_t>(p.state_dim.value_or(0)));
  if (!seen.images.empty()) return seen;
  const auto bytes = static_cast<size_t>(3 * config.image_width * config.image_height);
  const auto cameras = config.Cameras();
  // The placeholders of empty_cameras are computed by nothing.
  const size_t real =
      cameras.size() -
      std::min(cameras.size() - 1, static_cast<size_t>(config.empty_cameras));
  for (size_t i = 0; i < real; ++i)
    seen.images[cameras[i]] = {config.image_width, config.image_height,
                               std::vector<uint8_t>(bytes, 128)};
  return seen;
}

}  // namespace

double ControlRate(const Given& given, const DatasetFacts* dataset) {
  if (given.fps) return *given.fps;
  return dataset && dataset->fps ? *dataset->fps : kUsualRate;
}

void CheckPace(double chunk_ms, int64_t steps, int64_t chunk_size, double fps,
               Diagnosis& to) {
  const double lasts_ms = 1000.0 * static_cast<double>(steps) / fps;
  if (chunk_ms <= lasts_ms) return;
  const double needed = std::ceil(chunk_ms * fps / 1000.0);
  to.findings.push_back(
      {"chunk-too-slow", Severity::kWarning, "n_action_steps",
       Text("expected a chunk within the ", Digits(lasts_ms), " ms that ", steps,
            steps == 1 ? " action lasts" : " actions last", " at ", Digits(fps),
            " a second, found ", Digits(chunk_ms), " ms"),
       Text("the robot stands still between chunks, ",
            Digits(100 * chunk_ms / (chunk_ms + lasts_ms)),
            " % of the time, and what it sees is old when it moves"),
       RemedyFor(steps, needed, chunk_size)});
}

void CheckLatency(const Patient& p, const Given& given,
                  const std::map<std::string, Image>& pictures,
                  const DatasetFacts* dataset, Diagnosis& to) {
  const char* what = "time of a chunk";
  if (to.Count(Severity::kError) > 0)
    return to.not_checked.push_back({what, "a checkpoint and an input without errors"});
  if (!given.measure && (pictures.empty() || !given.state))
    return to.not_checked.push_back({what, "--image and --state, or --measure"});
  try {
    PolicyOptions options;
    options.files = p.options;
    options.dtype = given.dtype;
    Policy policy(p.parts.folder.string(), options);
    const Observation seen = ObservationFor(p, given, pictures);
    // The first chunk pays for memory and machine code that later ones find there.
    policy.Predict(seen);
    const double chunk_ms = policy.Predict(seen).times.total;
    const double fps = ControlRate(given, dataset);
    to.checked.push_back(Text(what, ": ", Digits(chunk_ms), " ms at ", Digits(fps),
                              " actions a second"));
    CheckPace(chunk_ms, p.parts.config.n_action_steps, p.parts.config.chunk_size, fps,
              to);
  } catch (const std::exception& e) {
    to.findings.push_back({"policy-does-not-run", Severity::kError, p.name, e.what(),
                           "the robot gets no actions",
                           "see the message; smolvla predict gives the same"});
  }
}

}  // namespace svla
