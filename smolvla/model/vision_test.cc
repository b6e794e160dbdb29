#include "smolvla/model/vision.h"

#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

std::vector<int64_t> RecordedBuckets(const StoredTensor& stored) {
  std::vector<int64_t> buckets(static_cast<size_t>(stored.shape[0]));
  std::memcpy(buckets.data(), stored.bytes.data(), stored.bytes.size());
  return buckets;
}

// No comparison of whole networks sees this: i * n / p in integers passes them.
TEST(PositionIds, AreThoseOfTheReference) {
  int seen = 0;
  for (const auto& [name, stored] : ReferenceValues().tensors()) {
    int64_t side = 0, position_side = 0;
    if (std::sscanf(name.c_str(), "bucket.%ld.%ld", &side, &position_side) != 2)
      continue;
    ++seen;
    const std::vector<int64_t> buckets = RecordedBuckets(stored);
    std::vector<int64_t> expected;
    for (const int64_t row : buckets)
      for (const int64_t column : buckets)
        expected.push_back(row * position_side + column);
    EXPECT_EQ(PositionIds(side, position_side), expected) << name;
  }
  EXPECT_GE(seen, 14);
}

TEST(PositionIds, OfAsManyPatchesAsPositionsAreTheIdentity) {
  for (const int64_t n : {1, 2, 3, 5, 6, 7, 11, 13, 16, 17, 18, 32}) {
    const std::vector<int64_t> ids = PositionIds(n, n);
    ASSERT_EQ(ids.size(), static_cast<size_t>(n * n));
    for (size_t i = 0; i < ids.size(); ++i)
      ASSERT_EQ(ids[i], static_cast<int64_t>(i)) << n;
  }
}

TEST(PositionIds, StayInsideTheTable) {
  for (int64_t n = 1; n <= 18; ++n)
    for (int64_t p = 1; p <= 96; ++p)
      for (const int64_t id : PositionIds(p, n)) ASSERT_LT(id, n * n) << p << " " << n;
}

TEST(PositionIds, AreRefusedWhereTheReferencesRoundingIsUnknown) {
  for (const auto& [side, positions] : {std::pair{97, 18},
                                        {96, 19},
                                        {27, 27},
                                        {32, 31},
                                        {64, 33},
                                        {97, 32},
                                        {64, 64}}) {
    const std::string message = MessageOf([&] { PositionIds(side, positions); });
    EXPECT_TRUE(Says(message, std::to_string(side) + " x "));
    EXPECT_TRUE(Says(message, std::to_string(positions) + " x "));
    EXPECT_TRUE(Says(message, "expected at most 96"));
  }
}

class EncodeImagesTest : public testing::TestWithParam<const char*> {};

TEST_P(EncodeImagesTest, WithATraceGivesTheSameBits) {
  for (const char* golden : {"two_cameras", "odd_grid", "self_attention"}) {
    TestNetwork t = GoldenNetwork(golden, GetParam());
    const VisionConfig& v = t.sizes.vision;
    const svla::Run run = t.Run();
    const ModelInput input = RandomInput(t.sizes, /*cameras=*/2, /*words=*/1, 3);
    const Tensor pixels = run.New({2, 3, v.image_height, v.image_width});
    run.be.Write(std::span<const float>(input.pixels), pixels);
    std::vector<double> features[2], tokens[2];
    for (const bool traced : {false, true}) {
      const Tensor f = run.New({2 * v.Patches(), v.width});
      const Tensor to = run.New({2 * v.Tokens(), v.out_width});
      VisionTrace trace;
      EncodeImages(run, t.net.weights().vision, v, t.net.position_ids(), pixels, f, to,
                   traced ? &trace : nullptr);
      features[traced] = t.Read(f);
      tokens[traced] = t.Read(to);
    }
    EXPECT_EQ(features[0], features[1]) << golden;
    EXPECT_EQ(tokens[0], tokens[1]) << golden;
  }
}

// What a backward pass will read: each part of a layer, done again from the trace.
TEST_P(EncodeImagesTest, TheTraceHoldsWhatEachStepRead) {
  TestNetwork t = GoldenNetwork("two_cameras", GetParam());
  const VisionConfig& v = t.sizes.vision;
  const Vision& w = t.net.weights().vision;
  const svla::Run run = t.Run();
  const ModelInput input = RandomInput(t.sizes, /*cameras=*/2, /*words=*/1, 3);
  const Tensor pixels = run.New({2, 3, v.image_height, v.image_width});
  run.be.Write(std::span<const float>(input.pixels), pixels);
  const Tensor features = run.New({2 * v.Patches(), v.width});
  const Tensor tokens = run.New({2 * v.Tokens(), v.out_width});
  VisionTrace trace;
  EncodeImages(run, w, v, t.net.position_ids(), pixels, features, tokens, &trace);

  const Tensor x = run.New({2 * v.Patches(), v.width});
  for (int64_t i = 0; i < 2; ++i)
    run.be.Embed(w.positions, t.net.position_ids(), 1.0,
                 Rows(x, i * v.Patches(), v.Patches()));
  run.be.LinearAdd(trace.patches, w.patch, w.patch_bias, x);
  ASSERT_EQ(trace.layers.size(), static_cast<size_t>(v.layers));
  for (int64_t i = 0; i < v.layers; ++i) {
    const VisionLayerTrace& kept = trace.layers[static_cast<size_t>(i)];
    const VisionLayer& layer = w.layers[static_cast<size_t>(i)];
    const Tensor h = run.New({x.Rows(), v.width});
    const Tensor qkv = run.New({x.Rows(), 3 * v.width});
    const Tensor hidden = run.New({x.Rows(), v.hidden});
    EXPECT_EQ(t.Read(kept.x), t.Read(x)) << i;
    run.be.LayerNorm(kept.x, layer.norm1, layer.norm1_bias, v.norm_eps, h);
    EXPECT_EQ(t.Read(kept.h1), t.Read(h)) << i;
    run.be.Linear(kept.h1, layer.qkv, layer.qkv_bias, qkv);
    EXPECT_EQ(t.Read(kept.qkv), t.Read(qkv)) << i;
    run.be.LinearAdd(kept.attended, layer.out, layer.out_bias, x);
    EXPECT_EQ(t.Read(kept.middle), t.Read(x)) << i;
    run.be.LayerNorm(kept.middle, layer.norm2, layer.norm2_bias, v.norm_eps, h);
    EXPECT_EQ(t.Read(kept.h2), t.Read(h)) << i;
    run.be.Linear(kept.h2, layer.fc1, layer.fc1_bias, hidden);
    EXPECT_EQ(t.Read(kept.fc1), t.Read(hidden)) << i;
    run.be.Gelu(kept.fc1, hidden);
    EXPECT_EQ(t.Read(kept.act), t.Read(hidden)) << i;
    run.be.LinearAdd(kept.act, layer.fc2, layer.fc2_bias, x);
  }
  EXPECT_EQ(t.Read(trace.x), t.Read(x));
  run.be.LayerNorm(trace.x, w.norm, w.norm_bias, v.norm_eps, x);
  EXPECT_EQ(t.Read(features), t.Read(x));
  EXPECT_EQ(t.Read(trace.normed), t.Read(x));
  const Tensor again = run.New({tokens.Rows(), tokens.Columns()});
  run.be.Linear(trace.shuffled, w.connector, {}, again);
  EXPECT_EQ(t.Read(tokens), t.Read(again));
}

INSTANTIATE_TEST_SUITE_P(Both, EncodeImagesTest, testing::Values("reference", "cpu"),
                         [](const auto& c) { return std::string(c.param); });

}  // namespace
}  // namespace svla
