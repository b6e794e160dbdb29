#include "smolvla/doctor/doctor.h"

#include <cmath>

#include "smolvla/base/error.h"
#include "smolvla/doctor/checks.h"

namespace svla {
namespace {

constexpr const char* kOfTheDataset =
    "cameras, dimensions, statistics, tasks and frame rate of the training data";

std::optional<DatasetFacts> ReadDataset(const Given& given, Diagnosis& to) {
  if (given.dataset.empty()) {
    to.not_checked.push_back({kOfTheDataset, "--dataset DIR"});
    return std::nullopt;
  }
  try {
    DatasetFacts facts = ReadDatasetFacts(given.dataset);
    for (const std::string& problem : facts.problems)
      to.findings.push_back({"dataset-unreadable", Severity::kError, given.dataset,
                             problem, "this part of the dataset is not compared",
                             "repair the file, or name another copy of the dataset"});
    return facts;
  } catch (const Error& e) {
    to.findings.push_back({"dataset-unreadable", Severity::kError, given.dataset,
                           e.what(), "nothing of the dataset is compared",
                           "name the folder that holds meta/info.json"});
    to.not_checked.push_back(
        {kOfTheDataset, "a dataset that can be read (see dataset-unreadable)"});
    return std::nullopt;
  }
}

void CheckFrameRate(const Given& given, const DatasetFacts& dataset, Diagnosis& to) {
  if (!given.fps || !dataset.fps) return;
  if (std::abs(*given.fps - *dataset.fps) <= 0.1 * *dataset.fps) return;
  to.findings.push_back(
      {"fps-differs", Severity::kWarning, "--fps",
       Text("expected about ", Digits(*dataset.fps), ", at which the dataset was ",
            "recorded, found ", Digits(*given.fps)),
       Text("the robot moves ", Digits(*given.fps / *dataset.fps),
            " times as fast as in training"),
       "run the control loop at the dataset's rate"});
}

void Examine(Patient& patient, const Given& given, Diagnosis& to) {
  const std::optional<DatasetFacts> facts = ReadDataset(given, to);
  const DatasetFacts* dataset = facts ? &*facts : nullptr;
  CheckTensorNames(patient, to);
  CheckTensorValues(patient, to);
  CheckTokenizer(patient, to);
  CheckStatistics(patient, dataset, to);
  CheckUnits(patient, dataset, to);
  if (dataset) {
    CheckDataset(patient, *dataset, to);
    CheckFrameRate(given, *dataset, to);
  }
  const auto pictures = CheckPictures(patient, given, dataset, to);
  if (given.state)
    CheckState(patient, given, dataset, to);
  else
    to.not_checked.push_back(
        {"the robot's state against the statistics", "--state V,V,..."});
  if (given.task)
    CheckTask(patient, given, dataset, to);
  else
    to.not_checked.push_back({"the task", "--task TEXT"});
  CheckLatency(patient, given, pictures, dataset, to);
}

}  // namespace

Diagnosis Diagnose(const std::string& checkpoint, const CheckpointOptions& options,
                   const Given& given) {
  Diagnosis to;
  to.checkpoint = checkpoint;
  Patient patient = ReadPatient(checkpoint, options, to);
  if (patient.found) {
    to.checkpoint = patient.parts.folder.string();
    Examine(patient, given, to);
  } else {
    to.not_checked.push_back({"everything", "the folder of a checkpoint"});
  }
  to.Finish();
  return to;
}

}  // namespace svla
