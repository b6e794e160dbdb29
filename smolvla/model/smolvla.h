// The whole network: pictures, words and state → a chunk of actions.
//
//   pixels ─ EncodeImages ─► image tokens ─┐
//   words, state ──────────────────────────┴ EncodePrefix ─► PrefixKv
//   noise ─ Integrate(Velocity x steps) ◄───────────────────────┘ ─► actions
//
// Why one forward serves inference and training. The attention mask is
// cumulative: image and text tokens see only each other, the state sees them, and
// no prefix token ever sees an action. PyTorch runs prefix and actions together
// in training and apart in inference; the mathematics is the same. So the network
// factors at PrefixKv, and one forward serves both.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "smolvla/model/flow.h"
#include "smolvla/model/sizes.h"
#include "smolvla/model/weights.h"

namespace svla {

// One observation as the network reads it.
struct ModelInput {
  // The prepared pictures of the visible cameras, one after another in model
  // order, [visible][3, image_height, image_width] in [-1, 1].
  std::vector<float> pixels;
  PrefixInput prefix;
};

// Milliseconds by stage, and what was computed in them.
struct StageTimes {
  double vision = 0;
  double prefix = 0;
  double expert = 0;        // all integration steps
  int64_t pictures = 0;     // that went through the vision tower
  int64_t prefix_rows = 0;  // that went through the language model
};

// The weights of every module, under one walk.
struct SmolVlaWeights {
  Vision vision;
  Language language;
  Expert expert;

  void Visit(const NetworkSizes& sizes, const ParamFn& f);
};

// A network with its weights and memory. Not for two threads at once.
class SmolVla {
 public:
  // Loads the weights. `file` is kept: tables stay in it. The backend must outlive
  // the object. Throws Error as ResolveSizes and LoadWeights do.
  SmolVla(std::shared_ptr<const WeightFile> file, const NetworkSizes& sizes,
          Backend& backend, int64_t steps);

  // From `noise` [chunk, max_action_dim] to `actions` of the same size, normalised.
  // Allocates nothing once it has seen inputs of this shape, but for three small
  // vectors with a guidance.
  StageTimes Predict(const ModelInput& input, std::span<const double> noise,
                     const Guidance* guidance, std::span<double> actions);

  // Whether Predict looks for what it has computed in the call before: a picture that
  // is the same, number for number, skips the vision tower, and if all are and the
  // words too, of the prefix only the state is computed. The actions are the same;
  // off at first.
  void SetReuse(bool reuse);

  // How many Euler steps Predict takes. Requires steps >= 1.
  void SetSteps(int64_t steps);
  int64_t steps() const { return steps_; }

  const NetworkSizes& sizes() const { return sizes_; }
  const SmolVlaWeights& weights() const { return weights_; }
  std::span<const int64_t> position_ids() const { return position_ids_; }
  size_t weight_bytes() const { return weight_memory_.bytes(); }

 private:
  // What Predict hands from stage to stage, and what of it a later call may find.
  struct Context {
    Tensor image_tokens;  // [cameras * tokens per image, width]
    PrefixKv prefix;
    ExpertKv expert;
  };

  Context NewContext(Arena& memory, int64_t cameras, int64_t tokens);
  // The context of the call before if it has these sizes, or a new one.
  const Context& KeptContext(int64_t cameras, int64_t tokens);
  void EncodePictures(const ModelInput& input, int64_t first, int64_t count,
                      const Tensor& tokens);
  // How many pictures were encoded.
  int64_t EncodeChangedPictures(const ModelInput& input, const Tensor& tokens);
  bool Changed(const ModelInput& input, int64_t camera) const;
  // How many rows were.
  int64_t EncodeContext(const ModelInput& input, bool state_only,
                        const Context& context);
  int64_t PictureFloats() const;

  std::shared_ptr<const WeightFile> file_;
  NetworkSizes sizes_;
  Backend& backend_;
  Arena weight_memory_;
  Arena step_memory_;  // time_biases_
  Arena scratch_;
  SmolVlaWeights weights_;
  std::vector<int64_t> position_ids_;
  int64_t steps_ = 0;
  Tensor time_biases_;  // [steps, expert width]

  bool reuse_ = false;
  Arena kept_memory_;
  Context kept_;           // empty before the first call
  ModelInput kept_input_;  // that kept_ is of; without state: of nothing
  std::vector<bool> changed_;
};

}  // namespace svla
