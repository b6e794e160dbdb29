#include "smolvla/model/expert.h"

#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

// In float32 the embedding differs by 6e-6, which no comparison of networks sees.
TEST(TimeEmbedding, IsTheReferencesInDouble) {
  int seen = 0;
  for (const auto& [name, stored] : ReferenceValues().tensors()) {
    int64_t steps = 0, width = 0;
    if (std::sscanf(name.c_str(), "time.embedding.%ld.%ld", &steps, &width) != 2)
      continue;
    ++seen;
    const std::vector<double> expected = ValuesOf<double>(stored);
    for (int64_t step = 0; step < steps; ++step) {
      const std::vector<double> found =
          TimeEmbedding(TimeOfStep(step, steps), width, 4e-3, 4.0);
      ASSERT_EQ(found.size(), static_cast<size_t>(width));
      for (size_t i = 0; i < found.size(); ++i)
        ASSERT_NEAR(found[i], expected[static_cast<size_t>(step) * found.size() + i],
                    1e-12)
            << name << " step " << step << " at " << i;
    }
  }
  EXPECT_GE(seen, 5);
}

TEST(TimeEmbedding, OfTheNarrowestExpertIsFinite) {
  EXPECT_EQ(TimeEmbedding(0.25, 2, 1.0, 4.0).size(), 2u);
  EXPECT_NEAR(TimeEmbedding(0.25, 2, 1.0, 4.0)[0], 1.0, 1e-15);
  EXPECT_NEAR(TimeEmbedding(0.25, 2, 1.0, 4.0)[1], 0.0, 1e-15);
}

struct VelocityCase {
  const char* golden;
  const char* backend;
};

class VelocityTest : public testing::TestWithParam<VelocityCase> {
 protected:
  VelocityTest() : t_(GoldenNetwork(GetParam().golden, GetParam().backend)) {
    const ExpertConfig& e = t_.sizes.expert;
    const svla::Run run = t_.Run();
    const auto layers = static_cast<int64_t>(e.layers.size());
    kv_ = {run.New({layers, kTokens + e.chunk, e.KvWidth()}),
           run.New({layers, kTokens + e.chunk, e.KvWidth()}), kTokens};
    run.be.Write(std::span<const double>(Normals(kv_.k.Count(), 1)), kv_.k);
    run.be.Write(std::span<const double>(Normals(kv_.v.Count(), 2)), kv_.v);
    actions_ = run.New({e.chunk, e.max_action_dim});
    run.be.Write(std::span<const double>(RandomNoise(t_.sizes, 3)), actions_);
    time_bias_ = run.New({1, e.width});
    EmbedTime(run, t_.net.weights().expert, e, 0.7, time_bias_);
  }

  Tensor Velocity(ExpertTrace* trace) {
    const ExpertConfig& e = t_.sizes.expert;
    const Tensor velocity = t_.Run().New({e.chunk, e.max_action_dim});
    svla::Velocity(t_.Run(), t_.net.weights().expert, e, kv_, actions_, time_bias_,
                   velocity, trace);
    return velocity;
  }

  static constexpr int64_t kTokens = 21;
  TestNetwork t_;
  ExpertKv kv_;
  Tensor actions_, time_bias_;
};

TEST_P(VelocityTest, WithATraceGivesTheSameBits) {
  ExpertTrace trace;
  EXPECT_EQ(t_.Read(Velocity(nullptr)), t_.Read(Velocity(&trace)));
}

TEST_P(VelocityTest, TheTraceHoldsWhatEachStepRead) {
  const ExpertConfig& e = t_.sizes.expert;
  const Expert& w = t_.net.weights().expert;
  const svla::Run run = t_.Run();
  ExpertTrace trace;
  const Tensor velocity = Velocity(&trace);
  const Tensor h = run.New({e.chunk, e.width});
  const Tensor x = run.New({e.chunk, e.width});
  const Tensor gate_up = run.New({e.chunk, 2 * e.hidden});
  const Tensor act = run.New({e.chunk, e.hidden});

  run.be.Linear(actions_, w.action_in, w.action_in_bias, h);
  EXPECT_EQ(t_.Read(trace.embedded), t_.Read(h));
  run.be.Linear(trace.embedded, w.mlp_in_action, time_bias_, h);
  EXPECT_EQ(t_.Read(trace.mlp_in), t_.Read(h));
  run.be.Silu(trace.mlp_in, h);
  EXPECT_EQ(t_.Read(trace.act), t_.Read(h));
  run.be.Linear(trace.act, w.mlp_out, w.mlp_out_bias, x);
  ASSERT_EQ(trace.layers.size(), e.layers.size());
  for (size_t j = 0; j < trace.layers.size(); ++j) {
    const ExpertLayerTrace& kept = trace.layers[j];
    const ExpertLayer& layer = w.layers[j];
    EXPECT_EQ(t_.Read(kept.x), t_.Read(x)) << j;
    run.be.RmsNorm(kept.x, layer.norm, e.norm_eps, h);
    EXPECT_EQ(t_.Read(kept.h), t_.Read(h)) << j;
    // The first columns of q are queries, rotated; of a cross layer all are.
    const Tensor attended = run.New({e.chunk, e.QueryWidth()});
    const auto number = static_cast<int64_t>(j);
    const Tensor q = Columns(kept.q, 0, e.QueryWidth());
    if (e.layers[j].cross)
      run.be.Attention(q, Rows(kv_.K(number), 0, kTokens),
                       Rows(kv_.V(number), 0, kTokens), e.head_dim, Mask::kFull,
                       attended);
    else
      run.be.Attention(q, kv_.K(number), kv_.V(number), e.head_dim, Mask::kCausal,
                       attended);
    EXPECT_EQ(t_.Read(kept.attended), t_.Read(attended)) << j;
    run.be.LinearAdd(kept.attended, layer.out, {}, x);
    EXPECT_EQ(t_.Read(kept.mlp.x), t_.Read(x)) << j;
    run.be.RmsNorm(kept.mlp.x, layer.mlp.norm, e.norm_eps, h);
    EXPECT_EQ(t_.Read(kept.mlp.h), t_.Read(h)) << j;
    run.be.Linear(kept.mlp.h, layer.mlp.gate_up, {}, gate_up);
    EXPECT_EQ(t_.Read(kept.mlp.gate_up), t_.Read(gate_up)) << j;
    run.be.SiluMul(Columns(kept.mlp.gate_up, 0, e.hidden),
                   Columns(kept.mlp.gate_up, e.hidden, e.hidden), act);
    EXPECT_EQ(t_.Read(kept.mlp.act), t_.Read(act)) << j;
    run.be.LinearAdd(kept.mlp.act, layer.mlp.down, {}, x);
  }
  EXPECT_EQ(t_.Read(trace.x), t_.Read(x));
  run.be.RmsNorm(trace.x, w.norm, e.norm_eps, h);
  EXPECT_EQ(t_.Read(trace.normed), t_.Read(h));
  const Tensor again = run.New({e.chunk, e.max_action_dim});
  run.be.Linear(trace.normed, w.action_out, w.action_out_bias, again);
  EXPECT_EQ(t_.Read(velocity), t_.Read(again));
}

// Rows see the rows before them in self-attention layers, and no others at all.
TEST_P(VelocityTest, AnActionDependsOnNoLaterOne) {
  const ExpertConfig& e = t_.sizes.expert;
  const std::vector<double> before = t_.Read(Velocity(nullptr));
  const int64_t changed = e.chunk / 2;
  std::vector<double> noise = RandomNoise(t_.sizes, 3);
  for (int64_t i = 0; i < e.max_action_dim; ++i)
    noise[static_cast<size_t>(changed * e.max_action_dim + i)] += 1.0;
  t_.backend->Write(std::span<const double>(noise), actions_);
  const std::vector<double> after = t_.Read(Velocity(nullptr));
  bool any_self = false;
  for (const ExpertLayerConfig& layer : e.layers) any_self = any_self || !layer.cross;
  for (int64_t row = 0; row < e.chunk; ++row) {
    const auto at = static_cast<size_t>(row * e.max_action_dim);
    const bool depends = row == changed || (any_self && row > changed);
    EXPECT_EQ(before[at] != after[at], depends) << row;
  }
}

INSTANTIATE_TEST_SUITE_P(All, VelocityTest,
                         testing::Values(VelocityCase{"one_camera", "reference"},
                                         VelocityCase{"one_camera", "cpu"},
                                         VelocityCase{"self_attention", "cpu"},
                                         VelocityCase{"cross_attention", "cpu"},
                                         VelocityCase{"odd_grid", "cpu"}),
                         [](const auto& c) {
                           return std::string(c.param.golden) + "_" + c.param.backend;
                         });

}  // namespace
}  // namespace svla
