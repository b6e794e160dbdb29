#include "smolvla/base/can_be_seen.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "smolvla/base/file.h"
#include "smolvla/base/test_refusal.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

TEST(CanBeSeen, WhatIsMissingIsAndWhatIsOutOfReachIsNot) {
  std::string name = testing::TempDir() + "can_be_seen.XXXXXX";
  const fs::path folder = ::mkdtemp(name.data());
  CheckCanBeSeen(folder / "none/at/all");
  WriteAtomically(folder / "file", "x");
  CheckCanBeSeen(folder / "file");
  EXPECT_EQ(Refusal([&] { CheckCanBeSeen(folder / "file/x"); }),
            (folder / "file/x").string() + ": cannot be read: Not a directory");
  fs::create_symlink("loop", folder / "loop");
  EXPECT_NE(Refusal([&] { CheckCanBeSeen(folder / "loop"); }).find("Too many levels"),
            std::string::npos);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace svla
