// The rows of an episode as a new dataset has them.
#pragma once

#include <string>
#include <vector>

#include "smolvla/curate/v3_metadata.h"
#include "smolvla/data/frame_reader.h"

namespace svla {

// Where a column of the new dataset comes from.
struct NewColumn {
  NewFeature made;
  std::string from;  // the feature of the source
};

// What is counted anew.
struct NewNumbers {
  int64_t episode = 0;
  int64_t first_frame = 0;
  std::vector<int64_t> tasks;  // of each row
  bool timestamps_anew = false;
};

// All columns of the data file, in order, as DataColumns lays them out. Throws Error,
// naming file and feature, if a column is missing, or is not of the shape or kind that
// info.json declares.
Table NewRows(const std::vector<NewColumn>& columns, const Dataset& dataset,
              const Episode& episode, FrameReader& reader, const NewNumbers& numbers);

// The statistics of the numbers in them.
StatisticsByFeature StatisticsOf(const std::vector<NewColumn>& columns,
                                 const Table& rows);

}  // namespace svla
