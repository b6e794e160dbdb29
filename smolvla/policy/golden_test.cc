// Every stage of every recorded case against LeRobot, for both backends. The
// stages are compared in the order they are computed, so the first failure of a
// case names the first stage that differs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "smolvla/base/safetensors.h"
#include "smolvla/policy/policy.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

const fs::path kGoldens = fs::path(SMOLVLA_SOURCE_DIR) / "testdata/goldens";

std::vector<std::string> Cases() {
  std::vector<std::string> cases;
  for (const auto& entry : fs::directory_iterator(kGoldens))
    if (fs::exists(entry.path() / "golden.safetensors"))
      cases.push_back(entry.path().filename().string());
  std::sort(cases.begin(), cases.end());
  return cases;
}

// The largest difference over the largest expected value; infinite where the sizes
// differ or a number is NaN.
double ErrorOfScale(const std::vector<double>& found,
                    const std::vector<double>& expected) {
  if (found.size() != expected.size()) return INFINITY;
  double error = 0, scale = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(found[i])) return INFINITY;
    error = std::max(error, std::abs(found[i] - expected[i]));
    scale = std::max(scale, std::abs(expected[i]));
  }
  return error / scale;
}

// One recorded case.
class Golden {
 public:
  explicit Golden(const std::string& name)
      : file_(kGoldens / name / "golden.safetensors") {}

  bool Has(const std::string& name) const { return file_.Has(name); }

  std::vector<double> Values(const std::string& name) const {
    return ValuesOf<double>(file_.At(name));
  }

  template <class T>
  std::vector<T> Integers(const std::string& name) const {
    const StoredTensor& stored = file_.At(name);
    std::vector<T> values(static_cast<size_t>(stored.Count()));
    std::memcpy(values.data(), stored.bytes.data(), stored.bytes.size());
    return values;
  }

  std::string Meta(const std::string& key) const { return file_.metadata().at(key); }

  Observation Seen() const {
    Observation seen;
    seen.task = Meta("task");
    const auto state = ValuesOf<float>(file_.At("input.state"));
    seen.state.assign(state.begin(), state.end());
    const std::string images = "input.image.", masks = "input.mask.";
    for (const auto& [name, stored] : file_.tensors()) {
      if (name.starts_with(images))
        seen.images[name.substr(images.size())] = {stored.shape[1], stored.shape[0],
                                                   Integers<uint8_t>(name)};
      if (name.starts_with(masks) && Integers<uint8_t>(name)[0] == 0)
        seen.masked.push_back(name.substr(masks.size()));
    }
    return seen;
  }

  PredictOptions Options() const {
    PredictOptions options;
    options.noise = ValuesOf<float>(file_.At("input.noise"));
    if (!Has("rtc.previous")) return options;
    PreviousChunk previous;
    const auto values = ValuesOf<float>(file_.At("rtc.previous"));
    const auto dim = static_cast<size_t>(file_.At("rtc.previous").shape[1]);
    for (size_t i = 0; i < values.size(); i += dim)
      previous.normalized.emplace_back(values.begin() + static_cast<int64_t>(i),
                                       values.begin() + static_cast<int64_t>(i + dim));
    previous.inference_delay = std::stoll(Meta("rtc.inference_delay"));
    if (file_.metadata().contains("rtc.execution_horizon"))
      previous.execution_horizon = std::stoll(Meta("rtc.execution_horizon"));
    options.previous = previous;
    return options;
  }

  // The ids that the reference's mask leaves.
  std::vector<int64_t> Tokens() const {
    const auto ids = Integers<int64_t>("tokens");
    const auto mask = Integers<uint8_t>("token_mask");
    std::vector<int64_t> valid;
    for (size_t i = 0; i < ids.size(); ++i)
      if (mask[i]) valid.push_back(ids[i]);
    return valid;
  }

 private:
  SafetensorsFile file_;
};

struct GoldenCase {
  std::string name;
  std::string backend;
  double tolerance;
};

class GoldenTest : public testing::TestWithParam<GoldenCase> {
 protected:
  GoldenTest()
      : golden_(GetParam().name),
        policy_((kGoldens / GetParam().name).string(), OptionsFor(GetParam())) {}

  static PolicyOptions OptionsFor(const GoldenCase& c) {
    PolicyOptions options;
    options.backend = c.backend;
    return options;
  }

  std::vector<double> Read(const Tensor& x) {
    std::vector<double> values(static_cast<size_t>(x.Count()));
    policy_.backend().Read(Reshape(x, {x.Count()}), values);
    return values;
  }

  void Expect(const Tensor& found, const std::string& stage) {
    ExpectValues(Read(found), stage);
  }

  void ExpectValues(const std::vector<double>& found, const std::string& stage) {
    const double error = ErrorOfScale(found, golden_.Values(stage));
    ASSERT_LE(error, GetParam().tolerance)
        << GetParam().name << ": the first stage that differs is " << stage;
  }

  Golden golden_;
  Policy policy_;
  Arena arena_;
};

TEST_P(GoldenTest, EveryStageIsTheReferences) {
  const svla::Run run{policy_.backend(), arena_};
  const SmolVla& net = policy_.network();
  const NetworkSizes& sizes = net.sizes();
  Prediction prediction;
  const ModelInput input = policy_.Prepare(golden_.Seen(), prediction);
  ASSERT_EQ(prediction.tokens, golden_.Tokens());

  // Pictures, stage by stage. The reference records the present cameras; a masked
  // one is present there, and not computed here.
  const VisionConfig& v = sizes.vision;
  const int64_t picture = 3 * v.image_width * v.image_height;
  const int64_t cameras = static_cast<int64_t>(input.pixels.size()) / picture;
  const Tensor pixels = run.New({cameras, 3, v.image_height, v.image_width});
  const Tensor features = run.New({cameras * v.Patches(), v.width});
  const Tensor tokens = run.New({cameras * v.Tokens(), v.out_width});
  run.be.Write(std::span<const float>(input.pixels), pixels);
  EncodeImages(run, net.weights().vision, v, net.position_ids(), pixels, features,
               tokens, nullptr);
  int64_t row = 0;
  for (size_t i = 0; i < input.prefix.cameras.size(); ++i) {
    const std::string number = std::to_string(i);
    if (!input.prefix.cameras[i].visible) continue;
    const Tensor flat = Reshape(pixels, {cameras, picture});
    ASSERT_NO_FATAL_FAILURE(Expect(Rows(flat, row, 1), "pixels." + number));
    ASSERT_NO_FATAL_FAILURE(
        Expect(Rows(features, row * v.Patches(), v.Patches()), "vision." + number));
    ASSERT_NO_FATAL_FAILURE(
        Expect(Rows(tokens, row * v.Tokens(), v.Tokens()), "connector." + number));
    ++row;
  }

  const LanguageConfig& l = sizes.language;
  const int64_t n = PrefixTokens(input.prefix, v.Tokens());
  const PrefixKv prefix{run.New({l.layers_read, n, l.KvWidth()}),
                        run.New({l.layers_read, n, l.KvWidth()})};
  EncodePrefix(run, net.weights().language, l, tokens, v.Tokens(), input.prefix, prefix,
               nullptr);
  for (int64_t i = 0; i < l.layers_read; ++i) {
    ASSERT_NO_FATAL_FAILURE(Expect(prefix.K(i), "prefix.k." + std::to_string(i)));
    ASSERT_NO_FATAL_FAILURE(Expect(prefix.V(i), "prefix.v." + std::to_string(i)));
  }

  const ExpertConfig& e = sizes.expert;
  const Shape kv_shape = {static_cast<int64_t>(e.layers.size()), n + e.chunk,
                          e.KvWidth()};
  const ExpertKv kv{run.New(kv_shape), run.New(kv_shape), n};
  ProjectPrefix(run, net.weights().expert, e, prefix, kv);
  const Tensor x = run.New({e.chunk, e.max_action_dim});
  const Tensor velocity = run.New({e.chunk, e.max_action_dim});
  const Tensor bias = run.New({1, e.width});
  const std::vector<double> times = golden_.Values("velocity.t");
  for (size_t i = 0; i < times.size(); ++i) {
    run.be.Write(std::span<const double>(golden_.Values("input.noise")), x);
    EmbedTime(run, net.weights().expert, e, times[i], bias);
    Velocity(run, net.weights().expert, e, kv, x, bias, velocity, nullptr);
    ASSERT_NO_FATAL_FAILURE(Expect(velocity, "velocity." + std::to_string(i)));
  }

  const ActionChunk chunk = policy_.Predict(golden_.Seen(), golden_.Options()).chunk;
  std::vector<double> normalized, actions;
  for (const Action& action : chunk.normalized)
    normalized.insert(normalized.end(), action.begin(), action.end());
  for (const Action& action : chunk.actions)
    actions.insert(actions.end(), action.begin(), action.end());
  ASSERT_NO_FATAL_FAILURE(ExpectValues(normalized, "chunk.normalized"));
  ASSERT_NO_FATAL_FAILURE(ExpectValues(actions, "chunk.actions"));
}

std::vector<GoldenCase> AllCases() {
  std::vector<GoldenCase> all;
  for (const std::string& name : Cases()) {
    all.push_back({name, "reference", 1e-6});
    all.push_back({name, "cpu", 5e-6});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenTest, testing::ValuesIn(AllCases()),
                         [](const auto& c) {
                           return c.param.name + "_" + c.param.backend;
                         });

TEST(Goldens, AreThere) { EXPECT_GE(Cases().size(), 12u); }

}  // namespace
}  // namespace svla
