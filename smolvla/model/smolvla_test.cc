#include "smolvla/model/smolvla.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string_view>

#include "smolvla/base/threads.h"
#include "smolvla/model/test_networks.h"

namespace {

// Of this program's own code while counting; oneDNN allocates in its own.
std::atomic<bool> counting = false;
std::atomic<int64_t> allocations = 0;

bool IsOneDnn(const void* caller) {
  Dl_info info;
  return dladdr(caller, &info) != 0 && info.dli_fname &&
         std::string_view(info.dli_fname).find("dnnl") != std::string_view::npos;
}

void* Allocate(size_t size, size_t alignment, const void* caller) {
  if (counting && !IsOneDnn(caller)) ++allocations;
  size = (std::max<size_t>(size, 1) + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(size_t size) {
  return Allocate(size, alignof(std::max_align_t), __builtin_return_address(0));
}
void* operator new[](size_t size) {
  return Allocate(size, alignof(std::max_align_t), __builtin_return_address(0));
}
void* operator new(size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<size_t>(alignment), __builtin_return_address(0));
}
void* operator new[](size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<size_t>(alignment), __builtin_return_address(0));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace svla {
namespace {

int64_t AllocationsOf(const std::function<void()>& call) {
  allocations = 0;
  counting = true;
  call();
  counting = false;
  return allocations;
}

// In shapes that no checkpoint has: odd widths, three query heads to a key head,
// language layers behind the last one read, two expert layers to a kind.
NetworkSizes OddSizes() {
  NetworkSizes s;
  s.vision = {.width = 36,
              .heads = 3,
              .hidden = 52,
              .layers = 2,
              .patch = 5,
              .position_side = 7,
              .image_width = 32,  // two pixels belong to no patch
              .image_height = 31,
              .shuffle = 3,
              .out_width = 42,
              .norm_eps = 1e-6};
  s.language = {.width = 42,
                .hidden = 70,
                .layers = 6,
                .layers_read = 5,
                .heads = 6,
                .kv_heads = 2,
                .head_dim = 10,
                .vocabulary = 61,
                .max_state_dim = 5,
                .norm_eps = 1e-5};
  s.expert.width = 30;
  s.expert.hidden = 77;
  s.expert.layers = {{0, false}, {1, true}, {3, true}, {4, false}};
  s.expert.heads = 6;
  s.expert.kv_heads = 2;
  s.expert.head_dim = 10;
  s.expert.chunk = 11;
  s.expert.max_action_dim = 9;
  return s;
}

// Of the proportions of the published networks, a little narrower.
NetworkSizes WideSizes() {
  NetworkSizes s;
  s.vision = {.width = 192,
              .heads = 3,
              .hidden = 384,
              .layers = 3,
              .patch = 16,
              .position_side = 8,
              .image_width = 128,
              .image_height = 128,
              .shuffle = 4,
              .out_width = 320,
              .norm_eps = 1e-6};
  s.language = {.width = 320,
                .hidden = 640,
                .layers = 4,
                .layers_read = 4,
                .heads = 6,
                .kv_heads = 2,
                .head_dim = 64,
                .vocabulary = 500,
                .max_state_dim = 32,
                .norm_eps = 1e-5};
  s.expert.width = 240;
  s.expert.hidden = 768;
  s.expert.layers = {{0, false}, {1, true}, {2, false}, {3, true}};
  s.expert.heads = 6;
  s.expert.kv_heads = 2;
  return s;
}

double Norm(const std::vector<double>& x) {
  double square = 0;
  for (const double value : x) square += value * value;
  return std::sqrt(square);
}

double RelativeError(const std::vector<double>& found,
                     const std::vector<double>& expected) {
  std::vector<double> difference = found;
  for (size_t i = 0; i < found.size(); ++i) difference[i] -= expected[i];
  return Norm(difference) / Norm(expected);
}

class RandomNetworkTest : public testing::TestWithParam<int> {
 protected:
  RandomNetworkTest() : sizes_(GetParam() % 2 ? WideSizes() : OddSizes()) {
    tensors_ = RandomTensors(sizes_, seed_);
  }

  TestNetwork Make(const std::string& backend) {
    tensors_.Write(folder_.path() / "model.safetensors");
    return {std::make_shared<const WeightFile>(folder_.path() / "model.safetensors"),
            sizes_, backend, 4};
  }

  std::vector<double> Predict(const std::string& backend) {
    TestNetwork t = Make(backend);
    ModelInput input =
        RandomInput(sizes_, /*cameras=*/1 + GetParam() % 3, /*words=*/13, seed_);
    input.prefix.before_image = {7, 3};
    input.prefix.after_image = {7};
    input.prefix.cameras.push_back({false, 0});
    return t.Predict(input, RandomNoise(sizes_, seed_));
  }

  // Each of the layers that lie one behind the other adds roundings of a few
  // epsilons, and they do not conspire.
  double Bound() const {
    const auto expert = static_cast<double>(sizes_.expert.layers.size());
    const auto deep =
        static_cast<double>(sizes_.vision.layers + sizes_.language.layers_read) +
        expert;
    return 4.0 * std::numeric_limits<float>::epsilon() * std::sqrt(deep);
  }

  TempFolder folder_;
  NetworkSizes sizes_;
  uint64_t seed_ = static_cast<uint64_t>(GetParam()) + 100;
  AlteredTensors tensors_;
};

TEST_P(RandomNetworkTest, TheCpuComputesWhatTheReferenceDoes) {
  const std::vector<double> expected = Predict("reference");
  EXPECT_LE(RelativeError(Predict("cpu"), expected), Bound());
}

// Of weights rounded to eight bits, 2^-9 each at most, some of which cancel.
TEST_P(RandomNetworkTest, Bf16WeightsMoveTheActionsByLessThanTwoPercent) {
  const double error = RelativeError(Predict("cpu_bf16"), Predict("cpu"));
  EXPECT_LE(error, 0.02);
  EXPECT_GT(error, 1e-5);
}

// The bound is worth nothing if it does not see a small mistake in one weight.
TEST_P(RandomNetworkTest, TheBoundSeesAWeightThatIsWrongByOneInTwoThousand) {
  const std::vector<double> expected = Predict("reference");
  for (const std::string name :
       {"model.vlm_with_expert.vlm.model.connector.modality_projection.proj.weight",
        "model.vlm_with_expert.lm_expert.layers.1.self_attn.k_proj.weight",
        "model.action_time_mlp_out.weight", "model.state_proj.weight"}) {
    const AlteredTensors whole = tensors_;
    AlteredTensors::Entry& entry = tensors_.entries[name];
    const StoredTensor stored{entry.dtype, entry.shape, entry.bytes};
    std::vector<float> values = ValuesOf<float>(stored);
    for (float& value : values) value *= 1.0f + 5e-4f;
    tensors_.Set(name, entry.shape, values);
    EXPECT_GT(RelativeError(Predict("cpu"), expected), Bound()) << name;
    tensors_ = whole;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworkTest, testing::Values(0, 1, 2, 4));

class PredictTest : public testing::TestWithParam<const char*> {
 protected:
  std::vector<double> Predict(const ModelInput& input) {
    return t_.Predict(input, noise_);
  }

  TestNetwork t_ = GoldenNetwork("two_cameras", GetParam(), /*steps=*/3);
  std::vector<double> noise_ = RandomNoise(t_.sizes, 1);
  ModelInput one_ = RandomInput(t_.sizes, /*cameras=*/1, /*words=*/4, 1);
  ModelInput two_ = RandomInput(t_.sizes, /*cameras=*/2, /*words=*/20, 2);
};

TEST_P(PredictTest, GivesTheSameBitsWhateverCameBefore) {
  const std::vector<double> one = Predict(one_), two = Predict(two_);
  EXPECT_NE(one, two);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Predict(one_), one);
    EXPECT_EQ(Predict(one_), one);
    EXPECT_EQ(Predict(two_), two);
  }
  TestNetwork fresh = GoldenNetwork("two_cameras", GetParam(), /*steps=*/3);
  EXPECT_EQ(fresh.Predict(two_, noise_), two);
  EXPECT_EQ(fresh.Predict(one_, noise_), one);
}

TEST_P(PredictTest, AllocatesNothingOnceItHasSeenTheShape) {
  std::vector<double> actions(noise_.size());
  const auto predict = [&](const ModelInput& input) {
    t_.net.Predict(input, noise_, nullptr, actions);
  };
  EXPECT_GT(AllocationsOf([&] { predict(two_); }), 0);  // the counter counts
  predict(one_);
  EXPECT_EQ(AllocationsOf([&] { predict(two_); }), 0);
  EXPECT_EQ(AllocationsOf([&] { predict(one_); }), 0);
  EXPECT_EQ(AllocationsOf([&] { predict(two_); }), 0);
}

TEST_P(PredictTest, GivesTheSameBitsWithAnyNumberOfThreads) {
  const int before = ThreadCount();
  const std::vector<double> two = Predict(two_);
  for (const int threads : {1, 2, 3, 5}) {
    SetThreadCount(threads);
    EXPECT_EQ(Predict(two_), two) << threads;
  }
  SetThreadCount(before);
}

TEST_P(PredictTest, StepsMayBeChangedAndChangedBack) {
  const std::vector<double> three = Predict(one_);
  t_.net.SetSteps(5);
  EXPECT_EQ(t_.net.steps(), 5);
  const std::vector<double> five = Predict(one_);
  EXPECT_NE(three, five);
  TestNetwork fresh = GoldenNetwork("two_cameras", GetParam(), /*steps=*/5);
  EXPECT_EQ(fresh.Predict(one_, noise_), five);
  t_.net.SetSteps(1);
  EXPECT_NE(Predict(one_), five);
  t_.net.SetSteps(3);
  EXPECT_EQ(Predict(one_), three);
}

TEST_P(PredictTest, AMaskedCameraIsAsNoneWithoutSpecialTokens) {
  ModelInput masked = one_;
  masked.prefix.cameras.push_back({false, 0});
  EXPECT_EQ(Predict(masked), Predict(one_));
  masked.prefix.before_image = one_.prefix.before_image = {3};
  masked.prefix.after_image = one_.prefix.after_image = {3};
  EXPECT_NE(Predict(masked), Predict(one_));
}

// A camera's tokens are its own, wherever its picture lies in the batch.
TEST_P(PredictTest, TheOrderOfCamerasIsThatOfThePrefix) {
  ModelInput swapped = two_;
  std::swap(swapped.prefix.cameras[0], swapped.prefix.cameras[1]);
  const auto half = static_cast<int64_t>(swapped.pixels.size() / 2);
  std::rotate(swapped.pixels.begin(), swapped.pixels.begin() + half,
              swapped.pixels.end());
  EXPECT_EQ(Predict(swapped), Predict(two_));
}

TEST_P(PredictTest, NoCameraAtAllIsAlsoAPrefix) {
  const ModelInput none = RandomInput(t_.sizes, /*cameras=*/0, /*words=*/3, 1);
  for (const double value : Predict(none)) ASSERT_TRUE(std::isfinite(value));
}

INSTANTIATE_TEST_SUITE_P(Backends, PredictTest,
                         testing::Values("reference", "cpu", "cpu_bf16"),
                         [](const auto& c) { return std::string(c.param); });

}  // namespace
}  // namespace svla
