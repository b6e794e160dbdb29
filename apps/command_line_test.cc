// The binary as a user meets it: what it prints where, and with which exit code.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/base/npy.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = SMOLVLA_SOURCE_DIR;
const std::string kDemo = (kSource / "testdata/demo").string();
const std::string kPictures = (kSource / "testdata/pictures").string();

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

Outcome Smolvla(const std::string& arguments) {
  static int run = 0;
  const std::string err = testing::TempDir() + "stderr" + std::to_string(::getpid()) +
                          "_" + std::to_string(run++);
  const std::string command =
      std::string(SMOLVLA_BINARY) + " " + arguments + " 2>" + err;
  Outcome outcome;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    outcome.out.append(buffer, n);
  const int status = ::pclose(pipe);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.err = ReadText(err);
  fs::remove(err);
  return outcome;
}

// A good command line, to be spoilt in one place.
struct Predict {
  std::string checkpoint = kDemo + "/checkpoint";
  std::string images =
      "--image front=" + kDemo + "/front.png --image wrist=" + kDemo + "/wrist.png";
  std::string state = "--state 12,-40,65,30,-5,20";
  std::string task = "--task 'Pick up the red cube and place it in the blue box.'";
  std::string more = "--json";

  Outcome Run() const {
    return Smolvla("predict " + checkpoint + " " + images + " " + state + " " + task +
                   " " + more);
  }
};

// Exit code 1, nothing on stdout, and an error that names what is wrong.
void ExpectRefused(const Predict& predict, const std::string& words) {
  const Outcome outcome = predict.Run();
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find(words), std::string::npos) << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("smolvla: ")) << outcome.err;
}

// A copy of the demo's checkpoint, links resolved.
fs::path CopyOfCheckpoint(const std::string& name) {
  const fs::path copy =
      fs::path(testing::TempDir()) / (name + std::to_string(::getpid()));
  fs::remove_all(copy);
  fs::create_directory(copy);
  for (const auto& entry : fs::directory_iterator(kDemo + "/checkpoint"))
    fs::copy_file(fs::canonical(entry.path()), copy / entry.path().filename());
  return copy;
}

// Replaces one value of a checkpoint's config.json and expects a refusal.
void ExpectConfigRefused(const std::string& key, const Json& value,
                         const std::string& words) {
  const fs::path copy = CopyOfCheckpoint("config");
  Json config = ReadJson(copy / "config.json");
  config[key] = value;
  WriteAtomically(copy / "config.json", config.dump());
  Predict predict;
  predict.checkpoint = copy.string();
  SCOPED_TRACE(key + " = " + value.dump());
  ExpectRefused(predict, words);
  fs::remove_all(copy);
}

TEST(CommandLine, PredictPrintsOneJsonObjectWithLeRobotsNumbers) {
  Predict predict;
  predict.more = "--json --noise " + kDemo + "/noise.npy";
  const Outcome outcome = predict.Run();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = ParseJson(outcome.out, "stdout");
  ASSERT_EQ(json["actions"].size(), 50u);
  ASSERT_EQ(json["normalized"].size(), 50u);
  for (const char* key :
       {"tokens", "timings_ms", "checkpoint", "seed", "task", "warnings", "steps"})
    EXPECT_TRUE(json.contains(key)) << key;
  std::ifstream expected(kDemo + "/lerobot_chunk.csv");
  std::string line;
  std::getline(expected, line);
  for (const Json& action : json["actions"]) {
    std::getline(expected, line, ',');
    for (size_t joint = 0; joint < 6; ++joint) {
      std::getline(expected, line, joint == 5 ? '\n' : ',');
      EXPECT_NEAR(action[joint].get<double>(), std::stod(line), 1e-4);
    }
  }
}

TEST(CommandLine, BackendsAgreeAndSeedsDiffer) {
  Predict predict;
  const Json cpu = ParseJson(predict.Run().out, "cpu");
  predict.more = "--json --backend reference";
  const Json reference = ParseJson(predict.Run().out, "reference");
  predict.more = "--json --seed 1";
  const Json other = ParseJson(predict.Run().out, "seed 1");
  for (size_t step = 0; step < 50; ++step)
    for (size_t joint = 0; joint < 6; ++joint)
      EXPECT_NEAR(cpu["normalized"][step][joint].get<double>(),
                  reference["normalized"][step][joint].get<double>(), 1e-5);
  EXPECT_NE(cpu["actions"], other["actions"]);
  predict.more = "--json";
  EXPECT_EQ(ParseJson(predict.Run().out, "again")["actions"], cpu["actions"]);
}

TEST(CommandLine, WritesTheChunkAndItsPicture) {
  const std::string to = testing::TempDir() + "chunk" + std::to_string(::getpid());
  Predict predict;
  predict.more = "--out " + to + ".npy --plot " + to + ".svg";
  ASSERT_EQ(predict.Run().code, 0);
  EXPECT_EQ(ReadNpy(to + ".npy").shape, (std::vector<int64_t>{50, 6}));
  EXPECT_NE(ReadText(to + ".svg").find("<svg"), std::string::npos);
  predict.more = "--out " + to + ".csv --plot " + to + ".png";
  ASSERT_EQ(predict.Run().code, 0);
  EXPECT_TRUE(ReadText(to + ".csv").starts_with("step,joint_0,"));
  EXPECT_TRUE(ReadText(to + ".png").substr(1, 3) == "PNG");
  predict.more = "--out " + to + ".txt";
  ExpectRefused(predict, ".csv or .npy");
  predict.more = "--plot " + to + ".jpg";
  ExpectRefused(predict, ".png or .svg");
  for (const char* suffix : {".npy", ".csv", ".png", ".svg"}) fs::remove(to + suffix);
}

TEST(CommandLine, WrongUsageIsTwoAndHelpIsZero) {
  EXPECT_EQ(Smolvla("").code, 2);
  EXPECT_EQ(Smolvla("predict").code, 2);
  EXPECT_EQ(Smolvla("prdict x").code, 2);
  EXPECT_EQ(Smolvla("predict x --state 1 --task y --no-such-option").code, 2);
  EXPECT_EQ(Smolvla("predict x --state 1 --task y --backend tpu").code, 2);
  EXPECT_EQ(Smolvla("predict x --state 1 --task y --dtype fp8").code, 2);
  for (const char* help : {"--help", "predict --help", "info --help", "--version"}) {
    const Outcome outcome = Smolvla(help);
    EXPECT_EQ(outcome.code, 0) << help;
    EXPECT_NE(outcome.out, "") << help;
  }
  EXPECT_NE(Smolvla("predict --help").out.find("Examples:"), std::string::npos);
}

TEST(CommandLine, CompletionIsAScriptThatBashAccepts) {
  const Outcome outcome = Smolvla("completion bash");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("--vlm-config"), std::string::npos);
  const std::string check = std::string(SMOLVLA_BINARY) +
                            " completion bash | bash -n && bash -c 'source <(" +
                            SMOLVLA_BINARY + " completion bash); complete -p smolvla'";
  EXPECT_EQ(std::system((check + " >/dev/null").c_str()), 0);
}

// What bash offers for the last of the words.
std::string Offered(const std::string& words) {
  const std::string script =
      "source <(" + std::string(SMOLVLA_BINARY) + " completion bash); COMP_WORDS=(" +
      words +
      "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _smolvla; echo ${COMPREPLY[*]}";
  FILE* const pipe = ::popen(("bash -c '" + script + "'").c_str(), "r");
  std::string offered;
  for (int c; (c = std::fgetc(pipe)) != EOF;) offered += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0);
  return offered;
}

TEST(CommandLine, CompletionKnowsCommandsAndTheirOptions) {
  EXPECT_EQ(Offered("smolvla pre"), "predict\n");
  EXPECT_EQ(Offered("smolvla predict --vlm-c"), "--vlm-config\n");
  EXPECT_EQ(Offered("smolvla completion \"\""), "bash --help\n");
}

TEST(CommandLine, InfoTellsWhatThePolicyNeeds) {
  const Outcome outcome = Smolvla("info " + kDemo + "/checkpoint --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["cameras"],
            (Json{"observation.images.front", "observation.images.wrist"}));
  EXPECT_EQ(json["state_dim"], 6);
  EXPECT_EQ(json["action_dim"], 6);
  EXPECT_TRUE(json["statistics"]["action"]["found"].get<bool>());
  EXPECT_GT(json["parameters"]["used"].get<int64_t>(), 100'000);
  EXPECT_GT(json["parameters"]["dead"].get<int64_t>(), 0);
  EXPECT_GT(json["gflop_per_chunk"]["total"].get<double>(), 0.0);
  EXPECT_EQ(Smolvla("info " + kDemo).code, 1);
}

TEST(CommandLine, InfoReportsStatisticsThatAreMissing) {
  const fs::path copy = CopyOfCheckpoint("info");
  fs::remove(copy / "policy_preprocessor.json");
  fs::remove(copy / "policy_postprocessor.json");
  const Outcome outcome = Smolvla("info " + copy.string() + " --json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_FALSE(json["statistics"]["action"]["found"].get<bool>());
  Predict predict;
  predict.checkpoint = copy.string();
  ExpectRefused(predict, "--stats-from");
  predict.more = "--json --stats-from " + kDemo + "/checkpoint";
  EXPECT_EQ(predict.Run().code, 0);
  predict.more = "--json --unnormalized";
  const Outcome raw = predict.Run();
  ASSERT_EQ(raw.code, 0);
  const Json actions = ParseJson(raw.out, "raw");
  EXPECT_EQ(actions["actions"], actions["normalized"]);
  EXPECT_EQ(actions["warnings"].size(), 2u);
  fs::remove_all(copy);
}

TEST(CommandLine, BadObservationsAreNamed) {
  Predict predict;
  predict.state = "--state 1,2,3";
  ExpectRefused(predict, "expected 6 numbers, found 3");
  predict.state = "--state 1,2,x,4,5,6";
  ExpectRefused(predict, "\"x\"");
  predict.state = "--state 1,2,nan,4,5,6";
  ExpectRefused(predict, "finite");
  predict = {};
  predict.task = "--task \"$(printf 'a\\377b')\"";
  ExpectRefused(predict, "UTF-8");
  predict = {};
  predict.images = "";
  ExpectRefused(predict, "observation.images.front");
  predict.images = "--image top=" + kDemo + "/front.png";
  ExpectRefused(predict, "no such camera");
  predict.images = "--image front=" + kDemo + "/nothing.png";
  ExpectRefused(predict, "nothing.png");
  predict.images = "--image front=" + kDemo + "/noise.npy";
  ExpectRefused(predict, "noise.npy");
  predict.images = "--image front";
  ExpectRefused(predict, "KEY=FILE");
  predict.images = "--image front=" + kDemo +
                   "/front.png --image observation.images.front=" + kDemo +
                   "/front.png";
  ExpectRefused(predict, "two pictures");
}

TEST(CommandLine, AnAbsentCameraIsLeftOutWithAWarning) {
  Predict predict;
  predict.images = "--image front=" + kDemo + "/front.png";
  const Outcome outcome = predict.Run();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.err.find("observation.images.wrist"), std::string::npos);
  EXPECT_EQ(ParseJson(outcome.out, "stdout")["warnings"].size(), 1u);
}

TEST(CommandLine, EveryKindOfPictureIsRead) {
  for (const char* name : {"grey.png", "grey_alpha.png", "rgba.png", "grey_16bit.png",
                           "rgb_16bit.png", "palette.png", "cmyk.jpg", "grey.jpg"}) {
    Predict predict;
    predict.images = "--image front=" + kPictures + "/" + name;
    EXPECT_EQ(predict.Run().code, 0) << name;
  }
}

TEST(CommandLine, AnEmptyTaskIsANewLine) {
  Predict predict;
  predict.task = "--task ''";
  const Outcome outcome = predict.Run();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(ParseJson(outcome.out, "stdout")["tokens"].size(), 1u);
}

TEST(CommandLine, NoiseOfAnotherShapeIsRefused) {
  const std::string file =
      testing::TempDir() + "noise" + std::to_string(::getpid()) + ".npy";
  WriteNpy(file, {32, 50}, std::vector<float>(1600));
  Predict predict;
  predict.more = "--json --noise " + file;
  ExpectRefused(predict, "[32, 50]");
  WriteNpy(file, {49, 32}, std::vector<float>(49 * 32));
  ExpectRefused(predict, "expected 50 rows, found 49");
  fs::remove(file);
}

TEST(CommandLine, OptionsThatWouldBeIgnoredAreRefused) {
  Predict predict;
  for (const std::string& options : std::vector<std::string>{
           "--seed -1", "--seed 18446744073709551616", "--inference-delay 2",
           "--execution-horizon 5", "--threads 0", "--steps 0"}) {
    predict.more = "--json " + options;
    EXPECT_EQ(predict.Run().code, 2) << options;
  }
}

TEST(CommandLine, AFullDiskIsNoSuccess) {
  EXPECT_EQ(Smolvla("info " + kDemo + "/checkpoint >/dev/full").code, 1);
}

TEST(CommandLine, AnOutputWithoutAFolderIsRefusedBeforeTheWork) {
  Predict predict;
  predict.more = "--json --out /nowhere/at/all/chunk.csv";
  ExpectRefused(predict, "no folder /nowhere/at/all");
}

TEST(CommandLine, ErrorsDoNotSteerTheTerminal) {
  const Outcome outcome = Smolvla("info \"$(printf 'a\\033[31mb')\"");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("a\\x1b[31mb"), std::string::npos) << outcome.err;
}

TEST(CommandLine, TheSourceOfStatisticsIsTold) {
  Predict predict;
  const Json json = ParseJson(predict.Run().out, "stdout");
  EXPECT_NE(json["statistics"]["action"].get<std::string>(), "");
}

TEST(CommandLine, TruncatedWeightsAreRefused) {
  const fs::path copy = CopyOfCheckpoint("truncated");
  const auto size = fs::file_size(copy / "model.safetensors");
  Predict predict;
  predict.checkpoint = copy.string();
  for (const auto keep :
       {size - 1, size / 2, uintmax_t{100}, uintmax_t{4}, uintmax_t{0}}) {
    fs::resize_file(copy / "model.safetensors", keep);
    ExpectRefused(predict, "model.safetensors");
  }
  fs::remove_all(copy);
}

TEST(CommandLine, AbsurdConfigurationsAreRefused) {
  ExpectConfigRefused("num_vlm_layers", 1'000'000'000, "num_vlm_layers");
  ExpectConfigRefused("num_vlm_layers", 3, "layers");
  ExpectConfigRefused("num_expert_layers", 3, "num_expert_layers");
  ExpectConfigRefused("chunk_size", -5, "chunk_size");
  ExpectConfigRefused("chunk_size", 4'000'000'000, "chunk_size");
  ExpectConfigRefused("chunk_size", 10, "n_action_steps");
  ExpectConfigRefused("max_state_dim", 0, "max_state_dim");
  ExpectConfigRefused("max_state_dim", 64, "state_proj");
  ExpectConfigRefused("max_action_dim", 3, "max_action_dim");
  ExpectConfigRefused("num_steps", 0, "num_steps");
  ExpectConfigRefused("resize_imgs_with_padding", {0, 0}, "resize_imgs_with_padding");
  ExpectConfigRefused("resize_imgs_with_padding", {64, 32}, "square");
  ExpectConfigRefused("empty_cameras", 1'000'000'000, "empty_cameras");
  ExpectConfigRefused("tokenizer_max_length", "many", "tokenizer_max_length");
  ExpectConfigRefused("expert_width_multiplier", -1.5, "expert_width_multiplier");
  ExpectConfigRefused("expert_width_multiplier", 0.5, "expert width");
  ExpectConfigRefused("self_attn_every_n_layers", 2, "cannot run");
  ExpectConfigRefused("input_features", "none", "input_features");
  ExpectConfigRefused("input_features", Json::object(), "observation.state");
  ExpectConfigRefused("type", "pi0", "smolvla");
}

}  // namespace
}  // namespace svla
