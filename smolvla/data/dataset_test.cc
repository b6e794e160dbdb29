#include "smolvla/data/dataset.h"

#include <gtest/gtest.h>

#include "smolvla/data/test_files.h"

namespace svla {
namespace {

Dataset WithCameras(const std::vector<std::string>& keys) {
  DatasetInfo info;
  for (const std::string& key : keys) {
    info.features.emplace_back();
    info.features.back().key = key;
    info.features.back().dtype = "video";
  }
  return {"folder", info, {}, {}};
}

TEST(Dataset, ABareNameIsThatOfOneCamera) {
  const Dataset dataset = WithCameras(
      {"observation.images.top", "observation.depth.top", "observation.images.left"});
  EXPECT_EQ(dataset.Camera("left").key, "observation.images.left");
  EXPECT_EQ(dataset.Camera("depth.top").key, "observation.depth.top");
  EXPECT_EQ(dataset.Camera("observation.images.top").key, "observation.images.top");
  const std::string refusal = Refusal([&] { dataset.Camera("top"); });
  EXPECT_NE(refusal.find("which observation.images.top, observation.depth.top have"),
            std::string::npos)
      << refusal;
  EXPECT_NE(Refusal([&] { dataset.Camera("right"); }).find("one of the cameras"),
            std::string::npos);
}

TEST(Dataset, AWholeNameIsNotTheEndOfAnother) {
  const Dataset dataset = WithCameras({"robot.top", "top"});
  EXPECT_EQ(dataset.Camera("top").key, "top");
}

}  // namespace
}  // namespace svla
