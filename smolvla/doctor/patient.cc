#include "smolvla/doctor/patient.h"

#include <algorithm>

#include "smolvla/base/error.h"
#include "smolvla/doctor/checks.h"
#include "smolvla/policy/places.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWillNotLoad = "the policy does not load";
constexpr const char* kCorrectConfig =
    "correct the value, or copy config.json from where the checkpoint was trained";

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void AddError(Diagnosis& to, const char* code, const std::string& subject,
              const std::string& message, const std::string& remedy) {
  to.findings.push_back(
      {code, Severity::kError, subject, message, kWillNotLoad, remedy});
}

// Where config.json is, or where it would be.
void FindFolder(Patient& p, Diagnosis& to) {
  try {
    p.parts.folder = FindCheckpoint(p.name);
    p.found = true;
    return;
  } catch (const Error& e) {
    std::error_code ignored;
    p.found = fs::is_directory(p.name, ignored);
    if (!p.found)
      return AddError(to, "checkpoint-not-found", p.name, e.what(),
                      "name the folder that lerobot-train left; nothing is downloaded");
    AddError(to, "config-missing", "config.json", e.what(),
             "copy config.json from where the checkpoint was trained");
  }
  p.parts.folder = p.name;
  for (const char* inside : {"pretrained_model", "checkpoints/last/pretrained_model"})
    if (const fs::path folder = fs::path(p.name) / inside; Exists(folder))
      p.parts.folder = folder;
}

// More actions executed than planned is refused by the parser; here it is named, and
// the rest of the configuration is read as if they were as many.
void CheckActionSteps(Json& json, const std::string& name, Diagnosis& to) {
  int64_t steps = 0, chunk = 0;
  try {
    const JsonReader read(json, name);
    steps = read.Integer("n_action_steps", 50, {});
    chunk = read.Integer("chunk_size", 50, {});
  } catch (const Error&) {
    return;  // the parser says it
  }
  if (steps <= chunk) return;
  AddError(to, "action-steps-exceed-chunk", "n_action_steps",
           Text("expected at most chunk_size, ", chunk, ", found ", steps),
           Text("set n_action_steps in config.json to ", chunk, " or less"));
  json["n_action_steps"] = chunk;
}

void CheckFeatures(Patient& p, Diagnosis& to) {
  const auto dim = [&](int64_t (SmolVlaConfig::*of)() const) -> std::optional<int64_t> {
    try {
      return (p.parts.config.*of)();
    } catch (const Error& e) {
      AddError(to, "config-features", "config.json", e.what(),
               "add the feature to input_features or output_features as training wrote "
               "it");
      return std::nullopt;
    }
  };
  p.state_dim = dim(&SmolVlaConfig::StateDim);
  p.action_dim = dim(&SmolVlaConfig::ActionDim);
  if (p.parts.config.Cameras().empty())
    AddError(to, "config-features", "config.json",
             "input_features: expected at least one VISUAL feature, found none",
             "add the cameras to input_features as training wrote them");
}

void ReadConfiguration(Patient& p, Diagnosis& to) {
  const fs::path path = p.parts.folder / "config.json";
  if (!Exists(path)) return;
  std::vector<std::string> warnings;
  try {
    Json json = ReadJson(path);
    CheckActionSteps(json, path.string(), to);
    p.parts.config = ParseConfig(json, path.string(), warnings);
    p.has_config = true;
  } catch (const Error& e) {
    return AddError(to, "config-invalid", "config.json", e.what(), kCorrectConfig);
  }
  for (const std::string& warning : warnings)
    to.findings.push_back({"config-ignored-keys", Severity::kWarning, "config.json",
                           warning,
                           "what they say has no effect; where one is a misspelled "
                           "key, LeRobot's default "
                           "holds in its place",
                           "correct the spelling, or remove the key"});
  CheckFeatures(p, to);
  to.checked.push_back("config.json");
}

// config.json and the processors both tell the modes; the processors' hold.
void CompareModes(const Patient& p, Diagnosis& to) {
  const auto& mapping = p.parts.config.normalization_mapping;
  const auto compare = [&](const char* type, NormalizationMode used) {
    const auto found = mapping.find(type);
    if (found == mapping.end() || ParseMode(found->second, "config.json") == used)
      return;
    to.findings.push_back(
        {"normalization-modes-differ", Severity::kWarning, type,
         Text("config.json says ", found->second, ", the processors another mode"),
         "the processors' mode holds; if it is not the one of the training, states and "
         "actions are of another scale",
         "make the two files say the same"});
  };
  compare("STATE", p.parts.processors.state_mode);
  compare("ACTION", p.parts.processors.action_mode);
}

// A renamed picture or state must be one that the policy has.
void CheckRenames(const Patient& p, Diagnosis& to) {
  std::vector<std::string> keys;
  for (const PolicyFeature& feature : p.parts.config.input_features)
    keys.push_back(feature.key);
  for (const auto& [from, name] : p.parts.processors.rename)
    if (std::find(keys.begin(), keys.end(), name) == keys.end())
      to.findings.push_back(
          {"rename-target-unknown", Severity::kWarning, "rename_map",
           Text(from, " becomes ", name, ", expected one of ", Join(keys)),
           "LeRobot leaves it out in silence: the policy does not see it",
           Text("rename it to ", Nearest(name, keys), " if that is what it is")});
}

// The file of the folder with whose path the message of a reader begins.
std::string FileOf(const std::string& message, const fs::path& folder,
                   const char* otherwise) {
  const std::string start = (folder / "").string();
  if (!message.starts_with(start)) return otherwise;
  const size_t end = message.find_first_of(": ", start.size());
  return message.substr(start.size(), end - start.size());
}

void ReadPipeline(Patient& p, Diagnosis& to) {
  try {
    p.parts.processors = ReadProcessors(p.parts.folder, p.parts.config);
    p.has_processors = true;
  } catch (const std::exception& e) {
    const std::string file =
        FileOf(e.what(), p.parts.folder, "policy_preprocessor.json");
    // Modes that config.json names are read with the processors.
    const bool config = file == "config.json";
    const char* code = config ? "config-invalid" : "processors-invalid";
    AddError(to, code, file, e.what(),
             config
                 ? kCorrectConfig
                 : "copy policy_preprocessor.json, policy_postprocessor.json and the "
                   "state files they name from where the checkpoint was trained");
    return to.not_checked.push_back(
        {"statistics", Text("processor files that can be read (see ", code, ")")});
  }
  if (p.has_config) {
    CompareModes(p, to);
    CheckRenames(p, to);
  }
  to.checked.push_back("processors");
}

void ReadWeightFile(Patient& p, Diagnosis& to) {
  const fs::path path = p.parts.folder / "model.safetensors";
  if (!Exists(path)) {
    if (Exists(p.parts.folder / "adapter_model.safetensors"))
      return AddError(to, "weights-are-adapter", "model.safetensors",
                      "expected model.safetensors, found only an adapter "
                      "(adapter_model.safetensors)",
                      "merge the adapter into its base model");
    return AddError(to, "weights-missing", "model.safetensors",
                    Text("expected ", path.string(), ", found no such file"),
                    "copy model.safetensors from where the checkpoint was trained");
  }
  try {
    p.parts.weights = std::make_shared<WeightFile>(path);
  } catch (const Error& e) {
    AddError(to, "weights-unreadable", "model.safetensors", e.what(),
             "copy the file again; it is truncated, or not of this format");
  }
}

void ReadNetwork(Patient& p, Diagnosis& to) {
  if (!p.has_config || !p.parts.weights) return;
  try {
    p.parts.vlm = FindVlmConfig(p.parts, p.options);
  } catch (const Error& e) {
    return AddError(to, "vlm-config-unusable", "vlm_config.json", e.what(),
                    "--vlm-config FILE names the config.json of the vision-language "
                    "model");
  }
  try {
    p.parts.sizes = ResolveSizes(p.parts.config, p.parts.vlm, *p.parts.weights);
    p.has_sizes = true;
  } catch (const Error& e) {
    AddError(to, "network-contradictory", "model.safetensors", e.what(),
             "use the config.json and model.safetensors of the same training run");
  }
}

}  // namespace

Patient ReadPatient(const std::string& checkpoint, const CheckpointOptions& options,
                    Diagnosis& to) {
  Patient p;
  p.name = checkpoint;
  p.options = options;
  FindFolder(p, to);
  if (!p.found) return p;
  ReadConfiguration(p, to);
  ReadPipeline(p, to);
  ReadWeightFile(p, to);
  ReadNetwork(p, to);
  return p;
}

}  // namespace svla
