// Which columns and cameras a dataset made of others has.
#pragma once

#include <vector>

#include "smolvla/curate/assembly.h"
#include "smolvla/curate/new_rows.h"

namespace svla {

// The features of the first dataset, renamed, without those to be dropped; the counting
// features are added where they are missing. Throws Error, naming the dataset and the
// feature, if the datasets differ in frame rate, robot or features, a rename or a drop
// means nothing, or two features come to have one name.
std::vector<NewColumn> NewColumns(const Assembly& plan,
                                  const std::vector<const Dataset*>& datasets);

// What info.json says of a video's encoding, taken from the file. What is there already
// is kept where the file says nothing else.
void DescribeVideo(const std::filesystem::path& file, Json& entry);
// The same of one more file of the camera: what the two have differently, codec or
// pixel format, becomes null, which is what LeRobot writes then.
void DescribeOtherVideo(const std::filesystem::path& file, Json& entry);

// "robot_type" of info.json, which may be null.
Json RobotType(const Dataset& dataset);

}  // namespace svla
