// `smolvla data` as a program meets it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "apps/test_command.h"
#include "smolvla/base/json.h"
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

TEST(DataCommand, CompletionKnowsItsCommandsAndTheirOptions) {
  const std::string script = RunSmolvla({"completion", "bash"}).out;
  EXPECT_NE(script.find("\"data \"*) names=1 words=\"info frame"), script.npos);
  EXPECT_NE(script.find("\"data frame\") words=\"--help --episode --frame"),
            script.npos);
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
