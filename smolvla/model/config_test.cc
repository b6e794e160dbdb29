#include "smolvla/model/config.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "smolvla/model/test_networks.h"

namespace svla {
namespace {

SmolVlaConfig Parse(const std::string& text) {
  std::vector<std::string> warnings;
  return ParseConfig(ParseJson(text, "config.json"), "config.json", warnings);
}

std::string Refusal(const std::string& text) {
  return MessageOf([&] { Parse(text); });
}

std::vector<std::string> Warnings(const std::string& text) {
  std::vector<std::string> warnings;
  ParseConfig(ParseJson(text, "config.json"), "config.json", warnings);
  return warnings;
}

TEST(Config, MissingKeysTakeTheReferencesDefaults) {
  const SmolVlaConfig c = Parse("{}");
  EXPECT_TRUE(c.input_features.empty());
  EXPECT_EQ(c.normalization_mapping.at("VISUAL"), "IDENTITY");
  EXPECT_EQ(c.normalization_mapping.at("STATE"), "MEAN_STD");
  EXPECT_EQ(c.normalization_mapping.at("ACTION"), "MEAN_STD");
  EXPECT_TRUE(c.resize);
  EXPECT_EQ(c.image_width, 512);
  EXPECT_EQ(c.image_height, 512);
  EXPECT_EQ(c.empty_cameras, 0);
  EXPECT_EQ(c.max_state_dim, 32);
  EXPECT_EQ(c.max_action_dim, 32);
  EXPECT_FALSE(c.adapt_to_pi_aloha);
  EXPECT_EQ(c.chunk_size, 50);
  EXPECT_EQ(c.n_action_steps, 50);
  EXPECT_EQ(c.num_steps, 10);
  EXPECT_EQ(c.min_period, 4e-3);
  EXPECT_EQ(c.max_period, 4.0);
  EXPECT_FALSE(c.has_rtc);
  EXPECT_EQ(c.tokenizer_max_length, 48);
  EXPECT_EQ(c.pad_language_to, "longest");
  EXPECT_EQ(c.prefix_length, -1);
  EXPECT_FALSE(c.add_image_special_tokens);
  EXPECT_EQ(c.vlm_model_name, "HuggingFaceTB/SmolVLM2-500M-Video-Instruct");
  EXPECT_FALSE(c.load_vlm_weights);
  EXPECT_EQ(c.attention_mode, "cross_attn");
  EXPECT_EQ(c.num_vlm_layers, 16);
  EXPECT_EQ(c.num_expert_layers, -1);
  EXPECT_EQ(c.self_attn_every_n_layers, 2);
  EXPECT_EQ(c.expert_width_multiplier, 0.75);
  EXPECT_TRUE(c.freeze_vision_encoder);
  EXPECT_TRUE(c.train_expert_only);
  EXPECT_TRUE(c.train_state_proj);
  EXPECT_EQ(c.optimizer_lr, 1e-4);
  EXPECT_EQ(c.optimizer_beta1, 0.9);
  EXPECT_EQ(c.optimizer_beta2, 0.95);
  EXPECT_EQ(c.optimizer_eps, 1e-8);
  EXPECT_EQ(c.optimizer_weight_decay, 1e-10);
  EXPECT_EQ(c.optimizer_grad_clip_norm, 10);
  EXPECT_EQ(c.scheduler_warmup_steps, 1000);
  EXPECT_EQ(c.scheduler_decay_steps, 30000);
  EXPECT_EQ(c.scheduler_decay_lr, 2.5e-6);
}

TEST(Config, EveryKeyIsRead) {
  const SmolVlaConfig c = Parse(R"({
    "type": "smolvla",
    "input_features": {"observation.state": {"type": "STATE", "shape": [3]},
                       "observation.images.b": {"type": "VISUAL", "shape": [3, 4, 5]},
                       "observation.images.a": {"type": "VISUAL", "shape": [3, 4, 5]}},
    "output_features": {"action": {"type": "ACTION", "shape": [4]}},
    "normalization_mapping": {"STATE": "MIN_MAX", "ACTION": "QUANTILES"},
    "resize_imgs_with_padding": [64, 32], "empty_cameras": 1,
    "max_state_dim": 5, "max_action_dim": 6, "adapt_to_pi_aloha": true,
    "chunk_size": 8, "n_action_steps": 7, "num_steps": 3,
    "min_period": 0.5, "max_period": 2.5,
    "rtc_config": {"enabled": false, "prefix_attention_schedule": "EXP",
                   "max_guidance_weight": 3.5, "execution_horizon": 6,
                   "debug": true, "mode": "guided"},
    "tokenizer_max_length": 20, "pad_language_to": "max_length", "prefix_length": 9,
    "add_image_special_tokens": true, "vlm_model_name": "me/vlm",
    "load_vlm_weights": true, "attention_mode": "self_attn", "num_vlm_layers": 4,
    "num_expert_layers": 2, "self_attn_every_n_layers": 3,
    "expert_width_multiplier": 0.5, "freeze_vision_encoder": false,
    "train_expert_only": false, "train_state_proj": false, "optimizer_lr": 0.25,
    "optimizer_betas": [0.5, 0.75], "optimizer_eps": 0.125,
    "optimizer_weight_decay": 0.5, "optimizer_grad_clip_norm": 2,
    "scheduler_warmup_steps": 5, "scheduler_decay_steps": 6,
    "scheduler_decay_lr": 0.0625})");
  EXPECT_EQ(c.Cameras(),
            (std::vector<std::string>{"observation.images.b", "observation.images.a",
                                      "observation.images.empty_camera_0"}));
  EXPECT_EQ(c.StateDim(), 3);
  EXPECT_EQ(c.ActionDim(), 4);
  EXPECT_EQ(c.normalization_mapping.at("VISUAL"), "IDENTITY");
  EXPECT_EQ(c.normalization_mapping.at("STATE"), "MIN_MAX");
  EXPECT_EQ(c.normalization_mapping.at("ACTION"), "QUANTILES");
  EXPECT_EQ(c.image_width, 64);
  EXPECT_EQ(c.image_height, 32);
  EXPECT_EQ(c.empty_cameras, 1);
  EXPECT_EQ(c.max_state_dim, 5);
  EXPECT_EQ(c.max_action_dim, 6);
  EXPECT_TRUE(c.adapt_to_pi_aloha);
  EXPECT_EQ(c.chunk_size, 8);
  EXPECT_EQ(c.n_action_steps, 7);
  EXPECT_EQ(c.num_steps, 3);
  EXPECT_EQ(c.min_period, 0.5);
  EXPECT_EQ(c.max_period, 2.5);
  EXPECT_TRUE(c.has_rtc);
  EXPECT_FALSE(c.rtc.enabled);
  EXPECT_EQ(c.rtc.schedule, "EXP");
  EXPECT_EQ(c.rtc.max_guidance_weight, 3.5);
  EXPECT_EQ(c.rtc.execution_horizon, 6);
  EXPECT_EQ(c.tokenizer_max_length, 20);
  EXPECT_EQ(c.pad_language_to, "max_length");
  EXPECT_EQ(c.prefix_length, 9);
  EXPECT_TRUE(c.add_image_special_tokens);
  EXPECT_EQ(c.vlm_model_name, "me/vlm");
  EXPECT_TRUE(c.load_vlm_weights);
  EXPECT_EQ(c.attention_mode, "self_attn");
  EXPECT_EQ(c.num_vlm_layers, 4);
  EXPECT_EQ(c.num_expert_layers, 2);
  EXPECT_EQ(c.self_attn_every_n_layers, 3);
  EXPECT_EQ(c.expert_width_multiplier, 0.5);
  EXPECT_FALSE(c.freeze_vision_encoder);
  EXPECT_FALSE(c.train_expert_only);
  EXPECT_FALSE(c.train_state_proj);
  EXPECT_EQ(c.optimizer_lr, 0.25);
  EXPECT_EQ(c.optimizer_beta1, 0.5);
  EXPECT_EQ(c.optimizer_beta2, 0.75);
  EXPECT_EQ(c.optimizer_eps, 0.125);
  EXPECT_EQ(c.optimizer_weight_decay, 0.5);
  EXPECT_EQ(c.optimizer_grad_clip_norm, 2);
  EXPECT_EQ(c.scheduler_warmup_steps, 5);
  EXPECT_EQ(c.scheduler_decay_steps, 6);
  EXPECT_EQ(c.scheduler_decay_lr, 0.0625);
}

TEST(Config, ThatOfSmolVlaBaseIsRead) {
  const char* data = std::getenv("SMOLVLA_SHARED_DATA");
  if (!data) GTEST_SKIP() << "SMOLVLA_SHARED_DATA names no folder";
  std::vector<std::string> warnings;
  const SmolVlaConfig c = ReadConfig(
      std::filesystem::path(data) / "checkpoints/smolvla_base/config.json", warnings);
  EXPECT_TRUE(warnings.empty());
  EXPECT_EQ(c.Cameras(), (std::vector<std::string>{"observation.images.camera1",
                                                   "observation.images.camera2",
                                                   "observation.images.camera3"}));
  EXPECT_EQ(c.StateDim(), 6);
  EXPECT_EQ(c.ActionDim(), 6);
  EXPECT_EQ(c.prefix_length, 0);
  EXPECT_EQ(c.pad_language_to, "max_length");
  EXPECT_EQ(c.num_expert_layers, 0);
  EXPECT_TRUE(c.load_vlm_weights);
  EXPECT_EQ(ExpertLayers(c, 16).size(), 16u);
}

TEST(Config, UnknownKeysAreOneWarning) {
  EXPECT_TRUE(
      Warnings(R"({"type": "smolvla", "device": "cuda", "tags": null})").empty());
  const auto warnings = Warnings(R"({"new_key": 1, "chunk_size": 50, "other": {}})");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(Says(warnings[0], "new_key, other"));
  EXPECT_TRUE(Says(warnings[0], "config.json"));
}

TEST(Config, WhatTheReferenceCannotRunIsSaid) {
  const auto warnings = Warnings(R"({"use_cache": false})");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(Says(warnings[0], "use_cache"));
  EXPECT_TRUE(Says(Refusal(R"({"use_delta_joint_actions_aloha": true})"),
                   "use_delta_joint_actions_aloha"));
  EXPECT_TRUE(Says(Refusal(R"({"type": "pi0"})"), "\"smolvla\", found \"pi0\""));
  EXPECT_TRUE(Says(Refusal(R"({"rtc_config": {"mode": "trained"}})"), "mode"));
  EXPECT_TRUE(Says(Refusal(R"({"rtc_config": {"prefix_attention_schedule": "SQRT"}})"),
                   "prefix_attention_schedule"));
  EXPECT_TRUE(Says(Refusal(R"({"pad_language_to": "shortest"})"), "pad_language_to"));
  EXPECT_TRUE(
      Says(Refusal(R"({"chunk_size": 10, "n_action_steps": 11})"), "n_action_steps"));
}

TEST(Config, AnAbsurdValueIsAnErrorThatNamesItsKey) {
  const char* positive[] = {
      "chunk_size",    "n_action_steps",          "num_steps",
      "max_state_dim", "max_action_dim",          "min_period",
      "max_period",    "expert_width_multiplier", "tokenizer_max_length"};
  for (const std::string key : positive)
    for (const char* value : {"0", "-1", "1000000000000", "\"8\"", "[8]", "{\"a\": 8}",
                              "true", "-1e300", "1e300", "9223372036854775808"})
      EXPECT_TRUE(Says(Refusal("{\"" + key + "\": " + value + "}"), "\"" + key + "\""))
          << value;
  const char* whole[] = {
      "num_vlm_layers",       "num_expert_layers", "self_attn_every_n_layers",
      "prefix_length",        "empty_cameras",     "scheduler_warmup_steps",
      "scheduler_decay_steps"};
  for (const std::string key : whole)
    for (const char* value : {"1.5", "-10000000000000", "10000000000000", "\"8\"",
                              "[[[[8]]]]", "false", "18446744073709551615"})
      EXPECT_TRUE(Says(Refusal("{\"" + key + "\": " + value + "}"), "\"" + key + "\""))
          << value;
  for (const std::string key :
       {"num_vlm_layers", "num_expert_layers", "self_attn_every_n_layers"})
    for (const char* value : {"1000000000", "1025", "-1025"})
      EXPECT_TRUE(Says(Refusal("{\"" + key + "\": " + value + "}"), "\"" + key + "\""));
}

TEST(Config, AValueOfAnotherTypeIsAnErrorThatNamesItsKey) {
  for (const std::string key :
       {"adapt_to_pi_aloha", "add_image_special_tokens", "load_vlm_weights",
        "freeze_vision_encoder", "train_expert_only", "train_state_proj", "use_cache"})
    for (const char* value : {"1", "\"true\"", "[]"})
      EXPECT_TRUE(Says(Refusal("{\"" + key + "\": " + value + "}"), "\"" + key + "\""));
  for (const std::string key : {"vlm_model_name", "attention_mode", "pad_language_to"})
    for (const char* value : {"1", "[\"a\"]", "{}"})
      EXPECT_TRUE(Says(Refusal("{\"" + key + "\": " + value + "}"), "\"" + key + "\""));
  for (const std::string key :
       {"normalization_mapping", "input_features", "output_features", "rtc_config"})
    for (const char* value : {"1", "[1, 2]", "\"a\""})
      EXPECT_TRUE(Says(Refusal("{\"" + key + "\": " + value + "}"), key)) << value;
  for (const char* value : {"512", "[512]", "[512, 0]", "[1e9, 512]", "[-5, 5]",
                            "[1.5, 2]", "[5, 5, 5]", "[\"5\", 5]"})
    EXPECT_TRUE(
        Says(Refusal(std::string("{\"resize_imgs_with_padding\": ") + value + "}"),
             "resize_imgs_with_padding"))
        << value;
  for (const char* value : {"[1]", "[1, \"a\"]", "0.9"})
    EXPECT_TRUE(Says(Refusal(std::string("{\"optimizer_betas\": ") + value + "}"),
                     "optimizer_betas"));
  EXPECT_TRUE(Says(Refusal(R"({"normalization_mapping": {"STATE": 3}})"),
                   "normalization_mapping"));
}

// Python writes NaN, which is no JSON.
TEST(Config, NanIsAnErrorThatNamesTheFile) {
  for (const char* value : {"NaN", "Infinity", "-Infinity", "1e999"})
    EXPECT_TRUE(
        Says(Refusal(std::string("{\"min_period\": ") + value + "}"), "config.json"));
}

TEST(Config, AFeatureOfAnotherShapeIsAnErrorThatNamesIt) {
  for (const char* feature :
       {"1", "[]", "{}", R"({"shape": 6})", R"({"shape": [1.5]})",
        R"({"shape": ["6"]})", R"({"shape": [-1]})", R"({"shape": [100000000000]})",
        R"({"shape": [18446744073709551615]})", R"({"shape": [1,1,1,1,1,1,1,1,1]})",
        R"({"type": 5, "shape": [6]})"})
    EXPECT_TRUE(
        Says(Refusal(std::string("{\"input_features\": {\"observation.state\": ") +
                     feature + "}}"),
             "observation.state"))
        << feature;
  EXPECT_TRUE(Says(Refusal(R"({"input_features": {"observation.state":
                                {"type": "STATE", "shape": [33]}}})"),
                   "max_state_dim is 32"));
  EXPECT_TRUE(Says(Refusal(R"({"output_features": {"action":
                                {"type": "ACTION", "shape": [33]}}})"),
                   "max_action_dim is 32"));
  const SmolVlaConfig none = Parse("{}");
  EXPECT_TRUE(Says(MessageOf([&] { none.StateDim(); }), "observation.state"));
  EXPECT_TRUE(Says(MessageOf([&] { none.ActionDim(); }), "action"));
  for (const char* shape : {"[]", "[0]", "[2, 3]"}) {
    const SmolVlaConfig c = Parse(
        std::string(R"({"output_features": {"action": {"shape": )") + shape + "}}}");
    EXPECT_TRUE(Says(MessageOf([&] { c.ActionDim(); }), "action")) << shape;
  }
}

TEST(Config, NestedJunkIsAnError) {
  for (const std::string& text :
       {std::string(100'000, '['),
        "{\"a\": " + std::string(200, '[') + "1" + std::string(200, ']') + "}",
        std::string("[1, 2]"), std::string("3"), std::string(), std::string("{"),
        std::string("{\"chunk_size\": 5"), std::string("\xff\xfe{}")})
    EXPECT_TRUE(Says(Refusal(text), "config.json"));
}

TEST(Config, ResizeIsSwitchedOffByNullAndNotByAbsence) {
  EXPECT_FALSE(Parse(R"({"resize_imgs_with_padding": null})").resize);
  EXPECT_TRUE(Parse("{}").resize);
}

TEST(Config, EmptyCamerasAreAddedBehindOrOverwrittenInPlace) {
  const std::string features = R"("input_features": {
    "observation.images.empty_camera_1": {"type": "STATE", "shape": [3, 1, 1]},
    "observation.images.top": {"type": "VISUAL", "shape": [3, 1, 1]}})";
  const SmolVlaConfig c = Parse("{\"empty_cameras\": 3, " + features + "}");
  EXPECT_EQ(
      c.Cameras(),
      (std::vector<std::string>{
          "observation.images.empty_camera_1", "observation.images.top",
          "observation.images.empty_camera_0", "observation.images.empty_camera_2"}));
  EXPECT_EQ(Parse("{" + features + "}").Cameras(),
            (std::vector<std::string>{"observation.images.top"}));
  EXPECT_TRUE(Says(Refusal(R"({"empty_cameras": 65})"), "empty_cameras"));
}

TEST(Config, MoreCamerasThanAnyRobotHasAreRefused) {
  std::string features;
  for (int i = 0; i < 65; ++i)
    features += (i ? ", \"c" : "\"c") + std::to_string(i) +
                R"(": {"type": "VISUAL", "shape": [3, 1, 1]})";
  EXPECT_TRUE(Says(Refusal("{\"input_features\": {" + features + "}}"), "64 cameras"));
}

}  // namespace
}  // namespace svla
