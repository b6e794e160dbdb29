// For tests only: a copy of a recorded checkpoint, to be changed.
#pragma once

#include <fstream>

#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/model/test_networks.h"
#include "smolvla/policy/policy.h"

namespace svla {

inline constexpr const char* kPreprocessor = "policy_preprocessor.json";
inline constexpr const char* kPostprocessor = "policy_postprocessor.json";
inline constexpr const char* kNormalizerState =
    "policy_preprocessor_step_5_normalizer_processor.safetensors";
inline constexpr const char* kUnnormalizerState =
    "policy_postprocessor_step_0_unnormalizer_processor.safetensors";

class CheckpointCopy {
 public:
  explicit CheckpointCopy(const std::string& golden = "one_camera") {
    std::filesystem::create_directory(path());
    for (const auto& entry : std::filesystem::directory_iterator(GoldenFolder(golden)))
      if (entry.path().filename() != "golden.safetensors")
        std::filesystem::copy_file(entry.path(), path() / entry.path().filename());
  }

  std::filesystem::path path() const { return folder_.path() / "checkpoint"; }
  // Beside the checkpoint, for files that are not in it.
  const std::filesystem::path& outside() const { return folder_.path(); }

  void EditJson(const std::string& file, const std::function<void(Json&)>& edit) {
    Json json = ReadJson(path() / file);
    edit(json);
    WriteAtomically(path() / file, json.dump());
  }

  void EditTensors(const std::string& file,
                   const std::function<void(AlteredTensors&)>& edit) {
    AlteredTensors tensors(path() / file);
    edit(tensors);
    tensors.Write(path() / file);
  }

  void Remove(const std::string& file) { std::filesystem::remove(path() / file); }

  // Few steps on the plain backend: there is no machine code to be made first.
  Policy Load(const CheckpointOptions& files = {}) const {
    PolicyOptions options;
    options.files = files;
    options.backend = "reference";
    options.steps = 1;
    return Policy(path().string(), options);
  }

  std::string Refusal(const CheckpointOptions& files = {}) const {
    return MessageOf([&] { Load(files); });
  }

 private:
  TempFolder folder_;
};

// What the "front" camera and the six joints of the recorded checkpoints may see.
inline Observation SomeObservation(const std::string& camera = "front") {
  Observation seen;
  Image image{28, 20, {}};
  for (int i = 0; i < 28 * 20 * 3; ++i)
    image.rgb.push_back(static_cast<uint8_t>(i * 2654435761u >> 24));
  seen.images[camera] = image;
  seen.state = {0.5f, -20.0f, 3.0f, 40.0f, 0.0f, 1.5f};
  seen.task = "push the button";
  return seen;
}

}  // namespace svla
