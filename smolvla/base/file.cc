#include "smolvla/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "smolvla/base/error.h"

namespace svla {
namespace {

[[noreturn]] void FailWithErrno(const std::filesystem::path& path, const char* what) {
  const int code = errno;
  Fail(path.string(), ": ", what, ": ", std::strerror(code));
}

// An open descriptor that closes itself.
struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

void WriteAll(int fd, std::span<const std::byte> bytes,
              const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      FailWithErrno(path, "cannot write");
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

// mkstemp makes private files; a new file is what the user's mask leaves of 0666.
mode_t ModeOfNewFiles() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

// The rename is durable only when the folder that records it is.
void SyncFolder(const std::filesystem::path& folder) {
  const Descriptor dir{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (dir.fd < 0 || ::fsync(dir.fd) != 0) FailWithErrno(folder, "cannot flush folder");
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  // Without waiting, should it be a pipe that nobody writes.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (file.fd < 0) FailWithErrno(path, "cannot open");
  struct stat info = {};
  if (::fstat(file.fd, &info) != 0) FailWithErrno(path, "cannot stat");
  if (!S_ISREG(info.st_mode)) Fail(path.string(), ": expected a regular file");
  Map(file.fd, static_cast<size_t>(info.st_size));
}

MappedFile::MappedFile(const std::string& name, size_t size,
                       const std::function<void(std::span<std::byte>)>& fill)
    : path_(name) {
  const Descriptor file{::memfd_create("smolvla", MFD_CLOEXEC)};
  if (file.fd < 0 || ::ftruncate(file.fd, static_cast<off_t>(size)) != 0)
    FailWithErrno(path_, "cannot make a file in memory");
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0);
  if (data == MAP_FAILED) FailWithErrno(path_, "cannot map");
  fill({static_cast<std::byte*>(data), size});
  ::munmap(data, size);
  Map(file.fd, size);
}

void MappedFile::Map(int descriptor, size_t size) {
  if (size == 0) return;
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (data == MAP_FAILED) FailWithErrno(path_, "cannot map");
  bytes_ = {static_cast<const std::byte*>(data), size};
}

void MappedFile::Release(std::span<const std::byte> part) const {
  // Whole pages only: on the others there are bytes that were not named.
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(part.data());
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t last = (begin + part.size()) / page * page;
  // Advice: where it is not taken, nothing is lost but memory.
  if (first < last)
    ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

std::string ReadText(const std::filesystem::path& path, size_t most_bytes) {
  const MappedFile file(path);
  if (file.bytes().size() > most_bytes)
    Fail(path.string(), ": ", file.bytes().size(), " bytes, expected at most ",
         most_bytes);
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

bool IsFile(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

const std::filesystem::path& WithFolder(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) Fail(path.parent_path().string(), ": cannot make: ", failed.message());
  return path;
}

PendingFile::PendingFile(const std::filesystem::path& named) {
  // Through a link its target is replaced, not the link.
  std::error_code no_link;
  const auto target = std::filesystem::canonical(named, no_link);
  path_ = no_link ? named : target;
  const auto there = std::filesystem::status(path_, no_link);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there) &&
      !std::filesystem::is_directory(there))  // which renaming refuses
    Fail(path_.string(), ": cannot write: expected a file to replace, or none, found ",
         "a device or a pipe");
  // A name of its own for each process and call, in the same folder, because a
  // rename does not cross file systems.
  const auto folder = path_.has_parent_path() ? path_.parent_path() : ".";
  std::string temporary =
      (folder / ("." + path_.filename().string() + ".XXXXXX")).string();
  const Descriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (file.fd < 0) FailWithErrno(path_, "cannot write");
  temporary_ = temporary;
}

PendingFile::~PendingFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void PendingFile::Commit() {
  SVLA_CHECK(!temporary_.empty());
  {
    const Descriptor file{::open(temporary_.c_str(), O_RDWR | O_CLOEXEC)};
    if (file.fd < 0) FailWithErrno(path_, "cannot write");
    if (::fchmod(file.fd, ModeOfNewFiles()) != 0)
      FailWithErrno(path_, "cannot set permissions");
    if (::fsync(file.fd) != 0) FailWithErrno(path_, "cannot flush");
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    FailWithErrno(path_, "cannot rename");
  temporary_.clear();
  SyncFolder(path_.has_parent_path() ? path_.parent_path() : ".");
}

void WriteAtomically(const std::filesystem::path& path,
                     const std::function<void(const ByteSink&)>& write) {
  PendingFile pending(path);
  {
    const Descriptor file{::open(pending.temporary().c_str(), O_WRONLY | O_CLOEXEC)};
    if (file.fd < 0) FailWithErrno(pending.path(), "cannot write");
    write([&](std::span<const std::byte> bytes) {
      WriteAll(file.fd, bytes, pending.path());
    });
  }
  pending.Commit();
}

void WriteAtomically(const std::filesystem::path& path, std::string_view text) {
  WriteAtomically(path,
                  [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

}  // namespace svla
