#include "smolvla/policy/cameras.h"

#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

using Names = std::vector<std::string>;

const Names kCameras = {"observation.images.wrist", "observation.images.front",
                        "observation.images.side"};

class CamerasTest : public testing::Test {
 protected:
  void See(const std::string& name, int64_t width = 1) {
    seen_.images[name] = {width, 1,
                          std::vector<uint8_t>(static_cast<size_t>(3 * width))};
  }

  // "wrist front -side": the last parts of the keys, with - where there is no
  // picture.
  std::string Slots() {
    warnings_.clear();
    std::string text;
    for (const CameraSlot& slot :
         AssignCameras(seen_, cameras_, empty_cameras_, rename_, warnings_))
      text += (text.empty() ? "" : " ") + std::string(slot.image ? "" : "-") +
              slot.key.substr(slot.key.rfind('.') + 1);
    return text;
  }

  std::string Refusal() {
    return MessageOf([&] { Slots(); });
  }

  Observation seen_;
  Names cameras_ = kCameras;
  int64_t empty_cameras_ = 0;
  std::map<std::string, std::string> rename_;
  Names warnings_;
};

TEST_F(CamerasTest, StandInTheOrderOfTheConfig) {
  See("side");
  See("front");
  See("wrist");
  EXPECT_EQ(Slots(), "wrist front side");
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(CamerasTest, PresentOnesComeFirstAndEmptyOnesStandIn) {
  See("side");
  empty_cameras_ = 1;
  EXPECT_EQ(Slots(), "side -wrist");
  ASSERT_EQ(warnings_.size(), 2u);
  EXPECT_TRUE(Says(warnings_[0], "no picture of observation.images.wrist: stands as"));
  EXPECT_TRUE(Says(warnings_[1], "no picture of observation.images.front: left out"));
  empty_cameras_ = 5;
  EXPECT_EQ(Slots(), "side -wrist -front");
  EXPECT_EQ(warnings_.size(), 1u);
  empty_cameras_ = 0;
  EXPECT_EQ(Slots(), "side");
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_TRUE(Says(warnings_[0],
                   "no picture of observation.images.wrist, observation.images.front"));
}

TEST_F(CamerasTest, APlaceholderIsNoCameraToForget) {
  cameras_ = {"observation.images.front", "observation.images.empty_camera_0"};
  See("front");
  empty_cameras_ = 1;
  EXPECT_EQ(Slots(), "front -empty_camera_0");
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(CamerasTest, MayBeNamedInFullOrBare) {
  See("observation.images.wrist");
  See("front");
  See("images.side");
  EXPECT_EQ(Slots(), "wrist front side");
}

TEST_F(CamerasTest, BareNamesFindKeysOfOtherFamilies) {
  cameras_ = {"observation.image", "other.cam", "a.twin", "b.twin"};
  See("image");
  See("cam");
  EXPECT_EQ(Slots(), "image cam");
  seen_.images.clear();
  See("twin");
  EXPECT_TRUE(Says(Refusal(), "\"twin\": the policy has no such camera"));
}

TEST_F(CamerasTest, EachSlotHoldsItsOwnPicture) {
  See("front", 5);
  See("wrist", 7);
  const auto slots = AssignCameras(seen_, cameras_, 0, {}, warnings_);
  EXPECT_EQ(slots[0].image->width, 7);
  EXPECT_EQ(slots[1].image->width, 5);
}

TEST_F(CamerasTest, TwoPicturesForOneAreAnError) {
  See("wrist");
  See("observation.images.wrist");
  EXPECT_TRUE(Says(Refusal(), "two pictures for the camera observation.images.wrist"));
}

TEST_F(CamerasTest, AnUnknownNameIsAnErrorThatListsTheKnown) {
  See("top");
  EXPECT_TRUE(Says(Refusal(), "picture \"top\""));
  for (const std::string& key : kCameras) EXPECT_TRUE(Says(Refusal(), key));
  seen_.images.clear();
  See("");
  EXPECT_NE(Refusal(), "no error");
}

TEST_F(CamerasTest, NoPictureAtAllIsAnError) {
  empty_cameras_ = 3;
  EXPECT_TRUE(Says(Refusal(),
                   "expected a picture of at least one of "
                   "observation.images.wrist"));
}

TEST_F(CamerasTest, AMaskedOneKeepsItsPlaceWithoutItsPicture) {
  See("wrist");
  See("front");
  seen_.masked = {"wrist"};
  EXPECT_EQ(Slots(), "-wrist front");
  seen_.masked = {"observation.images.front"};
  EXPECT_EQ(Slots(), "wrist -front");
  seen_.masked = {"side"};
  EXPECT_TRUE(Says(Refusal(), "masked camera observation.images.side"));
  seen_.masked = {"nobody"};
  EXPECT_TRUE(Says(Refusal(), "\"nobody\""));
}

TEST_F(CamerasTest, AreRenamedAsThePreprocessorSays) {
  rename_ = {{"observation.images.laptop", "observation.images.front"},
             {"observation.images.side", "observation.images.wrist"},
             {"observation.images.phone", "observation.images.absent"}};
  See("laptop");
  See("side");
  EXPECT_EQ(Slots(), "wrist front");
  seen_.images.clear();
  See("observation.images.laptop");
  EXPECT_EQ(Slots(), "front");
  seen_.images.clear();
  See("phone");
  EXPECT_TRUE(Says(Refusal(), "phone"));
}

TEST_F(CamerasTest, APictureWhoseBytesDoNotFitIsAnError) {
  const auto refusal = [&](int64_t width, int64_t height, size_t bytes) {
    seen_.images["wrist"] = {width, height, std::vector<uint8_t>(bytes)};
    return Refusal();
  };
  EXPECT_TRUE(Says(refusal(2, 3, 17), "expected 18 bytes for 2 x 3, found 17"));
  EXPECT_TRUE(Says(refusal(2, 3, 19), "\"wrist\""));
  EXPECT_TRUE(Says(refusal(0, 3, 0), "0 x 3"));
  EXPECT_TRUE(Says(refusal(2, -1, 0), "2 x -1"));
  EXPECT_NE(refusal(int64_t{1} << 32, int64_t{1} << 32, 0), "no error");
  EXPECT_NE(refusal(int64_t{1} << 62, int64_t{1} << 62, 0), "no error");
}

}  // namespace
}  // namespace svla
