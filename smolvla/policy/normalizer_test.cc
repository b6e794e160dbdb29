#include "smolvla/policy/normalizer.h"

#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

using Values = std::vector<double>;

Values Normalized(const Normalizer& normalizer, Values values) {
  normalizer.Normalize(values);
  return values;
}

Values Restored(const Normalizer& normalizer, Values values) {
  normalizer.Restore(values);
  return values;
}

// The recorded standard deviations are as small as the eps, which no comparison of
// whole networks sees.
TEST(Normalizer, IsTheReferencesWithTinyDeviations) {
  const Normalizer normalizer(NormalizationMode::kMeanStd,
                              {{"mean", ReferenceValue("normalize.mean")},
                               {"std", ReferenceValue("normalize.std")}},
                              4, 1e-8, "here");
  const Values expected = ReferenceValue("normalize.y");
  const Values found = Normalized(normalizer, ReferenceValue("normalize.x"));
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 3e-6 * std::abs(expected[i])) << i;

  const Values back = ReferenceValue("unnormalize.y");
  const Values restored = Restored(normalizer, expected);
  for (size_t i = 0; i < restored.size(); ++i)
    EXPECT_NEAR(restored[i], back[i], 1e-7 * std::abs(back[i])) << i;
}

TEST(Normalizer, OnlyTheWayInKnowsTheEps) {
  const Normalizer normalizer(NormalizationMode::kMeanStd,
                              {{"mean", {1.0}}, {"std", {0.25}}}, 1, 0.25, "here");
  EXPECT_EQ(Normalized(normalizer, {2.0}), (Values{2.0}));
  EXPECT_EQ(Restored(normalizer, {2.0}), (Values{1.5}));
}

// Printed by LeRobot's NormalizerProcessorStep and UnnormalizerProcessorStep with
// eps = 1e-3; the second range is empty.
TEST(Normalizer, TheOtherModesMapTheirRangeToMinusOneToOne) {
  const struct {
    NormalizationMode mode;
    const char *low, *high;
  } modes[] = {{NormalizationMode::kMinMax, "min", "max"},
               {NormalizationMode::kQuantiles, "q01", "q99"},
               {NormalizationMode::kQuantile10, "q10", "q90"}};
  for (const auto& m : modes) {
    const Normalizer normalizer(
        m.mode, {{m.low, {-1.5, 2.0, 0.25, -3.0}}, {m.high, {2.5, 2.0, 0.75, -1.0}}}, 4,
        1e-3, "here");
    EXPECT_EQ(Normalized(normalizer, {0.5, 2.0, 1.0, -4.0}),
              (Values{0.0, -1.0, 2.0, -2.0}))
        << m.low;
    const Values restored = Restored(normalizer, {0.5, 0.5, -2.0, 1.0});
    const Values expected = {1.5, 2.00075, 0.0, -1.0};
    for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(restored[i], expected[i], 1e-15) << i;
  }
}

TEST(Normalizer, IdentityNeedsNoStatistics) {
  EXPECT_EQ(Normalized(Normalizer(), {3.0, -1.0}), (Values{3.0, -1.0}));
  const Normalizer normalizer(NormalizationMode::kIdentity, {}, 7, 1e-8, "here");
  EXPECT_EQ(Restored(normalizer, {3.0}), (Values{3.0}));
}

TEST(Normalizer, AStatisticThatIsAbsentShortOrNotFiniteIsNamed) {
  const auto refusal = [](const FeatureStatistics& statistics) {
    return MessageOf(
        [&] { Normalizer(NormalizationMode::kMeanStd, statistics, 2, 1e-8, "here"); });
  };
  EXPECT_TRUE(
      Says(refusal({{"mean", {0, 0}}}), "here: expected the statistic \"std\""));
  EXPECT_TRUE(Says(refusal({{"mean", {0}}, {"std", {1, 1}}}),
                   "here: \"mean\": expected 2 numbers, found 1"));
  EXPECT_TRUE(Says(refusal({{"mean", {0, 0}}, {"std", {1, 1, 1}}}), "\"std\""));
  // LeRobot's buffers hold infinity until statistics are put into them.
  EXPECT_TRUE(Says(refusal({{"mean", {0, INFINITY}}, {"std", {1, 1}}}),
                   "\"mean\"[1] is inf: the statistics were never filled in"));
  EXPECT_TRUE(Says(refusal({{"mean", {0, 0}}, {"std", {NAN, 1}}}), "\"std\"[0]"));
}

TEST(ParseMode, KnowsTheReferencesModes) {
  EXPECT_EQ(ParseMode("IDENTITY", "here"), NormalizationMode::kIdentity);
  EXPECT_EQ(ParseMode("MEAN_STD", "here"), NormalizationMode::kMeanStd);
  EXPECT_EQ(ParseMode("MIN_MAX", "here"), NormalizationMode::kMinMax);
  EXPECT_EQ(ParseMode("QUANTILES", "here"), NormalizationMode::kQuantiles);
  EXPECT_EQ(ParseMode("QUANTILE10", "here"), NormalizationMode::kQuantile10);
  EXPECT_TRUE(Says(MessageOf([] { ParseMode("mean_std", "here"); }),
                   "here: normalization mode \"mean_std\": expected one of IDENTITY"));
}

}  // namespace
}  // namespace svla
