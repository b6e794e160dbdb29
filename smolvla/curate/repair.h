// What of a dataset can be mended without guessing, planned as a new dataset.
//
//   const Verification found = VerifyDataset(folder, {});
//   const RepairPlan plan = PlanRepair(folder, found);
//   if (plan.Mends()) Assemble(plan.assembly, new_folder, {});
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "smolvla/curate/assembly.h"
#include "smolvla/curate/verify.h"

namespace svla {

struct RepairPlan {
  // What becomes of a finding.
  struct Step {
    DatasetFinding finding;
    bool mended = false;
    std::string how;  // or, where it is left, why
  };
  // A data file without a footer, of which rows could be read: as many as `rows`. Or
  // none, and why.
  struct Salvage {
    std::filesystem::path file;  // within the folder
    int64_t rows = 0;
    std::string why;
  };
  struct LeftOut {
    int64_t episode = 0;
    std::string why;
  };

  std::shared_ptr<const Dataset> dataset;  // as it is understood; `assembly` needs it
  Assembly assembly;                       // without episodes if none can be kept
  std::vector<Step> steps;                 // one a finding, in their order
  std::vector<Salvage> salvaged;
  std::vector<LeftOut> left_out;
  std::vector<std::string> dropped;  // features that no data file has

  bool Mends() const;
};

// `found` is what VerifyDataset says of the folder. Reads all rows and the index of
// each video, decodes nothing. Numbers and pictures that a robot may have recorded so
// (NaN, joints and cameras that stand still) are left. Throws Error, naming the folder,
// if neither the list of episodes nor any row can be read.
RepairPlan PlanRepair(const std::filesystem::path& folder, const Verification& found);

}  // namespace svla
