// Faults of the files, the weights and the tokenizer.
#include "smolvla/doctor/test_scene.h"

namespace svla {

namespace fs = std::filesystem;

std::vector<SceneFault> FilesFaults() {
  return {
      {"checkpoint-not-found", kError, "nothing there",
       [](Scene& s) { s.checkpoint += "/nowhere"; }},
      {"config-missing", kError, "config.json",
       [](Scene& s) { s.copy.Remove("config.json"); }},
      {"config-invalid", kError, "tokenizer_max_length",
       [](Scene& s) { s.Config("tokenizer_max_length", "many"); }},
      {"config-invalid", kError, "JSON",
       [](Scene& s) { WriteAtomically(s.copy.path() / "config.json", "{\"type\":"); }},
      {"config-ignored-keys", kWarning, "n_action_step",
       [](Scene& s) { s.Config("n_action_step", 5); }},
      {"config-features", kError, "observation.state",
       [](Scene& s) {
         s.copy.EditJson("config.json",
                         [](Json& j) { j["input_features"].erase(kState); });
       }},
      {"config-features", kError, "VISUAL",
       [](Scene& s) {
         s.copy.EditJson("config.json", [](Json& j) {
           j["input_features"].erase(kFront);
           j["input_features"].erase(kWrist);
         });
       }},
      {"action-steps-exceed-chunk", kError, "at most chunk_size, 50, found 60",
       [](Scene& s) { s.Config("n_action_steps", 60); }},
      {"normalization-modes-differ", kWarning, "MIN_MAX",
       [](Scene& s) {
         s.Config("normalization_mapping",
                  {{"STATE", "MIN_MAX"}, {"ACTION", "MEAN_STD"}});
       }},
      {"processors-invalid", kError, "dance",
       [](Scene& s) {
         s.copy.EditJson(kPreprocessor, [](Json& j) {
           j["steps"].push_back({{"registry_name", "dance"}});
         });
       }},
      {"processors-invalid", kError, kNormalizerState,
       [](Scene& s) { s.copy.Remove(kNormalizerState); }},
      {"rename-target-unknown", kWarning, "observation.images.frnt",
       [](Scene& s) {
         Rename(s, "observation.images.top", "observation.images.frnt");
       }},
      {"vlm-config-unusable", kError, "--vlm-config",
       [](Scene& s) { s.copy.Remove("vlm_config.json"); }},
      {"network-contradictory", kError, "expert width",
       [](Scene& s) { s.Config("expert_width_multiplier", 0.5); }},
      {"policy-does-not-run", kError, "adapt_to_pi_aloha",
       [](Scene& s) { s.Config("adapt_to_pi_aloha", true); }},
  };
}

std::vector<SceneFault> WeightFaults() {
  return {
      {"weights-missing", kError, kWeights, [](Scene& s) { s.copy.Remove(kWeights); }},
      {"weights-are-adapter", kError, "merge",
       [](Scene& s) {
         s.copy.Remove(kWeights);
         WriteAtomically(s.copy.path() / "adapter_model.safetensors", "x");
       }},
      {"weights-unreadable", kError, "truncated",
       [](Scene& s) { fs::resize_file(s.copy.path() / kWeights, 1000); }},
      {"tensors-missing", kError, "1 tensor missing: model.action_out_proj.bias",
       [](Scene& s) {
         s.copy.EditTensors(kWeights, [](AlteredTensors& t) {
           t.entries.erase("model.action_out_proj.bias");
         });
       }},
      {"tensors-misshapen", kError, "found F32 [3]",
       [](Scene& s) {
         s.copy.EditTensors(kWeights, [](AlteredTensors& t) {
           t.Set("model.state_proj.bias", {3}, {1, 2, 3});
         });
       }},
      {"tensors-unknown", kError, "model.extra",
       [](Scene& s) {
         s.copy.EditTensors(kWeights, [](AlteredTensors& t) {
           t.Set("model.extra", {2}, {1, 2});
         });
       }},
      {"weights-not-finite", kError,
       "1 tensor with NaN or infinity: model.state_proj.bias (",
       [](Scene& s) { s.Weight("model.state_proj.bias", kNan); }},
      {"weights-all-zero", kError, "model.state_proj.weight",
       [](Scene& s) { s.Weight("model.state_proj.weight", 0); }},
      {"weights-all-zero", kError, "input_layernorm",
       [](Scene& s) { s.Weight(kLayer + "input_layernorm.weight", 0); }},
      {"weights-constant", kWarning, "(all 0.5)",
       [](Scene& s) { s.Weight("model.state_proj.weight", 0.5f); }},
  };
}

namespace {

// Without the file that repeats the tokens.
void EditTokenizer(Scene& s, const std::function<void(Json&)>& edit) {
  s.copy.EditJson("tokenizer.json", edit);
  s.copy.EditJson("tokenizer_config.json",
                  [](Json& j) { j.erase("added_tokens_decoder"); });
}

// A vocabulary of single bytes and the special tokens.
void KeepBytesAlone(Json& json) {
  constexpr int kBytes = 260;
  Json kept = Json::object();
  for (const auto& [token, id] : json["model"]["vocab"].items())
    if (id < kBytes) kept[token] = id;
  json["model"]["vocab"] = kept;
  json["model"]["merges"] = Json::array();
  int next = kBytes;
  for (Json& token : json["added_tokens"])
    if (token["id"] >= kBytes) token["id"] = next++;
}

void NameTokenizer(Scene& s, const std::string& name) {
  s.copy.EditJson(kPreprocessor, [&](Json& j) {
    for (Json& step : j["steps"])
      if (step["registry_name"] == "tokenizer_processor")
        step["config"]["tokenizer_name"] = name;
  });
}

}  // namespace

std::vector<SceneFault> TokenizerFaults() {
  return {
      {"tokenizer-missing", kError, "--tokenizer",
       [](Scene& s) { s.copy.Remove("tokenizer.json"); }},
      {"tokenizer-invalid", kError, "JSON",
       [](Scene& s) { WriteAtomically(s.copy.path() / "tokenizer.json", "{"); }},
      {"tokenizer-vocabulary", kError, "expected 400 ids",
       [](Scene& s) {
         EditTokenizer(s, [](Json& j) {
           Json token = j["added_tokens"].back();
           token["id"] = 400;
           token["content"] = "<another>";
           j["added_tokens"].push_back(token);
         });
       }},
      {"tokenizer-special-tokens", kWarning, "<end_of_utterance>",
       [](Scene& s) {
         EditTokenizer(
             s, [](Json& j) { j["added_tokens"].erase(j["added_tokens"].size() - 1); });
       }},
      {"tokenizer-special-tokens", kError, "<global-img>",
       [](Scene& s) {
         s.Config("add_image_special_tokens", true);
         EditTokenizer(s, [](Json& j) {
           for (int i = 0; i < 4; ++i)
             j["added_tokens"].erase(j["added_tokens"].size() - 1);
         });
       }},
      {"tokenizer-vocabulary", kWarning, "found 264",
       [](Scene& s) { EditTokenizer(s, KeepBytesAlone); }},
      {"tokenizer-name-differs", kWarning, "someone/other-vlm",
       [](Scene& s) { NameTokenizer(s, "someone/other-vlm"); }},
      {"tokenizer-differs", kWarning, "--tokenizer",
       [](Scene& s) {
         const fs::path other = s.copy.outside() / "tiny-vlm";
         fs::create_directory(other);
         Json json = ReadJson(s.copy.path() / "tokenizer.json");
         json["model"]["merges"] = Json::array();
         WriteAtomically(other / "tokenizer.json", json.dump());
         NameTokenizer(s, other.string());
       }},
  };
}

}  // namespace svla
