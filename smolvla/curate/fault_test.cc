#include "smolvla/curate/fault.h"

#include <gtest/gtest.h>

#include "smolvla/base/file.h"

namespace svla {
namespace {

TEST(Faults, AreThoseOfTheDocumentation) {
  const std::string docs = ReadText(SMOLVLA_SOURCE_DIR "/docs/datasets.md");
  for (const FaultKind& kind : FaultKinds()) {
    const std::string row =
        Say("| `", kind.code, "` | ",
            kind.severity == Severity::kError ? "error" : "warning", " | ", kind.when,
            " | ", kind.consequence, " | ", kind.remedy, " |\n");
    EXPECT_NE(docs.find(row), std::string::npos) << row;
  }
}

TEST(Faults, OfOneSubjectAreOneFinding) {
  FaultLog log;
  for (const int64_t episode : {4, 5, 6, 9})
    log.Add({"video-missing", "top", Say(episode, ".mp4"), episode, "a video", "none"});
  log.Add({"video-missing", "wrist", "wrist.mp4", 7, "a video", "none"});
  log.Add({"camera-black", "top", "1.mp4", 1, "pictures", "black ones"});
  log.Add({"totals-wrong", "total_frames", "meta/info.json", -1, "1", "2"});
  const auto findings = log.Findings("my_dataset", 10);
  ASSERT_EQ(findings.size(), 4u);
  EXPECT_EQ(findings[0].code, "totals-wrong");
  EXPECT_EQ(findings[0].file, "meta/info.json");
  EXPECT_EQ(findings[0].remedy, "`smolvla data repair my_dataset NEW`");
  EXPECT_EQ(findings[1].file, "4.mp4 and 3 more");
  EXPECT_EQ(findings[1].found, "none; so 4 of 10 episodes: 4 to 6 and 9");
  EXPECT_EQ(findings[2].file, "wrist.mp4 (episode 7)");
  EXPECT_EQ(findings[2].found, "none");
  EXPECT_EQ(findings[3].severity, Severity::kWarning);  // errors come first
}

TEST(Faults, QuoteTheFolderForTheShell) {
  FaultLog log;
  log.Add({"totals-wrong", "", "meta/info.json", -1, "1", "2"});
  EXPECT_EQ(log.Findings("my DIR", 1)[0].remedy, "`smolvla data repair 'my DIR' NEW`");
}

TEST(Faults, AreTwentyOfAKindAtMost) {
  FaultLog log;
  for (int i = 0; i < 50; ++i)
    log.Add({"column-undeclared", Say(i), "data", -1, "none", "a column"});
  const auto findings = log.Findings("", 1);
  ASSERT_EQ(findings.size(), 20u);
  EXPECT_EQ(findings.back().found, "a column; 30 more of this code are not listed");
}

TEST(Faults, SayRangesAndLists) {
  EXPECT_EQ(SayRanges({}), "");
  EXPECT_EQ(SayRanges({3}), "3");
  EXPECT_EQ(SayRanges({0, 3, 6, 7, 8}), "0, 3 and 6 to 8");
  EXPECT_EQ(SayList({"a", "b"}), "a and b");
  EXPECT_EQ(SayList(std::vector<std::string>(10, "a")),
            "a, a, a, a, a, a, a, a and 2 more");
  std::vector<int64_t> odd;
  for (int64_t i = 1; i < 30; i += 2) odd.push_back(i);
  EXPECT_EQ(SayRanges(odd), "1, 3, 5, 7, 9, 11, 13, 15 and 7 more");
}

}  // namespace
}  // namespace svla
