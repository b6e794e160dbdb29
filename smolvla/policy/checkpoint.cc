#include "smolvla/policy/checkpoint.h"

#include "smolvla/base/error.h"
#include "smolvla/policy/dataset_statistics.h"
#include "smolvla/policy/places.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

Wanted WantedVlmConfig(const SmolVlaConfig& config, const CheckpointOptions& options) {
  return {"config of the vision-language model",
          "config.json",
          options.vlm_config,
          "--vlm-config FILE",
          {"vlm_config.json"},
          {config.vlm_model_name}};
}

Wanted WantedTokenizer(const Checkpoint& c, const CheckpointOptions& options) {
  return {"tokenizer",
          "tokenizer.json",
          options.tokenizer,
          "--tokenizer FILE",
          {"tokenizer.json", "tokenizer/tokenizer.json"},
          {c.processors.tokenizer_name, c.config.vlm_model_name}};
}

// The statistics of a feature and the words for where they are.
struct Source {
  Statistics statistics;
  std::string name;
};

Source OwnStatistics(const Checkpoint& c, const std::string& feature) {
  Source own{feature == "action" ? c.processors.action : c.processors.state,
             "the checkpoint's " +
                 std::string(feature == "action" ? "postprocessor" : "preprocessor")};
  if (own.statistics.empty() && c.weights && !c.weights->buffers().empty()) {
    own.statistics.Add(c.weights->buffers());
    own.name = "buffers in the checkpoint's weights";
  }
  return own;
}

// A dataset's, or another checkpoint's.
Source NamedStatistics(const std::string& named, const std::string& feature) {
  if (const auto found = FindDatasetStatistics(named))
    return {found->statistics, found->file.string()};
  if (std::error_code none; fs::exists(fs::path(named) / "meta/info.json", none))
    Fail(named,
         ": a dataset without statistics: expected meta/stats.json or "
         "meta/episodes_stats.jsonl");
  Checkpoint other;
  other.folder = FindCheckpoint(named);
  std::vector<std::string> ignored;
  other.config = ReadConfig(other.folder / "config.json", ignored);
  other.processors = ReadProcessors(other.folder, other.config);
  other.weights = std::make_shared<WeightFile>(other.folder / "model.safetensors");
  Source source = OwnStatistics(other, feature);
  source.name = other.folder.string();
  return source;
}

// What the user named must not be passed over in silence.
bool MustBeNamed(const CheckpointOptions& options) {
  return !options.stats_from.empty() && options.stats_prefix.empty();
}

[[noreturn]] void FailMissing(const Checkpoint& c, const std::string& feature,
                              const CheckpointOptions& options) {
  std::string reason;
  const auto prefixes = StatisticsPrefixes(c, feature);
  if (!options.stats_prefix.empty())
    reason = " under the prefix \"" + options.stats_prefix + "\"";
  std::string remedy = "--stats-from DIR names a dataset or another checkpoint";
  if (!prefixes.empty()) {
    reason += "; there are some of other datasets:";
    for (const std::string& prefix : prefixes) reason += " " + prefix;
    remedy += ", --stats-prefix " + prefixes[0] + " chooses those";
  }
  Fail(c.folder.string(), ": no statistics of ", feature, reason,
       ". Without them the network reads and writes numbers of another scale and the "
       "robot moves wrongly. ",
       remedy, ", --unnormalized passes raw numbers through.");
}

}  // namespace

VlmConfig FindVlmConfig(const Checkpoint& c, const CheckpointOptions& options) {
  const Wanted wanted = WantedVlmConfig(c.config, options);
  if (const auto found = Find(wanted, c.folder)) return ReadVlmConfig(*found);
  const VlmConfig shipped = SmolVlm2Config();
  if (Agrees(shipped, *c.weights)) return shipped;
  Fail(DescribePlaces(wanted, c.folder),
       "\n(the number of heads cannot be told from the tensors, and they are not of "
       "SmolVLM2-500M's sizes)");
}

Checkpoint ReadCheckpoint(const std::string& checkpoint,
                          const CheckpointOptions& options) {
  Checkpoint c;
  c.folder = FindCheckpoint(checkpoint);
  c.config = ReadConfig(c.folder / "config.json", c.warnings);
  c.config.StateDim();
  c.config.ActionDim();
  if (c.config.Cameras().empty())
    Fail((c.folder / "config.json").string(),
         ": input_features: expected at least one VISUAL feature, found none");
  c.processors = ReadProcessors(c.folder, c.config);
  const fs::path weights = c.folder / "model.safetensors";
  if (std::error_code ignored;
      !fs::exists(weights, ignored) &&
      fs::exists(c.folder / "adapter_model.safetensors", ignored))
    Fail(c.folder.string(),
         ": holds an adapter (adapter_model.safetensors) and no model.safetensors; "
         "merge it into its base model first");
  c.weights = std::make_shared<WeightFile>(weights);
  c.vlm = FindVlmConfig(c, options);
  c.sizes = ResolveSizes(c.config, c.vlm, *c.weights);
  return c;
}

Tokenizer ReadTokenizer(const Checkpoint& c, const CheckpointOptions& options,
                        fs::path* found) {
  const Wanted wanted = WantedTokenizer(c, options);
  const auto path = Find(wanted, c.folder);
  if (!path) Fail(DescribePlaces(wanted, c.folder));
  if (found) *found = *path;
  Tokenizer tokenizer = Tokenizer::FromFile(*path);
  if (tokenizer.size() > c.sizes.language.vocabulary)
    Fail(path->string(), ": has ids up to ", tokenizer.size() - 1,
         ", but the network's vocabulary ends at ", c.sizes.language.vocabulary - 1,
         ": the tokenizer of another model");
  return tokenizer;
}

std::optional<FoundStatistics> FindStatistics(const Checkpoint& c,
                                              const CheckpointOptions& options,
                                              const std::string& feature) {
  const auto take = [&](const Source& source,
                        const std::string& prefix) -> std::optional<FoundStatistics> {
    const FeatureStatistics* found = source.statistics.Find(feature, prefix);
    if (!found) return std::nullopt;
    return FoundStatistics{*found, source.name};
  };
  Source named;
  if (!options.stats_from.empty()) named = NamedStatistics(options.stats_from, feature);
  if (auto found = take(named, options.stats_prefix)) return found;
  if (!MustBeNamed(options))
    if (auto found = take(OwnStatistics(c, feature), options.stats_prefix))
      return found;
  // smolvla_base has action statistics under prefixes and none of the state, and
  // those of a dataset carry no prefix: where the prefix has chosen the action's, the
  // state's may come without.
  if (feature != "action" && !options.stats_prefix.empty() &&
      OwnStatistics(c, "action").statistics.Find("action", options.stats_prefix))
    return take(named, /*prefix=*/"");
  return std::nullopt;
}

std::vector<std::string> StatisticsPrefixes(const Checkpoint& c,
                                            const std::string& feature) {
  return OwnStatistics(c, feature).statistics.Prefixes(feature);
}

FoundNormalizer FindNormalizer(const Checkpoint& c, const CheckpointOptions& options,
                               const std::string& feature) {
  const bool action = feature == "action";
  const NormalizationMode mode =
      action ? c.processors.action_mode : c.processors.state_mode;
  if (mode == NormalizationMode::kIdentity) return {};
  if (const auto found = FindStatistics(c, options, feature))
    return {Normalizer(mode, found->values,
                       action ? c.config.ActionDim() : c.config.StateDim(),
                       action ? c.processors.action_eps : c.processors.state_eps,
                       found->source + ": " + feature),
            found->source};
  if (options.unnormalized) return {{}, "", /*raw=*/true};
  if (MustBeNamed(options))
    Fail(options.stats_from, ": no statistics of ", feature,
         " (--stats-from); --unnormalized passes raw numbers through");
  FailMissing(c, feature, options);
}

}  // namespace svla
