#include "smolvla/model/cost.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "smolvla/model/random_weights.h"
#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

using Product = std::tuple<int64_t, int64_t, int64_t>;  // rows, in, out

// Computes nothing and counts what it is asked for.
class CountingBackend final : public Backend {
 public:
  std::map<Product, int64_t> products;
  double attention = 0;  // operations

  std::string_view Name() const override { return "counting"; }
  DType Real() const override { return DType::kF32; }
  Tensor Pack(const Tensor& plain, Arena& arena) override {
    return arena.New(plain.dtype, plain.shape);
  }
  void Linear(const Tensor& x, const Tensor& w, const Tensor&, const Tensor&) override {
    ++products[{x.Rows(), w.Columns(), w.Rows()}];
  }
  void LinearAdd(const Tensor& x, const Tensor& w, const Tensor& bias,
                 const Tensor& y) override {
    Linear(x, w, bias, y);
  }
  void Attention(const Tensor& q, const Tensor& k, const Tensor&, int64_t, Mask,
                 const Tensor&) override {
    attention += 4.0 * static_cast<double>(q.Count() * k.Rows());
  }

  void LayerNorm(const Tensor&, const Tensor&, const Tensor&, double,
                 const Tensor&) override {}
  void RmsNorm(const Tensor&, const Tensor&, double, const Tensor&) override {}
  void Rope(const Tensor&, int64_t, int64_t, const Tensor&) override {}
  void Gelu(const Tensor&, const Tensor&) override {}
  void Silu(const Tensor&, const Tensor&) override {}
  void SiluMul(const Tensor&, const Tensor&, const Tensor&) override {}
  void AddScaled(const Tensor&, double, const Tensor&) override {}
  void Scale(const Tensor&, double, const Tensor&) override {}
  void Embed(const Tensor&, std::span<const int64_t>, double, const Tensor&) override {}
  void Patches(const Tensor&, int64_t, const Tensor&) override {}
  void PixelShuffle(const Tensor&, int64_t, int64_t, const Tensor&) override {}
  void Write(std::span<const double>, const Tensor&) override {}
  void Write(std::span<const float>, const Tensor&) override {}
  void Read(const Tensor&, std::span<double>) override {}
};

NetworkSizes SmallSizes() {
  NetworkSizes sizes = BaseSizes();
  sizes.vision = {.width = 24,
                  .heads = 2,
                  .hidden = 40,
                  .layers = 3,
                  .patch = 4,
                  .position_side = 8,
                  .image_width = 32,
                  .image_height = 32,
                  .shuffle = 2,
                  .out_width = 56};
  sizes.language.width = 56;
  sizes.language.hidden = 48;
  sizes.language.layers = sizes.language.layers_read = 4;
  sizes.language.heads = 4;
  sizes.language.kv_heads = 2;
  sizes.language.head_dim = 8;
  sizes.language.vocabulary = 30;
  sizes.expert.width = 36;
  sizes.expert.hidden = 44;
  sizes.expert.heads = 4;
  sizes.expert.kv_heads = 2;
  sizes.expert.head_dim = 8;
  sizes.expert.chunk = 7;
  sizes.expert.max_action_dim = 10;
  sizes.expert.layers = {{0, false}, {1, true}, {2, false}, {3, true}};
  return sizes;
}

// What Predict asks of its backend.
void Count(const NetworkSizes& sizes, int64_t cameras, int64_t words, int64_t steps,
           CountingBackend& backend) {
  SmolVla network(RandomWeights(sizes, /*seed=*/0), sizes, backend, steps);
  backend.products.clear();
  const VisionConfig& v = sizes.vision;
  ModelInput input;
  input.pixels.resize(
      static_cast<size_t>(cameras * 3 * v.image_height * v.image_width));
  for (int64_t i = 0; i < cameras; ++i)
    input.prefix.cameras.push_back({true, i * v.Tokens()});
  input.prefix.words.resize(static_cast<size_t>(words));
  input.prefix.state.resize(static_cast<size_t>(sizes.language.max_state_dim));
  std::vector<double> actions(
      static_cast<size_t>(sizes.expert.chunk * sizes.expert.max_action_dim));
  network.Predict(input, actions, nullptr, actions);
}

TEST(Cost, ListsTheProductsThatAChunkReallyCalls) {
  const NetworkSizes sizes = SmallSizes();
  for (const int64_t cameras : {1, 3}) {
    for (const int64_t steps : {1, 4}) {
      SCOPED_TRACE(std::to_string(cameras) + " cameras, " + std::to_string(steps) +
                   " steps");
      CountingBackend backend;
      Count(sizes, cameras, /*words=*/5, steps, backend);
      std::map<Product, int64_t> listed;
      for (const ProductShape& p : ProductsOfChunk(sizes, cameras, 5, steps))
        EXPECT_TRUE(listed.insert({{p.rows, p.in, p.out}, p.times}).second)
            << "twice: " << p.rows << " x " << p.in << " x " << p.out;
      EXPECT_EQ(listed, backend.products);
      EXPECT_DOUBLE_EQ(CostOfChunk(sizes, cameras, 5, steps).attention,
                       backend.attention);
    }
  }
}

TEST(Cost, IsThatOfTheProductsAndTheAttention) {
  for (const NetworkSizes& sizes : {BaseSizes(), LiberoSizes(), SmallSizes()}) {
    double products = 0;
    for (const ProductShape& p : ProductsOfChunk(sizes, 2, 48, 10))
      products += static_cast<double>(p.times) * p.Operations();
    const ChunkCost cost = CostOfChunk(sizes, 2, 48, 10);
    EXPECT_GT(cost.attention, 0.0);
    EXPECT_NEAR((cost.Total() - cost.attention) / products, 1.0, 1e-12);
  }
}

TEST(Cost, OfTheBaseNetworkIsWhatTheDocumentsSay) {
  EXPECT_NEAR(CostOfChunk(BaseSizes(), 2, 48, 10).Total() / 1e9, 589, 1);
  EXPECT_EQ(ProductsOfChunk(BaseSizes(), 2, 48, 10).front(),
            (ProductShape{2048, 768, 768, 13}));  // the patches, and 12 x out_proj
}

}  // namespace
}  // namespace svla
