// Looks for what makes a robot useless in silence, before it moves:
//
//   Given given;
//   given.state = {0.1, -22.5, 80, 45, 0, 12};
//   given.task = "pick up the red cube";
//   const Diagnosis diagnosis = Diagnose("my_policy", {}, given);
//   for (const Finding& finding : diagnosis.findings) ...
#pragma once

#include <string>

#include "smolvla/doctor/finding.h"
#include "smolvla/doctor/patient.h"

namespace svla {

// Goes on after a fault wherever the rest can still be looked at. Findings are sorted,
// errors first.
Diagnosis Diagnose(const std::string& checkpoint, const CheckpointOptions& options,
                   const Given& given);

}  // namespace svla
