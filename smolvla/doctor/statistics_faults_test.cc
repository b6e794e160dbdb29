// Faults of the statistics.
#include "smolvla/doctor/test_scene.h"

namespace svla {

std::vector<SceneFault> StatisticsFaults() {
  return {
      {"statistics-missing", kError, "--stats-from",
       [](Scene& s) {
         s.WithoutDataset();
         s.copy.EditTensors(kNormalizerState, [](AlteredTensors& t) {
           t.entries.erase("observation.state.mean");
           t.entries.erase("observation.state.std");
         });
       }},
      {"statistics-prefixed", kError, "--stats-prefix so100",
       [](Scene& s) { s.Prefix("action", "so100"); }},
      {"statistics-ambiguous", kError, "2 datasets: so100-blue, so100",
       [](Scene& s) {
         s.Statistic("so100.buffer.action", "mean", {1});
         s.copy.EditTensors(kUnnormalizerState, [](AlteredTensors& t) {
           t.RenamePrefix("action.", "so100-blue.buffer.action.");
           t.Set("so100.buffer.action.mean", {6}, {1, 2, 3, 4, 5, 6});
         });
       }},
      {"statistics-prefix-unknown", kError, "--stats-prefix so100",
       [](Scene& s) {
         s.Prefix("action", "so100");
         s.Prefix(kState, "so100");
         s.options.stats_prefix = "so10";
       }},
      {"statistics-unreadable", kError, "/nowhere",
       [](Scene& s) {
         s.WithoutDataset();
         s.options.stats_from = "/nowhere";
       }},
      {"statistics-unused", kWarning, "IDENTITY",
       [](Scene& s) {
         s.Config("normalization_mapping",
                  {{"STATE", "IDENTITY"}, {"ACTION", "MEAN_STD"}});
         s.copy.EditJson(kPreprocessor, [](Json& j) {
           for (Json& step : j["steps"])
             if (step["registry_name"] == "normalizer_processor")
               step["config"]["norm_map"]["STATE"] = "IDENTITY";
         });
       }},
      {"statistics-incomplete", kError, "expected \"std\"",
       [](Scene& s) {
         s.WithoutDataset();
         s.copy.EditTensors(kUnnormalizerState,
                            [](AlteredTensors& t) { t.entries.erase("action.std"); });
       }},
      {"statistics-length", kError, "expected 6 numbers",
       [](Scene& s) {
         s.Statistic("action", "std", {1, 2, 3});
       }},
      {"statistics-not-finite", kError, "joint 1: std inf",
       [](Scene& s) {
         s.Statistic("action", "std",
                     {1, std::numeric_limits<float>::infinity(), 1, 1, 1, 1});
       }},
      {"statistics-negative-std", kError, "joint 0: std -25",
       [](Scene& s) {
         s.Statistic("action", "std", {-25, 40, 30, 25, 40, 20});
       }},
      {"statistics-zero-spread", kError, "joint 4: std 0",
       [](Scene& s) {
         s.Statistic(kState, "std", {25, 40, 30, 25, 0, 20});
         (*s.given.state)[4] = 0;
       }},
      {"statistics-zero-spread", kWarning, "joint 4: std 0",
       [](Scene& s) {
         s.Statistic("action", "std", {25, 40, 30, 25, 0, 20});
       }},
      {"statistics-tiny-spread", kWarning, "joint 5: std 0.02",
       [](Scene& s) {
         s.Statistic("action", "std", {25, 40, 30, 25, 40, 0.02f});
         s.Statistic("action", "min", {-100, -100, -100, -100, -100, -200});
         s.Statistic("action", "max", {100, 100, 100, 100, 100, 300});
         s.Statistic(kState, "std", {25, 40, 30, 25, 40, 0.2f});
         (*s.given.state)[5] = 25;
       }},
      {"statistics-min-above-max", kWarning, "min 9 above max 1",
       [](Scene& s) {
         s.Statistic("action", "min", {-100, -100, -100, -100, -100, 9});
         s.Statistic("action", "max", {100, 100, 100, 100, 100, 1});
       }},
      {"statistics-inconsistent", kWarning, "mean 25 outside",
       [](Scene& s) {
         s.Statistic("action", "min", {-100, -100, -100, -100, -100, -50});
         s.Statistic("action", "max", {100, 100, 100, 100, 100, 10});
       }},
      {"statistics-inconsistent", kWarning, "std 20 above half",
       [](Scene& s) {
         s.Statistic("action", "min", {-100, -100, -100, -100, -100, 20});
         s.Statistic("action", "max", {100, 100, 100, 100, 100, 30});
       }},
      {"statistics-units-differ", kWarning, "joint 0",
       [](Scene& s) {
         s.Statistic("action", "mean", {0, -0.35f, 1, 0.5f, 0, 0.4f});
         s.Statistic("action", "std", {0.43f, 0.7f, 0.5f, 0.43f, 0.7f, 0.35f});
       }},
      // The gripper, and a joint that seldom moved, may be of another factor.
      {"statistics-units-differ", kWarning, "times apart: joint 0: 25 in",
       [](Scene& s) {
         s.Statistic("action", "mean", {0, -0.35f, 1, 0.5f, 0, 25});
         s.Statistic("action", "std", {0.43f, 0.7f, 0.5f, 0.43f, 5, 20});
       }},
  };
}

}  // namespace svla
