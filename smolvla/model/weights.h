// The tensors of a checkpoint under the names the network knows, and their way
// into the backend.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/base/safetensors.h"
#include "smolvla/kernels/backend.h"
#include "smolvla/model/module.h"

namespace svla {

// model.safetensors. Names that other versions of transformers wrote are mapped to
// today's where that leaves no doubt; what old checkpoints kept beside the weights
// (normalize_inputs.buffer_...) is set apart.
class WeightFile {
 public:
  // Throws Error if the file cannot be read or two of its tensors are one.
  explicit WeightFile(const std::filesystem::path& path);
  explicit WeightFile(std::unique_ptr<MappedFile> file);

  const std::string& name() const { return file_.name(); }

  // Says that a tensor has been read (MappedFile::Release).
  void Release(const StoredTensor& tensor) const { file_.Release(tensor); }

  // Null if absent. `name` is today's.
  const StoredTensor* Find(const std::string& name) const;
  const std::map<std::string, StoredTensor>& tensors() const { return tensors_; }

  // The statistics of an old checkpoint, by the names in the file.
  const std::map<std::string, StoredTensor>& buffers() const { return buffers_; }

  // How many tensors are named `before` N `after` for N = 0, 1, ... without a gap.
  int64_t CountLayers(const std::string& before, const std::string& after) const;

  // Size `dimension` of a tensor. Throws Error if it is absent or has fewer.
  int64_t SizeOf(const std::string& name, size_t dimension) const;

 private:
  void Sort();

  SafetensorsFile file_;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, StoredTensor> buffers_;
};

// LeRobot ties or drops it in some versions, and no action depends on it: the one
// tensor of the walk that a file may lack.
inline constexpr const char* kMayBeAbsent = "model.vlm_with_expert.vlm.lm_head.weight";

// Calls the function on every weight of a network, in a fixed order.
using WeightWalk = std::function<void(const ParamFn&)>;

// Loads every weight of the walk into the arena, packed where the backend packs, and
// lets go of the file's memory as it goes, so that a weight is held once. Tables stay
// in the file, which must outlive them. Throws one Error that lists
// all that is wrong: tensors missing, left over, of another shape or type, or
// holding NaN or infinity. Nothing is allocated before the names and shapes agree.
void LoadWeights(const WeightFile& file, Backend& backend, const WeightWalk& walk,
                 Arena& weights);

}  // namespace svla
