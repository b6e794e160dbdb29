#include "smolvla/policy/processors.h"

#include <algorithm>
#include <set>

#include "smolvla/base/error.h"
#include "smolvla/base/safetensors.h"

namespace svla {
namespace {

// Steps that only move data about.
const std::set<std::string> kNeutralSteps = {"to_batch_processor", "device_processor"};

// The name of a step: its registry name, or the last part of its class.
std::string StepName(const JsonReader& step) {
  const std::string name = step.String("registry_name", "");
  if (!name.empty()) return name;
  static const std::map<std::string, std::string> by_class = {
      {"RenameObservationsProcessorStep", "rename_observations_processor"},
      {"AddBatchDimensionProcessorStep", "to_batch_processor"},
      {"SmolVLANewLineProcessor", "smolvla_new_line_processor"},
      {"NewLineTaskProcessorStep", "smolvla_new_line_processor"},
      {"TokenizerProcessorStep", "tokenizer_processor"},
      {"DeviceProcessorStep", "device_processor"},
      {"NormalizerProcessorStep", "normalizer_processor"},
      {"UnnormalizerProcessorStep", "unnormalizer_processor"}};
  const std::string full = step.String("class", "");
  const auto found = by_class.find(full.substr(full.rfind('.') + 1));
  return found == by_class.end() ? full : found->second;
}

NormalizationMode ModeFor(const std::map<std::string, std::string>& modes,
                          const std::string& type, const std::string& where) {
  const auto found = modes.find(type);
  return found == modes.end() ? NormalizationMode::kIdentity
                              : ParseMode(found->second, where);
}

std::map<std::string, std::string> StringMap(const JsonReader& read,
                                             const std::string& key) {
  std::map<std::string, std::string> map;
  const Json* object = read.Find(key);
  if (!object) return map;
  if (!object->is_object()) read.FailAt(key, "an object of strings");
  for (const auto& [from, to] : object->items()) {
    if (!to.is_string()) read.FailAt(key, "an object of strings");
    map[from] = to.get<std::string>();
  }
  return map;
}

void RefuseVisual(const std::map<std::string, std::string>& modes,
                  const std::string& where) {
  if (ModeFor(modes, "VISUAL", where) != NormalizationMode::kIdentity)
    Fail(where,
         ": VISUAL: expected IDENTITY: pictures normalised by statistics are "
         "not supported");
}

class PipelineReader {
 public:
  PipelineReader(const std::filesystem::path& folder, Processors& to)
      : folder_(folder), to_(to) {}

  void Read(const std::string& file_name) {
    file_ = folder_ / file_name;
    const Json json = ReadJson(file_);
    const JsonReader read(json, file_.string());
    const Json* steps = read.Find("steps");
    if (!steps || !steps->is_array()) read.FailAt("steps", "a list of steps");
    for (const Json& step : *steps) ReadStep(JsonReader(step, file_.string()));
  }

  bool adds_new_line() const { return adds_new_line_; }

 private:
  void ReadStep(const JsonReader& step) {
    static const Json empty = Json::object();
    const std::string name = StepName(step);
    const Json* object = step.Find("config");
    const JsonReader config(object ? *object : empty, file_.string() + ": " + name);
    if (name == "rename_observations_processor") {
      to_.rename = StringMap(config, "rename_map");
    } else if (name == "smolvla_new_line_processor") {
      adds_new_line_ = true;
    } else if (name == "tokenizer_processor") {
      ReadTokenizer(config);
    } else if (name == "normalizer_processor") {
      ReadNormalizer(step, config, "STATE", to_.state_eps, to_.state_mode, to_.state);
    } else if (name == "unnormalizer_processor") {
      ReadNormalizer(step, config, "ACTION", to_.action_eps, to_.action_mode,
                     to_.action);
    } else if (!kNeutralSteps.contains(name)) {
      Fail(file_.string(), ": step \"", name,
           "\" is not one of a SmolVLA pipeline, and what it does to the numbers is "
           "not known here");
    }
  }

  void ReadTokenizer(const JsonReader& config) {
    to_.max_tokens = config.Integer("max_length", to_.max_tokens, {1, 8192});
    to_.tokenizer_name = config.String("tokenizer_name", "");
    if (!config.Bool("truncation", true)) config.FailAt("truncation", "true");
  }

  void ReadNormalizer(const JsonReader& step, const JsonReader& config,
                      const std::string& type, double& eps, NormalizationMode& mode,
                      Statistics& statistics) {
    eps = config.Number("eps", 1e-8, 0.0, 1.0);
    if (config.Find("norm_map")) {
      const auto modes = StringMap(config, "norm_map");
      RefuseVisual(modes, file_.string());
      mode = ModeFor(modes, type, file_.string());
    }
    const std::string state_file = step.String("state_file", "");
    if (state_file.empty()) return;
    // A name, not a path: a checkpoint must not reach outside its folder.
    if (std::filesystem::path(state_file).filename() != state_file)
      step.FailAt("state_file", "the name of a file beside it");
    statistics.Add(SafetensorsFile(folder_ / state_file).tensors());
  }

  const std::filesystem::path& folder_;
  Processors& to_;
  std::filesystem::path file_;
  bool adds_new_line_ = false;
};

}  // namespace

Processors ReadProcessors(const std::filesystem::path& folder,
                          const SmolVlaConfig& config) {
  Processors to;
  to.max_tokens = config.tokenizer_max_length;
  const auto& modes = config.normalization_mapping;
  const std::string where =
      (folder / "config.json").string() + ": normalization_mapping";
  RefuseVisual(modes, where);
  to.state_mode = ModeFor(modes, "STATE", where);
  to.action_mode = ModeFor(modes, "ACTION", where);
  constexpr const char* kBefore = "policy_preprocessor.json";
  constexpr const char* kAfter = "policy_postprocessor.json";
  PipelineReader pipeline(folder, to);
  if (std::filesystem::exists(folder / kBefore)) {
    pipeline.Read(kBefore);
    if (!pipeline.adds_new_line())
      Fail((folder / kBefore).string(),
           ": expected a step smolvla_new_line_processor, found none");
  }
  if (std::filesystem::exists(folder / kAfter)) pipeline.Read(kAfter);
  return to;
}

}  // namespace svla
