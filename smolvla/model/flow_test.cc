#include "smolvla/model/flow.h"

#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

// Kept in double, the times move the actions by 2e-6, which no comparison sees.
TEST(TimeOfStep, IsRoundedToFloatAsTheReferenceDoes) {
  for (const int64_t steps : {7, 10, 50}) {
    const std::vector<double> expected =
        ReferenceValue("time.t." + std::to_string(steps));
    ASSERT_EQ(expected.size(), static_cast<size_t>(steps));
    for (int64_t step = 0; step < steps; ++step)
      EXPECT_EQ(TimeOfStep(step, steps), expected[static_cast<size_t>(step)])
          << step << " of " << steps;
  }
  EXPECT_NE(TimeOfStep(1, 10), 0.9);
}

TEST(RtcWeights, AreThoseOfTheReference) {
  int seen = 0;
  for (const auto& [name, stored] : ReferenceValues().tensors()) {
    char schedule[16] = {};
    int64_t start = 0, end = 0, total = 0;
    if (std::sscanf(name.c_str(), "rtc.weights.%15[A-Z].%ld.%ld.%ld", schedule, &start,
                    &end, &total) != 4)
      continue;
    ++seen;
    const std::vector<double> expected = ValuesOf<double>(stored);
    const std::vector<double> found =
        RtcWeights(ParseRtcSchedule(schedule), start, end, total);
    ASSERT_EQ(found.size(), expected.size()) << name;
    for (size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 2e-7) << name << " at " << i;
  }
  EXPECT_EQ(seen, 4 * 6);
}

TEST(GuidanceWeight, IsThatOfTheReferenceAtEachStep) {
  for (const int64_t steps : {5, 10}) {
    const std::vector<double> expected =
        ReferenceValue("rtc.guidance." + std::to_string(steps));
    for (int64_t step = 0; step < steps; ++step) {
      const double time =
          1.0 + static_cast<double>(step) * (-1.0 / static_cast<double>(steps));
      EXPECT_NEAR(GuidanceWeight(time, 10.0), expected[static_cast<size_t>(step)],
                  4e-6 * expected[static_cast<size_t>(step)])
          << step << " of " << steps;
    }
  }
  EXPECT_EQ(GuidanceWeight(1.0, 3.0), 3.0);
  EXPECT_EQ(GuidanceWeight(0.9, 3.0), 3.0);
  EXPECT_EQ(GuidanceWeight(0.0, 3.0), 0.0);
}

TEST(ParseRtcSchedule, RefusesWhatTheReferenceDoesNotKnow) {
  for (const char* name : {"", "linear", "NONE", "EXP "})
    EXPECT_TRUE(Says(MessageOf([&] { ParseRtcSchedule(name); }),
                     "expected ZEROS, ONES, LINEAR or EXP"));
}

// One Euler step from x = 1 with v = x / 2, so that a step is x - (v - g err).
class GuidedStepTest : public testing::Test {
 protected:
  std::vector<double> Velocities(int64_t total, const Guidance* guidance,
                                 int64_t steps = 2) {
    const auto backend = MakeReferenceBackend();
    Arena arena;
    const svla::Run run{*backend, arena};
    const Tensor x = run.New({total, 1});
    std::vector<double> ones(static_cast<size_t>(total), 1.0);
    backend->Write(std::span<const double>(ones), x);
    std::vector<double> seen(ones.size());
    // The first step has the time 1; x is put back so that the second, at time
    // 0.5, starts where LeRobot's own test does.
    Integrate(
        run, steps,
        [&](int64_t step, const Tensor& at, const Tensor& v) {
          if (step == 1) backend->Write(std::span<const double>(ones), at);
          backend->Scale(at, 0.5, v);
        },
        guidance, x);
    backend->Read(x, seen);
    for (double& value : seen) value = (1.0 - value) * static_cast<double>(steps);
    return seen;
  }

  static Guidance Follow(int64_t rows, int64_t horizon) {
    Guidance guidance;
    guidance.previous.assign(static_cast<size_t>(rows), 0.1);
    guidance.rows = rows;
    guidance.dim = 1;
    guidance.inference_delay = 5;
    guidance.execution_horizon = horizon;
    return guidance;
  }
};

// The numbers LeRobot's tests pin down (spec/async.md 8.3): x = 1, previous 0.1,
// delay 5, v = x / 2 at t = 0.5.
TEST_F(GuidedStepTest, BendsTheVelocityAsLeRobotsTestsSay) {
  const Guidance ten = Follow(/*rows=*/20, /*horizon=*/10);
  const std::vector<double> found = Velocities(20, &ten);
  const std::vector<double> expected = {1.8,    1.8,    1.8,  1.8,    1.8,
                                        1.5833, 1.3667, 1.15, 0.9333, 0.7167};
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], i < expected.size() ? expected[i] : 0.5, 1e-4) << i;

  const Guidance fifteen = Follow(/*rows=*/15, /*horizon=*/15);
  const std::vector<double> longer = Velocities(20, &fifteen);
  const std::vector<double> expected_longer = {1.8,    1.8,    1.8,    1.8,    1.8,
                                               1.6818, 1.5636, 1.4455, 1.3273, 1.2091,
                                               1.0909, 0.9727, 0.8545, 0.7364, 0.6182};
  for (size_t i = 0; i < longer.size(); ++i)
    EXPECT_NEAR(longer[i], i < expected_longer.size() ? expected_longer[i] : 0.5, 1e-4)
        << i;
}

// LeRobot's engine pads a short rest with zeros, and the rows beyond it would be
// pulled to the dataset's mean; there is nothing to follow there.
TEST_F(GuidedStepTest, FollowsNothingBeyondWhatIsLeft) {
  const Guidance three = Follow(/*rows=*/3, /*horizon=*/10);
  const std::vector<double> found = Velocities(20, &three);
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], i < 3 ? 1.8 : 0.5, 1e-12) << i;
}

// The network sees a time rounded to float, the guidance one that is not.
TEST_F(GuidedStepTest, TheGuidanceKnowsTheUnroundedTime) {
  const auto backend = MakeReferenceBackend();
  Arena arena;
  const svla::Run run{*backend, arena};
  const Tensor x = run.New({1, 1});
  const std::vector<double> zero = {0.0};
  backend->Write(std::span<const double>(zero), x);
  const Guidance follow = Follow(/*rows=*/1, /*horizon=*/1);
  double expected = 0;
  for (int64_t step = 0; step < 7; ++step) {
    const double time = 1.0 - static_cast<double>(step) / 7.0;
    const double v = 0.5 * expected + 1.0;
    const double error = 0.1 - (expected - time * v);
    expected -= (v - GuidanceWeight(time, follow.max_weight) * error) / 7.0;
  }
  Integrate(
      run, 7,
      [&](int64_t, const Tensor& at, const Tensor& v) {
        std::vector<double> value(1);
        backend->Read(at, value);
        value[0] = 0.5 * value[0] + 1.0;
        backend->Write(std::span<const double>(value), v);
      },
      &follow, x);
  std::vector<double> found(1);
  backend->Read(x, found);
  EXPECT_NEAR(found[0], expected, 1e-12);
}

TEST_F(GuidedStepTest, WithoutAPreviousChunkIsPlainEuler) {
  for (const double value : Velocities(4, nullptr)) EXPECT_NEAR(value, 0.5, 1e-15);
}

}  // namespace
}  // namespace svla
