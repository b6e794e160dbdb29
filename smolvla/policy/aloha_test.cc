#include "smolvla/policy/aloha.h"

#include <gtest/gtest.h>

#include <vector>

namespace svla {
namespace {

// Printed by LeRobot 0.6.1's _pi_aloha_decode_state and _pi_aloha_encode_actions
// and the gripper functions below them, in float64.
const std::vector<double> kJoints = {-0.5, -0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2,
                                     0.3,  0.4,  0.5,  0.6,  0.7,  0.8, 0.9, 1.0};

void ExpectNear(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 1e-13) << i;
}

TEST(Aloha, AStateIsDecodedAsTheReferenceDoes) {
  std::vector<double> state = kJoints;
  DecodeAlohaState(state);
  ExpectNear(state, {-0.5, 0.4, 0.3, -0.2, -0.1, 0.0, -0.6549709213699035, 0.2, -0.3,
                     -0.4, 0.5, 0.6, 0.7, 0.43519785130216126, 0.9, 1.0});
}

TEST(Aloha, AnActionIsEncodedAsTheReferenceDoes) {
  std::vector<double> action = kJoints;
  EncodeAlohaAction(action);
  ExpectNear(action, {-0.5, 0.4, 0.3, -0.2, -0.1, 0.0, 0.5355773327652321, 0.2, -0.3,
                      -0.4, 0.5, 0.6, 0.7, 0.9001088860483832, 0.9, 1.0});
}

TEST(Aloha, GrippersBeyondTheLinkageAreClamped) {
  const double values[] = {-1.5, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0};
  const double to_angular[] = {-0.8170515499052262,    1.0643602970862696,
                               -0.9280132021903467,    -0.3704999733142672,
                               -0.0035822793470169363, 1.0643602970862696,
                               1.0643602970862696};
  const double from_angular[] = {
      -0.2976376461676845, 0.22312171566538838, 0.48350139658192487, 0.6136912370401931,
      0.7438810774984612,  1.0042607584149976,  1.5250201202480707};
  for (size_t i = 0; i < std::size(values); ++i) {
    std::vector<double> state(14), action(14);
    state[13] = action[6] = values[i];
    DecodeAlohaState(state);
    EncodeAlohaAction(action);
    EXPECT_NEAR(state[13], to_angular[i], 1e-13) << values[i];
    EXPECT_NEAR(action[6], from_angular[i], 1e-13) << values[i];
  }
}

}  // namespace
}  // namespace svla
