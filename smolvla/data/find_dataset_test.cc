// FindDataset of dataset.h.
#include <gtest/gtest.h>

#include "smolvla/base/file.h"
#include "smolvla/data/dataset.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

// In a folder of its own, with nothing in LeRobot's.
class FindDatasetTest : public testing::Test {
 protected:
  FindDatasetTest() : before_(fs::current_path()) {
    fs::current_path(folder_.path());
    ::setenv("HF_LEROBOT_HOME", (folder_.path() / "home").c_str(), 1);
  }
  ~FindDatasetTest() override {
    fs::current_path(before_);
    ::unsetenv("HF_LEROBOT_HOME");
  }
  static void ExpectRefused(const std::string& named, const std::string& words) {
    const std::string refusal = Refusal([&] { FindDataset(named); });
    EXPECT_NE(refusal.find(words), std::string::npos) << named << ": " << refusal;
  }

  TestFolder folder_;
  fs::path before_;
};

TEST_F(FindDatasetTest, TheFolderMayBeTheOneWeAreIn) {
  fs::copy(TestDataset("v21"), "set", fs::copy_options::recursive);
  EXPECT_EQ(FindDataset("set"), "set");
  EXPECT_EQ(FindDataset("set/meta/info.json"), "set");
  fs::current_path("set");
  EXPECT_EQ(FindDataset("."), ".");
  EXPECT_EQ(FindDataset("meta"), ".");
  EXPECT_EQ(FindDataset("meta/info.json"), ".");
  fs::current_path("meta");
  EXPECT_EQ(FindDataset("info.json"), "..");
  EXPECT_EQ(FindDataset(".."), "..");
}

TEST_F(FindDatasetTest, WhatCannotBeSeenIsNotCalledMissing) {
  WriteAtomically("file", "x");
  fs::create_symlink("loop", "loop");
  fs::create_directories("set");
  fs::create_symlink("meta", "set/meta");
  ExpectRefused("file/set/more", "Not a directory");
  ExpectRefused("loop", "Too many levels of symbolic links");
  ExpectRefused("set", "Too many levels of symbolic links");
  ExpectRefused("./" + std::string(300, 'x'), "File name too long");
  fs::create_directory("home");
  fs::create_symlink("owner", "home/owner");
  ExpectRefused("owner/name", "Too many levels of symbolic links");
}

TEST_F(FindDatasetTest, SaysWhatWasFound) {
  WriteAtomically("file", "x");
  fs::create_directory("empty");
  ExpectRefused("file", "found a file");
  ExpectRefused("empty", "found no meta/info.json");
  ExpectRefused("nothing", "found nothing there");
  ExpectRefused("owner/name", "hf download owner/name");
}

}  // namespace
}  // namespace svla
