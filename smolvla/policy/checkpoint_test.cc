#include "smolvla/policy/checkpoint.h"

#include <gtest/gtest.h>

#include "smolvla/policy/places.h"
#include "smolvla/policy/test_checkpoints.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// An environment variable for the time of a test.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (old_)
      setenv(name_, old_->c_str(), 1);
    else
      unsetenv(name_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() : no_hub_("HF_HUB_CACHE", (copy_.outside() / "no hub").string()) {}

  // What the changed checkpoint makes of an observation.
  std::vector<Action> Actions(const CheckpointOptions& files = {}) {
    return copy_.Load(files).Predict(SomeObservation()).chunk.actions;
  }

  void ExpectSameActions(const CheckpointOptions& files = {}) {
    EXPECT_EQ(Actions(files),
              CheckpointCopy().Load().Predict(SomeObservation()).chunk.actions);
  }

  // Takes the statistics of the action away, or puts a name before them.
  void PrefixActionStatistics(const std::vector<std::string>& prefixes) {
    copy_.EditTensors(kUnnormalizerState, [&](AlteredTensors& tensors) {
      const AlteredTensors plain = tensors;
      for (const auto& [name, entry] : plain.entries) {
        tensors.entries.erase(name);
        if (name.starts_with("action."))
          for (const std::string& prefix : prefixes)
            tensors.entries[prefix + ".buffer." + name] = entry;
      }
    });
  }

  CheckpointCopy copy_;
  Environment no_hub_;
};

TEST_F(CheckpointTest, ACopyActsAlike) { ExpectSameActions(); }

TEST_F(CheckpointTest, MissingStatisticsAreAnErrorWithReasonAndRemedies) {
  copy_.EditJson(kPreprocessor,
                 [](Json& json) { json["steps"][5].erase("state_file"); });
  const std::string state = copy_.Refusal();
  EXPECT_TRUE(Says(state, copy_.path().string()));
  EXPECT_TRUE(Says(state, "no statistics of observation.state."));
  EXPECT_TRUE(Says(state, "the robot moves wrongly"));
  EXPECT_TRUE(Says(state, "--stats-from DIR"));
  EXPECT_TRUE(Says(state, "--unnormalized"));
  EXPECT_FALSE(Says(state, "--stats-prefix"));
}

// lerobot/smolvla_base: LeRobot finds no "action.mean" and passes raw numbers.
TEST_F(CheckpointTest, StatisticsUnderOtherNamesAreAnErrorThatListsThem) {
  PrefixActionStatistics({"so100", "so100-blue"});
  const std::string message = copy_.Refusal();
  EXPECT_TRUE(Says(message, "no statistics of action"));
  EXPECT_TRUE(Says(message, "of other datasets: so100-blue so100"));
  EXPECT_TRUE(Says(message, "--stats-prefix so100-blue "));
  EXPECT_TRUE(Says(message, "--stats-from"));
  EXPECT_TRUE(Says(message, "--unnormalized"));
  CheckpointOptions unknown;
  unknown.stats_prefix = "so101";
  EXPECT_TRUE(Says(copy_.Refusal(unknown), "under the prefix \"so101\""));
}

TEST_F(CheckpointTest, APrefixChoosesAmongDatasets) {
  PrefixActionStatistics({"so100", "so100-blue"});
  copy_.EditTensors(kUnnormalizerState, [](AlteredTensors& tensors) {
    tensors.Set("so100-blue.buffer.action.mean", {7}, std::vector<float>(7));
    tensors.Set("so100-blue.buffer.action.std", {7}, std::vector<float>(7, 1.0f));
  });
  copy_.EditTensors(kNormalizerState, [](AlteredTensors& tensors) {
    for (const std::string prefix : {"so100", "so100-blue"})
      for (const std::string name : {"mean", "std"})
        tensors.entries[prefix + ".buffer.observation.state." + name] =
            tensors.entries["observation.state." + name];
  });
  CheckpointOptions options;
  options.stats_prefix = "so100";
  ExpectSameActions(options);
  options.stats_prefix = "so100-blue";
  const ActionChunk chunk = copy_.Load(options).Predict(SomeObservation()).chunk;
  EXPECT_EQ(chunk.actions, chunk.normalized);
}

// docs/checkpoints.md: the action's from the checkpoint under their prefix, the
// state's, which smolvla_base lacks, from a dataset, where they have none.
TEST_F(CheckpointTest, APrefixAndADatasetTogetherServeSmolVlaBase) {
  PrefixActionStatistics({"so100", "so100-blue"});
  fs::copy(copy_.path() / kNormalizerState, copy_.outside() / "state");
  const AlteredTensors state(copy_.outside() / "state");
  const auto values = [&](const std::string& name) {
    const AlteredTensors::Entry& entry = state.entries.at("observation.state." + name);
    return ValuesOf<double>(StoredTensor{entry.dtype, entry.shape, entry.bytes});
  };
  Json json;
  json["observation.state"] = {{"mean", values("mean")}, {"std", values("std")}};
  // Of the dataset the actions are not taken: the prefix says whose.
  json["action"] = {{"mean", std::vector<double>(7, 9.0)},
                    {"std", std::vector<double>(7, 9.0)}};
  WriteAtomically(copy_.outside() / "stats.json", json.dump());
  copy_.EditJson(kPreprocessor, [](Json& j) { j["steps"][5].erase("state_file"); });
  CheckpointOptions options;
  options.stats_from = copy_.outside().string();
  options.stats_prefix = "so100";
  ExpectSameActions(options);
  options.stats_prefix = "so101";
  EXPECT_TRUE(Says(copy_.Refusal(options), "under the prefix \"so101\""));
}

TEST_F(CheckpointTest, StatisticsThatWereNamedAreNotPassedOver) {
  CheckpointOptions options;
  options.stats_from = (copy_.outside() / "stats.json").string();
  WriteAtomically(options.stats_from, "{}");
  EXPECT_TRUE(Says(copy_.Refusal(options), "(--stats-from)"));
  Json json;
  json["action"] = {{"mean", std::vector<double>(7)}, {"std", std::vector<double>(7)}};
  WriteAtomically(options.stats_from, json.dump());
  EXPECT_TRUE(Says(copy_.Refusal(options), "no statistics of observation.state"));
  // A prefix that nothing has chooses nothing.
  options.stats_from.clear();
  options.stats_prefix = "nix";
  EXPECT_TRUE(Says(copy_.Refusal(options), "under the prefix \"nix\""));
}

TEST_F(CheckpointTest, ANegativeDeviationIsRefused) {
  copy_.EditTensors(kUnnormalizerState, [](AlteredTensors& tensors) {
    std::vector<float> std(7, 1.0f);
    std[2] = -1.0f;
    tensors.Set("action.std", {7}, std);
  });
  EXPECT_TRUE(Says(copy_.Refusal(), "\"std\"[2]: expected at least 0"));
}

TEST_F(CheckpointTest, ActionsBeyondFloatAreAnError) {
  copy_.EditTensors(kUnnormalizerState, [](AlteredTensors& tensors) {
    tensors.Set("action.std", {7}, std::vector<float>(7, 3e38f));
  });
  Policy policy = copy_.Load();
  EXPECT_THROW(policy.Predict(SomeObservation()), Error);
}

TEST_F(CheckpointTest, UnnormalizedPassesRawNumbersWhereThereAreNone) {
  PrefixActionStatistics({"so100"});
  CheckpointOptions options;
  options.unnormalized = true;
  Policy policy = copy_.Load(options);
  const ActionChunk chunk = policy.Predict(SomeObservation()).chunk;
  EXPECT_EQ(chunk.actions, chunk.normalized);
  // The state's are there and are used.
  EXPECT_EQ(chunk.normalized,
            CheckpointCopy().Load().Predict(SomeObservation()).chunk.normalized);
  EXPECT_TRUE(FindNormalizer(policy.checkpoint(), options, "action").source.empty());
}

TEST_F(CheckpointTest, IdentityNeedsNoStatistics) {
  copy_.EditJson(kPostprocessor, [](Json& json) {
    json["steps"][0].erase("state_file");
    json["steps"][0]["config"]["norm_map"]["ACTION"] = "IDENTITY";
  });
  const ActionChunk chunk = copy_.Load().Predict(SomeObservation()).chunk;
  EXPECT_EQ(chunk.actions, chunk.normalized);
}

TEST_F(CheckpointTest, StatisticsOfAnotherLengthAreAnErrorThatNamesThePlace) {
  copy_.EditTensors(kUnnormalizerState, [](AlteredTensors& tensors) {
    tensors.Set("action.mean", {6}, std::vector<float>(6));
  });
  EXPECT_TRUE(Says(copy_.Refusal(), "postprocessor: action: \"mean\": expected 7"));
}

TEST_F(CheckpointTest, StatisticsMayComeFromADatasetOrAnotherCheckpoint) {
  CheckpointCopy other;
  PrefixActionStatistics({});
  CheckpointOptions options;
  options.stats_from = other.path().string();
  ExpectSameActions(options);

  Json json;
  json["action"] = {{"mean", std::vector<double>(7)},
                    {"std", std::vector<double>(7, 1.0)}};
  json["observation.state"] = {{"mean", std::vector<double>(6)},
                               {"std", std::vector<double>(6, 1.0)}};
  fs::create_directory(copy_.outside() / "meta");
  WriteAtomically(copy_.outside() / "meta/stats.json", json.dump());
  for (const fs::path& named : {copy_.outside(), copy_.outside() / "meta",
                                copy_.outside() / "meta/stats.json"}) {
    options.stats_from = named.string();
    const ActionChunk chunk = copy_.Load(options).Predict(SomeObservation()).chunk;
    EXPECT_EQ(chunk.actions, chunk.normalized) << named;
  }
  fs::remove(copy_.outside() / "meta/stats.json");
  Json episode;
  for (auto& [feature, statistics] : json.items()) {
    statistics["count"] = {10};
    episode["stats"][feature] = statistics;
  }
  WriteAtomically(copy_.outside() / "meta/episodes_stats.jsonl", episode.dump());
  options.stats_from = copy_.outside().string();
  const ActionChunk chunk = copy_.Load(options).Predict(SomeObservation()).chunk;
  EXPECT_EQ(chunk.actions, chunk.normalized);
  options.stats_from = (copy_.outside() / "nowhere").string();
  EXPECT_TRUE(Says(copy_.Refusal(options), "nowhere"));
}

TEST_F(CheckpointTest, ADatasetWithoutStatisticsIsCalledThat) {
  fs::create_directory(copy_.outside() / "meta");
  WriteAtomically(copy_.outside() / "meta/info.json", "{}");
  CheckpointOptions options;
  options.stats_from = copy_.outside().string();
  EXPECT_TRUE(
      Says(copy_.Refusal(options), "expected meta/stats.json or meta/episodes"));
}

// Before the processors, LeRobot kept the statistics in the network's own file.
class OldCheckpointTest : public CheckpointTest {
 protected:
  void MakeOld(float fill_std = 0) {
    const AlteredTensors before(copy_.path() / kNormalizerState);
    const AlteredTensors after(copy_.path() / kUnnormalizerState);
    copy_.EditTensors("model.safetensors", [&](AlteredTensors& tensors) {
      for (const std::string name : {"mean", "std"}) {
        tensors.entries["normalize_inputs.buffer_observation_state." + name] =
            before.entries.at("observation.state." + name);
        tensors.entries["normalize_targets.buffer_action." + name] =
            tensors.entries["unnormalize_outputs.buffer_action." + name] =
                after.entries.at("action." + name);
      }
      if (fill_std != 0)
        tensors.Set("normalize_inputs.buffer_observation_state.std", {6},
                    std::vector<float>(6, fill_std));
    });
    for (const char* file :
         {kPreprocessor, kPostprocessor, kNormalizerState, kUnnormalizerState})
      copy_.Remove(file);
  }
};

TEST_F(OldCheckpointTest, ActsAlike) {
  MakeOld();
  ExpectSameActions();
  Policy policy = copy_.Load();
  EXPECT_TRUE(
      Says(FindNormalizer(policy.checkpoint(), {}, "action").source, "weights"));
}

TEST_F(OldCheckpointTest, StatisticsThatWereNeverFilledInAreAnError) {
  MakeOld(std::numeric_limits<float>::infinity());
  EXPECT_TRUE(Says(copy_.Refusal(), "never filled in"));
}

TEST_F(CheckpointTest, TheUnnormalizerMayStandAnywhereUnderAnyFileName) {
  copy_.EditJson(kPostprocessor, [](Json& json) {
    std::swap(json["steps"][0], json["steps"][1]);
    json["steps"][1]["state_file"] = "other_name.safetensors";
  });
  fs::rename(copy_.path() / kUnnormalizerState,
             copy_.path() / "other_name.safetensors");
  ExpectSameActions();
}

TEST_F(CheckpointTest, AStateFileOutsideTheCheckpointIsRefused) {
  fs::copy(copy_.path() / kUnnormalizerState, copy_.outside() / "out.safetensors");
  fs::create_directory(copy_.path() / "sub");
  fs::copy(copy_.path() / kUnnormalizerState, copy_.path() / "sub/in.safetensors");
  for (const std::string& file :
       {std::string("../out.safetensors"), std::string("sub/in.safetensors"),
        (copy_.outside() / "out.safetensors").string()}) {
    copy_.EditJson(kPostprocessor,
                   [&](Json& json) { json["steps"][0]["state_file"] = file; });
    EXPECT_TRUE(Says(copy_.Refusal(), "\"state_file\": expected the name of a file"));
  }
  for (const char* file : {"..", ".", "absent.safetensors", "sub"}) {
    copy_.EditJson(kPostprocessor,
                   [&](Json& json) { json["steps"][0]["state_file"] = file; });
    EXPECT_TRUE(Says(copy_.Refusal(), copy_.path().string())) << file;
  }
}

TEST_F(CheckpointTest, AStepNobodyKnowsIsRefusedByName) {
  for (const char* file : {kPreprocessor, kPostprocessor}) {
    CheckpointCopy copy;
    copy.EditJson(file, [](Json& json) {
      json["steps"].push_back({{"registry_name", "delta_action_processor"}});
    });
    EXPECT_TRUE(Says(copy.Refusal(), file));
    EXPECT_TRUE(Says(copy.Refusal(), "\"delta_action_processor\""));
    copy.EditJson(file, [](Json& json) {
      json["steps"].back() = {{"class", "my.module.Doubler"}};
    });
    EXPECT_TRUE(Says(copy.Refusal(), "\"my.module.Doubler\""));
  }
}

TEST_F(CheckpointTest, StepsMayBeNamedByTheirClass) {
  copy_.EditJson(kPreprocessor, [](Json& json) {
    json["steps"][2] = {
        {"class",
         "lerobot.policies.smolvla.processor_smolvla.SmolVLANewLineProcessor"}};
    json["steps"][5].erase("registry_name");
    json["steps"][5]["class"] = "lerobot.processor.NormalizerProcessorStep";
  });
  ExpectSameActions();
}

TEST_F(CheckpointTest, APipelineWithoutTheNewLineIsRefused) {
  copy_.EditJson(kPreprocessor, [](Json& json) { json["steps"].erase(2); });
  EXPECT_TRUE(Says(copy_.Refusal(), "smolvla_new_line_processor, found none"));
}

TEST_F(CheckpointTest, TheEpsIsThatOfTheFile) {
  copy_.EditJson(kPreprocessor,
                 [](Json& json) { json["steps"][5]["config"]["eps"] = 0.5; });
  const Policy policy = copy_.Load();
  EXPECT_EQ(policy.checkpoint().processors.state_eps, 0.5);
  EXPECT_NE(Actions(),
            CheckpointCopy().Load().Predict(SomeObservation()).chunk.actions);
}

TEST_F(CheckpointTest, TheModeIsThatOfTheFile) {
  copy_.EditJson("config.json", [](Json& json) {
    json["normalization_mapping"]["ACTION"] = "MIN_MAX";
  });
  ExpectSameActions();  // the processor's own norm_map holds
  copy_.EditJson(kPostprocessor, [](Json& json) {
    json["steps"][0]["config"]["norm_map"]["ACTION"] = "MIN_MAX";
  });
  EXPECT_NE(Actions(),
            CheckpointCopy().Load().Predict(SomeObservation()).chunk.actions);
  copy_.EditJson(kPostprocessor, [](Json& json) {
    json["steps"][0]["config"]["norm_map"]["ACTION"] = "TANH";
  });
  EXPECT_TRUE(Says(copy_.Refusal(), "\"TANH\""));
}

TEST_F(CheckpointTest, PicturesNormalizedByStatisticsAreRefused) {
  copy_.EditJson(kPreprocessor, [](Json& json) {
    json["steps"][5]["config"]["norm_map"]["VISUAL"] = "MEAN_STD";
  });
  EXPECT_TRUE(Says(copy_.Refusal(), "VISUAL"));
}

TEST_F(CheckpointTest, ATruncationThatIsOffIsRefused) {
  copy_.EditJson(kPreprocessor,
                 [](Json& json) { json["steps"][3]["config"]["truncation"] = false; });
  EXPECT_TRUE(Says(copy_.Refusal(), "truncation"));
}

TEST_F(CheckpointTest, TheLimitOfTheTaskIsThatOfTheFile) {
  copy_.EditJson(kPreprocessor,
                 [](Json& json) { json["steps"][3]["config"]["max_length"] = 3; });
  EXPECT_EQ(copy_.Load().Predict(SomeObservation()).tokens.size(), 3u);
}

TEST_F(CheckpointTest, AMissingTokenizerListsThePlaces) {
  copy_.Remove("tokenizer.json");
  const std::string message = copy_.Refusal();
  EXPECT_TRUE(Says(message, "no tokenizer found"));
  EXPECT_TRUE(Says(message, (copy_.path() / "tokenizer.json").string()));
  EXPECT_TRUE(Says(message, (copy_.path() / "tokenizer/tokenizer.json").string()));
  EXPECT_TRUE(Says(message, "\"tiny-vlm\" as a folder or in the local Hugging Face"));
  EXPECT_TRUE(Says(message, "--tokenizer FILE"));
}

TEST_F(CheckpointTest, AMissingVlmConfigListsThePlaces) {
  copy_.Remove("vlm_config.json");
  const std::string message = copy_.Refusal();
  EXPECT_TRUE(Says(message, "no config of the vision-language model found"));
  EXPECT_TRUE(Says(message, (copy_.path() / "vlm_config.json").string()));
  EXPECT_TRUE(Says(message, "config.json in \"tiny-vlm\""));
  EXPECT_TRUE(Says(message, "--vlm-config FILE"));
}

TEST_F(CheckpointTest, NamedFilesAndFoldersAreTakenFirstAndMustBeThere) {
  fs::rename(copy_.path() / "tokenizer.json", copy_.outside() / "tokenizer.json");
  fs::rename(copy_.path() / "tokenizer_config.json",
             copy_.outside() / "tokenizer_config.json");
  fs::rename(copy_.path() / "vlm_config.json", copy_.outside() / "config.json");
  CheckpointOptions options;
  for (const fs::path& folder : {copy_.outside(), fs::path()}) {
    options.tokenizer =
        (folder.empty() ? copy_.outside() / "tokenizer.json" : folder).string();
    options.vlm_config =
        (folder.empty() ? copy_.outside() / "config.json" : folder).string();
    ExpectSameActions(options);
  }
  options.tokenizer = (copy_.outside() / "absent").string();
  EXPECT_TRUE(Says(copy_.Refusal(options), "(--tokenizer FILE)"));
  options.tokenizer.clear();
  options.vlm_config = copy_.outside().string() + "/absent.json";
  EXPECT_TRUE(Says(copy_.Refusal(options), "(--vlm-config FILE)"));
}

TEST_F(CheckpointTest, ATokenizerFolderInsideIsFound) {
  fs::create_directory(copy_.path() / "tokenizer");
  for (const char* file : {"tokenizer.json", "tokenizer_config.json"})
    fs::rename(copy_.path() / file, copy_.path() / "tokenizer" / file);
  ExpectSameActions();
}

// A checkpoint trained elsewhere names that machine's folders.
TEST_F(CheckpointTest, AMovedOneLoadsWhenItsFilesAreInIt) {
  const std::string elsewhere = "/data/somebody/models/vlm of mine";
  copy_.EditJson("config.json",
                 [&](Json& json) { json["vlm_model_name"] = elsewhere; });
  copy_.EditJson(kPreprocessor, [&](Json& json) {
    json["steps"][3]["config"]["tokenizer_name"] = elsewhere;
  });
  ExpectSameActions();
  copy_.Remove("tokenizer.json");
  EXPECT_TRUE(Says(copy_.Refusal(), elsewhere));
}

TEST_F(CheckpointTest, TheVlmsOwnFolderIsLookedInto) {
  const fs::path vlm = copy_.outside() / "vlm";
  fs::create_directory(vlm);
  fs::rename(copy_.path() / "vlm_config.json", vlm / "config.json");
  for (const char* file : {"tokenizer.json", "tokenizer_config.json"})
    fs::rename(copy_.path() / file, vlm / file);
  copy_.EditJson("config.json",
                 [&](Json& json) { json["vlm_model_name"] = vlm.string(); });
  ExpectSameActions();
}

TEST_F(CheckpointTest, TheHuggingFaceCacheIsLookedInto) {
  const fs::path repo = copy_.outside() / "home/hub/models--me--tiny.vlm";
  const fs::path snapshot = repo / "snapshots/abc123";
  fs::create_directories(snapshot);
  fs::create_directories(repo / "snapshots/older");
  fs::create_directories(repo / "refs");
  fs::rename(copy_.path() / "vlm_config.json", snapshot / "config.json");
  for (const char* file : {"tokenizer.json", "tokenizer_config.json"})
    fs::rename(copy_.path() / file, snapshot / file);
  copy_.EditJson("config.json",
                 [&](Json& json) { json["vlm_model_name"] = "me/tiny.vlm"; });
  unsetenv("HF_HUB_CACHE");
  const Environment home("HF_HOME", (copy_.outside() / "home").string());
  EXPECT_TRUE(Says(copy_.Refusal(), "no config of the vision-language model"));
  WriteAtomically(repo / "refs/main", "older\n");
  EXPECT_TRUE(Says(copy_.Refusal(), "no config of the vision-language model"));
  WriteAtomically(repo / "refs/main", "abc123\n");
  ExpectSameActions();
  const Environment cache("HF_HUB_CACHE", (copy_.outside() / "home/hub").string());
  const Environment wrong("HF_HOME", "/nowhere");
  ExpectSameActions();
}

TEST_F(CheckpointTest, ARepoIdNamesACheckpointInTheCache) {
  const fs::path repo = copy_.outside() / "hub/models--me--policy";
  fs::create_directories(repo / "snapshots");
  fs::create_directories(repo / "refs");
  WriteAtomically(repo / "refs/main", "abc");
  fs::copy(copy_.path(), repo / "snapshots/abc");
  const Environment cache("HF_HUB_CACHE", (copy_.outside() / "hub").string());
  EXPECT_EQ(FindCheckpoint("me/policy"), repo / "snapshots/abc");
  EXPECT_TRUE(Says(MessageOf([] { FindCheckpoint("me/other"); }),
                   "no such repo in the local Hugging Face cache"));
  for (const char* name :
       {"../../policy", "me/policy/x", "/me/policy", "me/", "/x", ""})
    EXPECT_FALSE(FindInHubCache(name, "config.json")) << name;
}

TEST_F(CheckpointTest, TheFolderOfATrainingRunIsUnderstood) {
  const fs::path run = copy_.outside() / "run";
  fs::create_directories(run / "checkpoints/000100");
  fs::copy(copy_.path(), run / "checkpoints/000100/pretrained_model");
  fs::create_directory_symlink("000100", run / "checkpoints/last");
  EXPECT_EQ(FindCheckpoint((run / "checkpoints/000100").string()),
            run / "checkpoints/000100/pretrained_model");
  EXPECT_EQ(FindCheckpoint(run.string()), run / "checkpoints/last/pretrained_model");
  Policy(run.string());
  EXPECT_TRUE(Says(MessageOf([&] { FindCheckpoint(copy_.outside().string()); }),
                   "expected config.json, pretrained_model/config.json"));
  EXPECT_TRUE(Says(MessageOf([&] { FindCheckpoint("/nowhere at all"); }),
                   "found nothing there"));
}

TEST_F(CheckpointTest, AnAdapterAloneIsExplained) {
  fs::rename(copy_.path() / "model.safetensors",
             copy_.path() / "adapter_model.safetensors");
  EXPECT_TRUE(Says(copy_.Refusal(), "merge it into its base model"));
}

TEST_F(CheckpointTest, TheTokenizerOfAnotherModelIsRefused) {
  copy_.EditJson("tokenizer.json", [](Json& json) {
    json["added_tokens"].push_back(json["added_tokens"][0]);
    json["added_tokens"].back()["id"] = 400;
    json["added_tokens"].back()["content"] = "<far>";
  });
  EXPECT_TRUE(Says(copy_.Refusal(), "the tokenizer of another model"));
}

TEST_F(CheckpointTest, APolicyWithoutEyesJointsOrActionsIsRefused) {
  const auto without = [](const char* object, const char* feature) {
    CheckpointCopy copy;
    copy.EditJson("config.json", [&](Json& json) { json[object].erase(feature); });
    return copy.Refusal();
  };
  EXPECT_TRUE(
      Says(without("input_features", "observation.images.front"), "VISUAL feature"));
  EXPECT_TRUE(
      Says(without("input_features", "observation.state"), "observation.state"));
  EXPECT_TRUE(Says(without("output_features", "action"), "action"));
}

}  // namespace
}  // namespace svla
