#include <algorithm>
#include <cmath>

#include "smolvla/doctor/camera_names.h"
#include "smolvla/doctor/checks.h"
#include "smolvla/doctor/spread.h"
#include "smolvla/policy/cameras.h"

namespace svla {
namespace {

// A mean this many standard deviations off, or spreads this many times apart, are of
// other data: more episodes of the same task move both by far less.
constexpr double kOtherMean = 1;
constexpr double kOtherSpread = 3;

constexpr const char* kWrongDataset =
    "name the dataset that the checkpoint was trained on, or the checkpoint that was "
    "trained on it";

void CompareDim(const char* feature, std::optional<int64_t> expected,
                const std::optional<VectorFacts>& found, Diagnosis& to) {
  if (!expected || (found && found->dim == *expected)) return;
  to.findings.push_back(
      {"dataset-dimensions", Severity::kError, feature,
       Text("expected ", *expected, " numbers as in config.json, the dataset has ",
            found ? std::to_string(found->dim) : "no such feature"),
       "the checkpoint is not of this robot", kWrongDataset});
}

void CompareCameras(const Patient& p, const DatasetFacts& dataset, Diagnosis& to) {
  const std::vector<std::string> cameras = p.parts.config.Cameras();
  std::vector<std::string> unknown, missing, order, expected;
  for (const CameraFacts& camera : dataset.cameras) {
    const std::string key = PolicyCamera(p, camera.key);
    if (key.empty())
      unknown.push_back(camera.key);
    else
      order.push_back(key);
  }
  for (const std::string& key : cameras) {
    if (std::find(order.begin(), order.end(), key) != order.end())
      expected.push_back(key);
    else if (!IsPlaceholder(key))
      missing.push_back(key);
  }
  if (!unknown.empty())
    to.findings.push_back(
        {"dataset-camera-unknown", Severity::kWarning, dataset.folder.string(),
         Text("expected cameras among ", Join(cameras), ", found ", Join(unknown)),
         "LeRobot leaves these pictures out in silence; if they are the policy's under "
         "another name, it was trained blind or on other data",
         "a rename_map in policy_preprocessor.json says which camera is which"});
  if (!missing.empty())
    to.findings.push_back(
        {"dataset-camera-missing", Severity::kWarning, dataset.folder.string(),
         Text("expected a recording of every camera of the policy, found none of ",
              Join(missing)),
         "the policy was not trained on this dataset under these names, or has cameras "
         "that it never saw",
         kWrongDataset});
  if (order != expected)
    to.findings.push_back(
        {"dataset-camera-order", Severity::kWarning, dataset.folder.string(),
         Text("expected the order of config.json, ", Join(expected), ", found ",
              Join(order)),
         "slots are positional: pictures go to them by name, so none is swapped here, "
         "but a checkpoint of this dataset would have its order",
         "make sure that a name means the same camera in both"});
}

// Degrees for radians or the like, where all ratios agree.
std::string UnitHint(const std::vector<double>& ratios) {
  const double median = Median(ratios);
  for (const auto& [factor, words] :
       {std::pair(57.2958, "degrees and radians"), std::pair(100.0, "percent and one")})
    for (const double expected : {factor, 1 / factor})
      if (std::abs(median / expected - 1) < 0.1)
        return Text(" (they differ like ", words, ")");
  return "";
}

// Mean and std, which every LeRobot dataset has, whatever mode the policy uses.
void CompareStatistics(const DatasetFacts& dataset, const char* feature,
                       const std::optional<FoundStatistics>& own,
                       const FeatureStatistics& recorded, Diagnosis& to) {
  const std::string label = Text("statistics of ", feature, " against the dataset's");
  const auto &mean = StatisticOr(recorded, "mean"), &std = StatisticOr(recorded, "std");
  if (!own) return to.not_checked.push_back({label, "statistics in the checkpoint"});
  const auto &own_mean = StatisticOr(own->values, "mean"),
             &own_std = StatisticOr(own->values, "std");
  if (mean.empty() || mean.size() != std.size() || mean.size() != own_mean.size() ||
      mean.size() != own_std.size())
    return to.not_checked.push_back(
        {label,
         "mean and std in both, of the same length (meta/stats.json or "
         "meta/episodes_stats.jsonl)"});
  std::vector<std::string> notes;
  std::vector<double> ratios;
  const VectorFacts* names = NamesOf(&dataset, feature, mean.size());
  const double floor = 1e-3 * Median(std);  // for joints that stand still
  for (size_t i = 0; i < mean.size(); ++i) {
    const double a = std::max({own_std[i], floor, 1e-9});
    const double b = std::max({std[i], floor, 1e-9});
    ratios.push_back(a / b);
    const bool far =
        !(std::abs(own_mean[i] - mean[i]) <= kOtherMean * std::max(a, b)) ||
        !(std::max(a / b, b / a) <= kOtherSpread);
    if (far)
      notes.push_back(JointNote(
          i, names,
          Text("mean ", Digits(own_mean[i]), ", std ", Digits(own_std[i]),
               ", in the dataset ", Digits(mean[i]), " and ", Digits(std[i]))));
  }
  to.checked.push_back(label);
  if (notes.empty()) return;
  to.findings.push_back(
      {"statistics-differ-from-dataset", Severity::kWarning, feature,
       Text(own->source, ": ", JoinNotes(notes), UnitHint(ratios)),
       "the policy was trained on other data, or in other units, than the robot has",
       kWrongDataset});
}

}  // namespace

void CheckDataset(const Patient& p, const DatasetFacts& dataset, Diagnosis& to) {
  CompareDim("observation.state", p.state_dim, dataset.state, to);
  CompareDim("action", p.action_dim, dataset.action, to);
  if (p.has_config && !p.parts.config.Cameras().empty()) CompareCameras(p, dataset, to);
  const auto compare = [&](const char* feature, NormalizationMode mode,
                           const std::optional<FoundStatistics>& own,
                           const FeatureStatistics& recorded) {
    if (p.has_processors && mode != NormalizationMode::kIdentity)
      CompareStatistics(dataset, feature, own, recorded, to);
  };
  compare("observation.state", p.parts.processors.state_mode, p.state,
          dataset.state_statistics);
  compare("action", p.parts.processors.action_mode, p.action,
          dataset.action_statistics);
  to.checked.push_back("dataset");
}

}  // namespace svla
