#include "smolvla/policy/policy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "smolvla/policy/aloha.h"
#include "smolvla/policy/test_checkpoints.h"

namespace svla {
namespace {

// With the noise of a seed, and all else as it comes.
PredictOptions Seed(uint64_t seed) {
  PredictOptions options;
  options.seed = seed;
  return options;
}

class PolicyTest : public testing::Test {
 protected:
  Policy Load(const PolicyOptions& options = {}) const {
    return Policy(copy_.path().string(), options);
  }

  static std::vector<Action> Actions(Policy& policy, const PredictOptions& options = {},
                                     const Observation& seen = SomeObservation()) {
    return policy.Predict(seen, options).chunk.actions;
  }

  static std::string Refusal(Policy& policy, const Observation& seen,
                             const PredictOptions& options = {}) {
    return MessageOf([&] { policy.Predict(seen, options); });
  }

  CheckpointCopy copy_;
};

TEST_F(PolicyTest, TheSameSeedGivesTheSameBits) {
  Policy policy = Load(), other = Load();
  const std::vector<Action> first = Actions(policy, Seed(5));
  ASSERT_EQ(first.size(), 10u);
  ASSERT_EQ(first[0].size(), 7u);
  EXPECT_NE(Actions(policy, Seed(6)), first);
  EXPECT_EQ(Actions(policy, Seed(5)), first);
  EXPECT_EQ(Actions(other, Seed(5)), first);
  EXPECT_NE(Actions(policy, Seed(uint64_t{5} << 32)), first);
  EXPECT_NE(Actions(policy, Seed(UINT64_MAX)), first);
}

TEST_F(PolicyTest, EveryPartOfTheObservationMatters) {
  Policy policy = Load();
  const std::vector<Action> before = Actions(policy);
  Observation seen = SomeObservation();
  seen.state[3] += 1;
  EXPECT_NE(Actions(policy, {}, seen), before);
  seen = SomeObservation();
  seen.images["front"].rgb[500] ^= 128;
  EXPECT_NE(Actions(policy, {}, seen), before);
  seen = SomeObservation();
  seen.task = "push the buttons";
  EXPECT_NE(Actions(policy, {}, seen), before);
  seen.task = "push the button\n";  // which LeRobot adds
  EXPECT_EQ(Actions(policy, {}, seen), before);
}

TEST_F(PolicyTest, NoiseMayBeGiven) {
  Policy policy = Load();
  PredictOptions options;
  options.noise.resize(320);
  for (size_t i = 0; i < options.noise.size(); ++i)
    options.noise[i] = static_cast<float>(Random(9).Normal(i));
  EXPECT_EQ(Actions(policy, options), Actions(policy, Seed(9)));
  options.noise[319] += 1;
  EXPECT_NE(Actions(policy, options), Actions(policy, Seed(9)));
  for (const size_t size : {1u, 319u, 321u, 70u}) {
    options.noise.assign(size, 0.0f);
    EXPECT_TRUE(
        Says(Refusal(policy, SomeObservation(), options),
             "noise: expected [10, 32], 320 numbers, found " + std::to_string(size)));
  }
  options.noise.assign(320, NAN);
  EXPECT_TRUE(Says(Refusal(policy, SomeObservation(), options), "noise: holds NaN"));
}

TEST_F(PolicyTest, AStateThatIsNotThisRobotsIsAnError) {
  Policy policy = Load();
  Observation seen = SomeObservation();
  for (const size_t size : {0u, 5u, 7u, 32u}) {
    seen.state.assign(size, 0.0f);
    EXPECT_TRUE(Says(Refusal(policy, seen),
                     "state: expected 6 numbers, found " + std::to_string(size)));
  }
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    seen = SomeObservation();
    seen.state[4] = bad;
    EXPECT_TRUE(Says(Refusal(policy, seen), "at 4"));
  }
  // And nothing is left behind.
  EXPECT_EQ(Actions(policy), [&] {
    Policy fresh = Load();
    return Actions(fresh);
  }());
}

TEST_F(PolicyTest, TheTaskMayBeEmptyButMustBeUtf8) {
  Policy policy = Load();
  Observation seen = SomeObservation();
  seen.task = "";
  const Prediction empty = policy.Predict(seen);
  EXPECT_EQ(empty.tokens.size(), 1u);  // the new line
  seen.task = "\n";
  EXPECT_EQ(policy.Predict(seen).tokens, empty.tokens);
  EXPECT_EQ(policy.Predict(seen).chunk.actions, empty.chunk.actions);
  for (const char* bad : {"push \xff", "\xc3", "\xed\xa0\x80", "\xc0\x80"}) {
    seen.task = bad;
    EXPECT_TRUE(Says(Refusal(policy, seen), "UTF-8")) << bad;
  }
}

TEST_F(PolicyTest, ATaskThatIsCutIsSaid) {
  Policy policy = Load();
  Observation seen = SomeObservation();
  EXPECT_EQ(policy.Predict(seen).tokens_cut, 0);
  EXPECT_TRUE(policy.Predict(seen).warnings.empty());
  seen.task.assign(2000, '#');
  const Prediction cut = policy.Predict(seen);
  EXPECT_EQ(cut.tokens.size(), 24u);
  EXPECT_GT(cut.tokens_cut, 0);
  ASSERT_EQ(cut.warnings.size(), 1u);
  EXPECT_TRUE(Says(cut.warnings[0], std::to_string(cut.tokens_cut)));
  EXPECT_TRUE(Says(cut.warnings[0], "its start is lost"));
}

TEST_F(PolicyTest, WrongCamerasAreAnError) {
  Policy policy = Load();
  EXPECT_TRUE(Says(Refusal(policy, SomeObservation("top")), "\"top\""));
  Observation seen = SomeObservation();
  seen.images.clear();
  EXPECT_TRUE(Says(Refusal(policy, seen), "observation.images.front"));
  EXPECT_EQ(Actions(policy, {}, SomeObservation("observation.images.front")),
            Actions(policy));
}

TEST_F(PolicyTest, PicturesMayChangeTheirSize) {
  Policy policy = Load();
  const std::vector<Action> before = Actions(policy);
  Observation seen = SomeObservation();
  seen.images["front"] = {5, 90, std::vector<uint8_t>(5 * 90 * 3, 77)};
  EXPECT_NE(Actions(policy, {}, seen), before);
  EXPECT_EQ(Actions(policy), before);
  seen.images["front"] = {1, 4000, std::vector<uint8_t>(4000 * 3, 77)};
  EXPECT_NE(Refusal(policy, seen), "no error");
}

TEST_F(PolicyTest, WithoutResizingPicturesMustFit) {
  copy_.EditJson("config.json",
                 [](Json& json) { json["resize_imgs_with_padding"] = nullptr; });
  Policy policy = Load();
  Observation seen = SomeObservation();
  EXPECT_TRUE(
      Says(Refusal(policy, seen), "expected a picture of 32 x 32, found 28 x 20"));
  seen.images["front"] = {32, 32, std::vector<uint8_t>(32 * 32 * 3, 9)};
  EXPECT_EQ(Refusal(policy, seen), "no error");
}

TEST_F(PolicyTest, AnEmptyCameraIsSeenThroughItsSpecialTokensOnly) {
  const auto actions = [](int64_t empty_cameras, bool special_tokens) {
    CheckpointCopy copy;
    copy.EditJson("config.json", [&](Json& json) {
      json["empty_cameras"] = empty_cameras;
      json["add_image_special_tokens"] = special_tokens;
    });
    Policy policy(copy.path().string());
    return Actions(policy);
  };
  EXPECT_EQ(actions(0, false), actions(1, false));
  EXPECT_NE(actions(0, true), actions(1, true));
  EXPECT_NE(actions(1, true), actions(2, true));
}

TEST_F(PolicyTest, WhatAPreviousChunkMustBeIsSaid) {
  Policy policy = Load();
  const auto refusal = [&](const PreviousChunk& previous) {
    PredictOptions options;
    options.previous = previous;
    return Refusal(policy, SomeObservation(), options);
  };
  const Action action(7, 0.5f);
  EXPECT_EQ(refusal({{action, action}, 1, 2}), "no error");
  EXPECT_EQ(refusal({{action}, 1000, 1000}), "no error");
  EXPECT_TRUE(Says(refusal({{}, 0, {}}), "expected 1 to 10 actions, found 0"));
  EXPECT_TRUE(Says(refusal({std::vector<Action>(11, action), 0, {}}), "found 11"));
  EXPECT_TRUE(Says(refusal({{action, Action(6)}, 0, {}}),
                   "expected actions of 7 numbers, found 6"));
  EXPECT_TRUE(Says(refusal({{Action(32)}, 0, {}}), "found 32"));
  EXPECT_TRUE(Says(refusal({{Action(7, NAN)}, 0, {}}), "NaN"));
  EXPECT_TRUE(Says(refusal({{action}, -1, {}}), "-1"));
  EXPECT_TRUE(Says(refusal({{action}, 0, -3}), "-3"));
}

// The new chunk begins where the old one is: that is what it is for.
TEST_F(PolicyTest, ThePreviousChunkDrawsTheNewOneToIt) {
  Policy policy = Load();
  const ActionChunk first = policy.Predict(SomeObservation(), Seed(1)).chunk;
  const auto distance = [&](const ActionChunk& chunk) {
    double sum = 0;
    for (size_t row = 0; row < 3; ++row)
      for (size_t i = 0; i < 7; ++i)
        sum += std::abs(chunk.normalized[row][i] - first.normalized[row + 2][i]);
    return sum;
  };
  PredictOptions options = Seed(2);
  const double apart = distance(policy.Predict(SomeObservation(), options).chunk);
  options.previous =
      PreviousChunk{{first.normalized.begin() + 2, first.normalized.end()},
                    /*inference_delay=*/3,
                    {}};
  EXPECT_LT(distance(policy.Predict(SomeObservation(), options).chunk), 0.2 * apart);
}

// LeRobot's select_action: n_action_steps of each chunk, a new chunk only when
// they are used up, the observation not looked at before.
TEST_F(PolicyTest, SelectActionUsesAChunkUpBeforeItAsksForAnother) {
  PolicyOptions options;
  options.n_action_steps = 3;
  options.seed = 7;
  Policy policy = Load(options);
  Observation nonsense;
  std::vector<Action> played;
  for (int i = 0; i < 3; ++i)
    played.push_back(policy.SelectAction(i == 0 ? SomeObservation() : nonsense));
  EXPECT_NE(MessageOf([&] { policy.SelectAction(nonsense); }), "no error");
  const Action fourth = policy.SelectAction(SomeObservation());

  // The first three are the head of one chunk, and the fourth of another.
  options.n_action_steps = 10;
  Policy whole = Load(options);
  std::vector<Action> chunk;
  for (int i = 0; i < 10; ++i) chunk.push_back(whole.SelectAction(SomeObservation()));
  EXPECT_EQ(played, std::vector<Action>(chunk.begin(), chunk.begin() + 3));
  EXPECT_NE(fourth, chunk[3]);
  EXPECT_NE(fourth, chunk[0]);
}

TEST_F(PolicyTest, TheStepsOfTheConfigHoldUnlessOthersAreNamed) {
  copy_.EditJson("config.json", [](Json& json) { json["n_action_steps"] = 2; });
  Policy policy = Load();
  const Observation nonsense;
  policy.SelectAction(SomeObservation());
  policy.SelectAction(nonsense);
  EXPECT_NE(MessageOf([&] { policy.SelectAction(nonsense); }), "no error");
  PolicyOptions options;
  for (const int64_t wrong : {-1, 11}) {
    options.n_action_steps = wrong;
    EXPECT_TRUE(
        Says(MessageOf([&] { Load(options); }), "n_action_steps: expected 1 to"));
  }
  options.n_action_steps = 0;
  options.steps = -1;
  EXPECT_TRUE(Says(MessageOf([&] { Load(options); }), "steps"));
}

TEST_F(PolicyTest, ResetForgetsTheChunkAndBeginsTheNoiseAnew) {
  PolicyOptions options;
  options.n_action_steps = 2;
  options.seed = 3;
  Policy policy = Load(options);
  std::vector<Action> first, again;
  for (int i = 0; i < 5; ++i) first.push_back(policy.SelectAction(SomeObservation()));
  policy.Reset();
  for (int i = 0; i < 5; ++i) again.push_back(policy.SelectAction(SomeObservation()));
  EXPECT_EQ(first, again);
  EXPECT_NE(first[0], first[2]);  // every chunk has noise of its own
  options.seed = 4;
  Policy other = Load(options);
  EXPECT_NE(other.SelectAction(SomeObservation()), first[0]);
}

TEST_F(PolicyTest, SelectActionRefusesRealTimeChunking) {
  for (const bool enabled : {true, false}) {
    copy_.EditJson("config.json", [&](Json& json) {
      json["rtc_config"] = {{"enabled", enabled}};
    });
    Policy policy = Load();
    const std::string message =
        MessageOf([&] { policy.SelectAction(SomeObservation()); });
    if (enabled)
      EXPECT_TRUE(Says(message, "rtc_config is enabled"));
    else
      EXPECT_EQ(message, "no error");
    EXPECT_EQ(Refusal(policy, SomeObservation()), "no error");
  }
}

TEST_F(PolicyTest, EulerStepsMayBeNamed) {
  Policy configured = Load();
  PolicyOptions options;
  options.steps = 10;
  Policy ten = Load(options);
  EXPECT_EQ(Actions(ten), Actions(configured));
  options.steps = 4;
  Policy four = Load(options);
  EXPECT_NE(Actions(four), Actions(configured));
}

TEST_F(PolicyTest, AnUnknownBackendIsAnError) {
  PolicyOptions options;
  options.backend = "abacus";
  EXPECT_TRUE(Says(MessageOf([&] { Load(options); }), "abacus"));
}

TEST_F(PolicyTest, Bf16WeightsGiveNearlyTheSameActions) {
  PolicyOptions options;
  options.dtype = "bf16";
  Policy whole = Load(), half = Load(options);
  const std::vector<Action> expected = Actions(whole), found = Actions(half);
  double square = 0, difference = 0;
  for (size_t r = 0; r < expected.size(); ++r)
    for (size_t i = 0; i < expected[r].size(); ++i) {
      square += expected[r][i] * expected[r][i];
      difference += std::pow(found[r][i] - expected[r][i], 2);
    }
  EXPECT_LE(std::sqrt(difference / square), 0.02);
  options.dtype = "fp64";
  EXPECT_NE(MessageOf([&] { Load(options); }).find("expected fp32 or bf16"),
            std::string::npos);
}

TEST_F(PolicyTest, ReusedPicturesChangeNoAction) {
  PolicyOptions options;
  options.reuse_pictures = true;
  Policy plain = Load(), reusing = Load(options);
  Observation seen = SomeObservation();
  EXPECT_EQ(Actions(reusing, {}, seen), Actions(plain, {}, seen));
  seen.state[2] += 1;
  const Prediction again = reusing.Predict(seen);
  EXPECT_EQ(again.times.stages.pictures, 0);
  EXPECT_EQ(again.times.stages.prefix_rows, 1);
  EXPECT_EQ(again.chunk.actions, Actions(plain, {}, seen));
  seen.images["front"].rgb[500] ^= 128;
  const Prediction other = reusing.Predict(seen);
  EXPECT_EQ(other.times.stages.pictures, 1);
  EXPECT_EQ(other.chunk.actions, Actions(plain, {}, seen));
}

TEST_F(PolicyTest, AMovedPolicyActsAlike) {
  Policy policy = Load();
  const std::vector<Action> before = Actions(policy);
  Policy moved = std::move(policy);
  EXPECT_EQ(Actions(moved), before);
}

// Fourteen joints with statistics that change nothing, with and without the maps.
class AlohaPolicyTest : public PolicyTest {
 protected:
  AlohaPolicyTest() {
    for (const char* file : {kNormalizerState, kUnnormalizerState})
      copy_.EditTensors(file, [](AlteredTensors& tensors) {
        for (const std::string feature : {"observation.state.", "action."}) {
          tensors.Set(feature + "mean", {14}, std::vector<float>(14));
          tensors.Set(feature + "std", {14}, std::vector<float>(14, 1.0f));
        }
      });
  }

  Policy LoadWith(bool adapt) {
    copy_.EditJson("config.json", [&](Json& json) {
      json["adapt_to_pi_aloha"] = adapt;
      json["input_features"]["observation.state"]["shape"] = {14};
      json["output_features"]["action"]["shape"] = {14};
    });
    for (const char* file : {kPreprocessor, kPostprocessor})
      copy_.EditJson(file, [&](Json& json) {
        for (Json& step : json["steps"])
          if (step["config"].contains("eps")) step["config"]["eps"] = 0.0;
      });
    PolicyOptions options;
    options.backend = "reference";
    return Policy(copy_.path().string(), options);
  }
};

TEST_F(AlohaPolicyTest, TheMapsAreAppliedToNormalizedStateAndActions) {
  Observation seen = SomeObservation();
  seen.state = {0.1f, 0.2f,  0.3f, -0.4f, 0.5f, -0.6f, 0.25f,
                0.7f, -0.8f, 0.9f, 1.0f,  0.0f, -0.1f, 0.5f};
  Policy adapted = LoadWith(true);
  const ActionChunk found = adapted.Predict(seen).chunk;

  Policy plain = LoadWith(false);
  Prediction ignored;
  std::vector<double> decoded(seen.state.begin(), seen.state.end());
  DecodeAlohaState(decoded);
  std::vector<double> prepared = adapted.Prepare(seen, ignored).prefix.state;
  ASSERT_EQ(prepared.size(), 32u);
  prepared.resize(14);
  EXPECT_EQ(prepared, decoded);

  seen.state.assign(decoded.begin(), decoded.end());  // rounded to float
  const ActionChunk raw = plain.Predict(seen).chunk;
  for (size_t row = 0; row < raw.normalized.size(); ++row) {
    std::vector<double> expected(raw.normalized[row].begin(),
                                 raw.normalized[row].end());
    EncodeAlohaAction(expected);
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found.normalized[row][i], expected[i], 1e-5) << row << " " << i;
  }
}

TEST_F(PolicyTest, TheAlohaMapsNeedFourteenJoints) {
  copy_.EditJson("config.json", [](Json& json) { json["adapt_to_pi_aloha"] = true; });
  EXPECT_TRUE(Says(MessageOf([&] { Load(); }), "at least 14"));
}

}  // namespace
}  // namespace svla
