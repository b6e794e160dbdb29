// The whole of inference behind one call:
//
//   Policy policy("path/to/checkpoint");
//   const Prediction plan = policy.Predict(robot.Observe(), {.seed = 0});
//   for (const Action& action : plan.chunk.actions) robot.Act(action);
//
// or, one action a tick, asking for a new chunk when the last is used up:
//
//   robot.Act(policy.SelectAction(robot.Observe()));
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "smolvla/model/smolvla.h"
#include "smolvla/policy/checkpoint.h"
#include "smolvla/policy/resize.h"
#include "smolvla/policy/robot.h"

namespace svla {

struct PolicyOptions {
  CheckpointOptions files;
  std::string backend = "cpu";  // or reference
  std::string dtype = "fp32";   // of the weights; bf16: half the memory
  int64_t steps = 0;            // Euler steps; 0: as config.json says
  int64_t n_action_steps = 0;   // of SelectAction; 0: as config.json says
  uint64_t seed = 0;            // of SelectAction's noise
  // A camera whose picture is the one of the call before is not encoded again, and if
  // none changed nor the task, only the state is. The same actions, sooner.
  bool reuse_pictures = false;
};

// Real-time chunking: the rest of the chunk being executed, which the new one
// follows where the two overlap (model/flow.h).
struct PreviousChunk {
  std::vector<Action> normalized;  // ActionChunk::normalized from the next action on
  int64_t inference_delay = 0;  // actions that will be over when the new one is there
  std::optional<int64_t> execution_horizon;  // default: config.json's rtc_config
};

struct PredictOptions {
  uint64_t seed = 0;
  // Instead of noise from the seed: [chunk_size * max_action_dim], row by row.
  std::vector<float> noise;
  std::optional<PreviousChunk> previous;
};

// Milliseconds.
struct PredictTimes {
  double prepare = 0;  // pictures resized, words to ids, state normalised
  StageTimes stages;
  double total = 0;
};

struct Prediction {
  ActionChunk chunk;
  std::vector<int64_t> tokens;  // ids of the task, without padding
  int64_t tokens_cut = 0;       // ids the task lost to the limit
  PredictTimes times;
  // What the caller should know of this observation: a camera left out, a task cut.
  std::vector<std::string> warnings;
};

// Not for two threads at once.
class Policy {
 public:
  // Throws Error, naming the file and the remedy, if the checkpoint cannot be run.
  explicit Policy(const std::string& checkpoint, const PolicyOptions& options = {});
  ~Policy();
  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;

  // Same observation, options and backend: the same actions, to the bit, with any
  // number of threads. Throws Error if the observation is not one of this policy: a
  // camera nobody knows or none at all, a state of another length or not finite, a task
  // that is not UTF-8. A camera of the policy that is absent is left out with a
  // warning, or stands as an empty one where config.json has empty_cameras, as in
  // LeRobot.
  Prediction Predict(const Observation& seen, const PredictOptions& options = {});

  // The next action of the present chunk; predicts a new one from `seen` when its
  // first n_action_steps are used up, and does not look at it otherwise. Throws
  // Error as Predict does, and where rtc_config is enabled, as LeRobot does.
  Action SelectAction(const Observation& seen);

  // Forgets the present chunk, for a new episode. The noise begins anew too.
  void Reset();

  // What the network reads of an observation. Fills the prediction's tokens and
  // warnings. Throws Error as Predict does.
  ModelInput Prepare(const Observation& seen, Prediction& prediction);

  const Checkpoint& checkpoint() const;
  const FoundNormalizer& state_statistics() const;
  const FoundNormalizer& action_statistics() const;
  const SmolVla& network() const;
  Backend& backend();

 private:
  struct Parts;

  void PreparePictures(const Observation& seen, ModelInput& input,
                       std::vector<std::string>& warnings);
  std::vector<double> PrepareState(const std::vector<float>& seen) const;
  std::vector<double> NoiseFor(const PredictOptions& options) const;
  void Restore(std::span<const double> actions, ActionChunk& chunk) const;

  std::unique_ptr<Parts> parts_;
};

}  // namespace svla
