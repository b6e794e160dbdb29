#include "smolvla/model/language.h"

#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

TEST(PrefixTokens, CountsTheSpecialTokensOfAMaskedCameraToo) {
  PrefixInput input;
  EXPECT_EQ(PrefixTokens(input, 64), 1);  // the state
  input.words = {1, 2, 3};
  input.cameras = {{true, 0}, {false, 64}};
  EXPECT_EQ(PrefixTokens(input, 64), 64 + 3 + 1);
  input.before_image = {7, 8};
  input.after_image = {7};
  EXPECT_EQ(PrefixTokens(input, 64), 64 + 2 * 3 + 3 + 1);
}

class EncodePrefixTest : public testing::TestWithParam<const char*> {
 protected:
  EncodePrefixTest() : t_(GoldenNetwork("two_cameras", GetParam())) {
    input_ = RandomInput(t_.sizes, /*cameras=*/2, /*words=*/9, 4);
    tokens_ = PrefixTokens(input_.prefix, t_.sizes.vision.Tokens());
    image_tokens_ =
        t_.Run().New({2 * t_.sizes.vision.Tokens(), t_.sizes.language.width});
    t_.backend->Write(
        std::span<const double>(Normals(image_tokens_.Count(), /*seed=*/8)),
        image_tokens_);
  }

  PrefixKv Encode(LanguageTrace* trace) {
    const LanguageConfig& l = t_.sizes.language;
    const PrefixKv kv{t_.Run().New({l.layers_read, tokens_, l.KvWidth()}),
                      t_.Run().New({l.layers_read, tokens_, l.KvWidth()})};
    EncodePrefix(t_.Run(), t_.net.weights().language, l, image_tokens_,
                 t_.sizes.vision.Tokens(), input_.prefix, kv, trace);
    return kv;
  }

  TestNetwork t_;
  ModelInput input_;
  int64_t tokens_ = 0;
  Tensor image_tokens_;
};

TEST_P(EncodePrefixTest, WithATraceGivesTheSameBits) {
  LanguageTrace trace;
  const PrefixKv plain = Encode(nullptr), traced = Encode(&trace);
  EXPECT_EQ(t_.Read(plain.k), t_.Read(traced.k));
  EXPECT_EQ(t_.Read(plain.v), t_.Read(traced.v));
}

TEST_P(EncodePrefixTest, TheTraceHoldsWhatEachStepRead) {
  const LanguageConfig& l = t_.sizes.language;
  const Language& w = t_.net.weights().language;
  const svla::Run run = t_.Run();
  LanguageTrace trace;
  const PrefixKv kv = Encode(&trace);
  ASSERT_EQ(trace.layers.size(), static_cast<size_t>(l.layers_read));
  const Tensor h = run.New({tokens_, l.width});
  const Tensor gate_up = run.New({tokens_, 2 * l.hidden});
  const Tensor act = run.New({tokens_, l.hidden});
  for (int64_t i = 0; i < l.layers_read; ++i) {
    const LanguageLayer& layer = w.layers[static_cast<size_t>(i)];
    const LanguageLayerTrace& kept = trace.layers[static_cast<size_t>(i)];
    const bool last = i + 1 == l.layers_read;
    const int64_t q = last ? 0 : l.QueryWidth();
    run.be.RmsNorm(kept.x, layer.norm, l.norm_eps, h);
    EXPECT_EQ(t_.Read(kept.h), t_.Read(h)) << i;
    const Tensor k = run.New({tokens_, l.KvWidth()});
    run.be.Rope(Columns(kept.qkv, q, l.KvWidth()), /*first=*/0, l.head_dim, k);
    EXPECT_EQ(t_.Read(kv.K(i)), t_.Read(k)) << i;
    EXPECT_EQ(t_.Read(kv.V(i)),
              t_.Read(Columns(kept.qkv, q + l.KvWidth(), l.KvWidth())))
        << i;
    if (last) break;
    const Tensor x = run.Keep(kept.x);
    run.be.LinearAdd(kept.attended, layer.out, {}, x);
    EXPECT_EQ(t_.Read(kept.mlp.x), t_.Read(x)) << i;
    run.be.RmsNorm(kept.mlp.x, layer.mlp.norm, l.norm_eps, h);
    EXPECT_EQ(t_.Read(kept.mlp.h), t_.Read(h)) << i;
    run.be.Linear(kept.mlp.h, layer.mlp.gate_up, {}, gate_up);
    EXPECT_EQ(t_.Read(kept.mlp.gate_up), t_.Read(gate_up)) << i;
    run.be.SiluMul(Columns(kept.mlp.gate_up, 0, l.hidden),
                   Columns(kept.mlp.gate_up, l.hidden, l.hidden), act);
    EXPECT_EQ(t_.Read(kept.mlp.act), t_.Read(act)) << i;
    run.be.LinearAdd(kept.mlp.act, layer.mlp.down, {}, x);
    EXPECT_EQ(t_.Read(trace.layers[static_cast<size_t>(i) + 1].x), t_.Read(x)) << i;
  }
}

// Images and words never see the state, so a repeated picture may keep its keys.
TEST_P(EncodePrefixTest, OnlyTheLastRowDependsOnTheState) {
  const PrefixKv before = Encode(nullptr);
  const std::vector<double> k = t_.Read(before.k);
  input_.prefix.state[0] += 1.0;
  const PrefixKv after = Encode(nullptr);
  const std::vector<double> k2 = t_.Read(after.k);
  const int64_t width = t_.sizes.language.KvWidth();
  for (size_t i = 0; i < k.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i) / width % tokens_;
    if (row + 1 < tokens_) {
      ASSERT_EQ(k[i], k2[i]) << row;
    }
  }
  EXPECT_NE(k, k2);
}

INSTANTIATE_TEST_SUITE_P(Both, EncodePrefixTest, testing::Values("reference", "cpu"),
                         [](const auto& c) { return std::string(c.param); });

}  // namespace
}  // namespace svla
