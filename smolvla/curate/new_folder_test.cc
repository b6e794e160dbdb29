#include "smolvla/curate/new_folder.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

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

void WriteNew(const fs::path& place) {
  NewFolder made = NewFolder::Replacing(place);
  WriteAtomically(made.path() / "file", "new");
  made.Commit();
}

TEST(NewFolder, ALinkStaysAndItsTargetIsReplaced) {
  const TestFolder folder;
  const fs::path real = folder.path() / "disk/real", link = folder.path() / "link";
  fs::create_directories(real);
  WriteAtomically(real / "file", "old");
  fs::create_directory_symlink("disk/real", link);
  WriteNew(link);
  EXPECT_EQ(fs::read_symlink(link), "disk/real");
  EXPECT_EQ(ReadText(real / "file"), "new");
  EXPECT_EQ(ReadText(folder.path() / "disk/real_old/file"), "old");
}

TEST(NewFolder, IsMadeWhereALinkLeads) {
  const TestFolder folder;
  fs::create_directory(folder.path() / "empty");
  fs::create_directory_symlink("empty", folder.path() / "to_empty");
  fs::create_directory_symlink("disk/none", folder.path() / "to_none");
  for (const char* name : {"to_empty", "to_none"}) {
    const fs::path link = folder.path() / name;
    NewFolder made(link);
    WriteAtomically(made.path() / "file", "new");
    made.Commit();
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_EQ(ReadText(link / "file"), "new") << name;
  }
}

TEST(NewFolder, WhatIsNoFolderIsNotReplaced) {
  const TestFolder folder;
  WriteAtomically(folder.path() / "file", "");
  EXPECT_NE(
      Refusal([&] { NewFolder made(folder.path() / "file"); }).find("found a file"),
      std::string::npos);
  EXPECT_NE(Refusal([&] {
              NewFolder made(folder.path() / "file/made");
            }).find("Not a directory"),
            std::string::npos);
  fs::create_symlink("loop", folder.path() / "loop");
  EXPECT_NE(Refusal([&] {
              NewFolder made(folder.path() / "loop");
            }).find("Too many levels of symbolic links"),
            std::string::npos);
  EXPECT_TRUE(fs::is_regular_file(folder.path() / "file"));
}

// The kernel's answer to renameat2 in this process, from here on.
void AnswerExchanges(uint32_t answer) {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(steps), steps};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    ::_exit(2);
}

// What is left of a replacement in a process of its own.
class ReplacedElsewhere {
 public:
  explicit ReplacedElsewhere(uint32_t answer) {
    fs::create_directory(place());
    WriteAtomically(place() / "file", "old");
    const pid_t child = ::fork();
    if (child == 0) {
      AnswerExchanges(answer);
      ::_exit(Refusal([&] { WriteNew(place()); }).empty() ? 0 : 1);
    }
    ::waitpid(child, &status_, 0);
  }
  int status() const { return status_; }
  bool IsUnknown() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 2; }
  std::string Kept() const { return ReadText(place() / "file"); }
  std::string Old() const { return ReadText(place().string() + "_old/file"); }
  int64_t Entries() const {
    return std::distance(fs::directory_iterator(folder_.path()), {});
  }

 private:
  fs::path place() const { return folder_.path() / "made"; }

  TestFolder folder_;
  int status_ = 0;
};

TEST(NewFolder, AKillAtTheExchangeLeavesBothWhole) {
  const ReplacedElsewhere killed(SECCOMP_RET_KILL_PROCESS);
  if (killed.IsUnknown()) GTEST_SKIP() << "no seccomp here";
  ASSERT_TRUE(WIFSIGNALED(killed.status()));
  EXPECT_EQ(killed.Kept(), "old");
  EXPECT_EQ(killed.Old(), "new");
  EXPECT_EQ(killed.Entries(), 2);
}

TEST(NewFolder, ReplacesWhereTheFileSystemCannotExchange) {
  const ReplacedElsewhere made(SECCOMP_RET_ERRNO | EINVAL);
  if (made.IsUnknown()) GTEST_SKIP() << "no seccomp here";
  ASSERT_EQ(made.status(), 0);
  EXPECT_EQ(made.Kept(), "new");
  EXPECT_EQ(made.Old(), "old");
  EXPECT_EQ(made.Entries(), 2);
}

TEST(NewFolder, ARefusedExchangeLeavesWhatWasThere) {
  const ReplacedElsewhere refused(SECCOMP_RET_ERRNO | EBUSY);
  if (refused.IsUnknown()) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(WEXITSTATUS(refused.status()), 1);
  EXPECT_EQ(refused.Kept(), "old");
  EXPECT_EQ(refused.Entries(), 1);
}

}  // namespace
}  // namespace svla
