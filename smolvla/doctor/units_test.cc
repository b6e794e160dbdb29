// Which robots are told that their numbers are of another unit, and which are not.
#include <gtest/gtest.h>

#include "smolvla/doctor/test_scene.h"

namespace svla {
namespace {

// Near zero, in degrees: at rest, and a little off it.
TEST(Units, AnArmNearItsZeroPoseReportsNoRadians) {
  for (const std::vector<float>& state : {std::vector<float>{0, 0, 0, 0, 0, 0},
                                          {0, 0, 1, 0, 0, 0},
                                          {0.3f, -0.4f, 0.45f, 0.2f, -0.3f, 0.3f},
                                          {1, -1, -0.6f, 0.3f, -0.2f, 0.1f},
                                          {5, 4, 3, 2, 1, 6}}) {
    Scene scene;
    scene.given.state = state;
    EXPECT_EQ(Told(scene.Examine()), "");
  }
}

// The same pose as the fault of observation_faults_test.cc.
TEST(Units, RadiansAreNoticedWhereverTheTrainingHadDegrees) {
  Scene scene;
  scene.given.state = {0.21f, -0.7f, 1.13f, 0.52f, -0.09f, 0.35f};
  EXPECT_EQ(scene.Examine().findings.at(0).code, "state-like-radians");
  // One joint is far as well; the unit is still the reason.
  scene.Statistic(kState, "std", {25, 40, 11, 25, 40, 20});
  EXPECT_EQ(CodesOf(scene.Examine()),
            (std::set<std::string>{"state-outside-training", "state-like-radians"}));
  // A policy of radians.
  scene.Statistic(kState, "mean", {0, -0.35f, 1, 0.5f, 0, 0.4f});
  scene.Statistic(kState, "std", {0.43f, 0.7f, 0.52f, 0.43f, 0.7f, 0.35f});
  EXPECT_FALSE(CodesOf(scene.Examine()).contains("state-like-radians"));
}

// As in LIBERO: a pose in the state, steps in the action, and a gripper of which the
// one tells metres and the other -1 or 1.
TEST(Units, StepsAsActionsAreNoOtherUnit) {
  Scene scene;
  scene.Statistic(kState, "std", {0.1f, 0.13f, 0.12f, 0.4f, 0.5f, 0.015f});
  scene.Statistic(kState, "mean", {0, 0, 0, 0, 0, 0});
  scene.Statistic("action", "std", {0.3f, 0.35f, 0.4f, 0.04f, 0.06f, 1});
  scene.given.state = {0, 0, 0, 0, 0, 0};
  EXPECT_EQ(Told(scene.Examine()), "");
}

}  // namespace
}  // namespace svla
