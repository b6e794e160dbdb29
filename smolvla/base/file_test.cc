#include "smolvla/base/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "smolvla/base/test_refusal.h"

namespace svla {
namespace {

// A folder of its own for each test.
class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string name = ::testing::TempDir() + "file_test.XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }

  size_t FilesInFolder() const {
    const std::filesystem::directory_iterator files(folder_);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

  std::filesystem::path folder_;
};

void ExpectRefusal(const std::string& refusal, const std::string& path,
                   const std::string& reason) {
  EXPECT_TRUE(refusal.starts_with(path + ": ")) << refusal;
  EXPECT_NE(refusal.find(reason), std::string::npos) << refusal;
}

TEST_F(FileTest, OnlyFilesAreReplaced) {
  const std::string pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ExpectRefusal(Refusal([&] { PendingFile file(pipe); }), pipe, "expected a file");
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(FileTest, AFileInMemoryHoldsWhatFilledIt) {
  const MappedFile file("made", 100'000, [](std::span<std::byte> bytes) {
    for (size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::byte>(i % 251);
  });
  EXPECT_EQ(file.path(), "made");
  ASSERT_EQ(file.bytes().size(), 100'000u);
  file.Release(file.bytes().subspan(10, 90'000));
  file.Release(file.bytes().subspan(99'990));
  for (size_t i = 0; i < file.bytes().size(); ++i)
    ASSERT_EQ(file.bytes()[i], static_cast<std::byte>(i % 251)) << i;
}

TEST_F(FileTest, ReleasedMemoryIsNoLongerThisProcesss) {
  constexpr size_t kBytes = size_t{64} << 20;
  const auto path = folder_ / "large";
  WriteAtomically(path, std::string(kBytes, 'x'));
  const MappedFile file(path);
  const auto resident = [] {
    size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    return pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  };
  size_t sum = 0;
  for (const std::byte byte : file.bytes()) sum += static_cast<size_t>(byte);
  EXPECT_EQ(sum, kBytes * 'x');
  const size_t before = resident();
  file.Release(file.bytes());
  EXPECT_LT(resident() + kBytes / 2, before);
}

TEST_F(FileTest, WhatIsWrittenIsRead) {
  const auto path = folder_ / "a.txt";
  const std::string text("any\0bytes\n", 10);
  WriteAtomically(path, text);
  EXPECT_EQ(ReadText(path), text);
  EXPECT_EQ(MappedFile(path).bytes().size(), text.size());
  WriteAtomically(path, "new");
  EXPECT_EQ(ReadText(path), "new");
  EXPECT_EQ(FilesInFolder(), 1u);
  WriteAtomically(path, "");
  EXPECT_EQ(ReadText(path), "");
}

TEST_F(FileTest, APathWithoutAFolderIsWrittenInTheCurrentOne) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  WriteAtomically("a.txt", "here");
  std::filesystem::current_path(before);
  EXPECT_EQ(ReadText(folder_ / "a.txt"), "here");
}

TEST_F(FileTest, AWriterThatThrowsLeavesTheOldContentAndNoTemporary) {
  const auto path = folder_ / "a.txt";
  WriteAtomically(path, "old");
  const auto write = [](const ByteSink& sink) {
    sink(std::as_bytes(std::span("half of the new")));
    Fail("interrupted");
  };
  EXPECT_EQ(Refusal([&] { WriteAtomically(path, write); }), "interrupted");
  EXPECT_EQ(ReadText(path), "old");
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(FileTest, WhileItIsWrittenTheOldContentIsThere) {
  const auto path = folder_ / "a.txt";
  WriteAtomically(path, "old");
  WriteAtomically(path, [&](const ByteSink& sink) {
    sink(std::as_bytes(std::span("new")));
    EXPECT_EQ(ReadText(path), "old");
  });
}

TEST_F(FileTest, AFolderThatCannotBeWrittenIsAnError) {
  const auto missing = folder_ / "missing" / "a.txt";
  ExpectRefusal(Refusal([&] { WriteAtomically(missing, "x"); }), missing.string(),
                "No such file");
  // Not even the superuser makes files here.
  ExpectRefusal(Refusal([] { WriteAtomically("/proc/self/a.txt", "x"); }),
                "/proc/self/a.txt", "cannot write");
}

TEST_F(FileTest, AFolderInTheWayIsAnErrorAndLeavesNoTemporary) {
  std::filesystem::create_directory(folder_ / "a");
  ExpectRefusal(Refusal([&] { WriteAtomically(folder_ / "a", "x"); }),
                (folder_ / "a").string(), "cannot rename");
  EXPECT_EQ(FilesInFolder(), 1u);
}

TEST_F(FileTest, AFullDiskIsAnError) {
  // No file is larger than this, for this process alone and only while it writes.
  std::string refusal;
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before = {};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small = {4096, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  refusal =
      Refusal([&] { WriteAtomically(folder_ / "a.txt", std::string(1 << 16, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ExpectRefusal(refusal, (folder_ / "a.txt").string(), "cannot write");
  EXPECT_EQ(FilesInFolder(), 0u);
}

TEST_F(FileTest, OnlyRegularFilesAreMapped) {
  const auto missing = folder_ / "missing";
  ExpectRefusal(Refusal([&] { MappedFile file(missing); }), missing.string(),
                "No such file");
  ExpectRefusal(Refusal([&] { MappedFile file(folder_); }), folder_.string(),
                "regular file");
  // Opening a pipe that nobody writes must not wait for a writer.
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ExpectRefusal(Refusal([&] { MappedFile file(pipe); }), pipe.string(), "regular file");
}

TEST_F(FileTest, TextBeyondTheLimitIsRefused) {
  const auto path = folder_ / "a.txt";
  WriteAtomically(path, "12345");
  EXPECT_EQ(ReadText(path, 5), "12345");
  ExpectRefusal(Refusal([&] { ReadText(path, 4); }), path.string(), "5 bytes");
}

}  // namespace
}  // namespace svla
