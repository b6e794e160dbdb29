// `smolvla data verify` as a program meets it.
#include <gtest/gtest.h>

#include "apps/test_command.h"
#include "smolvla/base/json.h"
#include "smolvla/curate/test_damage.h"

namespace svla {
namespace {

std::string Clean(const std::string& name) { return TestDataset(name).string(); }

TEST(VerifyCommand, LeavesWithZeroWhenNothingIsWrong) {
  const Outcome outcome =
      RunSmolvla({"data", "verify", Clean("v30_two_cameras"), "--json"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["version"], "v3.0");
  EXPECT_EQ(json["episodes"], 3);
  EXPECT_EQ(json["frames"], 24);
  EXPECT_TRUE(json["findings"].empty());
  EXPECT_FALSE(json["checked"].empty());
  EXPECT_EQ(json["errors"], 0);
  EXPECT_EQ(json["warnings"], 0);
}

TEST(VerifyCommand, LeavesWithOneAndTheWholeFindingWhenSomethingIs) {
  const SpoiltDataset dataset("v21");
  const std::string file = "data/chunk-000/episode_000001.parquet";
  dataset.CutTo(file, 0.5);
  const std::string folder = dataset.path().string();
  const Outcome outcome =
      RunSmolvla({"data", "verify", folder, "--json", "--no-decode"});
  EXPECT_EQ(outcome.code, 1);
  const Json json = ParseJson(outcome.out, "stdout");
  ASSERT_EQ(json["findings"].size(), 1u);
  const Json& finding = json["findings"][0];
  EXPECT_EQ(finding["code"], "data-unreadable");
  EXPECT_EQ(finding["severity"], "error");
  EXPECT_EQ(finding["file"], file + " (episode 1)");
  for (const char* key : {"expected", "found", "consequence"})
    EXPECT_NE(finding[key], "") << key;
  EXPECT_NE(finding["remedy"].get<std::string>().find("repair " + folder),
            std::string::npos);
  EXPECT_FALSE(json["not_checked"].empty());
  EXPECT_EQ(json["errors"], 1);

  const Outcome text = RunSmolvla({"data", "verify", folder});
  EXPECT_EQ(text.code, 1);
  EXPECT_NE(text.out.find("error    data-unreadable  " + file), std::string::npos);
  EXPECT_NE(text.out.find("1 error, 0 warnings"), std::string::npos);
}

TEST(VerifyCommand, AWarningIsAFindingToo) {
  const SpoiltDataset dataset("v21");
  dataset.EditInfo([](Json& json) { json["features"].erase("phase"); });
  EXPECT_EQ(RunSmolvla({"data", "verify", dataset.path().string()}).code, 1);
}

TEST(VerifyCommand, WrongInputIsOneAndAWrongCommandLineTwo) {
  EXPECT_EQ(RunSmolvla({"data", "verify", "/nowhere"}).code, 1);
  EXPECT_EQ(RunSmolvla({"data", "verify"}).code, 2);
  EXPECT_EQ(RunSmolvla({"data", "verify", Clean("v21"), "--threads", "0"}).code, 2);
}

}  // namespace
}  // namespace svla
