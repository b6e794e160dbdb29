#include "smolvla/model/weights.h"

#include <gtest/gtest.h>

#include <limits>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

const std::string kVlm = "model.vlm_with_expert.vlm.model.";
const std::string kExpert = "model.vlm_with_expert.lm_expert.";
const std::string kHead = "model.vlm_with_expert.vlm.lm_head.weight";

class LoadWeightsTest : public testing::Test {
 protected:
  std::shared_ptr<const WeightFile> File() {
    tensors_.Write(folder_.path() / "model.safetensors");
    return std::make_shared<const WeightFile>(folder_.path() / "model.safetensors");
  }

  // What loading the altered file into a network of the golden's sizes gives.
  std::vector<double> Predict() {
    TestNetwork t(File(), sizes_, "reference", 2);
    return t.Predict(RandomInput(sizes_, 1, 5, 1), RandomNoise(sizes_, 2));
  }

  std::string Refusal() {
    return MessageOf([&] { Predict(); });
  }

  void ExpectSameNetwork() {
    EXPECT_EQ(Predict(),
              golden_.Predict(RandomInput(sizes_, 1, 5, 1), RandomNoise(sizes_, 2)));
  }

  TempFolder folder_;
  TestNetwork golden_ = GoldenNetwork("one_camera", "reference", 2);
  NetworkSizes sizes_ = golden_.sizes;
  AlteredTensors tensors_{GoldenFolder("one_camera") / "model.safetensors"};
};

TEST_F(LoadWeightsTest, ACopyIsTheSameNetwork) { ExpectSameNetwork(); }

TEST_F(LoadWeightsTest, AllThatIsWrongIsInOneError) {
  tensors_.entries.erase("model.state_proj.bias");
  tensors_.entries.erase(kExpert + "norm.weight");
  tensors_.Set("model.extra.weight", {2, 3}, std::vector<float>(6));
  tensors_.Set(kExpert + "layers.9.mlp.up_proj.weight", {1}, {1});
  tensors_.Set("model.action_in_proj.bias", {35}, std::vector<float>(35));
  tensors_.Set("model.action_out_proj.weight", {36, 32}, std::vector<float>(36 * 32));
  tensors_.entries["model.action_time_mlp_out.bias"] = {
      DType::kI64, {36}, std::vector<std::byte>(36 * 8)};
  tensors_.entries[kVlm + "text_model.embed_tokens.weight"].dtype = DType::kU8;
  tensors_.entries[kVlm + "text_model.embed_tokens.weight"].bytes.resize(400 * 48);
  const std::string message = Refusal();
  for (const std::string& part :
       {std::string("model.safetensors"), std::string("config.json"),
        std::string("model.state_proj.bias: missing, expected [48]"),
        kExpert + "norm.weight: missing, expected [36]",
        std::string("model.extra.weight: F32 [2, 3] belongs to no part"),
        kExpert + "layers.9.mlp.up_proj.weight: F32 [1] belongs to no part",
        std::string("model.action_in_proj.bias: expected [36], found [35]"),
        std::string("model.action_out_proj.weight: expected [32, 36], found [36, 32]"),
        std::string("model.action_time_mlp_out.bias: expected F64, F32, BF16 or F16, "
                    "found I64"),
        kVlm + "text_model.embed_tokens.weight: expected F64, F32, BF16 or F16, "
               "found U8"})
    EXPECT_TRUE(Says(message, part));
}

// A tensor that nothing reads still tells that the file is another network's.
TEST_F(LoadWeightsTest, TensorsThatNothingReadsAreCheckedToo) {
  tensors_.Set(kVlm + "text_model.norm.weight", {47}, std::vector<float>(47));
  tensors_.entries.erase(kVlm + "text_model.layers.3.mlp.up_proj.weight");
  tensors_.Set(kHead, {48, 400}, std::vector<float>(48 * 400));
  const std::string message = Refusal();
  EXPECT_TRUE(Says(message, "text_model.norm.weight: expected [48], found [47]"));
  EXPECT_TRUE(Says(message, "layers.3.mlp.up_proj.weight: missing"));
  EXPECT_TRUE(Says(message, "lm_head.weight: expected [400, 48], found [48, 400]"));
}

TEST_F(LoadWeightsTest, ManyProblemsAreCutButCounted) {
  for (int i = 0; i < 75; ++i)
    tensors_.Set("model.extra" + std::to_string(i), {1}, {0});
  EXPECT_TRUE(Says(Refusal(), "and 15 more"));
}

TEST_F(LoadWeightsTest, EveryTensorThatIsNotFiniteIsNamed) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> bias(48, 0.5f), matrix(36 * 72, 0.5f), table(400 * 48, 0.5f);
  bias[47] = nan;
  matrix[36 * 72 - 1] = infinity;  // in the half of the time
  table[5000] = -infinity;
  tensors_.Set("model.state_proj.bias", {48}, bias);
  tensors_.Set("model.action_time_mlp_in.weight", {36, 72}, matrix);
  tensors_.Set(kVlm + "text_model.embed_tokens.weight", {400, 48}, table);
  AlteredTensors::Entry& half =
      tensors_.entries[kVlm + "vision_model.post_layernorm.weight"];
  const uint16_t nan16 = 0x7e00;
  std::memcpy(half.bytes.data(), &nan16, 2);
  const std::string message = Refusal();
  for (const std::string name :
       {"model.state_proj.bias", "model.action_time_mlp_in.weight",
        "text_model.embed_tokens.weight", "vision_model.post_layernorm.weight"})
    EXPECT_TRUE(Says(message, name + ": holds NaN or infinity"));
}

TEST_F(LoadWeightsTest, AnyFloatingTypeIsTaken) {
  for (auto& [name, entry] : tensors_.entries) {
    const StoredTensor stored{entry.dtype, entry.shape, entry.bytes};
    const std::vector<double> values = ValuesOf<double>(stored);
    const auto bytes = std::as_bytes(std::span(values));
    entry = {DType::kF64, entry.shape, {bytes.begin(), bytes.end()}};
  }
  ExpectSameNetwork();
}

TEST_F(LoadWeightsTest, TheHeadMayBeAbsent) {
  tensors_.entries.erase(kHead);
  ExpectSameNetwork();
}

TEST_F(LoadWeightsTest, NamesOfOlderVersionsAreAccepted) {
  tensors_.RenamePrefix(kVlm + "vision_model.",
                        "model.vlm_with_expert.vlm.vision_model.");
  tensors_.RenamePrefix(kVlm + "connector.", "model.vlm_with_expert.vlm.connector.");
  tensors_.RenamePrefix(kVlm + "text_model.",
                        "model.vlm_with_expert.vlm.text_model.model.");
  tensors_.RenamePrefix(kExpert, kExpert + "model.");
  ExpectSameNetwork();
}

TEST_F(LoadWeightsTest, TheInnerModelAloneIsAccepted) {
  tensors_.RenamePrefix("model.", "");
  ExpectSameNetwork();
}

TEST_F(LoadWeightsTest, NamesOfCompiledModelsAreAccepted) {
  tensors_.RenamePrefix("model.state_proj.", "model._orig_mod.state_proj.");
  tensors_.RenamePrefix("model.vlm_with_expert.vlm.",
                        "_orig_mod.model.vlm_with_expert._orig_mod.vlm.");
  ExpectSameNetwork();
}

TEST_F(LoadWeightsTest, TwoNamesForOneTensorAreAnError) {
  tensors_.entries["_orig_mod.model.state_proj.bias"] =
      tensors_.entries["model.state_proj.bias"];
  const std::string message = Refusal();
  EXPECT_TRUE(Says(message,
                   "model.state_proj.bias and another tensor are both "
                   "model.state_proj.bias"));
}

TEST_F(LoadWeightsTest, StatisticsOfOldCheckpointsAreSetApart) {
  tensors_.Set("normalize_inputs.buffer_observation_state.mean", {6},
               std::vector<float>(6));
  tensors_.Set("normalize_targets.buffer_action.std", {7}, std::vector<float>(7));
  tensors_.Set("unnormalize_outputs.buffer_action.mean", {7}, std::vector<float>(7));
  ExpectSameNetwork();
  const auto file = File();
  EXPECT_EQ(file->buffers().size(), 3u);
  EXPECT_TRUE(
      file->buffers().contains("normalize_inputs.buffer_observation_state.mean"));
  EXPECT_FALSE(file->Find("unnormalize_outputs.buffer_action.mean"));
}

TEST_F(LoadWeightsTest, LayersAreCountedUpToTheFirstGap) {
  const std::string before = kExpert + "layers.", after = ".self_attn.q_proj.weight";
  EXPECT_EQ(File()->CountLayers(before, after), 4);
  tensors_.entries.erase(before + "2" + after);
  EXPECT_EQ(File()->CountLayers(before, after), 2);
}

}  // namespace
}  // namespace svla
