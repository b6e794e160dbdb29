// The parts of an examination, one subject each. Each adds to the diagnosis what it
// found, looked at and could not look at, and throws nothing that a checkpoint, a
// dataset or an observation can cause.
#pragma once

#include <map>
#include <string>

#include "smolvla/doctor/patient.h"
#include "smolvla/policy/robot.h"

namespace svla {

// Finds and reads the files of the checkpoint.
Patient ReadPatient(const std::string& checkpoint, const CheckpointOptions& options,
                    Diagnosis& to);

// The tensors' names and shapes against the network that the configuration describes.
void CheckTensorNames(const Patient& patient, Diagnosis& to);
// The numbers in the tensors: NaN, all zero, all the same.
void CheckTensorValues(const Patient& patient, Diagnosis& to);

// Fills patient.tokenizer.
void CheckTokenizer(Patient& patient, Diagnosis& to);

// Fills patient.state and patient.action. `dataset` may be null, here and below.
void CheckStatistics(Patient& patient, const DatasetFacts* dataset, Diagnosis& to);

// The state's statistics against the action's: the same joint, the same unit.
void CheckUnits(const Patient& patient, const DatasetFacts* dataset, Diagnosis& to);

// Dimensions, cameras and statistics of the dataset against the checkpoint's.
void CheckDataset(const Patient& patient, const DatasetFacts& dataset, Diagnosis& to);

// The robot's state against the statistics. Requires given.state.
void CheckState(const Patient& patient, const Given& given, const DatasetFacts* dataset,
                Diagnosis& to);

// Reads the pictures and looks at their names, sizes and content. The pictures that
// could be read are returned, by the name the user gave them.
std::map<std::string, Image> CheckPictures(const Patient& patient, const Given& given,
                                           const DatasetFacts* dataset, Diagnosis& to);

// Requires given.task.
void CheckTask(const Patient& patient, const Given& given, const DatasetFacts* dataset,
               Diagnosis& to);

// Frames a second of the control loop: the user's, the dataset's, or LeRobot's 30.
double ControlRate(const Given& given, const DatasetFacts* dataset);

// A chunk that takes `chunk_ms` on a robot that executes `steps` of `chunk_size`
// actions, `fps` a second, before it asks for the next.
void CheckPace(double chunk_ms, int64_t steps, int64_t chunk_size, double fps,
               Diagnosis& to);

// Runs the policy, measures a chunk and checks its pace. Only for a checkpoint without
// errors so far.
void CheckLatency(const Patient& patient, const Given& given,
                  const std::map<std::string, Image>& pictures,
                  const DatasetFacts* dataset, Diagnosis& to);

}  // namespace svla
