#include "smolvla/model/vlm_config.h"

#include <gtest/gtest.h>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

Json Text(const std::string& text) { return ParseJson(text, "vlm.json"); }

// A config with the given members put into its two sections.
VlmConfig Parse(const std::string& text, const std::string& vision,
                const std::string& top = "{}") {
  Json json = Text(top);
  json["text_config"] = Text(text);
  json["vision_config"] = Text(vision);
  return ParseVlmConfig(json, "vlm.json");
}

std::string Refusal(const std::string& text, const std::string& vision,
                    const std::string& top = "{}") {
  return MessageOf([&] { Parse(text, vision, top); });
}

TEST(VlmConfig, TheBuiltInFactsAreThoseOfSmolVlm2) {
  const VlmConfig c = SmolVlm2Config();
  EXPECT_EQ(c.text_width, 960);
  EXPECT_EQ(c.text_layers, 32);
  EXPECT_EQ(c.heads, 15);
  EXPECT_EQ(c.kv_heads, 5);
  EXPECT_EQ(c.head_dim, 64);
  EXPECT_EQ(c.rms_norm_eps, 1e-5);
  EXPECT_EQ(c.vision_width, 768);
  EXPECT_EQ(c.vision_heads, 12);
  EXPECT_EQ(c.image_size, 512);
  EXPECT_EQ(c.patch_size, 16);
  EXPECT_EQ(c.layer_norm_eps, 1e-6);
  EXPECT_EQ(c.pixel_shuffle, 4);
}

TEST(VlmConfig, TheRealOneSaysTheBuiltInFacts) {
  const char* data = std::getenv("SMOLVLA_SHARED_DATA");
  if (!data) GTEST_SKIP() << "SMOLVLA_SHARED_DATA names no folder";
  VlmConfig c = ReadVlmConfig(std::filesystem::path(data) / "vlm/config.json");
  const VlmConfig built_in = SmolVlm2Config();
  EXPECT_EQ(c.text_width, built_in.text_width);
  EXPECT_EQ(c.text_layers, built_in.text_layers);
  EXPECT_EQ(c.heads, built_in.heads);
  EXPECT_EQ(c.kv_heads, built_in.kv_heads);
  EXPECT_EQ(c.head_dim, built_in.head_dim);
  EXPECT_EQ(c.rms_norm_eps, built_in.rms_norm_eps);
  EXPECT_EQ(c.vision_width, built_in.vision_width);
  EXPECT_EQ(c.vision_heads, built_in.vision_heads);
  EXPECT_EQ(c.image_size, built_in.image_size);
  EXPECT_EQ(c.patch_size, built_in.patch_size);
  EXPECT_EQ(c.layer_norm_eps, built_in.layer_norm_eps);
  EXPECT_EQ(c.pixel_shuffle, built_in.pixel_shuffle);
}

TEST(VlmConfig, EveryKeyIsRead) {
  const VlmConfig c = Parse(
      R"({"hidden_size": 40, "num_hidden_layers": 7, "num_attention_heads": 4,
          "num_key_value_heads": 2, "head_dim": 12, "rms_norm_eps": 0.5})",
      R"({"hidden_size": 24, "num_attention_heads": 3, "image_size": 64,
          "patch_size": 8, "layer_norm_eps": 0.25})",
      R"({"scale_factor": 3})");
  EXPECT_EQ(c.text_width, 40);
  EXPECT_EQ(c.text_layers, 7);
  EXPECT_EQ(c.heads, 4);
  EXPECT_EQ(c.kv_heads, 2);
  EXPECT_EQ(c.head_dim, 12);
  EXPECT_EQ(c.rms_norm_eps, 0.5);
  EXPECT_EQ(c.vision_width, 24);
  EXPECT_EQ(c.vision_heads, 3);
  EXPECT_EQ(c.image_size, 64);
  EXPECT_EQ(c.patch_size, 8);
  EXPECT_EQ(c.layer_norm_eps, 0.25);
  EXPECT_EQ(c.pixel_shuffle, 3);
}

TEST(VlmConfig, MissingKeysTakeTheDefaultsOfTransformers) {
  const VlmConfig c = Parse("{}", "{}");
  EXPECT_EQ(c.text_width, 4096);
  EXPECT_EQ(c.heads, 32);
  EXPECT_EQ(c.kv_heads, 32);
  EXPECT_EQ(c.head_dim, 128);
  EXPECT_EQ(c.rms_norm_eps, 1e-6);
  EXPECT_EQ(c.vision_width, 1152);
  EXPECT_EQ(c.patch_size, 32);
  EXPECT_EQ(c.pixel_shuffle, 2);
  const VlmConfig grouped =
      Parse(R"({"num_attention_heads": 8, "hidden_size": 96})", "{}");
  EXPECT_EQ(grouped.kv_heads, 8);
  EXPECT_EQ(grouped.head_dim, 12);
}

TEST(VlmConfig, AnotherNetworkIsRefusedByName) {
  EXPECT_TRUE(Says(Refusal(R"({"hidden_act": "gelu"})", "{}"), "hidden_act"));
  EXPECT_TRUE(Says(Refusal("{}", R"({"hidden_act": "gelu"})"), "hidden_act"));
  for (const std::string key : {"attention_bias", "mlp_bias", "qk_layer_norms"})
    EXPECT_TRUE(Says(Refusal("{\"" + key + "\": true}", "{}"), key));
  EXPECT_TRUE(Says(Refusal("{}", R"({"num_channels": 1})"), "num_channels"));
}

TEST(VlmConfig, AbsurdValuesAreErrorsThatNameTheKey) {
  for (const std::string key :
       {"hidden_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "head_dim"})
    for (const char* value : {"0", "-4", "1000000000000", "\"4\"", "[4]", "0.5"})
      EXPECT_TRUE(Says(Refusal("{\"" + key + "\": " + value + "}", "{}"),
                       "text_config: \"" + key + "\""))
          << value;
  for (const std::string key :
       {"hidden_size", "num_attention_heads", "image_size", "patch_size"})
    for (const char* value : {"0", "-4", "1000000000000", "\"4\"", "{}"})
      EXPECT_TRUE(Says(Refusal("{}", "{\"" + key + "\": " + value + "}"),
                       "vision_config: \"" + key + "\""))
          << value;
  EXPECT_TRUE(Says(Refusal("{}", "{}", R"({"scale_factor": 0})"), "scale_factor"));
  EXPECT_TRUE(
      Says(Refusal(R"({"num_attention_heads": 5, "num_key_value_heads": 3})", "{}"),
           "num_key_value_heads"));
  EXPECT_TRUE(Says(Refusal(R"({"head_dim": 7})", "{}"), "head_dim"));
  // 15 / 8 = 1, which no rotary embedding can halve.
  EXPECT_TRUE(Says(Refusal(R"({"hidden_size": 15, "num_attention_heads": 8})", "{}"),
                   "head_dim"));
  EXPECT_TRUE(Says(Refusal(R"({"hidden_size": 4, "num_attention_heads": 8})", "{}"),
                   "head_dim"));
  EXPECT_TRUE(Says(Refusal("{}", R"({"hidden_size": 10, "num_attention_heads": 3})"),
                   "num_attention_heads"));
  EXPECT_TRUE(
      Says(Refusal("{}", R"({"image_size": 8, "patch_size": 16})"), "image_size"));
}

TEST(VlmConfig, ACheckpointsOwnConfigIsNotTakenForOne) {
  for (const char* text : {"{}", R"({"type": "smolvla"})", R"({"text_config": {}})",
                           R"({"vision_config": {}})"})
    EXPECT_TRUE(Says(MessageOf([&] { ParseVlmConfig(Text(text), "vlm.json"); }),
                     "expected the config.json of the vision-language model"));
  EXPECT_TRUE(Says(MessageOf([&] {
                     ParseVlmConfig(Text(R"({"text_config": 3, "vision_config": {}})"),
                                    "vlm.json");
                   }),
                   "text_config"));
}

}  // namespace
}  // namespace svla
