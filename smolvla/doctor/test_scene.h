// For tests only: a checkpoint that runs, what its robot sees and the dataset it was
// trained on, all sound, to have a fault planted in them.
#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "smolvla/doctor/doctor.h"
#include "smolvla/policy/picture.h"
#include "smolvla/policy/test_checkpoints.h"

namespace svla {

inline constexpr const char* kState = "observation.state";
inline constexpr const char* kFront = "observation.images.front";
inline constexpr const char* kWrist = "observation.images.wrist";
inline constexpr const char* kWeights = "model.safetensors";
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
inline const std::string kTask = "Pick up the red cube.";

inline Json CameraFeature(int height, int width) {
  return {{"dtype", "video"},
          {"shape", {height, width, 3}},
          {"names", {"height", "width", "channels"}}};
}

inline Json VectorFeature() {
  return {
      {"dtype", "float32"}, {"shape", {6}}, {"names", {"a", "b", "c", "d", "e", "f"}}};
}

// A checkpoint that runs, what its robot sees, and the dataset it was trained on.
struct Scene {
  CheckpointCopy copy{"../demo/checkpoint"};
  std::string checkpoint = copy.path().string();
  CheckpointOptions options;
  Given given;
  std::filesystem::path dataset = copy.outside() / "dataset";

  Scene() {
    const std::filesystem::path demo = TestDataFolder() / "demo";
    given.pictures = {{"front", demo / "front.png"}, {"wrist", demo / "wrist.png"}};
    given.state = {12, -40, 65, 30, -5, 20};
    given.task = kTask;
    given.dataset = dataset.string();
    std::filesystem::create_directories(dataset / "meta");
    // So few actions a second that no machine is too slow for them, however busy.
    given.fps = 0.01;
    Write("info.json", {{"codebase_version", "v2.1"},
                        {"fps", 0.01},
                        {"features",
                         {{"action", VectorFeature()},
                          {kState, VectorFeature()},
                          {kFront, CameraFeature(240, 320)},
                          {kWrist, CameraFeature(320, 240)}}}});
    Write("tasks.jsonl", {{"task_index", 0}, {"task", kTask}});
    const Json statistics = {{"mean", {0, -20, 60, 30, 0, 25}},
                             {"std", {25, 40, 30, 25, 40, 20}}};
    Write("stats.json", {{"action", statistics}, {kState, statistics}});
  }

  void Write(const std::string& file, const Json& json) {
    WriteAtomically(dataset / "meta" / file, json.dump());
  }
  void Info(const std::function<void(Json&)>& edit) {
    Json json = ReadJson(dataset / "meta/info.json");
    edit(json);
    Write("info.json", json);
  }
  void Config(const std::string& key, const Json& value) {
    copy.EditJson("config.json", [&](Json& json) { json[key] = value; });
  }
  void WithoutDataset() { given.dataset.clear(); }

  // Sets a statistic, in the file that the policy reads it from, to numbers that no
  // dataset has been asked about.
  void Statistic(const std::string& feature, const std::string& name,
                 const std::vector<float>& values) {
    WithoutDataset();
    copy.EditTensors(feature == "action" ? kUnnormalizerState : kNormalizerState,
                     [&](AlteredTensors& tensors) {
                       tensors.Set(feature + "." + name,
                                   {static_cast<int64_t>(values.size())}, values);
                     });
  }
  void Prefix(const std::string& feature, const std::string& prefix) {
    WithoutDataset();
    copy.EditTensors(feature == "action" ? kUnnormalizerState : kNormalizerState,
                     [&](AlteredTensors& tensors) {
                       tensors.RenamePrefix(feature + ".",
                                            prefix + ".buffer." + feature + ".");
                     });
  }
  void Weight(const std::string& name, float value) {
    copy.EditTensors(kWeights, [&](AlteredTensors& tensors) {
      const std::vector<int64_t> shape = tensors.entries.at(name).shape;
      int64_t count = 1;
      for (const int64_t size : shape) count *= size;
      tensors.Set(name, shape, std::vector<float>(static_cast<size_t>(count), value));
    });
  }
  // A picture of noise, or of one level, for a camera.
  void Picture(size_t camera, int64_t width, int64_t height, int level = -1) {
    Image image{width, height, {}};
    for (int64_t i = 0; i < 3 * width * height; ++i)
      image.rgb.push_back(static_cast<uint8_t>(
          level >= 0 ? level : static_cast<int>(i * 2654435761 >> 16 & 255)));
    given.pictures[camera].file = copy.outside() / ("picture" + std::to_string(camera));
    WritePng(given.pictures[camera].file, image);
  }

  Diagnosis Examine() const { return Diagnose(checkpoint, options, given); }
};

inline std::set<std::string> CodesOf(const Diagnosis& diagnosis) {
  std::set<std::string> codes;
  for (const Finding& finding : diagnosis.findings) codes.insert(finding.code);
  return codes;
}

inline std::string Told(const Diagnosis& diagnosis) {
  std::string text;
  for (const Finding& f : diagnosis.findings)
    text += f.code + " " + f.subject + ": " + f.message + "\n";
  return text;
}

struct SceneFault {
  const char* code;
  Severity severity;
  const char* words;  // that the subject, the message or the remedy holds
  std::function<void(Scene&)> plant;
};

inline constexpr Severity kError = Severity::kError;
inline constexpr Severity kWarning = Severity::kWarning;

inline const std::string kLayer = "model.vlm_with_expert.lm_expert.layers.0.";

// Adds to the preprocessor's rename_map.
inline void Rename(Scene& scene, const std::string& from, const std::string& to) {
  scene.copy.EditJson(kPreprocessor, [&](Json& json) {
    for (Json& step : json["steps"])
      if (step["registry_name"] == "rename_observations_processor")
        step["config"]["rename_map"][from] = to;
  });
}

// Every code of docs/doctor.md is among them.
std::vector<SceneFault> FilesFaults();
std::vector<SceneFault> WeightFaults();
std::vector<SceneFault> TokenizerFaults();
std::vector<SceneFault> StatisticsFaults();
std::vector<SceneFault> ObservationFaults();
std::vector<SceneFault> DatasetFaults();

}  // namespace svla
