#include "smolvla/curate/commit_log.h"

#include <gtest/gtest.h>

#include "smolvla/base/file.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

class CommitLogTest : public ::testing::Test {
 protected:
  CommitLogTest() {
    fs::create_directories(path_ / "meta");
    WriteAtomically(path_ / "meta/info.json", "old");
  }

  // What is left by a process that died after it had moved `moved` of two files.
  void LeaveHalfDone(int moved) {
    CommitLog log(path_);
    WriteAtomically(log.NewFile("data/rows"), "new");
    WriteAtomically(log.NewFile("meta/info.json"), "new");
    WriteAtomically(CommitFolder(path_) / "commit.json",
                    R"(["data/rows", "meta/info.json"])");
    fs::create_directories(path_ / "data");
    for (const char* file : {"data/rows", "meta/info.json"})
      if (moved-- > 0) fs::rename(CommitFolder(path_) / "new" / file, path_ / file);
  }

  TestFolder folder_;
  fs::path path_ = folder_.path() / "dataset";
};

TEST_F(CommitLogTest, AllFilesAreMoved) {
  CommitLog log(path_);
  WriteAtomically(log.NewFile("data/rows"), "new");
  WriteAtomically(log.NewFile("meta/info.json"), "new");
  EXPECT_EQ(ReadText(path_ / "meta/info.json"), "old");
  log.Commit();
  EXPECT_EQ(ReadText(path_ / "meta/info.json"), "new");
  EXPECT_EQ(ReadText(path_ / "data/rows"), "new");
}

TEST_F(CommitLogTest, WhatWasNotCommittedIsGone) {
  {
    CommitLog log(path_);
    WriteAtomically(log.NewFile("meta/info.json"), "new");
  }
  FinishCommit(path_);
  EXPECT_EQ(ReadText(path_ / "meta/info.json"), "old");
  EXPECT_FALSE(fs::exists(CommitFolder(path_)));
}

TEST_F(CommitLogTest, AnInterruptedCommitIsCompleted) {
  for (int moved = 0; moved <= 2; ++moved) {
    LeaveHalfDone(moved);
    EXPECT_EQ(RecoverRecording(path_), path_);
    EXPECT_EQ(ReadText(path_ / "meta/info.json"), "new") << moved;
    EXPECT_EQ(ReadText(path_ / "data/rows"), "new") << moved;
    EXPECT_FALSE(fs::exists(CommitFolder(path_)));
    WriteAtomically(path_ / "meta/info.json", "old");
  }
}

TEST_F(CommitLogTest, ALogCannotLeadOutOfTheFolder) {
  LeaveHalfDone(0);
  for (const char* list : {R"(["../other"])", R"(["/etc/hosts"])", R"([7])", "{"}) {
    WriteAtomically(CommitFolder(path_) / "commit.json", list);
    EXPECT_NE(Refusal([&] { FinishCommit(path_); }), "") << list;
    EXPECT_EQ(ReadText(path_ / "meta/info.json"), "old");
  }
}

}  // namespace
}  // namespace svla
