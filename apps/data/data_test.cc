// `smolvla data` as a program meets it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "apps/test_command.h"
#include "smolvla/base/file.h"
#include "smolvla/base/json.h"
#include "smolvla/data/test_files.h"
#include "smolvla/policy/picture.h"

namespace svla {
namespace {

std::string Named(const std::string& name) {
  return std::string(SMOLVLA_SOURCE_DIR) + "/testdata/datasets/" + name;
}

Outcome Data(std::vector<std::string> words) {
  words.insert(words.begin(), "data");
  return RunSmolvla(words);
}

TEST(DataCommand, InfoCountsWhatIsThere) {
  const Outcome outcome = Data({"info", Named("v30_many_files"), "--json"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["version"], "v3.0");
  EXPECT_EQ(json["episodes"], 5);
  EXPECT_EQ(json["frames"], 22);
  EXPECT_EQ(json["shortest_episode"], 3);
  EXPECT_EQ(json["longest_episode"], 6);
  EXPECT_EQ(json["data_files"]["found"], 4);
  EXPECT_EQ(json["data_files"]["missing"], 0);
  EXPECT_EQ(Data({"info", Named("v20")}).code, 0);
}

TEST(DataCommand, InfoSaysWhyFilesCannotBeSeen) {
  const TestFolder folder;
  const auto set = folder.path() / "set";
  std::filesystem::copy(Named("v21"), set, std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(set / "data");
  std::filesystem::create_symlink("data", set / "data");
  std::filesystem::remove_all(set / "videos");
  const Json json = ParseJson(Data({"info", set.string(), "--json"}).out, "stdout");
  EXPECT_EQ(json["data_files"]["missing"], 3);
  const auto why = json["data_files"]["out_of_reach"].get<std::string>();
  EXPECT_NE(why.find("symbolic links"), std::string::npos) << why;
  EXPECT_EQ(json["video_files"]["out_of_reach"], nullptr);
}

// Integers and truths that are missing, as pandas leaves them when it merges.
TEST(DataCommand, FrameGivesNullForMissingNumbers) {
  const TestFolder folder;
  const auto set = folder.path() / "set";
  std::filesystem::create_directories(set / "meta");
  std::filesystem::create_directories(set / "data/chunk-000");
  std::filesystem::copy(Named("odd_numbers.parquet"),
                        set / "data/chunk-000/episode_000000.parquet");
  const Json info = {
      {"codebase_version", "v2.1"},
      {"fps", 10},
      {"data_path",
       "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"},
      {"features",
       {{"whole", {{"dtype", "int64"}, {"shape", {1}}}},
        {"flags", {{"dtype", "bool"}, {"shape", {2}}}}}}};
  WriteAtomically(set / "meta/info.json", info.dump());
  WriteAtomically(set / "meta/episodes.jsonl",
                  R"({"episode_index": 0, "length": 4, "tasks": ["Wait."]})");
  WriteAtomically(set / "meta/tasks.jsonl", R"({"task_index": 0, "task": "Wait."})");
  const Outcome outcome =
      Data({"frame", set.string(), "--episode", "0", "--frame", "1", "--json"});
  ASSERT_EQ(outcome.code, 0);
  const Json values = ParseJson(outcome.out, "stdout")["values"];
  EXPECT_EQ(values["whole"], nullptr);
  EXPECT_EQ(values["flags"], (Json{false, true}));
}

TEST(DataCommand, FrameGivesNumbersTaskAndPicture) {
  const auto png = std::filesystem::temp_directory_path() /
                   ("frame" + std::to_string(::getpid()) + ".png");
  const Outcome outcome = Data({"frame", Named("v21"), "--episode", "1", "--frame", "3",
                                "--camera", "top", "--png", png.string(), "--json"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["episode"], 1);
  EXPECT_EQ(json["frame"], 3);
  EXPECT_EQ(json["timestamp"], static_cast<double>(0.3f));
  EXPECT_EQ(json["task"], "Pick up the red cube and place it in the blue box.");
  EXPECT_EQ(json["values"]["action"].size(), 6u);
  EXPECT_EQ(json["values"]["index"], 10);
  EXPECT_EQ(json["values"]["next.done"], false);
  EXPECT_EQ(json["picture"]["camera"], "observation.images.top");
  const Image image = ReadPicture(png);
  EXPECT_EQ(image.width, 64);
  EXPECT_EQ(image.height, 48);
  std::filesystem::remove(png);
}

TEST(DataCommand, APictureThatIsThereIsReplacedOnlyWithForce) {
  const TestFolder folder;
  const std::string png = folder.path() / "seen.png";
  const std::vector<std::string> words{"frame",   Named("v21"), "--episode", "0",
                                       "--frame", "0",          "--camera",  "top",
                                       "--png",   png};
  WriteAtomically(png, "x");
  EXPECT_EQ(Data(words).code, 1);
  EXPECT_EQ(ReadText(png), "x");
  std::vector<std::string> forced = words;
  forced.push_back("--force");
  EXPECT_EQ(Data(forced).code, 0);
  EXPECT_EQ(ReadPicture(png).width, 64);
  EXPECT_EQ(Data(words).code, 0);  // a picture of before
}

TEST(DataCommand, NumbersThatAreNoneAreAWrongCommandLine) {
  for (const char* number : {"nan", "inf", "-1", "-inf", "x", "1e9"}) {
    EXPECT_EQ(Data({"frame", Named("v21"), "--episode", "0", "--frame", "0",
                    "--tolerance", number})
                  .code,
              2)
        << number;
    EXPECT_EQ(Data({"bench", Named("v21"), "--seconds", number}).code, 2) << number;
  }
}

TEST(DataCommand, CompletionKnowsItsCommandsAndTheirOptions) {
  const std::string script = RunSmolvla({"completion", "bash"}).out;
  EXPECT_NE(script.find("\"data \"*) names=1 words=\"info frame"), script.npos);
  EXPECT_NE(script.find("\"data frame\") words=\"--help --episode --frame"),
            script.npos);
}

std::string Complaint(const std::vector<std::string>& words) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(Data(words).code, 2);
  return testing::internal::GetCapturedStderr();
}

TEST(DataCommand, EveryCommandIsListedAndHasAnExample) {
  CLI::App app;
  AddData(app);
  const std::string list = Complaint({});
  const CLI::App& data = *app.get_subcommand("data");
  for (const CLI::App* command : data.get_subcommands({})) {
    const std::string name = command->get_name();
    EXPECT_NE(list.find("\n  " + name + " "), std::string::npos) << name;
    const std::string help = Data({name, "--help"}).out;
    EXPECT_NE(help.find("Examples:\n  smolvla data " + name), std::string::npos)
        << help;
  }
}

TEST(DataCommand, WhatWasMeantIsSuggested) {
  EXPECT_NE(Complaint({"convrt", "a", "b"}).find("Did you mean convert?"),
            std::string::npos);
  EXPECT_NE(Complaint({"convert", "a", "b", "--skip-mising"})
                .find("Did you mean --skip-missing?"),
            std::string::npos);
  EXPECT_NE(Complaint({"frame", "a", "--episod=3"}).find("Did you mean --episode?"),
            std::string::npos);
}

TEST(DataCommand, WrongInputIsOneAndAWrongCommandLineTwo) {
  EXPECT_EQ(Data({"info", "/nowhere"}).code, 1);
  EXPECT_EQ(Data({"frame", Named("v21"), "--episode", "9", "--frame", "0"}).code, 1);
  EXPECT_EQ(Data({"frame", Named("v21"), "--episode", "1", "--frame", "12"}).code, 1);
  EXPECT_EQ(Data({"frame", Named("v21"), "--episode", "1", "--frame", "1", "--camera",
                  "side", "--png", "none.png"})
                .code,
            1);
  EXPECT_EQ(Data({"frame", Named("v21"), "--episode", "1"}).code, 2);
  EXPECT_EQ(Data({"frame", Named("v21"), "--episode", "-1", "--frame", "0"}).code, 2);
  EXPECT_EQ(Data({}).code, 2);
}

}  // namespace
}  // namespace svla
