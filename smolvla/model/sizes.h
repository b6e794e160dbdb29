// The sizes of a network, put together from the three places that tell them: the
// checkpoint's config.json, the language model's config.json, and the shapes of
// the tensors themselves.
#pragma once

#include <vector>

#include "smolvla/model/config.h"
#include "smolvla/model/expert.h"
#include "smolvla/model/language.h"
#include "smolvla/model/vision.h"
#include "smolvla/model/vlm_config.h"
#include "smolvla/model/weights.h"

namespace svla {

struct NetworkSizes {
  VisionConfig vision;
  LanguageConfig language;
  ExpertConfig expert;
};

// Throws Error, with the reason, where the places contradict one another, and for
// combinations that the reference itself cannot run.
NetworkSizes ResolveSizes(const SmolVlaConfig& config, const VlmConfig& vlm,
                          const WeightFile& file);

// Which layer of the language model each expert layer stands beside and whether it
// attends across. `layers` is the number of layers of the language model. Throws
// Error for the combinations the reference raises on (model.md section 5).
std::vector<ExpertLayerConfig> ExpertLayers(const SmolVlaConfig& config,
                                            int64_t layers);

// True if the facts agree with the tensors wherever the tensors tell.
bool Agrees(const VlmConfig& vlm, const WeightFile& file);

}  // namespace svla
