// A recording that is killed at any moment: what was saved is there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "smolvla/curate/commit_log.h"
#include "smolvla/curate/test_recordings.h"
#include "smolvla/curate/verify.h"
#include "smolvla/data/dataset.h"
#include "smolvla/data/test_files.h"

namespace svla {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "SMOLVLA_RECORD_INTO";
#ifdef __SANITIZE_ADDRESS__
constexpr int kKills = 50;
#else
constexpr int kKills = 200;
#endif
constexpr int kKillsADataset = 20;

// The part of the child: records until it is killed, and tells of every episode that
// SaveEpisode has returned of.
TEST(KilledRecording, Child) {
  const char* folder = std::getenv(kFolder);
  if (!folder) GTEST_SKIP() << "the other test starts it";
  DatasetWriter writer(folder, TwoJoints("video"));
  for (;;) {
    AddEpisode(writer);
    writer.SaveEpisode();
    const char byte = 1;
    if (::write(STDOUT_FILENO, &byte, 1) != 1) return;
  }
}

struct Child {
  pid_t process = -1;
  int told = -1;
};

Child Start(const fs::path& folder) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const std::string setting = std::string(kFolder) + "=" + folder.string();
  Child child;
  child.told = ends[0];
  child.process = ::fork();
  if (child.process == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    const char* const arguments[] = {"/proc/self/exe",
                                     "--gtest_filter=KilledRecording.Child",
                                     "--gtest_brief=1", nullptr};
    std::vector<char*> settings;
    for (char** one = environ; *one; ++one) settings.push_back(*one);
    settings.push_back(const_cast<char*>(setting.c_str()));
    settings.push_back(nullptr);
    ::execve(arguments[0], const_cast<char**>(arguments), settings.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  return child;
}

// Counts the episodes the child tells of, for `more` after the first.
int64_t Listen(const Child& child, std::chrono::microseconds more) {
  int64_t saved = 0;
  std::chrono::steady_clock::time_point end;
  for (;;) {
    int wait_ms = -1;
    if (saved > 0)
      wait_ms = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     end - std::chrono::steady_clock::now())
                                     .count());
    if (saved > 0 && wait_ms <= 0) return saved;
    pollfd told{child.told, POLLIN, 0};
    if (::poll(&told, 1, wait_ms) != 1) return saved;
    char byte = 0;
    if (::read(child.told, &byte, 1) != 1) return saved;
    if (byte != 1) continue;  // words of the test library
    if (saved++ == 0) end = std::chrono::steady_clock::now() + more;
  }
}

// What a child that is dead had told and nobody had heard.
int64_t Rest(const Child& child) {
  int64_t saved = 0;
  char byte = 0;
  while (::read(child.told, &byte, 1) == 1) saved += byte == 1;
  return saved;
}

TEST(KilledRecording, HoldsEveryEpisodeThatWasSaved) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> moment(0, 40'000);
  int64_t commits_completed = 0;
  // Every episode flushes a dozen files; in memory that costs nothing, and a process
  // that is killed loses nothing there either.
  const bool memory = ::access("/dev/shm", W_OK) == 0;
  const TestFolder folder(memory ? "/dev/shm" : fs::temp_directory_path());
  for (int kill = 0; kill < kKills; ++kill) {
    const fs::path dataset =
        folder.path() / ("dataset" + std::to_string(kill / kKillsADataset));
    const int64_t before =
        fs::exists(dataset / "meta/info.json")
            ? static_cast<int64_t>(Dataset(dataset).episodes().size())
            : 0;
    const Child child = Start(dataset);
    int64_t saved = Listen(child, std::chrono::microseconds(moment(random)));
    ::kill(child.process, SIGKILL);
    int status = 0;
    ::waitpid(child.process, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    saved += Rest(child);
    ::close(child.told);

    commits_completed += fs::exists(CommitFolder(dataset) / "commit.json");
    const Dataset opened(RecoverRecording(dataset));
    const auto found = static_cast<int64_t>(opened.episodes().size());
    // Decoding all videos after each would take most of the time.
    VerifyOptions verify;
    verify.decode_videos = kill % 10 == 0;
    // One may have been saved without having been told of.
    ASSERT_GE(found, before + saved) << "kill " << kill;
    ASSERT_LE(found, before + saved + 1) << "kill " << kill;
    for (const DatasetFinding& finding : VerifyDataset(dataset, verify).findings)
      ADD_FAILURE() << "kill " << kill << ": " << finding.code << " " << finding.file
                    << " " << finding.found;
  }
  RecordProperty("commits_completed", static_cast<int>(commits_completed));
}

}  // namespace
}  // namespace svla
