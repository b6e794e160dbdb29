// The command as a program meets it: exit codes, JSON and text.
#include <gtest/gtest.h>

#include <filesystem>

#include "apps/doctor_report.h"
#include "apps/test_command.h"

namespace svla {
namespace {

const std::string kDemo =
    (std::filesystem::path(SMOLVLA_SOURCE_DIR) / "testdata/demo").string();

Outcome Doctor(std::vector<std::string> words) {
  words.insert(words.begin(), "doctor");
  return RunSmolvla(words);
}

TEST(DoctorCommand, ASoundCheckpointExitsWithZeroAndSaysWhatIsUnseen) {
  const Outcome outcome = Doctor({kDemo + "/checkpoint", "--json"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["findings"], Json::array());
  EXPECT_EQ(json["errors"], 0);
  EXPECT_EQ(json["warnings"], 0);
  EXPECT_GE(json["checked"].size(), 6u);
  ASSERT_GE(json["not_checked"].size(), 4u);
  for (const Json& gap : json["not_checked"]) {
    EXPECT_TRUE(gap["what"].is_string());
    EXPECT_TRUE(gap["give"].is_string());
  }
}

TEST(DoctorCommand, ReadsTheWholeObservation) {
  const Outcome outcome = Doctor(
      {kDemo + "/checkpoint", "--image", "front=" + kDemo + "/front.png", "--image",
       "wrist=" + kDemo + "/wrist.png", "--state", "12,-40,65,30,-5,20", "--task",
       "Pick up the red cube.", "--fps", "0.01", "--json"});
  EXPECT_EQ(outcome.code, 0);
  const Json json = ParseJson(outcome.out, "stdout");
  EXPECT_EQ(json["findings"], Json::array());
  EXPECT_EQ(json["not_checked"].size(), 1u);  // the dataset
}

TEST(DoctorCommand, AnErrorExitsWithOneAndAWarningWithZero) {
  const Outcome error =
      Doctor({kDemo + "/checkpoint", "--state", "12,-40,65", "--json"});
  EXPECT_EQ(error.code, 1);
  const Json json = ParseJson(error.out, "stdout");
  ASSERT_EQ(json["findings"].size(), 1u);
  EXPECT_EQ(json["errors"], 1);
  EXPECT_EQ(json["findings"][0]["code"], "state-length");
  EXPECT_EQ(json["findings"][0]["severity"], "error");
  for (const char* key : {"subject", "message", "consequence", "remedy"})
    EXPECT_NE(json["findings"][0][key].get<std::string>(), "") << key;

  const Outcome warning = Doctor({kDemo + "/checkpoint", "--task", ""});
  EXPECT_EQ(warning.code, 0);
  EXPECT_NE(warning.out.find("warning  task-empty  --task: expected a sentence"),
            std::string::npos)
      << warning.out;
  EXPECT_NE(warning.out.find("0 errors, 1 warning, "), std::string::npos);
}

TEST(DoctorCommand, WrongUsageIsTwoAndWrongInputIsOne) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(Doctor({}).code, 2);
  EXPECT_EQ(Doctor({kDemo, "--fps", "0"}).code, 2);
  for (const char* rate : {"nan", "-nan", "inf", "-inf", "1e400"})
    EXPECT_EQ(Doctor({kDemo + "/checkpoint", "--fps", rate}).code, 2) << rate;
  EXPECT_EQ(Doctor({kDemo, "--mask", "front"}).code, 2);
  EXPECT_EQ(Doctor({kDemo + "/checkpoint", "--state", "1,x"}).code, 1);
  EXPECT_EQ(Doctor({kDemo + "/checkpoint", "--image", "front"}).code, 1);
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(Doctor({"/nowhere"}).code, 1);
}

TEST(DoctorCommand, ANumberThatDoesNotFitIsCalledThat) {
  for (const std::string number : {"1e40", "-1e40", "1e400"}) {
    testing::internal::CaptureStderr();
    const Outcome outcome =
        Doctor({kDemo + "/checkpoint", "--state=" + number + ",1,1,1,1,1", "--json"});
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(told.find("--state: " + number + " does not fit"), std::string::npos)
        << told;
  }
}

TEST(DoctorReport, DoesNotSteerTheTerminal) {
  Diagnosis diagnosis;
  diagnosis.findings.push_back(
      {"a-code", Severity::kError, "a\033[31mb", "one\ntwo", "so", "do"});
  const std::string text = ToText(diagnosis);
  EXPECT_NE(text.find("a\\x1b[31mb: one\n      two"), std::string::npos) << text;
  EXPECT_NE(text.find("1 error, 0 warnings"), std::string::npos);
}

}  // namespace
}  // namespace svla
