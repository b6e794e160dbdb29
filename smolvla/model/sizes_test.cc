#include "smolvla/model/sizes.h"

#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

// "0s 1c 2s": the language layer and the kind of each expert layer.
std::string Plan(int64_t layers, int64_t experts, int64_t every,
                 const std::string& mode = "cross_attn") {
  SmolVlaConfig config;
  config.num_expert_layers = experts;
  config.self_attn_every_n_layers = every;
  config.attention_mode = mode;
  std::string text;
  for (const ExpertLayerConfig& layer : ExpertLayers(config, layers))
    text += (text.empty() ? "" : " ") + std::to_string(layer.prefix_layer) +
            (layer.cross ? "c" : "s");
  return text;
}

std::string Refusal(int64_t layers, int64_t experts, int64_t every,
                    const std::string& mode = "cross_attn") {
  return MessageOf([&] { Plan(layers, experts, every, mode); });
}

TEST(ExpertLayers, AsManyAsTheLanguageModelTakeTurns) {
  EXPECT_EQ(Plan(4, -1, 2), "0s 1c 2s 3c");
  EXPECT_EQ(Plan(4, 0, 2), "0s 1c 2s 3c");
  EXPECT_EQ(Plan(4, 4, 3), "0s 1c 2c 3s");
  EXPECT_EQ(Plan(3, 3, 1), "0s 1s 2s");
  EXPECT_EQ(Plan(3, 3, 0), "0c 1c 2c");
  EXPECT_EQ(Plan(3, 3, -1), "0c 1c 2c");
  EXPECT_EQ(Plan(3, 3, 2, "self_attn"), "0s 1s 2s");
  EXPECT_EQ(Plan(3, 3, 2, "my_cross"), "0s 1c 2s");
}

TEST(ExpertLayers, MayBeFewerWhereTheReferenceRunsThem) {
  EXPECT_EQ(Plan(4, 2, 0), "0c 2c");
  EXPECT_EQ(Plan(4, 2, 4), "0s 2c");
  EXPECT_EQ(Plan(16, 4, 100), "0s 4c 8c 12c");
  EXPECT_EQ(Plan(4, 1, 4), "0s");
}

// Checked by running LeRobot (model.md 5): it raises on each of these.
TEST(ExpertLayers, AreRefusedWhereTheReferenceRaises) {
  for (const std::string& message :
       {Refusal(4, 2, 2), Refusal(4, 2, 2, "self_attn"), Refusal(16, 8, 2),
        Refusal(4, 2, 1), Refusal(4, 2, 3), Refusal(4, 1, 2)})
    EXPECT_TRUE(Says(message, "LeRobot cannot run this"));
  EXPECT_TRUE(Says(Refusal(4, 2, 2), "language layer 2"));
  EXPECT_TRUE(Says(Refusal(4, 2, 2), "self_attn_every_n_layers 0"));
}

TEST(ExpertLayers, MustDivideTheLanguageModels) {
  for (const int64_t experts : {3, 5, 1024})
    EXPECT_TRUE(
        Says(Refusal(4, experts, 0),
             "num_expert_layers " + std::to_string(experts) + ": expected a divisor"));
}

class ResolveSizesTest : public testing::Test {
 protected:
  static constexpr const char* kCase = "one_camera";

  std::string Refusal() {
    return MessageOf([&] { ResolveSizes(config_, vlm_, file_); });
  }

  std::vector<std::string> warnings_;
  SmolVlaConfig config_ = ReadConfig(GoldenFolder(kCase) / "config.json", warnings_);
  VlmConfig vlm_ = ReadVlmConfig(GoldenFolder(kCase) / "vlm_config.json");
  WeightFile file_{GoldenFolder(kCase) / "model.safetensors"};
};

TEST_F(ResolveSizesTest, ReadsThemFromWhereTheyAre) {
  const NetworkSizes s = ResolveSizes(config_, vlm_, file_);
  EXPECT_EQ(s.vision.layers, 2);
  EXPECT_EQ(s.vision.Side(), 8);
  EXPECT_EQ(s.vision.Tokens(), 16);
  EXPECT_EQ(s.language.layers, 4);  // of the VLM's six
  EXPECT_EQ(s.language.heads, 3);
  EXPECT_EQ(s.language.kv_heads, 1);
  EXPECT_EQ(s.language.norm_eps, 1e-5);
  EXPECT_EQ(s.vision.norm_eps, 1e-6);
  EXPECT_EQ(s.expert.width, 36);
  EXPECT_EQ(s.expert.hidden, 256);
  EXPECT_EQ(s.expert.layers.size(), 4u);
  EXPECT_EQ(s.expert.chunk, 10);
}

TEST_F(ResolveSizesTest, TheEpsilonsAreThoseOfTheVlm) {
  vlm_.rms_norm_eps = 0.25;
  vlm_.layer_norm_eps = 0.5;
  const NetworkSizes s = ResolveSizes(config_, vlm_, file_);
  EXPECT_EQ(s.language.norm_eps, 0.25);
  EXPECT_EQ(s.expert.norm_eps, 0.25);
  EXPECT_EQ(s.vision.norm_eps, 0.5);
}

TEST_F(ResolveSizesTest, TwoPlacesThatDifferAreNamedWithTheirNumbers) {
  struct Case {
    std::function<void()> change;
    std::vector<std::string> says;
  };
  const SmolVlaConfig config = config_;
  const VlmConfig vlm = vlm_;
  const std::vector<Case> cases = {
      {[&] { vlm_.text_width = 64; }, {"text width", "64", "48", "vlm_config.json"}},
      {[&] { vlm_.heads = 6; }, {"query heads", "96", "48"}},
      {[&] { vlm_.kv_heads = 3; }, {"key heads", "48", "16"}},
      {[&] { vlm_.vision_width = 64; }, {"vision width", "64", "32"}},
      {[&] { vlm_.patch_size = 8; }, {"patch size", "8", "4"}},
      {[&] { vlm_.image_size = 64; }, {"position table", "256", "64"}},
      {[&] { vlm_.pixel_shuffle = 4; }, {"scale_factor", "512", "128"}},
      {[&] { config_.num_vlm_layers = 0; }, {"layers of the language model", "6", "4"}},
      {[&] { config_.num_vlm_layers = 3; }, {"layers of the language model", "3"}},
      {[&] { config_.expert_width_multiplier = 0.5; }, {"expert width", "24", "36"}},
      {[&] {
         config_.num_expert_layers = 2;
         config_.self_attn_every_n_layers = 0;
       },
       {"expert layers", "2", "4", "num_expert_layers"}},
      {[&] { config_.image_width = 64; }, {"64 x 32", "square grid"}},
      {[&] { config_.image_width = config_.image_height = 36; }, {"9 x 9", "multiple"}},
      {[&] { config_.image_width = config_.image_height = 3; }, {"0 x 0"}},
  };
  for (const Case& c : cases) {
    config_ = config;
    vlm_ = vlm;
    c.change();
    const std::string message = Refusal();
    for (const std::string& part : c.says) EXPECT_TRUE(Says(message, part));
  }
}

TEST_F(ResolveSizesTest, ATensorThatTellsASizeMustBeThere) {
  TempFolder folder;
  for (const char* name :
       {"model.action_in_proj.weight",
        "model.vlm_with_expert.vlm.model.text_model.embed_tokens.weight",
        "model.vlm_with_expert.vlm.model.vision_model.embeddings.patch_embedding."
        "weight"}) {
    AlteredTensors tensors(GoldenFolder(kCase) / "model.safetensors");
    tensors.entries.erase(name);
    tensors.Write(folder.path() / "a.safetensors");
    const WeightFile file(folder.path() / "a.safetensors");
    EXPECT_TRUE(Says(MessageOf([&] { ResolveSizes(config_, vlm_, file); }), name));
    tensors.Set(name, {1}, {1.0f});
    tensors.Write(folder.path() / "a.safetensors");
    const WeightFile flat(folder.path() / "a.safetensors");
    EXPECT_NE(MessageOf([&] { ResolveSizes(config_, vlm_, flat); }), "no error");
  }
}

TEST_F(ResolveSizesTest, TheBuiltInFactsAreOnlyUsedWhereTheTensorsAgree) {
  EXPECT_TRUE(Agrees(vlm_, file_));
  EXPECT_FALSE(Agrees(SmolVlm2Config(), file_));
  for (int64_t VlmConfig::*size :
       {&VlmConfig::text_width, &VlmConfig::heads, &VlmConfig::kv_heads,
        &VlmConfig::vision_width, &VlmConfig::image_size, &VlmConfig::patch_size,
        &VlmConfig::pixel_shuffle}) {
    VlmConfig other = vlm_;
    other.*size *= 2;
    EXPECT_FALSE(Agrees(other, file_));
  }
}

}  // namespace
}  // namespace svla
