// Faults of what the robot sees, and of the dataset.
#include "smolvla/doctor/test_scene.h"

namespace svla {

namespace fs = std::filesystem;

std::vector<SceneFault> ObservationFaults() {
  return {
      {"state-length", kError, "expected 6 numbers",
       [](Scene& s) {
         s.given.state = {1, 2, 3};
       }},
      {"state-not-finite", kError, "joint 2 (c)",
       [](Scene& s) { (*s.given.state)[2] = kNan; }},
      {"state-outside-training", kWarning, "joint 0 (a): 200 is 8 standard",
       [](Scene& s) { (*s.given.state)[0] = 200; }},
      {"state-outside-training", kError, "joint 0 (a): -1200 is -48 standard",
       [](Scene& s) { (*s.given.state)[0] = -1200; }},
      {"state-like-radians", kWarning, "convert to degrees",
       [](Scene& s) { s.given.state = {0.21f, -0.7f, 1.13f, 0.52f, -0.09f, 0.35f}; }},
      {"picture-unreadable", kError, "noise.npy",
       [](Scene& s) {
         s.given.pictures[0].file = TestDataFolder() / "demo/noise.npy";
       }},
      {"picture-blank", kWarning, "black",
       [](Scene& s) { s.Picture(0, 320, 240, /*level=*/1); }},
      {"picture-blank", kWarning, "of one colour",
       [](Scene& s) { s.Picture(0, 320, 240, /*level=*/90); }},
      {"picture-tiny", kWarning, "6 x 6",
       [](Scene& s) {
         s.WithoutDataset();
         s.copy.EditJson("config.json", [](Json& j) {
           j["input_features"][kFront]["shape"] = {3, 256, 256};
         });
         s.Picture(0, 6, 6);
       }},
      {"picture-aspect", kWarning, "expected 320 x 240 as in the dataset",
       [](Scene& s) { s.Picture(0, 320, 180); }},
      {"picture-aspect", kWarning, "may be swapped",
       [](Scene& s) { std::swap(s.given.pictures[0].file, s.given.pictures[1].file); }},
      {"picture-aspect", kWarning, "as in config.json",
       [](Scene& s) {
         s.WithoutDataset();
         s.Picture(0, 320, 180);
       }},
      {"picture-resolution", kWarning, "found 64 x 48",
       [](Scene& s) { s.Picture(0, 64, 48); }},
      {"picture-repeated", kWarning, "the same to the last pixel",
       [](Scene& s) {
         s.Info([](Json& j) { j["features"][kWrist] = CameraFeature(240, 320); });
         s.given.pictures[1].file = s.given.pictures[0].file;
       }},
      {"camera-unknown", kError, "name it observation.images.front",
       [](Scene& s) { s.given.pictures[0].key = "frnt"; }},
      {"camera-twice", kError, "one picture for observation.images.front",
       [](Scene& s) {
         s.given.pictures[1] = {kFront, s.given.pictures[0].file};
       }},
      {"camera-missing", kWarning, "found none of observation.images.wrist",
       [](Scene& s) { s.given.pictures.pop_back(); }},
      {"task-empty", kWarning, "space", [](Scene& s) { s.given.task = " \n"; }},
      {"task-cut", kWarning, "expected at most 48 tokens",
       [](Scene& s) {
         s.WithoutDataset();
         for (int i = 0; i < 40; ++i) *s.given.task += " once more";
       }},
      {"task-not-utf8", kError, "UTF-8",
       [](Scene& s) {
         s.WithoutDataset();
         s.given.task = "a\377b";
       }},
      {"chunk-too-slow", kWarning, "not even all 50 actions",
       [](Scene& s) {
         s.WithoutDataset();
         s.given.fps = 1e6;
       }},
  };
}

std::vector<SceneFault> DatasetFaults() {
  return {
      {"dataset-unreadable", kError, "meta/info.json",
       [](Scene& s) { s.given.dataset += "/nowhere"; }},
      {"dataset-unreadable", kError, "tasks.jsonl:1",
       [](Scene& s) { WriteAtomically(s.dataset / "meta/tasks.jsonl", "{\"task\""); }},
      {"dataset-dimensions", kError,
       "expected 6 numbers as in config.json, the "
       "dataset has 7",
       [](Scene& s) {
         s.Info([](Json& j) { j["features"]["action"]["shape"] = {7}; });
       }},
      {"dataset-dimensions", kError, "no such feature",
       [](Scene& s) { s.Info([](Json& j) { j["features"].erase(kState); }); }},
      {"dataset-camera-unknown", kWarning, "observation.images.side",
       [](Scene& s) {
         s.Info([](Json& j) {
           j["features"]["observation.images.side"] = CameraFeature(240, 320);
         });
       }},
      {"dataset-camera-missing", kWarning, kWrist,
       [](Scene& s) { s.Info([](Json& j) { j["features"].erase(kWrist); }); }},
      {"dataset-camera-order", kWarning, "found observation.images.wrist, observation",
       [](Scene& s) {
         s.Info([](Json& j) {
           const Json front = j["features"][kFront];
           j["features"].erase(kFront);
           j["features"][kFront] = front;
         });
       }},
      {"statistics-differ-from-dataset", kWarning, "joint 5 (f)",
       [](Scene& s) {
         s.Write("stats.json", {{kState,
                                 {{"mean", {0, -20, 60, 30, 0, 250}},
                                  {"std", {25, 40, 30, 25, 40, 20}}}}});
       }},
      {"statistics-differ-from-dataset", kWarning, "degrees and radians",
       [](Scene& s) {
         s.Write("stats.json", {{kState,
                                 {{"mean", {0, -0.35, 1, 0.5, 0, 0.4}},
                                  {"std", {0.43, 0.7, 0.52, 0.43, 0.7, 0.35}}}}});
       }},
      {"task-not-in-dataset", kWarning, "capital letters",
       [](Scene& s) { s.given.task = "pick up the red cube."; }},
      {"task-not-in-dataset", kWarning, "spaces or new lines",
       [](Scene& s) { s.given.task = kTask + " "; }},
      {"task-not-in-dataset", kWarning, "the nearest is \"Pick up the red cube.\"",
       [](Scene& s) {
         s.Write("episodes.jsonl", {{"tasks", {"Fold the towel."}}});
         s.given.task = "Pick up the blue cube.";
       }},
      {"fps-differs", kWarning, "expected about 0.01",
       [](Scene& s) { s.given.fps = 10; }},
  };
}

}  // namespace svla
