#include "smolvla/curate/new_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "smolvla/base/file.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

TEST(NewFolder, AppearsWholeOrNotAtAll) {
  const TestFolder folder;
  const fs::path place = folder.path() / "made";
  {
    const NewFolder made(place);
    WriteAtomically(made.path() / "file", "x");
    EXPECT_FALSE(fs::exists(place));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
  {
    NewFolder made(place.string() + "/");
    WriteAtomically(made.path() / "file", "x");
    made.Commit();
  }
  EXPECT_EQ(ReadText(place / "file"), "x");
  EXPECT_NE(Refusal([&] { NewFolder again(place); }).find("is there already"),
            std::string::npos);
}

TEST(NewFolder, WhatAKilledProcessLeftIsNotTaken) {
  const TestFolder folder;
  const fs::path left =
      folder.path() / ("made.unfinished-" + std::to_string(::getpid()) + "-0");
  fs::create_directory(left);
  WriteAtomically(left / "file", "x");
  NewFolder made(folder.path() / "made");
  EXPECT_TRUE(fs::is_empty(made.path()));
}

TEST(NewFolder, AnEmptyFolderMayBeFilled) {
  const TestFolder folder;
  fs::create_directory(folder.path() / "made");
  NewFolder made(folder.path() / "made");
  made.Commit();
  EXPECT_TRUE(fs::is_directory(folder.path() / "made"));
}

TEST(NewFolder, WhatIsReplacedIsKept) {
  const TestFolder folder;
  const fs::path place = folder.path() / "made";
  fs::create_directory(place);
  WriteAtomically(place / "file", "old");
  {
    NewFolder made = NewFolder::Replacing(place);
    WriteAtomically(made.path() / "file", "new");
    made.Commit();
  }
  EXPECT_EQ(ReadText(place / "file"), "new");
  EXPECT_EQ(ReadText(folder.path() / "made_old/file"), "old");
  EXPECT_NE(Refusal([&] { NewFolder::Replacing(place); }).find("made_old"),
            std::string::npos);
}

}  // namespace
}  // namespace svla
